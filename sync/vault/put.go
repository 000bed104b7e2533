package vault

import (
	"cmp"
	"database/sql"
	"runtime"
	"slices"
	"sync"

	"sidekeep/sync/pim"
)

// ready is an object with everything worked out that needs no database.
type ready struct {
	*pim.Recorded
	key    string
	packed packed
}

// makeReady works on all cores, before the transaction that has the writer.
func makeReady(objects []pim.Recorded) []ready {
	out := make([]ready, len(objects))
	var group sync.WaitGroup
	share := len(objects)/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < len(objects); from += share {
		group.Go(func() {
			var p packer
			for i := from; i < min(from+share, len(objects)); i++ {
				r := &objects[i]
				out[i] = ready{Recorded: r, key: r.Object.Href.Key(), packed: p.pack(&r.Summary)}
			}
		})
	}
	group.Wait()
	return out
}

// put stores objects. Of two with the same key the later one stands.
func (b *batch) put(objects []ready) error {
	seen := make(map[string]bool, len(objects))
	for len(objects) > 0 {
		n := 0
		for n < len(objects) && !seen[objects[n].key] {
			seen[objects[n].key] = true
			n++
		}
		if err := b.putDistinct(objects[:n]); err != nil {
			return err
		}
		clear(seen)
		objects = objects[n:]
	}
	return nil
}

// putDistinct stores objects of which no two have the same key. Most batches
// are all new, so each is first added as if it were.
func (b *batch) putDistinct(objects []ready) error {
	blobs, err := b.blobs(objects)
	if err != nil {
		return err
	}
	if b.pending {
		for i := range objects {
			if _, err := b.st[dropOwed].ExecContext(b.quiet, b.collection, objects[i].key); err != nil {
				return err
			}
		}
	}
	resource, revision := b.next.resource, b.next.revision
	var args []any
	for i := range objects {
		o := &objects[i]
		var key any
		if href := string(o.Object.Href); o.key != href {
			key = o.key
		}
		args = append(args, resource+int64(i), b.collection, string(o.Object.Href), key, blobs[i], revision+int64(i))
	}
	n, err := b.add(intoResources, args)
	if err != nil {
		return err
	}
	b.next.resource += int64(len(objects))
	b.next.revision += int64(len(objects))
	added := objects
	ids := make([]int64, len(objects))
	for i := range ids {
		ids[i] = resource + int64(i)
	}
	if int(n) < len(objects) {
		if added, ids, blobs, err = b.putKnown(objects, ids, blobs); err != nil {
			return err
		}
	}
	return b.putNew(added, ids, blobs, revision-resource)
}

// putKnown stores those objects whose resource was there already, and gives
// back the others. ids are those that the objects have if they are new.
func (b *batch) putKnown(objects []ready, ids, blobs []int64) (added []ready, addedIDs, addedBlobs []int64, err error) {
	if len(objects) == 0 {
		return nil, nil, nil, nil
	}
	isNew, err := b.resourcesFrom(ids[0])
	if err != nil {
		return nil, nil, nil, err
	}
	type known struct {
		*ready
		id, blob   int64
		href, etag string
		old        sql.NullInt64
	}
	var old []known
	for i := range objects {
		if isNew[ids[i]] {
			added, addedIDs, addedBlobs = append(added, objects[i]), append(addedIDs, ids[i]), append(addedBlobs, blobs[i])
			continue
		}
		k := known{ready: &objects[i], blob: blobs[i]}
		if err := b.st[findResource].QueryRowContext(b.quiet, b.collection, k.key).Scan(&k.id, &k.href, &k.etag, &k.old); err != nil {
			return nil, nil, nil, err
		}
		old = append(old, k)
	}
	slices.SortFunc(old, func(x, y known) int { return cmp.Compare(x.id, y.id) }) // FTS5 likes rising rowids
	for _, k := range old {
		if err := b.ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
		if err := b.putOne(k.ready, k.id, k.blob, k.old, k.href, k.etag); err != nil {
			return nil, nil, nil, err
		}
	}
	return added, addedIDs, addedBlobs, nil
}

// resourcesFrom gives the resources from an ID on.
func (b *batch) resourcesFrom(first int64) (map[int64]bool, error) {
	rows, err := b.tx.QueryContext(b.quiet, `SELECT id FROM resources WHERE id >= ?`, first)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids[id] = true
	}
	return ids, rows.Err()
}

