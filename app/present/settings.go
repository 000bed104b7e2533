package present

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"sidekeep/app/service"
)

// SettingsPage is accounts, mirroring, passwords and the vault.
type SettingsPage struct {
	app      *App
	settings service.Settings
	saving   sync.Mutex

	Accounts []AccountRow
	Interval int // index into Intervals
	Login    bool
	Tray     bool
	HasTray  bool
	Secrets  string
	Vault    string // its path, with ~ for the home folder
	VaultIs  string // "12 MB · 3,400 revisions"
	Version  string
	Problem  *Notice // of the last change

	// The password dialog.
	PasswordBusy  bool
	PasswordError string
	OfferFile     bool   // no keychain answers: the password may go into a file
	PasswordDone  func() // closes the dialog

	Changed func()
}

// AccountRow is one account in the settings.
type AccountRow struct {
	Name   string
	Login  string
	Remark string // result of Check, or "Signed out, the copy is kept"
	Level  Level
	Busy   bool
	Kept   bool
}

func newSettings(a *App) *SettingsPage {
	return &SettingsPage{app: a, Changed: func() {}, PasswordDone: func() {}, Version: a.cfg.Version}
}

// Enter is called when the page is shown.
func (s *SettingsPage) Enter() {
	s.settings = s.app.cfg.Service.Settings()
	s.Interval = nearestInterval(s.settings.Interval)
	s.Tray = s.settings.CloseToTray
	s.app.Copies.enter()
	async(s.app, func(context.Context) ([2]bool, error) {
		on, err := s.app.cfg.Desktop.StartsAtLogin()
		return [2]bool{on, s.app.cfg.Desktop.HasTray()}, err
	}, func(v [2]bool, err error) {
		s.Login, s.HasTray = v[0], v[1]
		s.Problem = notice(err, s.app.Now())
		s.Changed()
	})
	s.statusChanged()
}

// SetInterval takes a choice out of Intervals.
func (s *SettingsPage) SetInterval(i int) {
	if i == s.Interval || i < 0 || i >= len(Intervals) {
		return
	}
	s.Interval = i
	s.save(func(v *service.Settings) { v.Interval = time.Duration(Intervals[i].Minutes) * time.Minute })
}

// SetTray chooses what closing the window does.
func (s *SettingsPage) SetTray(on bool) {
	if on != s.Tray {
		s.Tray = on
		s.save(func(v *service.Settings) { v.CloseToTray = on })
	}
}

// SetLogin registers or removes the start at login.
func (s *SettingsPage) SetLogin(on bool) {
	if on == s.Login {
		return
	}
	s.Login = on
	async(s.app, func(context.Context) (struct{}, error) {
		return struct{}{}, s.app.cfg.Desktop.SetStartAtLogin(on)
	}, func(_ struct{}, err error) {
		if err != nil {
			s.Login = !on
			s.Problem = notice(err, s.app.Now())
			s.Changed()
			return
		}
		s.save(func(v *service.Settings) { v.StartAtLogin = on })
	})
}

func (s *SettingsPage) save(change func(*service.Settings)) {
	change(&s.settings)
	async(s.app, func(context.Context) (struct{}, error) {
		s.saving.Lock() // one change after the other, each on top of what is saved
		defer s.saving.Unlock()
		v := s.app.cfg.Service.Settings()
		change(&v)
		return struct{}{}, s.app.cfg.Service.SaveSettings(v)
	}, func(_ struct{}, err error) {
		s.Problem = notice(err, s.app.Now())
		s.Changed()
	})
}

// Check signs in to an account and says what is there.
func (s *SettingsPage) Check(name string) {
	row := s.row(name)
	if row == nil || row.Busy {
		return
	}
	row.Busy, row.Remark, row.Level = true, setChecking, LevelBusy
	s.Changed()
	async(s.app, func(ctx context.Context) (service.CheckReport, error) {
		return s.app.cfg.Service.CheckAccount(ctx, name)
	}, func(r service.CheckReport, err error) {
		row := s.row(name)
		if row == nil {
			return
		}
		row.Busy = false
		switch {
		case err != nil:
			e := ExplainInWindow(err, s.app.Now())
			row.Remark, row.Level = strings.TrimSpace(e.Message+" "+e.Hint), LevelBad
		case r.Error != nil:
			e := inWindow(*r.Error)
			row.Remark, row.Level = strings.TrimSpace(e.Message+" "+e.Hint), LevelBad
		default:
			row.Remark, row.Level = fmt.Sprintf(setCheckOK, Count(len(r.Collections), "collection", "collections")), LevelGood
		}
		s.Changed()
	})
}

