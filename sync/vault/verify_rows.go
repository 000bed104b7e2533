package vault

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"

	"sidekeep/sync/pim"
)

// checkedResource is what is known of a resource while a vault is verified.
type checkedResource struct {
	id, collection int64
	blob, head     int64 // as the resource says; 0 none
	last, lastBlob int64 // as its revisions say
	says, counted  int32 // how many revisions
	flags          uint8

	row       uint64 // fingerprint of its place in lists
	words     uint64 // and of the words that the search has; added to by several goroutines at once
	wordsWant uint64 // as its bytes say
	has       int32  // how many words the search says it has
	noStarts  bool   // it has not the starts of these words
}

const (
	wasCompared uint8 = 1 << iota // with what its bytes say
	wasListed                     // it stands in lists
	otherLists                    // which do not say what its bytes say,
	otherSearch                   // nor does the search,
	otherDigest                   // nor the digest
)

// loadResources reads all resources, and of which kind their collections are.
func (c *checker) loadResources(ctx context.Context) error {
	c.kinds = map[int64]pim.Kind{}
	err := c.each(ctx, `SELECT id, kind FROM collections`, func(r []driver.Value) error {
		c.kinds[integer(r[0])] = pim.Kind(text(r[1]))
		return nil
	})
	if err != nil && !isDamage(err) {
		return err
	}
	c.rows = make([]checkedResource, 0, c.room(ctx))
	err = c.byID(ctx, "resources", `SELECT id, collection, coalesce(blob, 0), coalesce(head, 0), revisions FROM resources WHERE id >= ? AND id < ? ORDER BY id`,
		func(r []driver.Value) int64 {
			x := checkedResource{id: integer(r[0]), collection: integer(r[1]), blob: integer(r[2]), head: integer(r[3]), says: int32(integer(r[4]))}
			c.rows = append(c.rows, x)
			return x.id
		})
	if err != nil {
		return err
	}
	c.byBlob = make([]int32, 0, len(c.rows))
	for i := range c.rows {
		if c.rows[i].blob != 0 {
			c.objects++
			c.byBlob = append(c.byBlob, int32(i))
		}
	}
	if n := len(c.rows); n > 0 && c.rows[n-1].id-c.rows[0].id < int64(8*n+1000) {
		c.low = c.rows[0].id
		c.dense = make([]int32, c.rows[n-1].id-c.low+1)
		for i := range c.rows {
			c.dense[c.rows[i].id-c.low] = int32(i) + 1
		}
	}
	slices.SortFunc(c.byBlob, func(a, b int32) int { return cmp.Compare(c.rows[a].blob, c.rows[b].blob) })
	return nil
}

// room is for about how many resources there are.
func (c *checker) room(ctx context.Context) (n int) {
	_ = c.v.reader.QueryRowContext(ctx, `SELECT coalesce(sum(live), 0) FROM collections`).Scan(&n)
	return min(max(n+n/16, 16), 1<<20)
}

// each calls f for all rows of a query.
func (c *checker) each(ctx context.Context, query string, f func([]driver.Value) error, args ...any) error {
	return c.v.each(ctx, query, args, f)
}

// byID calls f, which gives the ID of its row (the first column), for all rows of a
// table that can be read, in ascending order. What can't be is a finding.
func (c *checker) byID(ctx context.Context, table, query string, f func([]driver.Value) int64) error {
	var low, high sql.NullInt64
	err := c.v.reader.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM `+table+`), (SELECT max(id) FROM `+table+`)`).Scan(&low, &high)
	if err != nil || !high.Valid {
		return err
	}
	s := spans{
		tries: manyTries,
		read: func(ctx context.Context, from, to int64) (int64, error) {
			err := c.each(ctx, query, func(r []driver.Value) error {
				if id := integer(r[0]); id < from || id >= to { // or the same rows come again and again
					return errTorn
				}
				from = f(r) + 1
				return nil
			}, from, to)
			return from, err
		},
		bad: func(from, to int64) {
			c.add(problemIntegrity, 0, fmt.Sprintf("rows %d to %d of the table %s can't be read", from, to-1, table), c.v.path)
		},
	}
	return s.walk(ctx, low.Int64, high.Int64+1)
}

// resource finds one.
func (c *checker) resource(id int64) *checkedResource {
	if i := c.place(id); i >= 0 {
		return &c.rows[i]
	}
	return nil
}

// place is the index of a row, by its place where IDs have few gaps, as they do;
// -1: there is none.
func (c *checker) place(id int64) int32 {
	if c.dense != nil {
		if i := id - c.low; i >= 0 && i < int64(len(c.dense)) {
			return c.dense[i] - 1
		}
		return -1
	}
	i, ok := slices.BinarySearchFunc(c.rows, id, func(r checkedResource, id int64) int { return cmp.Compare(r.id, id) })
	if !ok {
		return -1
	}
	return int32(i)
}

// history reads all revisions, after all blobs were, and compares what stands
// with resources and collections.
func (c *checker) history(ctx context.Context) error {
	err := c.byID(ctx, "revisions", `SELECT id, resource, coalesce(blob, 0) FROM revisions WHERE id >= ? AND id < ? ORDER BY id`,
		func(r []driver.Value) int64 {
			c.revisions++
			c.revision(integer(r[0]), integer(r[1]), integer(r[2]))
			return integer(r[0])
		})
	if err != nil {
		return err
	}
	live, last := map[int64]int64{}, map[int64]int64{}
	for i := range c.rows {
		r := &c.rows[i]
		if r.blob != 0 {
			live[r.collection]++
		}
		last[r.collection] = max(last[r.collection], r.last)
		switch {
		case r.head != r.last:
			c.add(problemRevision, r.id, fmt.Sprintf("its last state should be number %d, and is number %d", r.head, r.last), "")
		case r.blob != r.lastBlob:
			c.add(problemRevision, r.id, "what is shown of it is not its last state", "")
		case r.says != r.counted:
			c.add(problemRevision, r.id, fmt.Sprintf("it should have %d states, and has %d", r.says, r.counted), "")
		}
	}
	return c.each(ctx, `SELECT id, live, last_revision FROM collections`, func(r []driver.Value) error {
		id, says, newest := integer(r[0]), integer(r[1]), integer(r[2])
		if says != live[id] {
			c.add(problemRevision, 0, fmt.Sprintf("it should have %d objects, and has %d", says, live[id]), c.collectionName(ctx, id))
		}
		if newest < last[id] {
			c.add(problemRevision, 0, "it has newer states than it knows of", c.collectionName(ctx, id))
		}
		return nil
	})
}

// revision looks at one state: is it of an object, and are its bytes there?
func (c *checker) revision(id, resource, blob int64) {
	if r := c.resource(resource); r == nil {
		c.add(problemRevision, 0, fmt.Sprintf("state %d belongs to no object", id), c.v.path)
	} else {
		r.counted++
		if id > r.last {
			r.last, r.lastBlob = id, blob
		}
	}
	if blob == 0 {
		return
	}
	which := "an older state"
	if r := c.resource(resource); r != nil && r.head == id {
		which = "its present state"
	}
	switch there, right := c.there.has(blob); {
	case !there:
		c.add(problemBlob, resource, "the bytes of "+which+" are missing or can't be read", "")
	case !right:
		c.add(problemBlob, resource, "the bytes of "+which+" are not those that were stored: they do not match their SHA-256", "")
	}
}
