package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// noVault is the error for a folder without a vault: what it may be instead, or
// where its disk may be.
func (c *Config) noVault(ctx context.Context, dir string) error {
	e := &pim.Error{Fault: pim.Invalid, Op: "open the vault", Where: dir, Reason: "no-vault",
		Err:  errors.New("there is no vault in this folder yet"),
		Hint: "add an account (`sidekeep account add`), which makes the vault, or give the right folder with --vault"}
	at := there(dir)
	switch newest := vault.NewestCopy(ctx, dir); {
	case newest != "":
		e.Err = errors.New("there is no vault in this folder, but copies of one")
		e.Hint = fmt.Sprintf("the newest of them is read with --vault %s; to change something, give the vault's own folder", newest)
	case c.emptyMountPlace(at), at != dir && matches(mountParents, c.asMounted(at)) && !isMount(at):
		e.Err = fmt.Errorf("nothing is mounted at %s, and there is no vault in this folder", c.mountBelow(dir, at))
		e.Hint = "is the disk there? Plug it in and try again, or give the right folder with --vault"
	}
	return e
}

// diskForVault refuses to make a vault where a disk is usually mounted and none is.
// Errors: Storage with Reason "no-disk".
func (c *Config) diskForVault(dir string) error {
	at := there(dir)
	if at == dir || matches(mountParents, c.asMounted(at)) || !c.emptyMountPlace(at) {
		return nil
	}
	return &pim.Error{Fault: pim.Storage, Op: "make the vault's folder", Where: dir, Reason: "no-disk",
		Err:  fmt.Errorf("there is no vault in %s, and nothing is mounted at %s", dir, at),
		Hint: "is the disk there? Plug it in and try again; to make a vault there without it, make the folder yourself"}
}

// there is the lowest folder of a path that exists.
func there(dir string) string {
	for {
		above := filepath.Dir(dir)
		if _, err := os.Stat(dir); err == nil || above == dir {
			return dir
		}
		dir = above
	}
}

// mountBelow is the place of the disk that a folder would be on: a folder where
// disks are mounted, or the next one below where each has its own.
func (c *Config) mountBelow(dir, at string) string {
	if at == dir || !matches(mountParents, c.asMounted(at)) {
		return at
	}
	for filepath.Dir(dir) != at {
		dir = filepath.Dir(dir)
	}
	return dir
}