// SetPassword proves and saves a new password.
// With inFile it goes into a file, which is offered where no keychain answers.
func (s *SettingsPage) SetPassword(name, password string, inFile bool) {
	if s.PasswordBusy {
		return
	}
	if password == "" {
		s.PasswordError = needPassword
		s.Changed()
		return
	}
	s.PasswordBusy, s.PasswordError = true, ""
	s.Changed()
	async(s.app, func(ctx context.Context) (struct{}, error) {
		if inFile && s.OfferFile {
			return struct{}{}, s.app.cfg.Service.SetPasswordIn(ctx, name, password, secretsFile)
		}
		return struct{}{}, s.app.cfg.Service.SetPassword(ctx, name, password)
	}, func(_ struct{}, err error) {
		s.PasswordBusy = false
		if err != nil {
			e := ExplainInWindow(err, s.app.Now())
			s.PasswordError = strings.TrimSpace(e.Message + " " + e.Hint)
			s.OfferFile = s.OfferFile || isKeychain(err)
			s.Changed()
			return
		}
		if row := s.row(name); row != nil {
			row.Remark, row.Level = setPasswordOK, LevelGood
		}
		s.PasswordDone()
		s.Changed()
		s.app.Mirror(name)
	})
}

// Remove signs an account out, and with purge deletes its data as well.
func (s *SettingsPage) Remove(name string, purge bool) {
	if row := s.row(name); row != nil {
		row.Busy = true
	}
	s.Changed()
	async(s.app, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.app.cfg.Service.RemoveAccount(ctx, name, purge)
	}, func(_ struct{}, err error) {
		if row := s.row(name); row != nil {
			row.Busy = false
		}
		s.Problem = notice(err, s.app.Now())
		s.Changed()
		s.app.Reload()
	})
}

// OpenVault shows the vault's folder.
func (s *SettingsPage) OpenVault() { s.app.Show(s.app.vaultDir()) }

// Show opens a path in the file manager, off the window's thread.
func (a *App) Show(path string) {
	async(a, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, a.cfg.Desktop.Open(ctx, path)
	}, func(_ struct{}, err error) {
		if err != nil {
			a.Settings.Problem = notice(err, a.Now())
			a.Settings.Changed()
		}
	})
}

func (s *SettingsPage) row(name string) *AccountRow {
	for i := range s.Accounts {
		if s.Accounts[i].Name == name {
			return &s.Accounts[i]
		}
	}
	return nil
}

// statusChanged takes over accounts and vault, and keeps remarks.
func (s *SettingsPage) statusChanged() {
	old := s.Accounts
	s.Accounts = nil
	where := map[string]bool{}
	for _, acc := range s.app.Status.Accounts {
		row := AccountRow{Name: acc.Name, Login: login(acc), Kept: acc.State == "kept"}
		for _, o := range old {
			if o.Name == row.Name && o.Kept == row.Kept {
				row.Remark, row.Level, row.Busy = o.Remark, o.Level, o.Busy
			}
		}
		if row.Kept {
			row.Remark, row.Level = stateKept, LevelAway
		} else {
			where[acc.Secrets] = true
		}
		s.Accounts = append(s.Accounts, row)
	}
	switch {
	case where["file"] && where["keychain"]:
		s.Secrets = setBoth
	case where["file"]:
		s.Secrets = setFile
	case where["keychain"]:
		s.Secrets = setKeychain
	default:
		s.Secrets = setNoSecrets
	}
	v := s.app.Status.Vault
	s.Vault = s.app.short(v.Path)
	s.VaultIs = fmt.Sprintf(setVaultSize, Size(v.Bytes), Count(int(v.Revisions), "revision", "revisions"))
	s.Changed()
}

// nearestInterval is the choice closest to d.
func nearestInterval(d time.Duration) int {
	best := 0
	for i, c := range Intervals {
		if c.Minutes > 0 && time.Duration(c.Minutes)*time.Minute <= d+30*time.Second {
			best = i
		}
	}
	return best
}

// KeepsRunning reports whether closing the window leaves Sidekeep in the tray.
func (s *SettingsPage) KeepsRunning() bool { return s.app.cfg.Service.Settings().CloseToTray }
