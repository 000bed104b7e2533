package dav

import (
	"context"
	"net/http"
	"time"

	"sidekeep/sync/pim"
)

type digestAuth struct{}
type v4Set struct{}

func newTransport(Options) http.RoundTripper              { return nil }
func sleepFor(ctx context.Context, d time.Duration) error { return nil }

var errTODO = &pim.Error{Op: "not built yet"}

// Discover finds what a login has.
func Discover(ctx context.Context, address string, o Options) (pim.Discovery, error) {
	return pim.Discovery{}, errTODO
}

// Collections lists a home-set.
func (c *Client) Collections(ctx context.Context, home pim.HomeSet) ([]pim.Collection, error) {
	return nil, errTODO
}

// Changes asks for what changed.
func (c *Client) Changes(ctx context.Context, col pim.Collection, token pim.SyncToken, inline bool, each func(pim.Change) error) (pim.Page, error) {
	return pim.Page{}, errTODO
}

// List enumerates.
func (c *Client) List(ctx context.Context, col pim.Collection, each func(pim.Entry) error) error {
	return errTODO
}

// Multiget fetches by name.
func (c *Client) Multiget(ctx context.Context, col pim.Collection, hrefs []pim.Href, each func(pim.Fetched) error) error {
	return errTODO
}

// Query fetches everything.
func (c *Client) Query(ctx context.Context, col pim.Collection, each func(pim.Fetched) error) error {
	return errTODO
}

// Get fetches one.
func (c *Client) Get(ctx context.Context, col pim.Collection, href pim.Href) (pim.Object, error) {
	return pim.Object{}, errTODO
}
