package davtest

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strings"
	"time"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// object is one state of one resource. It is never changed, only replaced, so
// an answer can be streamed while the collection moves on.
type object struct {
	name  string // last segment of the path, decoded
	etag  string // with its quotes
	seq   uint64 // the change that wrote it
	born  uint64 // the change that created it
	ctype string // "" by kind

	body  []byte    // exact bytes, or
	make  gen.Maker // how to make them
	seed  uint64
	index int

	ghost bool // listed, but every fetch answers 404
}

// bytes gives the body; buf may be used for it.
func (o *object) bytes(buf []byte) []byte {
	if o.make == nil {
		return o.body
	}
	return o.make(buf[:0], o.seed, o.index)
}

// modified is a time that moves by a second with every change, so that
// getlastmodified is as good a validator as it can be.
func (o *object) modified() time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(o.seq) * time.Second)
}

type dead struct {
	name      string
	seq, born uint64
}

// Collection is an address book or a calendar on a Server.
// Its methods may be called at any time, while requests are served too.
type Collection struct {
	s  *Server
	id int

	kind        pim.Kind
	path        string // decoded, with a slash at both ends
	name        string
	description string
	color       string
	calOrder    int
	components  []string
	privileges  []string
	source      string // of a subscription
	refused     int    // status that everything about it is answered with; 0: it can be read
	special     string // extra resourcetype: "subscribed", "trash-bin", "schedule-inbox", ...

	list []*object // in order of creation; nil where one was deleted
	idx  map[string]int
	dead map[string]dead
	seq  uint64
}

// Kind is what the collection holds.
func (c *Collection) Kind() pim.Kind { return c.kind }

// Path is the collection's path, decoded, with its trailing slash.
func (c *Collection) Path() string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.path
}

// URL is the collection's absolute URL.
func (c *Collection) URL() string { return c.s.URL() + escapePath(c.Path()) }

// Name is the display name.
func (c *Collection) Name() string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.name
}

// Len counts the objects.
func (c *Collection) Len() int {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return len(c.idx)
}

// Put creates or replaces the object called name (the last path segment,
// decoded) and gives its ETag as it stands on the wire. The body is kept as it
// is and must not be changed afterwards.
func (c *Collection) Put(name string, body []byte) string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.put(&object{name: name, body: body, etag: etagOf(body)}).etag
}

// PutAs is Put with the content type that the listing and GET will name.
func (c *Collection) PutAs(name, contentType string, body []byte) string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.put(&object{name: name, body: body, etag: etagOf(body), ctype: contentType}).etag
}

// PutGhost lists an object that every fetch answers with 404.
func (c *Collection) PutGhost(name string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.put(&object{name: name, etag: `"ghost"`, ghost: true})
}

// Fill adds n generated objects named by their number. Only names are kept:
// the bytes are made while they are served.
func (c *Collection) Fill(n int, seed uint64, make gen.Maker) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.list = slices.Grow(c.list, n)
	for i := range n {
		c.put(&object{
			name: fmt.Sprintf("%x-%06d%s", seed, i, c.ext()), make: make, seed: seed, index: i,
			etag: fmt.Sprintf(`"%x-%d"`, seed, i),
		})
	}
}

// Delete removes an object and says whether it was there.
func (c *Collection) Delete(name string) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.remove(name)
}

// Get gives an object's bytes and ETag.
func (c *Collection) Get(name string) (body []byte, etag string, ok bool) {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	i, ok := c.idx[name]
	if !ok {
		return nil, "", false
	}
	return c.list[i].bytes(nil), c.list[i].etag, true
}

// Names lists the objects' names in order of creation.
func (c *Collection) Names() []string {
	var names []string
	for _, o := range c.snapshot() {
		names = append(names, o.name)
	}
	return names
}

// Objects gives every fetchable object's bytes by the compare key of its href
// (pim.Href.Key: the decoded path), whatever spelling a quirk gives the hrefs.
func (c *Collection) Objects() map[string][]byte {
	path := c.Path()
	all := map[string][]byte{}
	for _, o := range c.snapshot() {
		if !o.ghost {
			all[path+o.name] = o.bytes(nil)
		}
	}
	return all
}

// Rename changes the display name.
func (c *Collection) Rename(name string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.name = name
}

// Describe sets description, colour ("#RRGGBB" or "#RRGGBBAA") and order.
func (c *Collection) Describe(description, color string, order int) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.description, c.color, c.calOrder = description, color, order
}

// SetComponents sets a calendar's supported-calendar-component-set.
func (c *Collection) SetComponents(components ...string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.components = components
}

