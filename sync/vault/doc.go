// Package vault keeps mirrored accounts in one SQLite file: every object as the
// exact bytes a server sent, every state it was ever seen in, and what is
// understood of it for lists and search.
//
// History is append-only, and the database itself refuses to change it: a
// revision or a blob is never updated, and there are three ways in which it is
// let go of, each asked for by name. [Vault.RemoveAccount] purges an account,
// [Vault.Forget] removes one object that its server has no more, and [Vault.Thin]
// old states between the ends of days and months. The triggers allow a deletion
// only of what the transaction has named in the tables purging, forgetting and
// thinning. Bodies are not compressed, so that a plain sqlite3 can get the data out.
//
// There are two handles on the file: one writer, whose transactions take the
// write lock at once, and a pool that cannot write. Reading works while a run
// writes (WAL). Between processes, [Vault.LockWriter] makes mirrors take turns.
//
// # Going back in time
//
// The current view is the resources whose last revision is not a tombstone. The
// view as of a moment ([Query.At], [Vault.BodyAt]) needs no more than what is
// stored: the last run of the collection that came to its end at or before the
// moment (index runs_by_collection; [Vault.Snapshots]) gives last_revision, which
// is the collection's own and never falls, so each resource stood at its highest
// revision with id <= runs.last_revision. What a run that failed or was cut short
// had stored shows with the next one that came to its end. The index
// revisions_by_resource is (resource, id), so that is one seek for each resource
// whatever the length of its history:
//
//	SELECT r.id, v.blob FROM resources r JOIN revisions v ON v.id =
//	  (SELECT max(id) FROM revisions WHERE resource = r.id AND id <= ?)
//	WHERE r.collection = ? AND v.blob IS NOT NULL
//
// A resource whose head is not above last_revision stands as it does now, which
// saves its seek. The summary of each old state stands with its blob, and the
// order of lists is made of it ([orderOf]). A search looks for what stands as now
// in the index of words; the words of other states are made anew, those of their
// notes from the bytes (Options.Describe).
//
// # Damage
//
// [Vault.Verify] reads everything and names what is wrong. Whether lists and search
// say what the bytes say it tells by a digest that was written with them, and
// understands the bytes anew only where that does not serve. A vault that was found
// damaged is only read from then on ([Vault.Freeze]): not even its WAL is brought
// into the file. [OpenWreck] reads what is left of one out of a private copy, by
// its tables and, where these are lost, straight from the pages: the SHA-256 beside
// each body tells what is true. [Vault.Copy] makes copies that are verified before
// they get their name; [OpenFile] reads one without leaving a trace.
package vault