// putOne stores an object whose resource is known; old is the blob it has.
func (b *batch) putOne(o *ready, id, blob int64, old sql.NullInt64, href, etag string) error {
	if b.pending {
		if _, err := b.st[dropHeld].ExecContext(b.quiet, id); err != nil {
			return err
		}
	}
	if now := string(o.Object.Href); href != now {
		if _, err := b.st[setHref].ExecContext(b.quiet, id, now, sql.NullString{String: o.key, Valid: o.key != now}); err != nil {
			return err
		}
	}
	if old.Valid && old.Int64 == blob {
		if etag == string(o.Object.ETag) {
			return nil
		}
		_, err := b.st[setETag].ExecContext(b.quiet, id, string(o.Object.ETag))
		return err
	}
	if old.Valid {
		b.modified++
	} else {
		b.created++
		b.live++
	}
	rev, err := b.revision(id, blob, o.Object)
	if err != nil {
		return err
	}
	if _, err := b.st[setHead].ExecContext(b.quiet, id, blob, rev); err != nil {
		return err
	}
	return b.summarize(id, b.collection, o.packed)
}

// putNew stores what stands beside new resources: their first revisions, whose
// IDs are ahead of theirs by as much as step, and what is understood of them.
func (b *batch) putNew(objects []ready, ids, blobs []int64, step int64) error {
	if len(objects) == 0 {
		return nil
	}
	var revisions, summaries, words []any
	for i := range objects {
		o, id := &objects[i], ids[i]
		revisions = append(revisions, id+step, id, int64(b.run), blobs[i], b.now, string(o.Object.Via), o.Object.Altered, string(o.Object.ETag))
		p := &o.packed
		summaries = append(summaries, id, b.collection, int64(p.class), p.ord, p.begins, p.until)
		words = append(words, id, placeWord(b.collection)+p.words)
	}
	for _, x := range []struct {
		into table
		args []any
	}{{intoRevisions, revisions}, {intoSummaries, summaries}, {intoSearch, words}} {
		if _, err := b.add(x.into, x.args); err != nil {
			return err
		}
	}
	b.created += len(objects)
	b.live += len(objects)
	b.last = max(b.last, ids[len(ids)-1]+step)
	return nil
}

// revision adds a revision to a resource that has some; blob nil is a
// tombstone.
func (b *batch) revision(resource int64, blob any, o pim.Object) (int64, error) {
	id := b.next.revision
	b.next.revision++
	b.last = id
	_, err := b.add(intoRevisions, []any{id, resource, int64(b.run), blob, b.now, string(o.Via), o.Altered, string(o.ETag)})
	return id, err
}

// blobs gives the IDs of the bytes, which are stored once however many objects
// and revisions are equal.
func (b *batch) blobs(objects []ready) ([]int64, error) {
	ids := make([]int64, len(objects))
	known, err := b.findBlobs(objects)
	if err != nil {
		return nil, err
	}
	var args []any
	for i := range objects {
		o := &objects[i]
		id, ok := known[o.SHA256]
		if !ok {
			id = b.next.blob
			b.next.blob++
			known[o.SHA256] = id
			body := o.Object.Body
			if body == nil {
				body = []byte{} // not NULL
			}
			args = append(args, id, o.SHA256[:], o.packed.json, body, o.packed.digest.stored(b.calendar))
		}
		ids[i] = id
	}
	_, err = b.add(intoBlobs, args)
	return ids, err
}

// findBlobs gives the IDs of those bytes that are there already.
func (b *batch) findBlobs(objects []ready) (map[[32]byte]int64, error) {
	known := make(map[[32]byte]int64, len(objects))
	if b.next.blob == 1 { // there are none
		return known, nil
	}
	starts := make([]any, lookups)
	for len(objects) > 0 {
		for i := range starts { // those left over ask for the last one again
			starts[i] = objects[min(i, len(objects)-1)].SHA256[:8]
		}
		objects = objects[min(lookups, len(objects)):]
		if err := b.lookUp(known, starts); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (b *batch) lookUp(known map[[32]byte]int64, starts []any) error {
	rows, err := b.st[findBlobs].QueryContext(b.quiet, starts...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var sum sql.RawBytes
		if err := rows.Scan(&id, &sum); err != nil {
			return err
		}
		known[[32]byte(sum)] = id
	}
	return rows.Err()
}

// summarize places a resource in lists and in the search, where it may stand
// already.
func (b *batch) summarize(resource, collection int64, p packed) error {
	_, err := b.st[setSummary].ExecContext(b.quiet, resource, collection, int64(p.class), p.ord, p.begins, p.until)
	if err != nil {
		return err
	}
	_, err = b.st[setWords].ExecContext(b.quiet, resource, placeWord(collection)+p.words)
	return err
}
