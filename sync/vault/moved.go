package vault

import (
	"context"
	"database/sql/driver"
	"slices"
)

// sameness is by what an object of an account is known again: its UID and class, or
// its bytes.
type sameness struct {
	account int64
	class   class
	uid     string // "": by its bytes
	blob    int64
}

// known gives what a state is known by.
func (r *reader) known(account, blob int64, packed string) (byBytes, byUID sameness, err error) {
	component, uid, err := r.identity(packed)
	return sameness{account: account, blob: blob}, sameness{account: account, class: classFor(component), uid: uid}, err
}

// withoutMoved leaves out of what is gone what stands elsewhere in its account at
// the moment of the query.
func (v *Vault) withoutMoved(ctx context.Context, q Query, gone []pastRow) ([]pastRow, error) {
	if len(gone) == 0 {
		return gone, nil
	}
	wanted := map[sameness]bool{} // whether it was found
	var known reader
	for i := range gone {
		byBytes, byUID, err := known.known(gone[i].of.AccountID, gone[i].blob, gone[i].packed)
		if err != nil {
			return nil, err
		}
		wanted[byBytes] = false
		if byUID.uid != "" {
			wanted[byUID] = false
		}
	}
	if err := v.findSame(ctx, q, wanted); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(gone, func(r pastRow) bool {
		byBytes, byUID, err := known.known(r.of.AccountID, r.blob, r.packed)
		return err == nil && (wanted[byBytes] || wanted[byUID])
	}), nil
}

// findSame looks for objects among all that stood at the moment of a query, in
// whichever collection.
func (v *Vault) findSame(ctx context.Context, q Query, wanted map[sameness]bool) error {
	var w *view
	var err error
	if q.At.IsZero() {
		w, _, err = v.viewNow(ctx, Query{})
	} else {
		w, err = v.viewAt(ctx, Query{At: q.At})
	}
	if err != nil {
		return err
	}
	var known reader
	return v.each(ctx, `SELECT r.collection, v.blob, b.summary FROM resources r NOT INDEXED CROSS JOIN revisions v ON v.id = `+w.state()+`
		CROSS JOIN blobs b ON b.id = v.blob`, nil, func(row []driver.Value) error {
		of := w.collections[integer(row[0])]
		if of == nil {
			return nil // nothing of it was mirrored by then
		}
		byBytes, byUID, err := known.known(of.AccountID, integer(row[1]), text(row[2]))
		if err != nil {
			return err
		}
		for _, same := range []sameness{byBytes, byUID} {
			if _, ok := wanted[same]; ok {
				wanted[same] = true
			}
		}
		return nil
	})
}
