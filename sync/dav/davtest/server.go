package davtest

import (
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sidekeep/sync/pim"
)

// TB is what New needs of a test; *testing.T, *testing.B and *rapid.T have it.
// It may be nil: then the caller closes the server.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// DataStyle says how object data stands inside a REPORT's XML.
type DataStyle int

// The styles servers use. An XML reader turns the CRLF of Literal and CDATA
// into LF (XML 1.0 section 2.11); that of CharRefs it keeps.
const (
	Literal  DataStyle = iota // CRLF as it is, & < > escaped
	CharRefs                  // each CR as &#13;
	CDATA                     // in a CDATA section
)

type home struct {
	kind pim.Kind
	path string
}

// Server is a CardDAV and CalDAV server on a loopback port, for one user.
type Server struct {
	tb TB

	mu       sync.RWMutex
	user     string
	password string
	noGzip   bool
	style    DataStyle
	latency  time.Duration
	limit    int // page size of sync-collection, 0: none
	quirks   map[Quirk]bool
	numbers  map[Quirk]int // requests seen by a quirk that counts
	lost     map[Loss]bool
	homes    []home
	cols     map[string]*Collection
	order    []*Collection
	ever     map[int]*Collection // by ID, those that were removed too
	nextID   int
	epoch    int
	who      string // principal's name
	hidden   bool   // home-sets and collections do not name it
	tenants  map[string]tenant

	logMu   sync.Mutex
	total   int
	entries []*Request
	noLog   bool
	busy    int

	faults faultBox
	write  writing

	tls *tlsSetup // nil: plain HTTP

	lifeMu sync.Mutex
	addr   string
	addr2  string
	https  []*http.Server
	conns  sync.WaitGroup
}

// Option sets up a Server.
type Option func(*Server)

// WithLogin sets user name and password; they are "user" and "secret" otherwise.
func WithLogin(user, password string) Option {
	return func(s *Server) { s.user, s.password = user, password }
}

// WithQuirks switches quirks on.
func WithQuirks(quirks ...Quirk) Option {
	return func(s *Server) {
		for _, q := range quirks {
			s.quirks[q] = true
		}
	}
}

// WithData sets how data stands in REPORT answers.
func WithData(style DataStyle) Option { return func(s *Server) { s.style = style } }

// WithPages limits a sync-collection answer to n entries; more end with 507.
func WithPages(n int) Option { return func(s *Server) { s.limit = n } }

// WithoutGzip never compresses.
func WithoutGzip() Option { return func(s *Server) { s.noGzip = true } }

// WithoutLog keeps only the number of requests, for benchmarks.
func WithoutLog() Option { return func(s *Server) { s.noLog = true } }

// WithTLS serves https with a certificate of its own that nobody trusts;
// Server.Roots is what to trust to trust it.
func WithTLS() Option { return func(s *Server) { s.tls = newTLS() } }

// New starts a server with one principal, one calendar home-set and one
// address book home-set, both empty. With a tb it is closed when the test
// ends, and an error ends the test; without one, an error panics.
func New(tb TB, opts ...Option) *Server {
	s := &Server{
		tb: tb, user: "user", password: "secret", who: "user", epoch: 1,
		quirks: map[Quirk]bool{}, numbers: map[Quirk]int{}, lost: map[Loss]bool{}, cols: map[string]*Collection{}, ever: map[int]*Collection{},
		homes: []home{{pim.Calendar, "/dav/calendars/user/"}, {pim.Contacts, "/dav/addressbooks/user/"}},
	}
	for _, o := range opts {
		o(s)
	}
	if tb != nil {
		tb.Helper()
		tb.Cleanup(s.Close)
	}
	if err := s.listen(); err != nil {
		s.fatal("davtest: listen: %v", err)
	}
	return s
}

func (s *Server) fatal(format string, args ...any) {
	if s.tb == nil {
		log.Panicf(format, args...)
	}
	s.tb.Helper()
	s.tb.Fatalf(format, args...)
}

// URL is the server's root, without a trailing slash: "http://127.0.0.1:PORT".
func (s *Server) URL() string {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	return s.scheme() + s.addr
}

func (s *Server) scheme() string {
	if s.tls != nil {
		return "https://"
	}
	return "http://"
}

// OtherURL is the same server's root on its second port.
func (s *Server) OtherURL() string {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	return s.scheme() + s.addr2
}

// User is the login's name.
func (s *Server) User() string { return s.user }

// Password is the login's password.
func (s *Server) Password() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.password
}

// SetPassword changes the password that is accepted from now on.
func (s *Server) SetPassword(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.password = password
}

