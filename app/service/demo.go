package service

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sidekeep/app/demo"
	"sidekeep/sync/dav"
	"sidekeep/sync/pim"
	"sidekeep/sync/secret"
)

// DemoAccount is what the demo server's account is called, where the name is
// free.
const DemoAccount = "Demo"

// StartDemo starts the embedded demo server, which lives until Close, and adds
// its account; the job's result is the AccountStatus. The demo account that is
// here already gets its server back where it was, under its old password; one
// that was removed with its data kept is taken up again, or left as it is.
func (s *Service) StartDemo(ctx context.Context) *Job {
	return s.start("account", DemoAccount, func(jobCtx context.Context, j *Job) (any, error) {
		jobCtx, cancel := context.WithCancel(jobCtx)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		step := func(text string) { j.update(func(p *Progress) { p.Step = text }) }
		step("Starting the demo server")
		before, err := s.demoAgain(jobCtx)
		if err != nil {
			return nil, err
		}
		if before.ID != 0 && before.RemovedAt.IsZero() {
			return s.statusOf(jobCtx, before.Name)
		}
		server, err := s.startDemo(before)
		if err != nil {
			return nil, err
		}
		n := NewAccount{Address: server.URL, User: demo.User, Password: server.Password}
		if server.URL != before.URL {
			if n.Name, err = s.freeName(jobCtx, DemoAccount); err != nil {
				return nil, err
			}
		}
		// The keychain is not for the random password of a loopback server.
		st, err := s.addAccount(jobCtx, n, secret.File, step)
		if err != nil {
			return nil, err
		}
		return st, s.markDemo(jobCtx, st)
	})
}

// demoMark says which account StartDemo made. Nothing else of an account says
// so: what looks like the demo may be a person's own server.
type demoMark struct {
	Account int64     `json:"account"`
	URL     string    `json:"url"`
	Made    time.Time `json:"made"` // its data is of this day, always: that of another looks like a loss
}

func (m *demoMark) is(a pim.Account) bool { return m != nil && m.Account == a.ID && m.URL == a.URL }

func (s *Service) markDemo(ctx context.Context, a AccountStatus) error {
	made := s.demoDay()
	return s.changeState(ctx, func(st *state) bool {
		st.Demo = &demoMark{Account: a.ID, URL: a.URL, Made: made}
		return true
	})
}

// demoDay is the day of the demo account's data.
func (s *Service) demoDay() time.Time {
	if st, err := s.readState(); err == nil && st.Demo != nil && !st.Demo.Made.IsZero() {
		return st.Demo.Made
	}
	return s.now()
}

// isDemo says whether an account is that of the embedded server.
func (s *Service) isDemo(a pim.Account) bool {
	st, err := s.readState()
	return err == nil && st.Demo.is(a)
}

// demoAgain finds the demo account, and brings its server back where it is in
// use. When its port or its password can't be had any more, the account goes,
// with its data: that is made up and comes again. The account is zero where
// there is none, or none any more.
func (s *Service) demoAgain(ctx context.Context) (pim.Account, error) {
	var none pim.Account
	st, err := s.readState()
	if err != nil {
		return none, err
	}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return none, err
	}
	i := slices.IndexFunc(accounts, st.Demo.is)
	if i < 0 {
		return none, nil
	}
	a := accounts[i]
	if !a.RemovedAt.IsZero() {
		return a, nil
	}
	err = s.reviveDemo(ctx, a)
	var e *pim.Error
	switch {
	case err == nil:
		return a, s.remember(ctx, a.ID, nil, nil)
	case errors.As(err, &e) && (e.Reason == "port" || e.Reason == secret.ReasonNoPassword):
		return none, s.RemoveAccount(ctx, a.Name, true)
	}
	return none, err
}

// startDemo starts a demo server: where a removed demo account had it, so that
// its data is taken up again, or anywhere.
func (s *Service) startDemo(before pim.Account) (*demo.Server, error) {
	port := 0
	if u, err := url.Parse(before.URL); err == nil {
		port, _ = strconv.Atoi(u.Port()) // none is any
	}
	server, err := demo.Start(demo.Options{Now: s.demoDay(), Port: port})
	if err != nil && port != 0 {
		server, err = demo.Start(demo.Options{Now: s.demoDay()})
	}
	if err != nil {
		return nil, err
	}
	if !s.keepDemo(server) {
		return nil, errors.Join(context.Canceled, server.Close())
	}
	return server, nil
}

// freeName is a name that no account has.
func (s *Service) freeName(ctx context.Context, name string) (string, error) {
	accounts, err := s.vault.Accounts(ctx)
	used := map[string]bool{}
	for _, a := range accounts {
		used[a.Name] = true
	}
	return freeName(name, used), err
}

// reviveDemo starts the server of the demo account where it was, unless it
// runs here or in another Sidekeep. It fails where something else has the port.
func (s *Service) reviveDemo(ctx context.Context, a pim.Account) error {
	s.mu.Lock()
	running := s.demo != nil && s.demo.URL == a.URL
	s.mu.Unlock()
	if running {
		return nil
	}
	u, err := url.Parse(a.URL)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return err
	}
	password, err := s.password(ctx, a)
	if err != nil {
		return err
	}
	server, err := demo.Start(demo.Options{Now: s.demoDay(), Port: port, Password: password})
	if err != nil {
		// Another Sidekeep may be serving it.
		if _, e := dav.Discover(ctx, a.URL, s.davOptions(a, password, nil)); e == nil {
			return nil
		}
		return err
	}
	if !s.keepDemo(server) {
		return errors.Join(context.Canceled, server.Close())
	}
	return nil
}

// keepDemo gives the server to the service, which closes it; false after Close.
func (s *Service) keepDemo(server *demo.Server) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	before := s.demo
	s.demo = server
	s.mu.Unlock()
	if before != nil {
		_ = before.Close() // a loopback server that nobody uses any more
	}
	return true
}
