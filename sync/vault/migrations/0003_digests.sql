-- Sidekeep vault, schema 3: what lists and search were given of each blob, as a
-- digest (digest.go), so that a verification need not understand every body anew.
-- NULL: stored before, or by what does not say its version; made with lists and
-- search when they are made anew.
ALTER TABLE blobs ADD COLUMN digest BLOB;
