package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"sidekeep/sync/pim"
)

// offers is what a server says a collection can do, as it stands in one column.
type offers struct {
	Components []string `json:"components,omitempty"`
	Reports    []string `json:"reports,omitempty"`
	Privileges []string `json:"privileges,omitempty"`
	DataTypes  []string `json:"data_types,omitempty"`
	Source     string   `json:"source,omitempty"`
}

// HomeSets gives the places where an account's collections are. Kind "" means
// that one URL serves both kinds.
func (v *Vault) HomeSets(ctx context.Context, account int64) ([]pim.HomeSet, error) {
	return list(ctx, v, "list home-sets", func(r *sql.Rows) (h pim.HomeSet, err error) {
		return h, r.Scan(&h.ID, &h.Kind, &h.URL)
	}, `SELECT id, kind, url FROM home_sets WHERE account = ? AND gone = 0 ORDER BY id`, account)
}

const knownQuery = `SELECT c.id, c.account, c.kind, c.home_set, c.url, c.name, c.description, c.color, c.ord, c.offers,
	c.ctag, c.sync_token, c.last_complete, c.last_full, c.road, c.vanished, c.live,
	(SELECT count(*) FROM held h WHERE h.collection = c.id AND h.kept = 0),
	(SELECT count(*) FROM held h WHERE h.collection = c.id AND h.kept = 1),
	(SELECT count(*) FROM owed o WHERE o.collection = c.id)
	FROM collections c `

const knownOrder = ` ORDER BY c.account, c.kind DESC, c.ord, c.name COLLATE NOCASE, c.id`

func scanKnown(r *sql.Rows) (k pim.Known, err error) {
	var what []byte
	var complete, full sql.NullInt64
	err = r.Scan(&k.ID, &k.AccountID, &k.Kind, &k.HomeSet, &k.URL, &k.Name, &k.Description, &k.Color, &k.Order, &what,
		&k.State.CTag, &k.State.SyncToken, &complete, &full, &k.State.Road, &k.Vanished, &k.Live, &k.Held, &k.Kept, &k.Owed)
	if err != nil {
		return k, err
	}
	k.CTag, k.SyncToken = k.State.CTag, k.State.SyncToken
	k.State.LastComplete, k.State.LastFull = fromMillis(complete), fromMillis(full)
	var o offers
	if err := json.Unmarshal(what, &o); err != nil {
		return k, err
	}
	k.Components, k.Reports, k.Privileges, k.DataTypes, k.Source = o.Components, o.Reports, o.Privileges, o.DataTypes, o.Source
	return k, nil
}

// Collections gives an account's collections with their counts; account 0 gives
// those of all accounts. CTag and SyncToken are those remembered, as in State.
func (v *Vault) Collections(ctx context.Context, account int64) ([]pim.Known, error) {
	return list(ctx, v, "list collections", scanKnown,
		knownQuery+`WHERE ?1 = 0 OR c.account = ?1`+knownOrder, account)
}

