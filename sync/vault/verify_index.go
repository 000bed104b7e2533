package vault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sidekeep/sync/pim"
)

// loadSummaries reads the places of the current view in lists.
func (c *checker) loadSummaries(ctx context.Context) error {
	return c.damage(c.each(ctx, `SELECT resource, class, ord, begins, until FROM summaries`, func(r []driver.Value) error {
		id := integer(r[0])
		ord, _ := r[2].([]byte)
		x := c.resource(id)
		if x == nil || x.blob == 0 {
			c.add(problemIndex, id, "lists have an object that is not there", c.v.path)
			return nil
		}
		x.row = rowSum(class(integer(r[1])), ord, r[3], r[4])
		x.flags |= wasListed
		return nil
	}), "lists")
}

// loadSizes reads how many words the search has of each object, from FTS5's own
// table for that (https://sqlite.org/fts5.html section 4.6): a varint, for there is
// one column.
func (c *checker) loadSizes(ctx context.Context) error {
	return c.damage(c.each(ctx, `SELECT id, sz FROM search_docsize`, func(r []driver.Value) error {
		id := integer(r[0])
		x := c.resource(id)
		if x == nil || x.blob == 0 {
			c.add(problemIndex, id, "search has an object that is not there", c.v.path)
			return nil
		}
		size, _ := r[1].([]byte)
		n, _ := varint(size)
		x.has = int32(n)
		return nil
	}), "search")
}

// wordParts cut the words of an index into parts of about the same size.
var wordParts = []string{"", "5", "b", "e", "i", "m", "q", "t", "\u0080", markTail, markClass, "\U0010ffff\U0010ffff"}

// words reads the index of the search. FTS5 looks at it too where it is not as
// expected, and where everything is.
func (c *checker) words(ctx context.Context) error {
	err := c.readWords(ctx)
	if err == nil && !c.Anew {
		return nil
	}
	if !errors.Is(err, errUnclear) {
		return errors.Join(c.damage(err, "search"), c.searchIndex(ctx))
	}
	return c.askFTS5(ctx)
}

// askFTS5 asks it about its index and reads the words through it.
func (c *checker) askFTS5(ctx context.Context) error {
	c.asked = true
	if err := c.searchIndex(ctx); err != nil {
		return err
	}
	for i := range c.rows {
		c.rows[i].words, c.rows[i].noStarts = 0, false
	}
	var next atomic.Int32
	errs := make([]error, min(runtime.GOMAXPROCS(0), 3)) // the pool has four connections
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			for errs[i] == nil {
				n := int(next.Add(1))
				if n >= len(wordParts) {
					return
				}
				errs[i] = c.loadWords(ctx, wordParts[n-1], wordParts[n])
			}
		})
	}
	group.Wait()
	return c.damage(errors.Join(errs...), "search")
}

// loadWords reads the words with from <= word < to.
func (c *checker) loadWords(ctx context.Context, from, to string) error {
	var last string
	var sum uint64
	return c.each(ctx, `SELECT term, doc FROM words WHERE term >= ? AND term < ?`, func(r []driver.Value) error {
		if term := text(r[0]); term != last {
			last, sum = term, wordSum(term)
		}
		if x := c.resource(integer(r[1])); x != nil {
			atomic.AddUint64(&x.words, sum)
		}
		return nil
	}, from, to)
}

// damage makes a finding of what can't be read and can be made anew.
func (c *checker) damage(err error, what string) error {
	if err == nil || !isDamage(err) {
		return err
	}
	c.add(problemIntegrity, 0, what+" can't be read", c.v.path)
	c.mu.Lock()
	c.blind = true
	c.mu.Unlock()
	return nil
}

// compareIndex compares lists and search with what the bytes say.
func (c *checker) compareIndex(ctx context.Context) error {
	if c.blind {
		return nil
	}
	others := slices.ContainsFunc(c.rows, func(r checkedResource) bool { return r.flags&wasCompared != 0 && r.otherWords() })
	if others && !c.asked {
		if err := c.askFTS5(ctx); err != nil {
			return err
		}
	}
	if c.blind {
		return nil
	}
	for i := range c.rows {
		r := &c.rows[i]
		if r.flags&wasCompared == 0 {
			continue // not in the current view, or its bytes are wrong, which was said
		}
		var in []string
		if r.flags&otherLists != 0 {
			in = append(in, "lists")
		}
		if r.flags&otherSearch != 0 || r.otherWords() || r.noStarts {
			in = append(in, "search")
		}
		if len(in) > 0 {
			c.add(problemIndex, r.id, strings.Join(in, " and ")+" do not say of it what its bytes say", "")
		} else if r.flags&otherDigest != 0 {
			c.add(problemIndex, r.id, "the digest of what its bytes say is wrong", "")
		}
	}
	return nil
}

// nameAll says where the objects of the findings are, as far as that can be read.
func (c *checker) nameAll(ctx context.Context) {
	for i := range c.found {
		if f := &c.found[i]; f.Where == "" {
			f.Where = c.objectName(ctx, f.Resource)
		}
	}
}

func (c *checker) collectionName(ctx context.Context, id int64) string {
	var account, name, url string
	err := c.v.reader.QueryRowContext(ctx, `SELECT a.name, c.name, c.url FROM collections c JOIN accounts a ON a.id = c.account WHERE c.id = ?`, id).
		Scan(&account, &name, &url)
	if err != nil {
		return fmt.Sprintf("collection %d", id)
	}
	return account + ": " + pim.Collection{Name: name, URL: url}.Title()
}

// objectName is "account: collection: object 7", and in brackets its title and
// address: what is in them is left out where the finding is kept.
func (c *checker) objectName(ctx context.Context, id int64) string {
	where := fmt.Sprintf("object %d", id)
	var collection int64
	var href string
	if c.v.reader.QueryRowContext(ctx, `SELECT collection, href FROM resources WHERE id = ?`, id).Scan(&collection, &href) != nil {
		return where
	}
	where = c.collectionName(ctx, collection) + ": " + where
	var title sql.NullString
	_ = c.v.reader.QueryRowContext(ctx, `SELECT json_extract(b.summary, '$.T') FROM resources r JOIN blobs b ON b.id = r.blob
		WHERE r.id = ? AND json_valid(b.summary)`, id).Scan(&title) // it may be what is damaged
	if title.String != "" {
		return where + " (" + title.String + ", " + href + ")"
	}
	return where + " (" + href + ")"
}
