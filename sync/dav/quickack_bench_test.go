package dav

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
)

// BenchmarkTwoPieces asks a server that writes a short answer in two pieces, as
// some do, over one connection: without prompt each request waits for a delayed
// acknowledgement.
func BenchmarkTwoPieces(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go twoPieces(l)
	rt := &http.Transport{DialContext: dial}
	defer rt.CloseIdleConnections()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+l.Addr().String()+"/", nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		res, err := rt.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || string(body) != "body" {
			b.Fatalf("%q, %v", body, err)
		}
		res.Body.Close()
	}
}

// twoPieces answers every request of one connection until it is closed.
func twoPieces(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.(*net.TCPConn).SetNoDelay(false)
	for r := bufio.NewReader(c); ; {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		for _, piece := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "body"} {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
		}
	}
}
