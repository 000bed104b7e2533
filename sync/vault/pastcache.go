package vault

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"sidekeep/sync/pim"
)

// pastCache remembers what some views of the past showed, and in which order: a
// list of the past is read page by page, and each page needs the order of all.
type pastCache struct {
	mu      sync.Mutex
	entries []pastEntry // the last used comes last
}

type pastEntry struct {
	key       string
	revisions []int64
}

// pastEntries is how many views are remembered, at 8 bytes for each object.
const pastEntries = 6

func (c *pastCache) get(key string) ([]int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.entries, func(e pastEntry) bool { return e.key == key })
	if i < 0 {
		return nil, false
	}
	e := c.entries[i]
	c.entries = append(slices.Delete(c.entries, i, i+1), e)
	return e.revisions, true
}

func (c *pastCache) put(key string, revisions []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) == pastEntries {
		c.entries = slices.Delete(c.entries, 0, 1)
	}
	c.entries = append(c.entries, pastEntry{key, revisions})
}

func (c *pastCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = nil
}

// cacheKey names what a query selects from a view: the last revisions say all of
// the moment. Whatever was let go of since changes the name.
func (w *view) cacheKey(q Query) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(w.snapshots)) {
		fmt.Fprintf(&b, "%d:%d ", id, w.snapshots[id])
	}
	fmt.Fprintf(&b, "%d %q %q %v %d %d", w.removals, q.Components, q.Search, q.IDs, q.From.UnixNano(), q.To.UnixNano())
	return b.String()
}

// page gives the rows of some revisions, in their order.
func (w *view) page(ctx context.Context, revisions []int64) ([]Row, error) {
	at := make(map[int64]int, len(revisions))
	for i, id := range revisions {
		at[id] = i
	}
	out := make([]Row, len(revisions))
	var known reader
	err := w.v.each(ctx, `SELECT r.id, r.collection, r.href, CASE WHEN v.id = r.head THEN coalesce(r.etag, v.etag) ELSE v.etag END,
			r.revisions, v.id, b.summary
		FROM json_each(?) j CROSS JOIN revisions v ON v.id = j.value CROSS JOIN resources r ON r.id = v.resource CROSS JOIN blobs b ON b.id = v.blob`,
		[]any{idList(revisions)}, func(row []driver.Value) error {
			r := pastRow{id: integer(row[0]), of: w.collections[integer(row[1])], href: pim.Href(text(row[2])), etag: pim.ETag(text(row[3])),
				revisions: int(integer(row[4])), revision: integer(row[5]), packed: text(row[6])}
			if r.of == nil {
				return nil
			}
			return r.into(&out[at[r.revision]], w, &known)
		})
	return out, err
}
