package present_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func TestWreck_SavesWhatCanBeRead(t *testing.T) {
	loop := presenttest.NewLoop()
	var to, begun string
	cfg := present.WreckConfig{Err: &pim.Error{Fault: pim.Storage, Where: "/data/sidekeep/vault.db", Reason: "corrupt"}, Vault: "/data/sidekeep", Post: loop.Post,
		Now: func() time.Time { return noon },
		Rescue: func(_ context.Context, folder string) (service.RescueReport, error) {
			to = folder
			return service.RescueReport{Path: folder, Objects: 698}, nil
		},
		Anew: func(context.Context) (service.AnewReport, error) {
			return service.AnewReport{Vault: "/data/sidekeep-20260514"}, nil
		},
		Start: func(_ context.Context, vault string) error { begun = vault; return nil }}
	w := present.NewWreck(context.Background(), cfg)
	t.Cleanup(w.Close)
	if !w.CanSave || w.Notice.Title == "" {
		t.Fatalf("%+v", w.Notice)
	}
	w.Save("/media/disk")
	loop.Until(t, "the rescue", func() bool { return w.Done != nil })
	if w.Done.Title != "Saved 698 items." || to != filepath.Join("/media/disk", "Sidekeep rescue 2026-05-14 1200") || w.Busy != nil {
		t.Errorf("%+v, %s", w.Done, to)
	}
	w.Beside()
	loop.Until(t, "the other window", func() bool { return w.Busy == nil })
	if begun != "/data/sidekeep-20260514" || w.Problem != nil {
		t.Error(begun)
	}
	cfg.Err = &pim.Error{Fault: pim.Storage, Where: "/data", Reason: "foreign"}
	if w := present.NewWreck(context.Background(), cfg); w.CanSave || w.CanAnew {
		t.Error("a foreign file is no damaged vault")
	}
	cfg.Err = &pim.Error{Fault: pim.Storage, Where: "/data/sidekeep/vault.db", Reason: "emptied", Err: errors.New("it has 0 bytes"),
		Hint: "its copies are in /media/disk: put the newest of them in its place, or read it with --vault FILE; `sidekeep rescue --anew` makes a new vault beside it"}
	if w := present.NewWreck(context.Background(), cfg); w.CanSave || !w.CanAnew || strings.Contains(w.Notice.Text, "--") {
		t.Errorf("%+v", w)
	}
}
