package realserver

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// front asks for Basic authentication and hands everything else on as it is.
type front struct {
	server    *http.Server
	transport *http.Transport
	wg        sync.WaitGroup
}

func newFront(port, inner int, user, password string) (*front, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	f := &front{transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}}
	quiet := log.New(io.Discard, "", 0)
	target := fmt.Sprintf("127.0.0.1:%d", inner)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", target
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Authorization")
		},
		Transport: f.transport, FlushInterval: -1, ErrorLog: quiet,
	}
	f.server = &http.Server{ErrorLog: quiet, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, p, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(u+"\x00"+p), []byte(user+"\x00"+password)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="xandikos"`)
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	f.wg.Go(func() { _ = f.server.Serve(l) })
	return f, nil
}

func (f *front) close() {
	_ = f.server.Close()
	f.wg.Wait()
	f.transport.CloseIdleConnections()
}
