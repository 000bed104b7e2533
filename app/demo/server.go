// Package demo is an embedded CardDAV and CalDAV server with made-up people,
// events and tasks, so that Sidekeep can be tried without an account. It
// listens on loopback only, under a random password, and writes nothing.
//
// The data comes from a seed: the same seed and day give the same bytes. No
// person in it exists; telephone numbers are from the ranges that are set
// aside for fiction, addresses end in example.org, .com and .net.
package demo

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
	"github.com/emersion/go-webdav/carddav"

	"sidekeep/sync/pim"
)

// User is the demo account's user name.
const User = "demo"

// The paths of the server. go-webdav tells resources apart by how deep they lie.
const (
	principalPath = "/demo/"
	booksPath     = "/demo/contacts/"
	calendarsPath = "/demo/calendars/"
)

// Options shape a demo server. The zero value is the demo.
type Options struct {
	Seed     uint64    // 0 is the demo's own
	Now      time.Time // what "around today" means; zero is now
	Contacts int       // how many; 0 is 250
	Port     int       // to listen on; 0 is any free one
	Password string    // "" makes a random one
}

// Server is a running demo server. Close it.
type Server struct {
	URL      string // http://127.0.0.1:PORT/
	Password string
	Port     int

	http *http.Server
	done chan struct{}
}

// Start generates the data and serves it until Close. A port that is taken is
// an error with fault Invalid.
func Start(o Options) (*Server, error) {
	if o.Seed == 0 {
		o.Seed = 20
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Contacts == 0 {
		o.Contacts = 250
	}
	if o.Password == "" {
		o.Password = randomPassword()
	}
	handler, err := newHandler(o)
	if err != nil {
		return nil, &pim.Error{Fault: pim.Internal, Op: "make the demo data", Err: err}
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port)))
	if err != nil {
		return nil, &pim.Error{Fault: pim.Invalid, Op: "start the demo server", Err: err, Reason: "port"}
	}
	s := &Server{
		URL: "http://" + l.Addr().String() + "/", Password: o.Password,
		Port: l.Addr().(*net.TCPAddr).Port,
		http: &http.Server{Handler: withLogin(o.Password, handler), ReadHeaderTimeout: 10 * time.Second},
		done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // ends with ErrServerClosed
	}()
	return s, nil
}

// Close stops the server, its connections included, and waits for its end.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

func randomPassword() string {
	b := make([]byte, 15)
	_, _ = rand.Read(b) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// withLogin asks for Basic authentication (RFC 7617).
func withLogin(password string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, p, ok := r.BasicAuth()
		right := subtle.ConstantTimeCompare([]byte(u+"\x00"+p), []byte(User+"\x00"+password)) == 1
		if !ok || !right {
			w.Header().Set("WWW-Authenticate", `Basic realm="Sidekeep demo"`)
			http.Error(w, "the demo server asks for its user name and password", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// newHandler builds the data and routes requests to go-webdav's handlers.
func newHandler(o Options) (http.Handler, error) {
	books, err := makeBooks(o)
	if err != nil {
		return nil, err
	}
	cals, err := makeCalendars(o)
	if err != nil {
		return nil, err
	}
	card := &carddav.Handler{Backend: books}
	cal := &caldav.Handler{Backend: cals}
	homes := []webdav.BackendSuppliedHomeSet{carddav.NewAddressBookHomeSet(booksPath), caldav.NewCalendarHomeSet(calendarsPath)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p := r.URL.Path; {
		case strings.HasPrefix(p, "/.well-known/"):
			http.Redirect(w, r, principalPath, http.StatusPermanentRedirect)
		case p == "/" && r.Method == http.MethodGet:
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("This is Sidekeep's demo server: made-up contacts, events and tasks.\n"))
		case strings.HasPrefix(p, booksPath):
			card.ServeHTTP(w, r)
		case strings.HasPrefix(p, calendarsPath):
			cal.ServeHTTP(w, r)
		default:
			webdav.ServePrincipal(w, r, &webdav.ServePrincipalOptions{
				CurrentUserPrincipalPath: principalPath, HomeSets: homes,
				Capabilities: []webdav.Capability{carddav.CapabilityAddressBook, caldav.CapabilityCalendar},
			})
		}
	}), nil
}

// refused answers every write: the demo can only be read.
func refused() error {
	return webdav.NewHTTPError(http.StatusForbidden, errors.New("the demo account can only be read"))
}

func missing(path string) error {
	return webdav.NewHTTPError(http.StatusNotFound, errors.New("nothing here: "+path))
}

// principal gives both backends their go-webdav method.
type principal struct{}

func (principal) CurrentUserPrincipal(context.Context) (string, error) { return principalPath, nil }