// SetPrivileges sets current-user-privilege-set, DAV: names.
func (c *Collection) SetPrivileges(privileges ...string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.privileges = privileges
}

// Move gives the collection another path: to clients the old one is gone and
// a new one is there.
func (c *Collection) Move(path string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	there := c.s.cols[c.path] == c
	if there {
		delete(c.s.cols, c.path)
	}
	if c.path = c.s.place(c.kind, path); there {
		c.s.cols[c.path] = c
	}
}

// Remove takes the collection off the server.
func (c *Collection) Remove() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.drop(c)
}

// Token is the collection's present sync-token, as on the wire.
func (c *Collection) Token() string {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.token(c.seq)
}

// The methods below expect the server's lock to be held.

func (c *Collection) put(o *object) *object {
	c.seq++
	o.seq, o.born = c.seq, c.seq
	if i, ok := c.idx[o.name]; ok {
		o.born = c.list[i].born
		c.list[i] = o
		return o
	}
	if d, ok := c.dead[o.name]; ok {
		// A client at a token between birth and death never saw it go.
		o.born = d.born
		delete(c.dead, o.name)
	}
	c.idx[o.name] = len(c.list)
	c.list = append(c.list, o)
	return o
}

func (c *Collection) remove(name string) bool {
	i, ok := c.idx[name]
	if !ok {
		return false
	}
	if c.s.quirks[UIDBin] {
		if c.s.write.bin == nil {
			c.s.write.bin = map[string]bool{}
		}
		c.s.write.bin[c.path+" "+uidIn(c.list[i].bytes(nil))] = true
	}
	c.seq++
	c.dead[name] = dead{name: name, seq: c.seq, born: c.list[i].born}
	c.list[i] = nil
	delete(c.idx, name)
	if len(c.list) > 64 && len(c.idx) < len(c.list)/2 {
		c.compact()
	}
	return true
}

func (c *Collection) compact() {
	c.list = slices.DeleteFunc(c.list, func(o *object) bool { return o == nil })
	for i, o := range c.list {
		c.idx[o.name] = i
	}
}

func (c *Collection) ext() string {
	if c.kind == pim.Contacts {
		return ".vcf"
	}
	return ".ics"
}

// snapshot copies the list of objects, under the lock that it takes itself.
func (c *Collection) snapshot() []*object {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.live()
}

func (c *Collection) live() []*object {
	all := make([]*object, 0, len(c.idx))
	for _, o := range c.list {
		if o != nil {
			all = append(all, o)
		}
	}
	return all
}

// change is one line of the answer to sync-collection.
type change struct {
	seq  uint64
	name string
	o    *object // nil: removed
}

// since lists what changed after seq, oldest change first.
func (c *Collection) since(seq uint64) []change {
	var all []change
	for _, o := range c.list {
		if o != nil && o.seq > seq {
			all = append(all, change{o.seq, o.name, o})
		}
	}
	if seq > 0 {
		for _, d := range c.dead {
			if d.seq > seq && d.born <= seq {
				all = append(all, change{d.seq, d.name, nil})
			}
		}
	}
	slices.SortFunc(all, func(a, b change) int { return int(int64(a.seq) - int64(b.seq)) })
	return all
}

const tokenPrefix = "http://davtest.invalid/sync/"

func (c *Collection) token(seq uint64) string {
	if c.s.quirks[OpaqueTokens] {
		return fmt.Sprintf(`FT=-@RU=%d&"%d'<>@S=%d`, c.s.epoch, c.id, seq)
	}
	return fmt.Sprintf("%s%d/%d/%d", tokenPrefix, c.s.epoch, c.id, seq)
}

// parseToken gives the position that a token names, or false if this server
// did not give it or has forgotten it.
func (c *Collection) parseToken(token string) (uint64, bool) {
	var epoch, id int
	var seq uint64
	if _, err := fmt.Sscanf(token, tokenPrefix+"%d/%d/%d", &epoch, &id, &seq); err != nil {
		if _, err := fmt.Sscanf(token, `FT=-@RU=%d&"%d'<>@S=%d`, &epoch, &id, &seq); err != nil {
			return 0, false
		}
	}
	return seq, epoch == c.s.epoch && id == c.id && seq <= c.seq
}

func etagOf(body []byte) string {
	h := fnv.New64a()
	h.Write(body)
	return fmt.Sprintf(`"%016x"`, h.Sum64())
}

// escapePath spells a decoded path as a well-behaved server does.
func escapePath(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// slashed gives the path with exactly one slash at each end.
func slashed(path string) string {
	path = "/" + strings.Trim(path, "/") + "/"
	if path == "//" {
		return "/"
	}
	return path
}
