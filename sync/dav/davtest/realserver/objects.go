package realserver

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// do sends one request with the login and gives the answer's status, headers
// and body. path is a path on the server, spelled as it goes on the wire.
func (s *Server) do(client *http.Client, method, path string, body []byte, header ...string) (int, http.Header, []byte, error) {
	r, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	r.SetBasicAuth(s.User, s.Password)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, err
}

// newClient keeps up to n connections, which close ends.
func newClient(n int) (client *http.Client, close func()) {
	t := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: n, MaxConnsPerHost: n}
	return &http.Client{Transport: t}, t.CloseIdleConnections
}

func (s *Server) one(method, path string, body []byte, want string, header ...string) (http.Header, []byte, error) {
	client, done := newClient(1)
	defer done()
	status, h, b, err := s.do(client, method, path, body, header...)
	if err != nil {
		return nil, nil, err
	}
	if !strings.Contains(want, fmt.Sprint(status)) {
		return nil, nil, fmt.Errorf("%s %s: status %d: %.200s", method, path, status, b)
	}
	return h, b, nil
}

// MakeCollection makes an address book, or a calendar for events and tasks,
// and gives its path.
func (s *Server) MakeCollection(kind pim.Kind, segment, displayName string) (string, error) {
	path := s.Home(kind) + segment + "/"
	name := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(displayName)
	method, what := "MKCALENDAR", "C:mkcalendar"
	prop := `<D:displayname>` + name + `</D:displayname>`
	if kind == pim.Contacts {
		method, what = "MKCOL", "D:mkcol"
		prop += `<D:resourcetype><D:collection/><A:addressbook/></D:resourcetype>`
	} else {
		prop += `<C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="VTODO"/></C:supported-calendar-component-set>`
	}
	body := `<?xml version="1.0" encoding="utf-8"?><` + what + ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>` +
		prop + `</D:prop></D:set></` + what + `>`
	_, _, err := s.one(method, path, []byte(body), "201 207", "Content-Type", "application/xml; charset=utf-8")
	return path, err
}

func contentType(name string) string {
	if strings.HasSuffix(name, ".vcf") {
		return "text/vcard; charset=utf-8"
	}
	return "text/calendar; charset=utf-8"
}

// Put creates or replaces an object and gives the ETag, if the server named
// one. path is spelled as it goes on the wire.
func (s *Server) Put(path string, body []byte) (etag string, err error) {
	h, _, err := s.one(http.MethodPut, path, body, "200 201 204", "Content-Type", contentType(path))
	if err != nil {
		return "", err
	}
	return h.Get("ETag"), nil
}

// Get gives an object's bytes and ETag as they come, vCards in the version
// they are kept in.
func (s *Server) Get(path string) (body []byte, etag string, err error) {
	h, b, err := s.one(http.MethodGet, path, nil, "200", "Accept", "text/vcard;version=4.0, text/vcard;q=0.9, */*;q=0.8")
	if err != nil {
		return nil, "", err
	}
	return b, h.Get("ETag"), nil
}

// Delete removes an object or a collection.
func (s *Server) Delete(path string) error {
	_, _, err := s.one(http.MethodDelete, path, nil, "200 204 404")
	return err
}

// Fill puts n generated objects into the collection at path, over HTTP with
// several connections. Object i is called as Name gives it.
func (s *Server) Fill(path string, n int, seed uint64, make gen.Maker) error {
	const connections = 4 // more gain nothing: each server locks a collection to write
	client, done := newClient(connections)
	defer done()
	var next atomic.Int64
	var g errgroup.Group
	for range connections {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				body := make(nil, seed, i)
				name := Name(seed, i, body)
				status, _, b, err := s.do(client, http.MethodPut, path+name, body, "Content-Type", contentType(name))
				if err != nil {
					return err
				}
				if status != 200 && status != 201 && status != 204 {
					return fmt.Errorf("PUT %s: status %d: %.200s", name, status, b)
				}
			}
		})
	}
	return g.Wait()
}

// Name is what Fill and Seed call an object.
func Name(seed uint64, i int, body []byte) string {
	ext := ".ics"
	if bytes.HasPrefix(body, []byte("BEGIN:VCARD")) {
		ext = ".vcf"
	}
	return fmt.Sprintf("%x-%06d%s", seed, i, ext)
}

// Seed is Fill by the fastest way there is: Radicale's collections are folders
// of files, and Xandikos's are git work trees; both are written where they are
// kept. Cyrus is filled over HTTP.
func (s *Server) Seed(path string, n int, seed uint64, make gen.Maker) error {
	root := map[Kind]string{Radicale: "data/collection-root", Xandikos: "data"}[s.Kind]
	git, err := exec.LookPath("git")
	if root == "" || s.Kind == Xandikos && err != nil {
		return s.Fill(path, n, seed, make)
	}
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return err
	}
	folder := filepath.Join(s.dir, filepath.FromSlash(root), filepath.FromSlash(strings.Trim(decoded, "/")))
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("make the collection first: %w", err)
	}
	var body []byte
	for i := range n {
		body = make(body[:0], seed, i)
		if err := os.WriteFile(filepath.Join(folder, Name(seed, i, body)), body, 0o600); err != nil {
			return err
		}
	}
	if s.Kind == Radicale {
		return nil
	}
	for _, args := range [][]string{{"add", "--all"}, {"commit", "--quiet", "--message", "seed"}} {
		cmd := exec.Command(git, append([]string{"-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "gc.auto=0", "-c", "core.autocrlf=false"}, args...)...)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "HOME="+s.dir, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %.300s", args[0], err, out)
		}
	}
	return nil
}