// SetPages limits sync-collection answers to n entries each; 0 is no limit.
func (s *Server) SetPages(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = n
}

// SetLatency makes every request wait before it is answered.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

// SetData sets how data stands in REPORT answers.
func (s *Server) SetData(style DataStyle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.style = style
}

// Set switches quirks on.
func (s *Server) Set(quirks ...Quirk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range quirks {
		s.quirks[q] = true
	}
}

// Clear switches quirks off; all of them if none is named.
func (s *Server) Clear(quirks ...Quirk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(quirks) == 0 {
		clear(s.quirks)
	}
	for _, q := range quirks {
		delete(s.quirks, q)
	}
}

// listen opens both ports, the same ones as before if there were any.
func (s *Server) listen() error {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	for _, addr := range []*string{&s.addr, &s.addr2} {
		at := *addr
		if at == "" {
			at = "127.0.0.1:0"
		}
		l, err := listenAgain(at)
		if err != nil {
			return err
		}
		*addr = l.Addr().String()
		hs := &http.Server{Handler: http.HandlerFunc(s.serve), ErrorLog: log.New(io.Discard, "", 0)}
		s.https = append(s.https, hs)
		if s.tls != nil {
			l = s.tls.listener(l)
		}
		s.conns.Go(func() { _ = hs.Serve(l) })
	}
	return nil
}

// listenAgain takes a port that was ours a moment ago.
func listenAgain(addr string) (net.Listener, error) {
	for try := 0; ; try++ {
		l, err := net.Listen("tcp", addr)
		if err == nil || try == 50 {
			return l, err
		}
		time.Sleep(20 * time.Millisecond) // the kernel may hold the port for a moment
	}
}

// Close cuts every connection and frees the ports. What the server holds
// stays; Listen brings it back. Closing twice is no error.
func (s *Server) Close() {
	s.lifeMu.Lock()
	https := s.https
	s.https = nil
	s.lifeMu.Unlock()
	for _, hs := range https {
		_ = hs.Close()
	}
	s.faults.release() // only now: what is stalled must not be answered after all
	s.conns.Wait()
}

// Listen starts serving again after Close, on the same ports.
func (s *Server) Listen() {
	if err := s.listen(); err != nil {
		s.fatal("davtest: listen again: %v", err)
	}
}

// Restart is Close and Listen: clients see their connections cut.
func (s *Server) Restart() {
	s.Close()
	s.Listen()
}

// ForgetTokens makes every sync-token given so far unknown, as after a
// server's restore from a backup or a change of its software.
func (s *Server) ForgetTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
}

// AddHome adds another home-set and gives its path. AddCollection with an
// absolute path under it puts collections there.
func (s *Server) AddHome(kind pim.Kind, path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	path = slashed(path)
	s.homes = append(s.homes, home{kind, path})
	return path
}

// AddCollection makes an address book or a calendar. path is a single segment
// in the kind's first home-set, or an absolute path.
func (s *Server) AddCollection(kind pim.Kind, path, name string) *Collection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(kind, path, name)
}

func (s *Server) add(kind pim.Kind, path, name string) *Collection {
	s.nextID++
	c := &Collection{
		s: s, id: s.nextID, kind: kind, path: s.place(kind, path), name: name,
		idx: map[string]int{}, dead: map[string]dead{},
		privileges: []string{"read", "write", "write-content", "bind", "unbind", "read-current-user-privilege-set"},
	}
	if kind == pim.Calendar {
		c.components = []string{"VEVENT", "VTODO"}
		c.color = "#1E88E5FF"
	}
	if old := s.cols[c.path]; old != nil {
		s.drop(old)
	}
	s.cols[c.path], s.ever[c.id] = c, c
	s.order = append(s.order, c)
	return c
}

func (s *Server) drop(c *Collection) {
	delete(s.cols, c.path)
	s.order = slices.DeleteFunc(s.order, func(x *Collection) bool { return x == c })
}

func (s *Server) place(kind pim.Kind, path string) string {
	if !strings.HasPrefix(path, "/") {
		path = s.homeOf(kind) + path
	}
	return slashed(path)
}

func (s *Server) homeOf(kind pim.Kind) string {
	for _, h := range s.homes {
		if h.kind == kind {
			return h.path
		}
	}
	return "/"
}

// Collections lists what is on the server, in order of creation.
func (s *Server) Collections() []*Collection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.order)
}

// Objects gives every fetchable object of every collection, by the compare
// key of its href.
func (s *Server) Objects() map[string][]byte {
	all := map[string][]byte{}
	for _, c := range s.Collections() {
		for k, b := range c.Objects() {
			all[k] = b
		}
	}
	return all
}
