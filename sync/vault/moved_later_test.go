package vault

import (
	"context"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// At a moment, what came into a collection later did not stand there yet, whether
// that collection was known at all or not.
func TestDeleted_AtAMoment_BeforeItWasPutElsewhere(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	v, err := Open(ctx, t.TempDir(), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_, book, cal := addAccount(t, v, "home")
	card := object(hrefOf(book, "ann.vcf"), "1", "Ann", pim.Summary{Component: "VCARD", Format: "vcard 3.0", UID: "u-ann", Title: "Ann"})
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{card}, Ended: now})
	now = now.Add(time.Hour)
	mirrorAll(t, v, book.ID, pim.Commit{Tombstones: []int64{1}, Ended: now})
	gone := now
	now = now.Add(time.Hour)
	card.Object.Href = hrefOf(cal, "ann.vcf")
	mirrorAll(t, v, cal.ID, pim.Commit{Objects: []pim.Recorded{card}, Ended: now})
	rows, err := v.Deleted(ctx, Query{At: gone})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d gone, %v", len(rows), err)
	}
}
