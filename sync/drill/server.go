package drill

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// Paths of the server. There is one principal with two home-sets.
const (
	rootPath      = "/"
	principalPath = "/principal/"
	booksPath     = "/contacts/"
	calendarsPath = "/calendars/"
)

const (
	maxBody    = 256 << 20
	maxRequest = 16 << 20
	userName   = "drill"
)

// server is a CardDAV and CalDAV server for one drill: RFC 4918 as far as a client
// of address books (RFC 6352) and calendars (RFC 4791) needs it. What is put is
// given back exactly.
type server struct {
	store    *store
	url      string
	password string
	http     http.Server
	done     chan struct{}
}

// serve begins to listen on the loopback interface.
func serve(ctx context.Context, st *store) (*server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{store: st, url: "http://" + l.Addr().String() + "/", password: rand.Text(), done: make(chan struct{})}
	s.http.Handler = s
	s.http.ReadHeaderTimeout = 30 * time.Second
	s.http.ErrorLog = nil
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // ends when it is closed
	}()
	return s, nil
}

// close stops the server and waits for its end.
func (s *server) close() {
	_ = s.http.Close()
	<-s.done
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(userName+"\x00"+s.password)) != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="drill"`)
		http.Error(w, "sign in", http.StatusUnauthorized)
		return
	}
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("DAV", "1, 3, extended-mkcol, addressbook, calendar-access")
		w.Header().Set("Allow", "OPTIONS, GET, HEAD, PUT, PROPFIND, REPORT, MKCOL, MKCALENDAR")
	case http.MethodGet, http.MethodHead:
		s.get(w, r)
	case http.MethodPut:
		s.put(w, r)
	case "PROPFIND":
		s.propfind(w, r)
	case "REPORT":
		s.report(w, r)
	case "MKCOL", "MKCALENDAR":
		s.mkcol(w, r)
	default:
		http.Error(w, "no such method", http.StatusMethodNotAllowed)
	}
}

// split takes a path apart into the collection's and the object's name.
func split(p string) (folder, name string) { return path.Split(p) }

func (s *server) get(w http.ResponseWriter, r *http.Request) {
	folder, name := split(r.URL.Path)
	o, ok := s.store.object(folder, name)
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := s.store.body(o)
	if err != nil {
		http.Error(w, "the spool can't be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("ETag", o.etag)
	w.Header().Set("Content-Type", mediaType(folder))
	_, _ = w.Write(body)
}

func mediaType(folder string) string {
	if strings.HasPrefix(folder, booksPath) {
		return "text/vcard"
	}
	return "text/calendar"
}

func (s *server) put(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "too much", http.StatusRequestEntityTooLarge)
		return
	}
	folder, name := split(r.URL.Path)
	if name == "" {
		http.Error(w, "that is a collection", http.StatusMethodNotAllowed)
		return
	}
	etag, created, err := s.store.put(folder, name, body, r.Header.Get("If-Match"), r.Header.Get("If-None-Match"))
	switch {
	case errors.Is(err, errCondition):
		w.WriteHeader(http.StatusPreconditionFailed)
	case errors.Is(err, fs.ErrNotExist):
		w.WriteHeader(http.StatusConflict) // RFC 4918 section 9.7.1
	case err != nil:
		w.WriteHeader(http.StatusInsufficientStorage)
	default:
		w.Header().Set("ETag", etag)
		status := http.StatusNoContent
		if created {
			status = http.StatusCreated
		}
		w.WriteHeader(status)
	}
}

// makeRequest is the body of MKCOL (RFC 5689 section 3) and of MKCALENDAR (RFC 4791
// section 5.3.1).
type makeRequest struct {
	Props []struct {
		Type struct {
			Book *struct{} `xml:"urn:ietf:params:xml:ns:carddav addressbook"`
			Cal  *struct{} `xml:"urn:ietf:params:xml:ns:caldav calendar"`
		} `xml:"DAV: resourcetype"`
		Name      string `xml:"DAV: displayname"`
		CalColor  string `xml:"http://apple.com/ns/ical/ calendar-color"`
		BookColor string `xml:"http://inf-it.com/ns/ab/ addressbook-color"`
		Comps     []struct {
			Name string `xml:"name,attr"`
		} `xml:"urn:ietf:params:xml:ns:caldav supported-calendar-component-set>comp"`
	} `xml:"set>prop"`
}

func (s *server) mkcol(w http.ResponseWriter, r *http.Request) {
	var ask makeRequest
	if err := readXML(w, r, &ask); err != nil {
		return
	}
	b := &book{path: strings.TrimSuffix(r.URL.Path, "/") + "/", kind: pim.Contacts}
	isCal := r.Method == "MKCALENDAR"
	for _, p := range ask.Props {
		isCal = isCal || p.Type.Cal != nil
		b.name, b.color = b.name+p.Name, b.color+p.CalColor+p.BookColor
		for _, c := range p.Comps {
			b.components = append(b.components, c.Name)
		}
	}
	home := booksPath
	if isCal {
		b.kind, home = pim.Calendar, calendarsPath
	}
	if path.Dir(strings.TrimSuffix(b.path, "/"))+"/" != home {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if !s.store.make(b) {
		w.WriteHeader(http.StatusMethodNotAllowed) // RFC 4918 section 9.3.1
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// readXML reads a request's body; an error was answered.
func readXML(w http.ResponseWriter, r *http.Request, v any) error {
	err := xml.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(v)
	if err != nil {
		http.Error(w, "that is no such request", http.StatusBadRequest)
	}
	return err
}
