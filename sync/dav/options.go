package dav

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sidekeep/sync/pim"
)

// Defaults of Options.
const (
	DefaultIdleTimeout = 90 * time.Second // between two bytes of an answer
	// DefaultFirstByte is what a server may take to begin an answer. Radicale has
	// been seen to need 62 seconds for the first listing of 15,000 objects after
	// its start; a larger account on a small computer needs minutes.
	DefaultFirstByte  = 5 * time.Minute
	DefaultMaxObject  = 32 << 20 // bytes of one object
	DefaultMaxListing = 4 << 30  // bytes of one answer, after decompression
)

const (
	connectTimeout = 30 * time.Second
	perHost        = 4        // requests at once to one host
	maxResponses   = 2 << 20  // in one answer: what is remembered of each must fit in memory
	maxRemoved     = 64 << 20 // bytes of hrefs that one page removes
	maxPrincipal   = 8 << 20  // bytes of an answer about identity
	maxHome        = 256 << 20
	maxErrorBody   = 1 << 16 // bytes read of an answer that is no success
)

// Options is what a login needs. The zero value of every field but User and
// Password is a working default.
type Options struct {
	User      string
	Password  string
	AllowHTTP bool   // plain http to hosts that are not loopback was agreed to
	UserAgent string // "Sidekeep" when empty

	// Hosts are the host:port values that may be sent the credentials, as
	// Discovery gave them. The host of an address given to Discover is always
	// among them.
	Hosts []string

	RootCAs  *x509.CertPool   // nil: the system's
	Resolver Resolver         // nil: the system's
	Now      func() time.Time // nil: time.Now
	// Sleep waits between the tries of a request and gives the context's error
	// when that ends first; nil: for as long as it is told.
	Sleep func(context.Context, time.Duration) error
	// Trace gets one line a request: method, URL without query and userinfo,
	// status, bytes, milliseconds. Never a header, never a body.
	Trace func(line string)

	IdleTimeout time.Duration // between two bytes; 0: DefaultIdleTimeout
	FirstByte   time.Duration // until the first one; 0: DefaultFirstByte, or IdleTimeout where that is given
	MaxObject   int64         // 0: DefaultMaxObject
	MaxListing  int64         // 0: DefaultMaxListing
}

// Resolver is what discovery asks the DNS (RFC 6764 sections 3 and 4).
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Client reads one account. It implements mirror.Remote. It is safe for
// concurrent use, but a callback must not call the client it is called by:
// each call holds one of the four places of its host until it returns.
type Client struct {
	o     Options
	rt    http.RoundTripper
	sleep func(context.Context, time.Duration) error

	maxResponses int

	requests atomic.Int64
	received atomic.Int64

	mu     sync.Mutex
	hosts  map[string]bool          // host:port that may be sent the credentials
	places map[string]chan struct{} // per host:port
	denied map[string]*pim.Error    // host:port that refused the login
	digest map[string]*digestAuth   // host:port that wants Digest
	depth1 map[string]bool          // host:port whose sync-collection wants Depth 1
	v4     map[string]*v4Book       // collection URL -> what it does with vCard 4.0
}

// New makes a client. It does nothing on the network.
func New(o Options) *Client {
	if o.UserAgent == "" {
		o.UserAgent = "Sidekeep"
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleepFor
	}
	if o.FirstByte <= 0 {
		o.FirstByte = max(o.IdleTimeout, 0)
	}
	if o.FirstByte == 0 {
		o.FirstByte = DefaultFirstByte
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = DefaultIdleTimeout
	}
	if o.MaxObject <= 0 {
		o.MaxObject = DefaultMaxObject
	}
	if o.MaxListing <= 0 {
		o.MaxListing = DefaultMaxListing
	}
	c := &Client{
		o: o, rt: newTransport(o), sleep: o.Sleep, maxResponses: maxResponses,
		hosts:  map[string]bool{},
		places: map[string]chan struct{}{},
		denied: map[string]*pim.Error{},
		digest: map[string]*digestAuth{},
		depth1: map[string]bool{},
		v4:     map[string]*v4Book{},
	}
	for _, h := range o.Hosts {
		c.hosts[strings.ToLower(h)] = true
	}
	return c
}

// Close gives idle connections back. The client may still be used.
func (c *Client) Close() {
	if t, ok := c.rt.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// Traffic counts all requests so far, and the bytes of bodies as received.
func (c *Client) Traffic() pim.Traffic {
	return pim.Traffic{Requests: c.requests.Load(), BytesReceived: c.received.Load()}
}
