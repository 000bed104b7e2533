package davtest

import (
	"fmt"
	"net/http"
	"strings"

	"sidekeep/sync/pim"
)

// what a path names.
type place int

const (
	nowhere place = iota
	atRoot
	atPrincipal
	atHome
	atCollection
	atObject
)

// target is what a request is about.
type target struct {
	place place
	path  string // decoded, with trailing slash but for objects
	homes []home
	col   *Collection
	name  string // of an object, which need not exist
	o     *object
}

func (s *Server) principalPath() string {
	if s.lost[LosePrincipal] {
		return "/dav/principals/somebody-else/"
	}
	return "/dav/principals/" + s.who + "/"
}

// find resolves a decoded path.
func (s *Server) find(path string) target {
	s.mu.RLock()
	defer s.mu.RUnlock()
	withSlash := slashed(path)
	if c := s.cols[withSlash]; c != nil {
		return target{place: atCollection, path: withSlash, col: c}
	}
	if withSlash == s.principalPath() {
		t := target{place: atPrincipal, path: withSlash}
		if s.quirks[NoHomeSet] {
			t.homes = s.homes // collections are found below the principal itself
		}
		return t
	}
	t := target{path: withSlash}
	for _, h := range s.homes {
		if h.path == withSlash || s.lost[LosePrincipal] && s.othersHome(h) == withSlash {
			t.place = atHome
			t.homes = append(t.homes, h)
		}
	}
	if t.place == atHome {
		return t
	}
	if withSlash == "/" || withSlash == "/dav/" {
		return target{place: atRoot, path: withSlash}
	}
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		if c := s.cols[path[:i+1]]; c != nil && path[i+1:] != "" {
			t := target{place: atObject, path: path, col: c, name: path[i+1:]}
			if s.quirks[DoubleEscape] {
				t.name = strings.ReplaceAll(t.name, "%15", "\x15")
			}
			if j, ok := c.idx[t.name]; ok {
				t.o = c.list[j]
			} else if s.quirks[CaseInsensitive] {
				t.o = c.fold(t.name)
			}
			return t
		}
	}
	return target{place: nowhere, path: path}
}

func (c *Collection) fold(name string) *object {
	for _, o := range c.list {
		if o != nil && strings.EqualFold(o.name, name) {
			return o
		}
	}
	return nil
}

// answer is the whole server.
func (c *call) answer() {
	if strings.HasPrefix(c.path, "/.well-known/") && c.wellKnown() {
		return
	}
	if !c.log.Authorized {
		c.challenge()
		return
	}
	if c.early() {
		return
	}
	t := c.s.find(c.path)
	if t.place == nowhere && c.s.foreign(c.path) {
		c.fail(http.StatusForbidden, "")
		return
	}
	if c.redirect(t) {
		return
	}
	if t.col != nil && t.col.refusal() != 0 {
		c.fail(t.col.refusal(), "")
		return
	}
	switch c.r.Method {
	case http.MethodOptions:
		c.options()
	case "PROPFIND":
		c.propfind(t)
	case "REPORT":
		c.report(t)
	case http.MethodGet, http.MethodHead:
		c.get(t)
	case http.MethodPut:
		c.put(t)
	case http.MethodDelete:
		c.del(t)
	case "MKCOL", "MKCALENDAR":
		c.mkcol(t)
	case "PROPPATCH":
		c.proppatch(t)
	default:
		c.w.Header().Set("Allow", allow)
		c.fail(http.StatusMethodNotAllowed, "")
	}
}

const allow = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCOL, MKCALENDAR"

func (c *call) options() {
	if c.q[NoOptions] {
		c.fail(http.StatusNotFound, "")
		return
	}
	classes, methods := "1, 3, extended-mkcol, calendar-access, addressbook, sync-collection", allow
	if c.q[Mails] || c.q[MailsAnyway] {
		classes += ", calendar-auto-schedule"
	}
	switch {
	case c.q[NoMake]:
		methods = strings.TrimSuffix(allow, ", MKCOL, MKCALENDAR")
		classes = strings.Replace(classes, "extended-mkcol, ", "", 1)
	case c.q[NoMkcalendar]:
		methods = strings.TrimSuffix(allow, ", MKCALENDAR")
	case c.q[PlainMkcol]:
		classes = strings.Replace(classes, "extended-mkcol, ", "", 1)
	}
	c.w.Header().Set("DAV", classes)
	c.w.Header().Set("Allow", methods)
	c.w.WriteHeader(http.StatusOK)
}

// wellKnown answers RFC 6764 section 5: a redirect to where the service is.
func (c *call) wellKnown() bool {
	switch {
	case c.q[WellKnown405]:
		c.w.Header().Set("Allow", "GET")
		c.fail(http.StatusMethodNotAllowed, "")
	case c.q[WellKnownMissing], c.q[NoPrincipal]:
		c.fail(http.StatusNotFound, "")
	case c.q[WellKnownLoop]:
		c.w.Header().Set("Location", c.raw)
		c.w.WriteHeader(http.StatusMovedPermanently)
	case c.q[WellKnownToCollection]:
		c.s.mu.RLock()
		to := "/"
		for _, col := range c.s.order {
			if (col.kind == pim.Contacts) == strings.HasSuffix(c.path, "carddav") {
				to = col.path
				break
			}
		}
		c.s.mu.RUnlock()
		c.w.Header().Set("Location", escapePath(to))
		c.w.WriteHeader(http.StatusMovedPermanently)
	case c.q[WellKnownHTML]:
		c.html(http.StatusOK)
	default:
		to := "/dav/"
		if c.q[AbsoluteRedirect] {
			to = c.root() + to
		}
		c.w.Header().Set("Location", to)
		c.w.WriteHeader(http.StatusMovedPermanently)
	}
	return true
}

// redirect sends a collection's address without its slash to the one with it.
func (c *call) redirect(t target) bool {
	if !c.q[SlashRedirect] || t.place == nowhere || t.place == atObject || t.place == atRoot ||
		strings.HasSuffix(c.path, "/") {
		return false
	}
	c.w.Header().Set("Location", c.raw+"/")
	c.w.WriteHeader(http.StatusMovedPermanently)
	return true
}

// html is what a captive portal, a login page or an overloaded gateway says.
func (c *call) html(status int) {
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	fmt.Fprint(c.w, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"+
		"<body><br><p>Please sign in &nbsp; to go on.</body></html>\n")
}
