-- Sidekeep vault, schema 1. Times are Unix milliseconds. Everything in it can be
-- had with a plain sqlite3: SELECT r.href, b.body FROM resources r JOIN blobs b ON b.id = r.blob;

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE CHECK (name <> ''),
  url        TEXT NOT NULL,
  user       TEXT NOT NULL,
  allow_http INTEGER NOT NULL CHECK (allow_http IN (0, 1)),
  secrets    TEXT NOT NULL,
  added_at   INTEGER NOT NULL,
  removed_at INTEGER                     -- NULL: in use
) STRICT;

CREATE TABLE principals (
  account INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind IN ('', 'contacts', 'calendar')),
  url     TEXT NOT NULL,
  PRIMARY KEY (account, kind, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE home_sets (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind IN ('', 'contacts', 'calendar')), -- '': both
  url     TEXT NOT NULL,
  gone    INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)), -- no longer named by the principal
  UNIQUE (account, url, kind)
) STRICT;

-- host:port values that may be sent the account's credentials
CREATE TABLE hosts (
  account INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  host    TEXT NOT NULL,
  PRIMARY KEY (account, host)
) STRICT, WITHOUT ROWID;

CREATE TABLE collections (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  account       INTEGER NOT NULL REFERENCES accounts(id),
  home_set      TEXT NOT NULL,           -- URL
  kind          TEXT NOT NULL CHECK (kind IN ('contacts', 'calendar')),
  url           TEXT NOT NULL,
  key           TEXT NOT NULL,           -- compare key of url
  name          TEXT NOT NULL,
  description   TEXT NOT NULL,
  color         TEXT NOT NULL,
  ord           INTEGER NOT NULL,
  offers        TEXT NOT NULL CHECK (json_valid(offers)), -- components, reports, privileges, data types, source
  -- what is remembered between runs; moves only with the data it covers
  ctag          TEXT NOT NULL DEFAULT '',
  sync_token    TEXT NOT NULL DEFAULT '',
  last_complete INTEGER,
  last_full     INTEGER,
  road          TEXT NOT NULL DEFAULT '',
  vanished      TEXT NOT NULL DEFAULT '', -- reason it is believed missing on the server
  live          INTEGER NOT NULL DEFAULT 0 CHECK (live >= 0), -- resources in the current view
  last_revision INTEGER NOT NULL DEFAULT 0, -- highest revision of any of its resources
  UNIQUE (account, kind, key)
) STRICT;

CREATE TABLE runs (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  collection    INTEGER NOT NULL REFERENCES collections(id),
  started_at    INTEGER NOT NULL,
  ended_at      INTEGER,                  -- NULL: running, or the program ended in the middle
  outcome       TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'complete', 'partial', 'held', 'failed', 'interrupted')),
  enumerated    INTEGER NOT NULL DEFAULT 0 CHECK (enumerated IN (0, 1)), -- by a complete listing
  objects       INTEGER NOT NULL DEFAULT 0,
  created       INTEGER NOT NULL DEFAULT 0,
  modified      INTEGER NOT NULL DEFAULT 0,
  deleted       INTEGER NOT NULL DEFAULT 0,
  held          INTEGER NOT NULL DEFAULT 0,
  owed          INTEGER NOT NULL DEFAULT 0,
  fault         TEXT NOT NULL DEFAULT '',
  message       TEXT NOT NULL DEFAULT '',
  reason        TEXT NOT NULL DEFAULT '', -- why deletions are held
  requests      INTEGER NOT NULL DEFAULT 0,
  bytes         INTEGER NOT NULL DEFAULT 0,
  last_revision INTEGER NOT NULL DEFAULT 0 -- the collection's, when the run ended: what the run saw is id <= this
) STRICT;
CREATE INDEX runs_by_collection ON runs (collection, ended_at);

-- Bytes, once however many revisions have them. What is understood of them stands
-- with them: it says nothing that they do not, it serves old revisions too, and
-- it fits where bodies leave a page unfilled. Only it may be made anew.
CREATE TABLE blobs (
  id      INTEGER PRIMARY KEY,
  sha256  BLOB NOT NULL CHECK (length(sha256) = 32), -- of body
  summary TEXT NOT NULL,                  -- JSON, made from body
  body    BLOB NOT NULL                   -- exactly as received
) STRICT;
-- Eight bytes find the one blob as well as 32 do and take a third of the room; the
-- one writer looks before it adds.
CREATE INDEX blobs_by_sha256 ON blobs (substr(sha256, 1, 8));

-- One object through time. blob is that of the last revision, NULL when that is a tombstone.
CREATE TABLE resources (
  id         INTEGER PRIMARY KEY,
  collection INTEGER NOT NULL REFERENCES collections(id),
  href       TEXT NOT NULL,               -- as on the wire
  key        TEXT,                        -- compare key; NULL: the same as href
  etag       TEXT,                        -- last seen; NULL: that of the last revision
  blob       INTEGER,
  head       INTEGER,                     -- last revision
  revisions  INTEGER NOT NULL             -- how many
) STRICT;
CREATE UNIQUE INDEX resources_by_key ON resources (collection, coalesce(key, href));

