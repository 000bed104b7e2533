package restore_test

import (
	"sidekeep/sync/dav"
	"sidekeep/sync/restore"
	"sidekeep/sync/vault"
)

var _ restore.Writer = (*dav.Writer)(nil)
var _ restore.Journal = (*vault.Vault)(nil)
