-- Sidekeep vault, schema 2: losses that were judged, restores, proofs, and the two
-- ways in which history is let go of.

-- What a run was for: one that carries out a decision asks no server.
ALTER TABLE runs ADD COLUMN purpose TEXT NOT NULL DEFAULT 'mirror'
  CHECK (purpose IN ('mirror', 'accept', 'forget'));

-- Losses of fields in it: {"photo":[had, lost], ...}; '' none. Summed up over runs
-- they show an erosion that no single run does.
ALTER TABLE runs ADD COLUMN fields TEXT NOT NULL DEFAULT '';

-- A loss or a doubtful change, from the run that showed it until it is over.
CREATE TABLE incidents (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account    INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  collection INTEGER REFERENCES collections(id) ON DELETE CASCADE, -- NULL: the account as a whole
  verdict    TEXT NOT NULL CHECK (verdict <> ''),
  since      INTEGER NOT NULL,           -- end of the run that showed it
  good_at    INTEGER,                    -- the last moment when all was well: its snapshot is pinned; NULL: there was none
  live       INTEGER NOT NULL,           -- objects before it
  message    TEXT NOT NULL,
  evidence   TEXT NOT NULL CHECK (json_valid(evidence)),
  closed_at  INTEGER,                    -- NULL: open
  closed     TEXT NOT NULL DEFAULT '' CHECK (closed IN ('', 'recovered', 'accepted', 'kept', 'put-back')),
  told_at    INTEGER                     -- when the person was notified; NULL: not yet
) STRICT;
CREATE INDEX incidents_by_account ON incidents (account, collection);

-- The objects of an incident. before is the last good revision of each.
CREATE TABLE incident_objects (
  incident INTEGER NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,
  resource INTEGER NOT NULL,
  what     TEXT NOT NULL CHECK (what IN ('gone', 'changed')),
  before   INTEGER NOT NULL,             -- revision
  PRIMARY KEY (incident, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_objects_by_resource ON incident_objects (resource);

-- Held for good: the person said to keep it here although the server has it no more.
ALTER TABLE held ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));

-- A restore: its plan, and the journal of carrying it out.
CREATE TABLE restores (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  ask        TEXT NOT NULL CHECK (json_valid(ask)), -- what was asked for
  target     INTEGER REFERENCES accounts(id) ON DELETE CASCADE, -- NULL: a folder
  state      TEXT NOT NULL CHECK (state IN ('planned', 'running', 'stopped', 'done')),
  started_at INTEGER,
  ended_at   INTEGER,
  notes      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes))
) STRICT;

CREATE TABLE restore_steps (
  restore    INTEGER NOT NULL REFERENCES restores(id) ON DELETE CASCADE,
  n          INTEGER NOT NULL,
  action     TEXT NOT NULL CHECK (action IN ('create', 'update', 'identical', 'conflict', 'cannot')),
  resource   INTEGER NOT NULL,           -- what is put back,
  revision   INTEGER NOT NULL,           -- as it was then; 0 when it is no stored state
  body       BLOB,                       -- bytes to put where they are no stored state (one field put back)
  title      TEXT NOT NULL,
  uid        TEXT NOT NULL,
  collection TEXT NOT NULL,              -- URL of the target collection; '' while it is still to be made
  make       TEXT NOT NULL DEFAULT '',   -- name of the collection to make
  kind       TEXT NOT NULL,
  href       TEXT NOT NULL,
  etag       TEXT NOT NULL,              -- for If-Match; '': If-None-Match: *
  why        TEXT NOT NULL,
  mail       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(mail)), -- who could be sent mail
  state      TEXT NOT NULL DEFAULT 'todo' CHECK (state IN ('todo', 'sent', 'done')),
  result     TEXT NOT NULL DEFAULT '',   -- created, updated, identical, altered, conflict, failed, skipped
  new_uid    TEXT NOT NULL DEFAULT '',
  detail     TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(detail)), -- which lines the server altered, or why it failed
  quiet      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(quiet)), -- names of the lines that were altered so that nobody is invited
  PRIMARY KEY (restore, n)
) STRICT, WITHOUT ROWID;