// SaveCollections adds and updates what a home-set lists and gives every
// collection of that home-set, those it no longer lists included. The listed
// CTag and SyncToken are not stored: these move only with Finish.
func (v *Vault) SaveCollections(ctx context.Context, account int64, home pim.HomeSet, listed []pim.Collection) ([]pim.Known, error) {
	const op = "save collections"
	isListed := map[int64]bool{}
	err := v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		if err := putHomeSet(ctx, tx, account, home); err != nil {
			return err
		}
		for _, c := range listed {
			id, err := putCollection(ctx, tx, account, home.URL, c)
			if err != nil {
				return err
			}
			isListed[id] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	known, err := list(ctx, v, op, scanKnown,
		knownQuery+`WHERE c.account = ? AND c.home_set = ?`+knownOrder, account, home.URL)
	if err != nil {
		return nil, err
	}
	// One URL may serve both kinds under two home-sets: keep to the one asked for.
	kept := known[:0]
	for _, k := range known {
		if isListed[k.ID] || home.Kind == "" || k.Kind == home.Kind {
			kept = append(kept, k)
		}
	}
	return kept, nil
}

// putCollection adds a collection or updates how its server describes it, only
// where that changed, so that a look at an unchanged account writes nothing.
func putCollection(ctx context.Context, tx *sql.Tx, account int64, home string, c pim.Collection) (int64, error) {
	what, err := json.Marshal(offers{c.Components, c.Reports, c.Privileges, c.DataTypes, c.Source})
	if err != nil {
		return 0, err
	}
	key := pim.Href(c.URL).Key()
	var id int64
	err = tx.QueryRowContext(ctx, `SELECT id FROM collections WHERE account = ? AND kind = ? AND key = ?`, account, c.Kind, key).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		res, err := tx.ExecContext(ctx, `INSERT INTO collections (account, home_set, kind, url, key, name, description, color, ord, offers)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			account, home, c.Kind, c.URL, key, c.Name, c.Description, c.Color, c.Order, string(what))
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	}
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE collections SET home_set = ?2, url = ?3, name = ?4, description = ?5, color = ?6, ord = ?7, offers = ?8
		WHERE id = ?1 AND (home_set, url, name, description, color, ord, offers) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		id, home, c.URL, c.Name, c.Description, c.Color, c.Order, string(what))
	return id, err
}

// MarkVanished records that a collection is no longer listed, or (reason "")
// that it is listed again. Its objects stay in the current view.
func (v *Vault) MarkVanished(ctx context.Context, collection int64, reason string) error {
	return v.write(ctx, "mark collection", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE collections SET vanished = ?1 WHERE id = ?2 AND vanished <> ?1`, reason, collection)
		return err
	})
}

// Index gives every resource of the current view and every fetch owed, by key.
// A resource that was never had comes with Resource 0 and the ETag it was
// listed with.
func (v *Vault) Index(ctx context.Context, collection int64) ([]pim.Indexed, error) {
	const op = "read index"
	out, err := list(ctx, v, op, func(r *sql.Rows) (x pim.Indexed, err error) {
		var key sql.NullString
		err = r.Scan(&x.Resource, &x.Href, &key, &x.ETag, &x.Held, &x.Kept)
		if x.Key = key.String; !key.Valid {
			x.Key = string(x.Href)
		}
		return x, err
	}, `SELECT r.id, r.href, r.key, coalesce(r.etag, v.etag), h.resource IS NOT NULL, coalesce(h.kept, 0)
		FROM resources r JOIN revisions v ON v.id = r.head LEFT JOIN held h ON h.resource = r.id
		WHERE r.collection = ? AND r.blob IS NOT NULL ORDER BY coalesce(r.key, r.href)`, collection)
	if err != nil {
		return nil, err
	}
	owed, err := list(ctx, v, op, func(r *sql.Rows) (x pim.Indexed, err error) {
		x.Owed = true
		var fault string
		err = r.Scan(&x.Key, &x.Href, &x.OwedETag, &x.Final, &x.Tries, &fault, &x.Why)
		x.Fault = pim.ParseFault(fault)
		return x, err
	}, `SELECT key, href, etag, final, tries, fault, why FROM owed WHERE collection = ? ORDER BY key`, collection)
	if err != nil || len(owed) == 0 {
		return out, err
	}
	at := make(map[string]int, len(out))
	for i, x := range out {
		at[x.Key] = i
	}
	for _, o := range owed {
		i, had := at[o.Key]
		if !had {
			o.ETag = o.OwedETag
			out = append(out, o)
			continue
		}
		x := &out[i]
		x.Owed, x.Tries, x.OwedETag, x.Final, x.Fault, x.Why = true, o.Tries, o.OwedETag, o.Final, o.Fault, o.Why
	}
	return out, nil
}

// errNoRun says that a run was never begun or has ended.
var errNoRun = errors.New("the run is not open")
