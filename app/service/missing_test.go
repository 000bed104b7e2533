package service

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sidekeep/sync/pim"
)

// damagedNow is a service over a vault in which one contact's bytes are others.
func damagedNow(t *testing.T, before func(*Service)) *Service {
	t.Helper()
	srv, _, _ := home(t, 5)
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	add(t, s, srv)
	mirrorNow(t, s)
	if before != nil {
		before(s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vault.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(whole, []byte("FN:Person 1\r"), []byte("FN:Person l\r")), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, Config{Dir: dir})
}

func wantDamaged(t *testing.T, err error) {
	t.Helper()
	var e *pim.Error
	if !errors.As(err, &e) || e.Fault != pim.Storage || e.Reason != "corrupt" || !strings.HasSuffix(e.Where, "vault.db") || !strings.Contains(e.Hint, "sidekeep rescue") {
		t.Errorf("%v", err)
	}
}

func wantLacking(t *testing.T, rep ExportReport, dir string) {
	t.Helper()
	wantDamaged(t, rep.Err())
	if rep.Objects != 5 || rep.Lacks() != 1 || rep.Missing[0].Title != "Person 1" || rep.Missing[0].Collection != "Friends" {
		t.Errorf("%+v", rep)
	}
	all := allWritten(t, dir)
	if strings.Contains(all, "FN:Person l") || !strings.Contains(all, "FN:Person 4") || !strings.Contains(all, `"missing"`) {
		t.Errorf("written: %s", all)
	}
}

// An export writes what is whole and names what is not; bytes that are not those
// that were stored are given to nobody.
func TestExport_OfADamagedVault(t *testing.T) {
	s := damagedNow(t, nil)
	dir := filepath.Join(t.TempDir(), "out")
	wantLacking(t, result[ExportReport](t, s.StartExport(ExportRequest{To: dir})), dir)
	then := filepath.Join(t.TempDir(), "then")
	wantLacking(t, result[ExportReport](t, s.StartExport(ExportRequest{To: then, At: s.now()})), then)
	id := find(t, s, "Person 1").ID
	_, err := s.Show(t.Context(), id)
	wantDamaged(t, err)
	revs, err := s.History(t.Context(), id)
	if err != nil || len(revs) != 1 {
		t.Fatalf("%v, %v", revs, err)
	}
	_, err = s.RevisionDetail(t.Context(), revs[0].ID)
	wantDamaged(t, err)
}

// A restore to a folder is an export: one that was planned before the damage writes
// the rest and says what is missing, and one that is planned after it points to what
// needs no plan.
func TestRestoreFolder_OfADamagedVault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	var plan RestorePlan
	ask := pim.RestoreAsk{Account: "Home", Folder: dir}
	s := damagedNow(t, func(s *Service) {
		ask.At = s.now()
		plan = result[RestorePlan](t, s.StartRestorePlan(ask))
	})
	j := s.StartRestore(plan.ID)
	wantDamaged(t, j.Wait(t.Context()))
	rec, ok := j.Result().(Receipt)
	if !ok || rec.Export == nil || rec.Error == nil {
		t.Fatalf("%+v", j.Result())
	}
	wantLacking(t, *rec.Export, dir)

	ask.Folder = filepath.Join(t.TempDir(), "again")
	err := s.StartRestorePlan(ask).Wait(t.Context())
	wantDamaged(t, err)
	if !strings.Contains(pim.HintOf(err), "sidekeep export --at") {
		t.Errorf("the hint is %q", pim.HintOf(err))
	}
}
