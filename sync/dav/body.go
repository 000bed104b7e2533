package dav

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// idleError ends a request that stood still for that long.
type idleError time.Duration

func (e idleError) Error() string {
	return fmt.Sprintf("the server stopped sending (nothing came for %s)", time.Duration(e))
}

// Timeout makes it a net.Error's equal.
func (e idleError) Timeout() bool { return true }

// watch cancels a request that stands still. There is no limit on how long it
// may take while bytes come.
type watch struct {
	idle   atomic.Int64 // time.Duration: what the server may take for its next byte
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// newWatch begins with the wait for the first byte of the body, header
// included: some servers make the whole answer before they send any of it, and
// some send the header first.
func newWatch(ctx context.Context, first time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel}
	w.idle.Store(int64(first))
	w.timer = time.AfterFunc(first, func() { cancel(idleError(w.idle.Load())) })
	return ctx, w
}

// reading and rest bound the time in which the server has to send something:
// what a caller does between two reads is not the server's silence.
func (w *watch) reading() { w.timer.Reset(time.Duration(w.idle.Load())) }
func (w *watch) rest()    { w.timer.Stop() }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// answer is a response whose body counts, watches and decodes itself.
type answer struct {
	status int
	header http.Header
	from   place // after redirects
	body   io.Reader
	done   func()
	whole  bool // everything of use was read
}

// close ends the request. After a whole answer a short rest is read too, so
// that the connection can be used again; otherwise nothing more is waited for.
func (a *answer) close() {
	if a.done == nil {
		return
	}
	if a.whole {
		_, _ = io.CopyN(io.Discard, a.body, 64<<10)
	}
	a.done()
	a.done = nil
}

// wire reads a body as it is received.
type wire struct {
	r     io.Reader
	w     *watch
	ctx   context.Context
	total *atomic.Int64
	idle  time.Duration // between bytes
	n     int64
}

func (r *wire) Read(p []byte) (int, error) {
	r.w.reading()
	n, err := r.r.Read(p)
	r.w.rest()
	if n > 0 {
		r.n += int64(n)
		r.total.Add(int64(n))
		r.w.idle.Store(int64(r.idle))
	}
	if err != nil && err != io.EOF {
		if cause := context.Cause(r.ctx); cause != nil {
			err = cause
		}
		err = &cutError{err}
	}
	return n, err
}

// cutError is a failure of the connection in the middle of a body, as opposed
// to a body that is wrong.
type cutError struct{ err error }

func (e *cutError) Error() string { return e.err.Error() }
func (e *cutError) Unwrap() error { return e.err }

var (
	errTooLong = errors.New("the answer is longer than allowed")
	errBomb    = errors.New("the answer unpacks to far more than any listing does")
)

const (
	bombFloor = 64 << 20 // decoded bytes below which no ratio is suspicious
	bombRatio = 400      // multistatus answers shrink 10 to 60 times
)

// capped limits what is decoded, in all and against what was received.
type capped struct {
	r    io.Reader
	from *wire
	n    int64
	max  int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	switch {
	case c.n > c.max:
		return 0, errTooLong
	case c.n > bombFloor && c.n/bombRatio > c.from.n:
		return 0, errBomb
	}
	return n, err
}

// lazyGzip unpacks from the first Read on, so that an empty body is no error
// before anybody asked for it.
type lazyGzip struct {
	r io.Reader
	z *gzip.Reader
}

func (g *lazyGzip) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.r)
		if err != nil {
			return 0, err
		}
		g.z = z
	}
	return g.z.Read(p)
}

// decoded stacks the readers of a body. Only what we asked for is unpacked.
func decoded(header http.Header, w *wire, limit int64) (io.Reader, error) {
	switch enc := strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding"))); enc {
	case "", "identity":
		return &capped{r: w, from: w, max: limit}, nil
	case "gzip", "x-gzip":
		return &capped{r: &lazyGzip{r: w}, from: w, max: limit}, nil
	default:
		return nil, fmt.Errorf("the answer is packed as %.20q, which was not asked for", enc)
	}
}
