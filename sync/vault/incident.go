package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sidekeep/sync/pim"
)

// missing says whether an object o that an incident calls gone still is: held,
// or gone before the incident began (a slow loss). What got its tombstone later
// was decided on.
const missing = `(EXISTS (SELECT 1 FROM held h WHERE h.resource = o.resource AND h.kept = 0)
	OR EXISTS (SELECT 1 FROM resources r JOIN revisions v ON v.id = r.head
		WHERE r.id = o.resource AND r.blob IS NULL AND v.seen_at < (SELECT x.since FROM incidents x WHERE x.id = o.incident)))`

const incidentQuery = `SELECT i.id, i.account, a.name, coalesce(i.collection, 0), coalesce(c.name, ''), coalesce(c.url, ''), coalesce(c.kind, ''),
	i.verdict, i.since, i.good_at, i.live, i.message, i.evidence, i.closed, i.closed_at, i.told_at,
	(SELECT count(*) FROM incident_objects o WHERE o.incident = i.id AND o.what = 'gone' AND (i.closed_at IS NOT NULL OR ` + missing + `)),
	(SELECT count(*) FROM incident_objects o WHERE o.incident = i.id AND o.what = 'changed'),
	(SELECT count(*) FROM incident_objects o JOIN held h ON h.resource = o.resource WHERE o.incident = i.id AND o.what = 'gone')
	FROM incidents i JOIN accounts a ON a.id = i.account LEFT JOIN collections c ON c.id = i.collection `

func scanIncident(r *sql.Rows) (x pim.Incident, err error) {
	var of pim.Collection
	var since, good, closed, told sql.NullInt64
	var evidence []byte
	err = r.Scan(&x.ID, &x.AccountID, &x.Account, &x.CollID, &of.Name, &of.URL, &x.Kind,
		&x.Verdict, &since, &good, &x.Live, &x.Message, &evidence, &x.Closed, &closed, &told,
		&x.Gone, &x.Changed, &x.Kept)
	if err != nil {
		return x, err
	}
	if x.CollID != 0 {
		x.Collection = of.Title()
	}
	x.Since, x.GoodAt, x.ClosedAt, x.ToldAt = fromMillis(since), fromMillis(good), fromMillis(closed), fromMillis(told)
	err = json.Unmarshal(evidence, &x.Evidence)
	delete(x.Evidence, guestsAfter)
	delete(x.Evidence, decidedAfter)
	return x, err
}

// Incidents gives all incidents, newest first, or those that are open.
func (v *Vault) Incidents(ctx context.Context, onlyOpen bool) ([]pim.Incident, error) {
	return list(ctx, v, "list incidents", scanIncident,
		incidentQuery+`WHERE NOT ?1 OR i.closed_at IS NULL ORDER BY i.since DESC, i.id DESC`, onlyOpen)
}

// Incident gives one incident; an unknown ID is Invalid.
func (v *Vault) Incident(ctx context.Context, id int64) (pim.Incident, error) {
	const op = "find incident"
	all, err := list(ctx, v, op, scanIncident, incidentQuery+`WHERE i.id = ?`, id)
	switch {
	case err != nil:
		return pim.Incident{}, err
	case len(all) == 0:
		return pim.Incident{}, noIncident(op, id)
	}
	return all[0], nil
}

func noIncident(op string, id int64) error {
	return invalid(op, fmt.Sprint(id), "List them with `sidekeep incidents --all`.", errors.New("there is no incident of this number"))
}

// IncidentObjects gives the objects of an incident: while it is open those that
// are missing or changed still, afterwards all that there were.
func (v *Vault) IncidentObjects(ctx context.Context, id int64) ([]pim.IncidentObject, error) {
	return list(ctx, v, "list the objects of an incident", func(r *sql.Rows) (o pim.IncidentObject, err error) {
		return o, r.Scan(&o.Resource, &o.What, &o.Before, &o.After)
	}, `SELECT o.resource, o.what, o.before, CASE o.what WHEN 'changed' THEN coalesce((SELECT min(v.id) FROM revisions v
		WHERE v.resource = o.resource AND v.id > o.before), 0) ELSE 0 END FROM incident_objects o JOIN incidents i ON i.id = o.incident
		WHERE o.incident = ? AND (i.closed_at IS NOT NULL OR o.what = 'changed' OR `+missing+`) ORDER BY o.resource`, id)
}

// Untold gives the open incidents that the person was not notified of yet,
// oldest first.
func (v *Vault) Untold(ctx context.Context) ([]pim.Incident, error) {
	return list(ctx, v, "list incidents", scanIncident,
		incidentQuery+`WHERE i.closed_at IS NULL AND i.told_at IS NULL ORDER BY i.since, i.id`)
}
