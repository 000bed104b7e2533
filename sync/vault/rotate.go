package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What is kept of the copies: the last of each of so many days, weeks and months
// that have one. Together they reach a year back in 23 files at most.
const (
	keptDays   = 7
	keptWeeks  = 4
	keptMonths = 12
)

// CopyFile is a copy in a folder.
type CopyFile struct {
	Path string
	At   time.Time
}

// CopiesIn gives the copies of a vault in a folder, oldest first: files with the
// name of a copy that say of themselves that they are one of this vault. A file
// gets that name only when it was verified.
func CopiesIn(ctx context.Context, folder, id string) ([]CopyFile, error) {
	return copiesIn(ctx, folder, func(m mark) bool { return m.Vault == id })
}

// NewestCopy gives the path of the newest copy in a folder, of whatever vault, or "".
func NewestCopy(ctx context.Context, folder string) string {
	all, err := copiesIn(ctx, folder, func(m mark) bool { return !m.At.IsZero() })
	if err != nil || len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Path
}

func copiesIn(ctx context.Context, folder string, ours func(mark) bool) ([]CopyFile, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, copyFault("list copies", folder, err)
	}
	var out []CopyFile
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(e.Name(), copyPrefix)
		stamp, db := strings.CutSuffix(stamp, copySuffix)
		if _, err := time.Parse(copyStamp, stamp); !ok || !db || err != nil || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(folder, e.Name())
		if m, err := readMark(ctx, path); err == nil && ours(m) {
			out = append(out, CopyFile{path, m.At})
		}
	}
	slices.SortFunc(out, func(a, b CopyFile) int { return a.At.Compare(b.At) })
	return out, ctx.Err()
}

// Rotate removes those copies of a vault that are not kept any more, after the
// copy good was verified; that one is never removed. What is not a copy of this
// vault is left alone.
func Rotate(ctx context.Context, folder, id, good string) (removed []string, err error) {
	copies, err := CopiesIn(ctx, folder, id)
	if err != nil {
		return nil, err
	}
	has, err := readExtent(ctx, good)
	if err != nil {
		return nil, copyFault("read the copy", good, err)
	}
	for _, c := range outdated(copies) {
		if c.Path == good {
			continue
		}
		if e, err := readExtent(ctx, c.Path); err != nil || e.run > has.run || e.revision > has.revision {
			continue
		}
		if err := os.Remove(c.Path); err != nil {
			return removed, copyFault("remove an old copy", c.Path, err)
		}
		removed = append(removed, c.Path)
	}
	return removed, nil
}

// extent is how far a vault has come. Both only grow; thinning and forgetting leave
// the newest state of everything.
type extent struct{ run, revision int64 }

func readExtent(ctx context.Context, path string) (e extent, err error) {
	c, err := OpenFile(ctx, path, Options{})
	if err != nil {
		return e, err
	}
	err = c.reader.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0),
		coalesce((SELECT max(id) FROM revisions), 0)`).Scan(&e.run, &e.revision)
	return e, errors.Join(err, c.Close())
}

// outdated gives those of some copies, oldest first, that are not kept.
func outdated(copies []CopyFile) []CopyFile {
	keep := map[string]bool{}
	for _, rule := range []struct {
		many   int
		period func(time.Time) string
	}{
		{keptDays, func(t time.Time) string { return t.Format("2006-01-02") }},
		{keptWeeks, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, w) }},
		{keptMonths, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		seen := map[string]bool{}
		for _, c := range slices.Backward(copies) {
			p := rule.period(c.At.UTC())
			if seen[p] || len(seen) == rule.many {
				continue
			}
			seen[p] = true
			keep[c.Path] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(copies), func(c CopyFile) bool { return keep[c.Path] })
}
