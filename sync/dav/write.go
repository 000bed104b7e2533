package dav

import (
	"context"

	"sidekeep/sync/pim"
)

// Writer writes to one account. It is a type of its own: the Client that
// mirrors has no way to write. It sends the login to the same hosts, follows the
// same redirects and keeps the same number of requests at once.
//
// It is safe for concurrent use.
type Writer struct {
	c *Client // reads for it, and has the transport
}

// NewWriter makes a writer. It does nothing on the network.
func NewWriter(o Options) *Writer { return &Writer{c: New(o)} }

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

// Multiget is Client.Multiget.
func (w *Writer) Multiget(ctx context.Context, col pim.Collection, hrefs []pim.Href, each func(pim.Fetched) error) error {
	return w.c.Multiget(ctx, col, hrefs, each)
}
