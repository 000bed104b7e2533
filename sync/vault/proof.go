package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"sidekeep/sync/pim"
)

// keptProofs is how many proofs of each kind are kept.
const keptProofs = 100

// SaveProof keeps the result of a check. Titles and addresses of objects, which
// stand in brackets at the end of Where, are left out: to forget an object must
// not have to look for it here.
func (v *Vault) SaveProof(ctx context.Context, p pim.Proof) error {
	const op = "keep proof"
	problems := make([]pim.Problem, 0, len(p.Problems))
	for _, x := range p.Problems {
		x.Where, _, _ = strings.Cut(x.Where, " (")
		problems = append(problems, x)
	}
	if p.Checked == nil {
		p.Checked = map[string]int64{}
	}
	checked, err := json.Marshal(p.Checked)
	if err != nil {
		return v.fail(op, err)
	}
	found, err := json.Marshal(problems)
	if err != nil {
		return v.fail(op, err)
	}
	return v.write(ctx, op, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO proofs (kind, at, ok, checked, problems) VALUES (?, ?, ?, ?, ?)`,
			p.Kind, p.At.UnixMilli(), p.OK, string(checked), string(found))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM proofs WHERE kind = ?1 AND id <=
			(SELECT id FROM proofs WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`, p.Kind, keptProofs)
		return err
	})
}

// Proofs gives the last proof of each kind, and the last that succeeded, newest
// first.
func (v *Vault) Proofs(ctx context.Context) ([]pim.Proof, error) {
	return list(ctx, v, "list proofs", func(r *sql.Rows) (p pim.Proof, err error) {
		var at sql.NullInt64
		var checked, problems []byte
		if err = r.Scan(&p.Kind, &at, &p.OK, &checked, &problems); err != nil {
			return p, err
		}
		p.At = fromMillis(at)
		if err = json.Unmarshal(checked, &p.Checked); err != nil {
			return p, err
		}
		return p, json.Unmarshal(problems, &p.Problems)
	}, `SELECT kind, at, ok, checked, problems FROM proofs WHERE id IN (SELECT max(id) FROM proofs GROUP BY kind)
		OR id IN (SELECT max(id) FROM proofs WHERE ok = 1 GROUP BY kind) ORDER BY id DESC`)
}

// LastRun gives the highest ID that a run ever had, of removed accounts too. It
// never falls: a vault with a lower one is an earlier state of itself.
func (v *Vault) LastRun(ctx context.Context) (run pim.RunID, err error) {
	err = v.reader.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0)`).Scan(&run)
	return run, v.fail("read vault", err)
}
