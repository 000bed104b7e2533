package drill

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"sidekeep/sync/pim"
)

// store keeps collections in memory and the bytes of their objects, one after the
// other, in a spool file.
type store struct {
	file *os.File

	mu    sync.Mutex
	end   int64
	books map[string]*book // by path, with a slash at its end
}

// book is one collection.
type book struct {
	path       string
	kind       pim.Kind
	name       string
	color      string
	components []string
	names      []string // of objects, in the order in which they came
	objects    map[string]object
}

// object is where the bytes of one are.
type object struct {
	at, size int64
	etag     string
}

func newStore(path string) (*store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &store{file: f, books: map[string]*book{}}, nil
}

var errCondition = errors.New("the condition does not hold")

// put stores bytes under a name where the conditions allow it (RFC 9110 section
// 13.1), and says whether the object is new.
func (s *store) put(folder, name string, body []byte, ifMatch, ifNoneMatch string) (etag string, created bool, err error) {
	sum := sha256.Sum256(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[folder]
	if b == nil {
		return "", false, fs.ErrNotExist
	}
	old, there := b.objects[name]
	if there && ifNoneMatch == "*" || ifMatch != "" && (!there || ifMatch != "*" && ifMatch != old.etag) {
		return "", false, errCondition
	}
	if _, err := s.file.WriteAt(body, s.end); err != nil {
		return "", false, err
	}
	o := object{s.end, int64(len(body)), `"` + hex.EncodeToString(sum[:12]) + `"`}
	s.end += o.size
	if !there {
		b.names = append(b.names, name)
	}
	b.objects[name] = o
	return o.etag, !there, nil
}

func (s *store) object(folder, name string) (object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[folder]
	if b == nil {
		return object{}, false
	}
	o, ok := b.objects[name]
	return o, ok
}

func (s *store) body(o object) ([]byte, error) {
	b := make([]byte, o.size)
	_, err := s.file.ReadAt(b, o.at)
	if o.size == 0 {
		err = nil
	}
	return b, err
}

// make adds a collection; false: there is one.
func (s *store) make(b *book) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.books[b.path] != nil {
		return false
	}
	b.objects = map[string]object{}
	s.books[b.path] = b
	return true
}

// book gives a collection as it stands now.
func (s *store) book(path string) (book, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[path]
	if b == nil {
		return book{}, false
	}
	out := *b
	out.names = slices.Clone(b.names)
	return out, true
}

// paths of the collections of a kind, sorted.
func (s *store) paths(kind pim.Kind) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for p, b := range s.books {
		if b.kind == kind {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}