-- A collection that a restore makes. Steps name it by make and kind.
CREATE TABLE restore_makes (
  restore    INTEGER NOT NULL REFERENCES restores(id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('contacts', 'calendar')),
  name       TEXT NOT NULL CHECK (name <> ''),
  components TEXT NOT NULL CHECK (json_valid(components)),
  color      TEXT NOT NULL,
  before     TEXT CHECK (json_valid(before)), -- URLs that were there just before it was asked for; NULL: it was not yet
  url        TEXT NOT NULL DEFAULT '',        -- '': not made yet
  PRIMARY KEY (restore, kind, name)
) STRICT, WITHOUT ROWID;

-- Proofs that the vault is whole: verify, the restore drill, and copies.
CREATE TABLE proofs (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT NOT NULL CHECK (kind IN ('verify', 'drill', 'copy')),
  at       INTEGER NOT NULL,
  ok       INTEGER NOT NULL CHECK (ok IN (0, 1)),
  checked  TEXT NOT NULL CHECK (json_valid(checked)),
  problems TEXT NOT NULL CHECK (json_valid(problems))
) STRICT;

-- What was let go of, without its content.
CREATE TABLE removals (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('thin', 'forget')),
  resource  INTEGER,                     -- forget: which
  revisions INTEGER NOT NULL,
  bytes     INTEGER NOT NULL
) STRICT;

-- What is being let go of; empty outside that one transaction.
CREATE TABLE forgetting (resource INTEGER PRIMARY KEY) STRICT;
CREATE TABLE thinning (revision INTEGER PRIMARY KEY) STRICT;

DROP TRIGGER revisions_no_delete;
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions
WHEN NOT EXISTS (SELECT 1 FROM resources r JOIN collections c ON c.id = r.collection
                 JOIN purging p ON p.account = c.account WHERE r.id = OLD.resource)
 AND NOT EXISTS (SELECT 1 FROM forgetting WHERE resource = OLD.resource)
 AND NOT EXISTS (SELECT 1 FROM thinning WHERE revision = OLD.id)
BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;

DROP TRIGGER blobs_no_delete;
CREATE TRIGGER blobs_no_delete BEFORE DELETE ON blobs
WHEN NOT EXISTS (SELECT 1 FROM purging) AND NOT EXISTS (SELECT 1 FROM forgetting) AND NOT EXISTS (SELECT 1 FROM thinning)
BEGIN SELECT RAISE(ABORT, 'blobs are append-only'); END;

-- A forgotten object's address may name the person: it goes too.
DROP TRIGGER resources_keep_identity;
CREATE TRIGGER resources_keep_identity BEFORE UPDATE OF id, collection, href, key ON resources
WHEN (NEW.id IS NOT OLD.id OR NEW.collection IS NOT OLD.collection
  OR coalesce(NEW.key, NEW.href) IS NOT coalesce(OLD.key, OLD.href))
 AND NOT EXISTS (SELECT 1 FROM forgetting WHERE resource = OLD.id)
BEGIN SELECT RAISE(ABORT, 'resources keep their identity'); END;

-- What schema 1 held becomes an incident, so that it can be decided on.
INSERT INTO incidents (account, collection, verdict, since, good_at, live, message, evidence)
  SELECT c.account, c.id, CASE WHEN c.vanished = '' THEN 'large-deletion' ELSE 'collection-gone' END, min(h.since), c.last_complete, c.live,
    CASE WHEN c.vanished = '' THEN coalesce((SELECT nullif(r.reason, '') FROM runs r WHERE r.id = (SELECT max(x.run) FROM held x WHERE x.collection = c.id)), 'Objects are missing on your server. Nothing was removed here.')
      ELSE c.vanished END, json_object('held', count(*))
  FROM held h JOIN collections c ON c.id = h.collection GROUP BY c.id;
INSERT INTO incident_objects (incident, resource, what, before)
  SELECT i.id, h.resource, 'gone', r.head FROM held h JOIN incidents i ON i.collection = h.collection JOIN resources r ON r.id = h.resource;
