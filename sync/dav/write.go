package dav

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"sidekeep/sync/pim"
)

// Writer writes to one account. It is a type of its own: the Client that
// mirrors has no way to write. It sends the login to the same hosts, follows the
// same redirects and keeps the same number of requests at once.
//
// It is safe for concurrent use.
type Writer struct {
	c *Client // reads for it, and has the transport
	// looksFirst says of which servers If-None-Match can't be relied on.
	looksFirst func(place) bool
}

// NewWriter makes a writer. It does nothing on the network.
func NewWriter(o Options) *Writer { return &Writer{c: New(o), looksFirst: ignoresIfNoneMatch} }

// Close gives idle connections back. The writer may still be used.
func (w *Writer) Close() { w.c.Close() }

// Traffic counts all requests so far, and the bytes of bodies as received.
func (w *Writer) Traffic() pim.Traffic { return w.c.Traffic() }

// List is Client.List.
func (w *Writer) List(ctx context.Context, col pim.Collection, each func(pim.Entry) error) error {
	return w.c.List(ctx, col, each)
}

// Get is Client.Get.
func (w *Writer) Get(ctx context.Context, col pim.Collection, href pim.Href) (pim.Object, error) {
	return w.c.Get(ctx, col, href)
}

// Multiget fetches what was written, by name. version is the vCard version it
// was written in, "4.0" or "": whoever knows it need not find out, which costs a
// look at the whole address book where a server keeps both.
func (w *Writer) Multiget(ctx context.Context, col pim.Collection, hrefs []pim.Href, version string, each func(pim.Fetched) error) error {
	at, err := w.c.collection("read back", col.URL)
	if err != nil || len(hrefs) == 0 {
		return err
	}
	if w.c.book(col) == nil {
		version = ""
	}
	return w.c.multiget(ctx, col, at, hrefs, version, each)
}

// retryingWrite sends a request that writes until the answer is another than
// "busy". What may have been carried out is not sent again; nor is it believed
// that a condition failed which an earlier try may have made fail.
func (w *Writer) retryingWrite(ctx context.Context, r request, read func(request, *answer) error) error {
	before := false
	return w.c.retrying(ctx, func() (bool, error) {
		var wrote atomic.Bool
		r.wrote = &wrote
		defer func() { before = before || wrote.Load() }()
		a, err := w.c.do(ctx, r)
		if err == nil {
			defer a.close()
			if err = read(r, a); err == nil {
				return true, nil
			}
		}
		ours := before && statusOf(err) == http.StatusPreconditionFailed && len(conditions(err)) == 0
		if !ours && (!wrote.Load() || certain(err)) {
			return false, err
		}
		return true, unknownOutcome(err)
	})
}

// inner gives the worst status inside a multistatus as an error.
func (w *Writer) inner(ctx context.Context, r request, a *answer) error {
	if a.status != http.StatusMultiStatus {
		a.whole = true
		return nil
	}
	m, err := readMultistatus(a.body, a.header.Get("Content-Type"), w.c.o.MaxObject)
	if err != nil {
		return w.c.unreadable(ctx, r, a, err)
	}
	for {
		resp, err := m.next()
		if err == io.EOF {
			a.whole = true
			return nil
		}
		if err != nil {
			return w.c.unreadable(ctx, r, a, err)
		}
		if status := max(resp.status, resp.failed); status >= 300 {
			se := &statusError{status: status, names: resp.errs.names, href: resp.errs.href, words: resp.errs.words}
			return &pim.Error{Fault: faultOf(se), Op: r.op, Where: r.to.shown(), Status: status, Err: se}
		}
	}
}