CREATE TABLE revisions (
  id       INTEGER PRIMARY KEY,
  resource INTEGER NOT NULL REFERENCES resources(id),
  run      INTEGER NOT NULL REFERENCES runs(id),
  blob     INTEGER REFERENCES blobs(id),  -- NULL: tombstone
  seen_at  INTEGER NOT NULL,
  via      TEXT NOT NULL,                 -- '' for a tombstone
  altered  INTEGER NOT NULL CHECK (altered IN (0, 1)),
  etag     TEXT NOT NULL                  -- when first seen so
) STRICT;
CREATE INDEX revisions_by_resource ON revisions (resource);

-- A fetch that failed and will be tried again.
CREATE TABLE owed (
  collection INTEGER NOT NULL REFERENCES collections(id),
  key        TEXT NOT NULL,
  href       TEXT NOT NULL,
  etag       TEXT NOT NULL,               -- as listed
  fault      TEXT NOT NULL,
  why        TEXT NOT NULL,
  final      INTEGER NOT NULL CHECK (final IN (0, 1)),
  tries      INTEGER NOT NULL CHECK (tries > 0),
  since      INTEGER NOT NULL,
  PRIMARY KEY (collection, key)
) STRICT, WITHOUT ROWID;

-- A deletion that is not believed yet. The reason is its run's.
CREATE TABLE held (
  resource   INTEGER PRIMARY KEY REFERENCES resources(id),
  collection INTEGER NOT NULL REFERENCES collections(id),
  run        INTEGER NOT NULL REFERENCES runs(id),
  since      INTEGER NOT NULL
) STRICT;
CREATE INDEX held_by_collection ON held (collection);

-- The current view as lists need it. Made from the bytes; can be made anew.
CREATE TABLE summaries (
  resource   INTEGER PRIMARY KEY REFERENCES resources(id),
  collection INTEGER NOT NULL,
  class      INTEGER NOT NULL CHECK (class BETWEEN 1 AND 9), -- 1 contact, 2 event, 3 task, 4 journal, 9 other
  ord        BLOB NOT NULL,               -- order within its class
  begins     INTEGER,                     -- Unix seconds: first start
  until      INTEGER                      -- Unix seconds: nothing of it happens later; NULL: has no time
) STRICT;
CREATE INDEX summaries_in_order ON summaries (class, ord, collection);
CREATE INDEX summaries_in_time ON summaries (until, begins, class, collection) WHERE until IS NOT NULL;

-- Words of the current view, folded by Sidekeep; rowid is the resource.
CREATE VIRTUAL TABLE search USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '2'
);

-- Which words stand in search: a view of its index that stores nothing.
CREATE VIRTUAL TABLE words USING fts5vocab (search, instance);

-- The account that is being purged; empty outside that one transaction.
CREATE TABLE purging (account INTEGER PRIMARY KEY) STRICT;

CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions
BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;

CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions
WHEN NOT EXISTS (SELECT 1 FROM resources r JOIN collections c ON c.id = r.collection
                 JOIN purging p ON p.account = c.account WHERE r.id = OLD.resource)
BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;

-- REPLACE deletes without a delete trigger: what is there is not inserted again.
CREATE TRIGGER revisions_no_replace BEFORE INSERT ON revisions
WHEN EXISTS (SELECT 1 FROM revisions WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;

CREATE TRIGGER blobs_no_replace BEFORE INSERT ON blobs
WHEN EXISTS (SELECT 1 FROM blobs WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'blobs are append-only'); END;

-- A run that has ended is history too.
CREATE TRIGGER runs_no_update BEFORE UPDATE ON runs WHEN OLD.ended_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;

CREATE TRIGGER runs_no_replace BEFORE INSERT ON runs
WHEN EXISTS (SELECT 1 FROM runs WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;

CREATE TRIGGER runs_no_delete BEFORE DELETE ON runs
WHEN NOT EXISTS (SELECT 1 FROM collections c JOIN purging p ON p.account = c.account WHERE c.id = OLD.collection)
BEGIN SELECT RAISE(ABORT, 'runs are append-only'); END;

CREATE TRIGGER blobs_no_update BEFORE UPDATE OF id, sha256, body ON blobs
BEGIN SELECT RAISE(ABORT, 'blobs are append-only'); END;

CREATE TRIGGER blobs_no_delete BEFORE DELETE ON blobs
WHEN NOT EXISTS (SELECT 1 FROM purging)
BEGIN SELECT RAISE(ABORT, 'blobs are append-only'); END;

CREATE TRIGGER resources_keep_identity BEFORE UPDATE OF id, collection, href, key ON resources
WHEN NEW.id IS NOT OLD.id OR NEW.collection IS NOT OLD.collection
  OR coalesce(NEW.key, NEW.href) IS NOT coalesce(OLD.key, OLD.href)
BEGIN SELECT RAISE(ABORT, 'resources keep their identity'); END;

CREATE TRIGGER resources_no_delete BEFORE DELETE ON resources
WHEN NOT EXISTS (SELECT 1 FROM collections c JOIN purging p ON p.account = c.account WHERE c.id = OLD.collection)
BEGIN SELECT RAISE(ABORT, 'resources are never deleted'); END;
