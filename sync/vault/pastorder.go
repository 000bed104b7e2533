package vault

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"sidekeep/sync/pim"
)

// sortKey stands for a state while many of them are sorted: most are told apart by
// it alone.
type sortKey struct {
	start    uint64 // of ord
	major    uint16 // rank and class
	part, at uint32
}

// sortKeys sorts one part.
func sortKeys(parts [][]pastRow, part int) []sortKey {
	keys := make([]sortKey, len(parts[part]))
	for i := range keys {
		r := &parts[part][i]
		var start [8]byte
		copy(start[:], r.ord)
		keys[i] = sortKey{binary.BigEndian.Uint64(start[:]), uint16(r.rank)<<8 | uint16(r.class), uint32(part), uint32(i)}
	}
	slices.SortFunc(keys, func(a, b sortKey) int { return compareKeys(parts, a, b) })
	return keys
}

func compareKeys(parts [][]pastRow, a, b sortKey) int {
	if c := cmp.Compare(a.major, b.major); c != 0 {
		return c
	}
	if c := cmp.Compare(a.start, b.start); c != 0 {
		return c
	}
	x, y := &parts[a.part][a.at], &parts[b.part][b.at]
	return cmp.Or(bytes.Compare(x.ord, y.ord), cmp.Compare(x.of.CollectionID, y.of.CollectionID), cmp.Compare(x.id, y.id))
}

// mergeKeys puts sorted parts together.
func mergeKeys(parts [][]pastRow, sorted [][]sortKey) []sortKey {
	for len(sorted) > 1 {
		a, b := sorted[0], sorted[1]
		out := make([]sortKey, 0, len(a)+len(b))
		for len(a) > 0 && len(b) > 0 {
			if compareKeys(parts, a[0], b[0]) <= 0 {
				out, a = append(out, a[0]), a[1:]
			} else {
				out, b = append(out, b[0]), b[1:]
			}
		}
		sorted = append(sorted[2:], append(append(out, a...), b...))
	}
	if len(sorted) == 0 {
		return nil
	}
	return sorted[0]
}

// each gives the rows of a query as the driver has them: database/sql takes as
// long to hand on a row of a large view as the driver to find it. The values are
// good during the call only.
func (v *Vault) each(ctx context.Context, query string, args []any, f func([]driver.Value) error) error {
	conn, err := v.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return eachOn(ctx, conn, query, args, f)
}

// eachOn is each on one connection.
func eachOn(ctx context.Context, conn *sql.Conn, query string, args []any, f func([]driver.Value) error) error {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return conn.Raw(func(c any) error {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return errors.New("the driver has no queries")
		}
		rows, err := q.QueryContext(context.WithoutCancel(ctx), query, named)
		if err != nil {
			return err
		}
		values := make([]driver.Value, len(rows.Columns()))
		for n := 0; ; n++ {
			if n%256 == 0 && ctx.Err() != nil {
				err = ctx.Err()
				break
			}
			if err = rows.Next(values); err != nil {
				break
			}
			if err = f(values); err != nil {
				break
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
}

// integer and text read what the driver gives of columns of that type; NULL is
// zero.
func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

// identity reads of a summary of what component it is, and its UID.
func (r *reader) identity(text string) (component, uid string, err error) {
	r.s, r.at, r.bad = text, 0, false
	var s pim.Summary
	stop := false
	r.object(func(name byte) {
		if r.member(&s, name); r.bad {
			return
		}
		stop = name >= 'd' && name <= 'z' && name != 'u' // those after the UID, if there is one
		r.bad = stop
	})
	if !stop && (r.bad || r.at != len(text)) {
		s = pim.Summary{}
		err = r.into(&s, text)
	}
	return s.Component, s.UID, err
}

// peek reads of a summary what it is sorted by, and all of it where it has to.
func (r *reader) peek(out *pim.Summary, text string, all bool) error {
	r.s, r.at, r.bad = text, 0, false
	out.Percent = -1
	stop := false
	if !all {
		r.object(func(name byte) {
			if r.member(out, name); r.bad {
				return
			}
			switch c := classFor(out.Component); {
			case name == 'c':
				stop = c != classEvent && c != classTask
			case name == 's':
				stop = c == classEvent
			}
			r.bad = stop // no further
		})
	}
	if stop || !all && !r.bad && r.at == len(text) {
		return nil
	}
	*out = pim.Summary{}
	return r.into(out, text)
}
