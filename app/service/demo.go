package service

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"sidekeep/app/demo"
	"sidekeep/sync/dav"
	"sidekeep/sync/pim"
	"sidekeep/sync/secret"
)

// DemoAccount is the name of the demo server's account.
const DemoAccount = "Demo"

// StartDemo starts the embedded demo server, which lives until Close, and adds
// its account; the job's result is the AccountStatus. A demo account that is
// here already gets its server back where it was, under its old password.
func (s *Service) StartDemo(ctx context.Context) *Job {
	return s.start("account", DemoAccount, func(jobCtx context.Context, j *Job) (any, error) {
		jobCtx, cancel := context.WithCancel(jobCtx)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		step := func(text string) { j.update(func(p *Progress) { p.Step = text }) }
		step("Starting the demo server")
		if running, err := s.demoAgain(jobCtx); err != nil || running {
			if err != nil {
				return nil, err
			}
			return s.statusOf(jobCtx, DemoAccount)
		}
		server, err := demo.Start(demo.Options{Now: s.now()})
		if err != nil {
			return nil, err
		}
		if !s.keepDemo(server) {
			return nil, errors.Join(context.Canceled, server.Close())
		}
		// The keychain is not for the random password of a loopback server.
		return s.addAccount(jobCtx, NewAccount{Address: server.URL, User: demo.User, Password: server.Password, Name: DemoAccount}, secret.File, step)
	})
}

// demoAgain brings back the server of a demo account that is here already. When
// its port or its password can't be had any more, the account goes, with its
// data: that is made up and comes again.
func (s *Service) demoAgain(ctx context.Context) (bool, error) {
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return false, err
	}
	for _, a := range accounts {
		if !isDemo(a) {
			continue
		}
		if a.RemovedAt.IsZero() && s.reviveDemo(ctx, a) == nil {
			return true, s.remember(ctx, a.ID, nil)
		}
		if err := s.RemoveAccount(ctx, a.Name, true); err != nil {
			return false, err
		}
	}
	return false, nil
}

// isDemo says whether an account is that of the embedded server.
func isDemo(a pim.Account) bool {
	u, err := url.Parse(a.URL)
	return err == nil && a.User == demo.User && u.Hostname() == "127.0.0.1" && strings.HasPrefix(a.Name, DemoAccount)
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
	server, err := demo.Start(demo.Options{Now: s.now(), Port: port, Password: password})
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
