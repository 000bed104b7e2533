package vault

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"

	"sidekeep/sync/pim"
)

// applicationID marks the file as ours in SQLite's header: "SKEP".
const applicationID = 0x534b4550

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations gives the SQL of every schema version; index 0 makes version 1.
func migrations() []string {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		panic(err) // embedded
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	sort.Strings(names)
	out := make([]string, len(names))
	for i, n := range names {
		body, err := migrationFiles.ReadFile("migrations/" + n)
		if err != nil || !strings.HasPrefix(n, fmt.Sprintf("%04d_", i+1)) {
			panic("migration " + n + " is out of order")
		}
		out[i] = string(body)
	}
	return out
}

const (
	// oldestRead is the oldest schema that is read as it is: a copy on a disk that
	// can't be written to is worth nothing if it has to be brought up to date first.
	oldestRead = 2
	// digestSchema is the first one with digests.
	digestSchema = 3
)

// checkSchema refuses a file that is not a vault or that a newer Sidekeep
// wrote, before anything is written to it.
func (v *Vault) checkSchema(ctx context.Context) error {
	var id, version, tables int
	row := v.reader.QueryRowContext(ctx, `SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&id, &version, &tables); err != nil {
		return err
	}
	newest := len(migrations())
	switch {
	case id == applicationID && version > newest:
		return &pim.Error{Fault: pim.Storage, Op: "open vault", Where: v.path, Reason: "newer", Hint: hintNewer,
			Err: fmt.Errorf("a newer Sidekeep wrote it (schema %d; this one knows up to %d)", version, newest)}
	case id == applicationID && (version == newest || v.readOnly && version >= oldestRead):
		v.digests = version >= digestSchema
		return nil
	case id == applicationID || (id == 0 && version == 0 && tables == 0):
		if v.readOnly {
			return &pim.Error{Fault: pim.Storage, Op: "open vault", Where: v.path, Reason: "older",
				Hint: "Open it once with write permission, so that it can be brought up to date.",
				Err:  fmt.Errorf("its schema is %d, not %d", version, newest)}
		}
		return nil
	}
	return notOurs(v.path, "another program's database")
}

// migrate brings the schema up to date, each step in its own transaction. A
// vault that holds anything is copied first, to vault.db.before-schema-N.
func (v *Vault) migrate(ctx context.Context, fresh bool, appVersion string) error {
	steps := migrations()
	var version int
	if err := v.writer.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	if version > 0 && version < len(steps) && !fresh {
		if err := v.copyBefore(ctx, version+1); err != nil {
			return err
		}
	}
	for n := version + 1; n <= len(steps); n++ {
		err := v.write(ctx, "open vault", func(ctx context.Context, tx *sql.Tx) error {
			return step(ctx, tx, n, steps[n-1])
		})
		if err != nil {
			return err
		}
	}
	if appVersion == "" {
		return nil
	}
	return v.write(ctx, "open vault", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta VALUES ('app_version', ?1)
			ON CONFLICT (key) DO UPDATE SET value = ?1 WHERE value <> ?1`, appVersion)
		return err
	})
}

// step applies migration n unless another process was faster.
func step(ctx context.Context, tx *sql.Tx, n int, text string) error {
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil || version >= n {
		return err
	}
	_, err := tx.ExecContext(ctx, text+fmt.Sprintf(";\nPRAGMA application_id = %d; PRAGMA user_version = %d;",
		applicationID, n))
	return err
}

// copyBefore writes a copy of the vault beside it. The copy is complete or not
// there at all.
func (v *Vault) copyBefore(ctx context.Context, n int) error {
	target := fmt.Sprintf("%s.before-schema-%d", v.path, n)
	if _, err := os.Stat(target); err == nil {
		return nil // an earlier attempt got as far as this
	}
	temp := target + ".tmp"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := v.writer.ExecContext(ctx, `VACUUM INTO ?`, temp); err != nil {
		return errors.Join(fault("copy vault before its schema changes", v.path, err), os.Remove(temp))
	}
	if err := os.Chmod(temp, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, target)
}
