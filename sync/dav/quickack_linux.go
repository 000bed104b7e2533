package dav

import (
	"net"
	"syscall"
)

// prompt acknowledges at once what a server sends. Some servers (Radicale, Cyrus)
// write the head and the body of a short answer in two pieces and wait for the
// first to be acknowledged before they send the second (RFC 896); a receiver
// that waits up to 40 ms with that, as RFC 1122 section 4.2.3.2 allows, makes
// each such request as slow. The kernel falls back to waiting by itself, so it
// is told again before every read.
func prompt(c net.Conn) net.Conn {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return c
	}
	return &promptConn{TCPConn: t, raw: raw}
}

type promptConn struct {
	*net.TCPConn
	raw syscall.RawConn
}

func (c *promptConn) Read(p []byte) (int, error) {
	// What can't be set costs time and nothing else.
	_ = c.raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
	return c.TCPConn.Read(p)
}
