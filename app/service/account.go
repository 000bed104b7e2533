package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"sidekeep/sync/dav"
	"sidekeep/sync/pim"
	"sidekeep/sync/secret"
)

// AddAccount proves the login by live requests and then saves it: the password
// first, the account after, so that no account is ever without its password.
// Errors: Invalid for what was typed, and those of dav.Discover.
func (s *Service) AddAccount(ctx context.Context, n NewAccount) (AccountStatus, error) {
	return s.addAccount(ctx, n, cmp.Or(n.Secrets, s.cfg.Secrets), func(string) {})
}

// StartAddAccount is AddAccount as a job; its result is an AccountStatus.
func (s *Service) StartAddAccount(n NewAccount) *Job {
	return s.start("account", n.Name, func(ctx context.Context, j *Job) (any, error) {
		return s.addAccount(ctx, n, cmp.Or(n.Secrets, s.cfg.Secrets), func(step string) { j.update(func(p *Progress) { p.Step = step }) })
	})
}

func (s *Service) addAccount(ctx context.Context, n NewAccount, secrets string, step func(string)) (AccountStatus, error) {
	var none AccountStatus
	if err := s.NotCopy("add the account"); err != nil {
		return none, err
	}
	if err := s.complete(ctx, &n); err != nil {
		return none, err
	}
	store, err := s.store(secrets)
	if err != nil {
		return none, err
	}
	step("Signing in")
	a := pim.Account{Name: n.Name, URL: n.Address, User: n.User, AllowHTTP: n.AllowHTTP}
	d, err := dav.Discover(ctx, n.Address, s.davOptions(a, n.Password, nil))
	if err != nil {
		return none, err
	}
	if err := s.notTwice(ctx, a, d); err != nil {
		return none, err
	}
	step("Saving")
	key, err := s.secretKey(ctx, a)
	if err != nil {
		return none, err
	}
	before, had := "", false
	if p, err := store.Get(ctx, key); err == nil {
		before, had = p, true
	}
	if err := store.Set(ctx, key, n.Password); err != nil {
		return none, err
	}
	saved, err := s.vault.AddAccount(ctx, a, d, store.Name())
	if err != nil {
		// Put back what was there, also when the person has given up meanwhile.
		clean := context.WithoutCancel(ctx)
		if had {
			err = errors.Join(err, store.Set(clean, key, before))
		} else {
			err = errors.Join(err, store.Delete(clean, key))
		}
		return none, err
	}
	if err := s.remember(ctx, saved.ID, nil, refusedIn(d)); err != nil {
		return none, err
	}
	s.nudge()
	st, err := s.statusOf(ctx, saved.Name)
	st.Warnings = s.warnings(d.Problems)
	return st, err
}

// notTwice refuses a login that another account has under another address:
// everything would be mirrored, listed and exported twice.
func (s *Service) notTwice(ctx context.Context, a pim.Account, d pim.Discovery) error {
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, b := range accounts {
		if !b.RemovedAt.IsZero() || b.User != a.User || b.URL == a.URL {
			continue
		}
		known, err := s.vault.Discovery(ctx, b.ID)
		if err != nil {
			return err
		}
		if len(d.HomeSets) > 0 && sameHomes(known.HomeSets, d.HomeSets) {
			return &pim.Error{Fault: pim.Invalid, Op: "add account", Where: a.URL, Reason: "twice",
				Err:  errors.New("this login is here already, under another address"),
				Hint: "it is the account " + b.Name + "; to move it to this address, remove that one first (its data is kept)"}
		}
	}
	return nil
}

// longestName bounds what an account may be called, in characters.
const longestName = 200

// complete checks what was typed and fills in what was left out.
func (s *Service) complete(ctx context.Context, n *NewAccount) error {
	const op = "add account"
	n.Address, n.User, n.Name = strings.TrimSpace(n.Address), strings.TrimSpace(n.User), strings.TrimSpace(n.Name)
	bad := func(where, why, hint string) error {
		return &pim.Error{Fault: pim.Invalid, Op: op, Where: where, Err: errors.New(why), Hint: hint}
	}
	if n.Address == "" {
		return bad("", "the address is empty", "give the server's URL, or your e-mail address")
	}
	for _, v := range []string{n.Address, n.User, n.Name} {
		if strings.ContainsFunc(v, unseen) {
			return bad("", "there is an invisible control character in what was entered", "type it again without it")
		}
	}
	mail, err := tidyAddress(&n.Address)
	if err != nil {
		return err
	}
	if n.User == "" && mail {
		n.User = strings.TrimPrefix(n.Address, "mailto:")
	}
	if n.User == "" {
		return bad("", "the user name is empty", "give it with --user")
	}
	if n.Password == "" {
		return bad("", "the password is empty", "give it on the first line of standard input, with --password-stdin")
	}
	switch {
	case strings.HasPrefix(n.Name, "-"):
		return bad(n.Name, "the name begins with a dash, so commands would take it for an option", "choose another name with --name")
	case utf8.RuneCountInString(n.Name) > longestName:
		return bad("", fmt.Sprintf("the name is longer than %d characters", longestName), "choose a shorter name with --name")
	}
	accounts, err := s.vault.Accounts(ctx)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, a := range accounts {
		again := a.URL == n.Address && a.User == n.User && !a.RemovedAt.IsZero()
		if again && n.Name == "" {
			n.Name = a.Name // the same login takes its kept data up again
		}
		used[a.Name] = !again
	}
	if n.Name == "" {
		n.Name = freeName(nameFor(n.Address, n.User), used)
	}
	if used[n.Name] {
		return bad(n.Name, "an account of this name is here already", "choose another name with --name")
	}
	return nil
}

// CheckAccount signs in again and says what is there now. It changes nothing.
// A login that does not work is in the report, not the error: that is for an
// account that is not there.
func (s *Service) CheckAccount(ctx context.Context, name string) (CheckReport, error) {
	a, err := s.liveAccount(ctx, name)
	if err != nil {
		return CheckReport{}, err
	}
	rep := CheckReport{Name: a.Name, Principals: []string{}, HomeSets: []string{}, Collections: []CollectionReport{}}
	d, err := s.discover(ctx, a)
	if errors.Is(err, context.Canceled) {
		return rep, err
	}
	if err != nil {
		rep.Error = s.explain(err)
		return rep, nil
	}
	rep.OK, rep.Warnings = true, s.warnings(d.Problems)
	for _, p := range d.Principals {
		if !slices.Contains(rep.Principals, p.URL) { // the same for contacts and calendars
			rep.Principals = append(rep.Principals, p.URL)
		}
	}
	for _, h := range d.HomeSets {
		if !slices.Contains(rep.HomeSets, h.URL) {
			rep.HomeSets = append(rep.HomeSets, h.URL)
		}
	}
	known, err := s.vault.Collections(ctx, a.ID)
	if err != nil {
		return rep, err
	}
	live := map[string]int{}
	for _, k := range known {
		live[string(k.Kind)+pim.Href(k.URL).Key()] = k.Live
	}
	for _, c := range d.Collections {
		rep.Collections = append(rep.Collections, CollectionReport{Name: c.Title(), Kind: c.Kind,
			Outcome: pim.Complete, Objects: live[string(c.Kind)+pim.Href(c.URL).Key()]})
	}
	return rep, nil
}

// discover signs in with the password that is kept.
func (s *Service) discover(ctx context.Context, a pim.Account) (pim.Discovery, error) {
	if s.isDemo(a) {
		_ = s.reviveDemo(ctx, a) // where it can't come back, nobody answers
	}
	password, err := s.password(ctx, a)
	if err != nil {
		return pim.Discovery{}, err
	}
	return dav.Discover(ctx, a.URL, s.davOptions(a, password, nil))
}

// SetPassword proves a new password and keeps it in the place of the old one;
// the account is mirrored by itself again. With Config.Secrets given it moves
// to that store. Errors are those of AddAccount.
func (s *Service) SetPassword(ctx context.Context, name, password string) error {
	return s.SetPasswordIn(ctx, name, password, s.cfg.Secrets)
}

// SetPasswordIn is SetPassword with the store named: "keychain" or "file", and
// "" for the one that the account has.
func (s *Service) SetPasswordIn(ctx context.Context, name, password, kind string) error {
	if err := s.NotCopy("change the password"); err != nil {
		return err
	}
	a, err := s.liveAccount(ctx, name)
	if err != nil {
		return err
	}
	if password == "" {
		return &pim.Error{Fault: pim.Invalid, Op: "change the password of", Where: name, Err: errors.New("the password is empty")}
	}
	d, err := dav.Discover(ctx, a.URL, s.davOptions(a, password, nil))
	if err != nil {
		return err
	}
	store, err := s.store(cmp.Or(kind, a.Secrets))
	if err != nil {
		return err
	}
	key, err := s.secretKey(ctx, a)
	if err != nil {
		return err
	}
	if err := store.Set(ctx, key, password); err != nil {
		return err
	}
	if store.Name() != a.Secrets {
		if err := s.vault.SetSecrets(ctx, a.ID, store.Name()); err != nil {
			return err
		}
		if old, err := s.store(a.Secrets); err == nil {
			_ = old.Delete(ctx, key) // the old place may be out of reach: that is why it moves
		}
	}
	if err := s.vault.SaveDiscovery(ctx, a.ID, d); err != nil {
		return err
	}
	if err := s.remember(ctx, a.ID, nil, refusedIn(d)); err != nil {
		return err
	}
	s.nudge()
	return nil
}

// liveAccount finds an account that is in use. Errors are Invalid.
func (s *Service) liveAccount(ctx context.Context, name string) (pim.Account, error) {
	a, err := s.vault.Account(ctx, name)
	if err == nil && !a.RemovedAt.IsZero() {
		err = &pim.Error{Fault: pim.Invalid, Op: "find account", Where: name, Reason: "kept",
			Err:  errors.New("this account was removed; its data is kept and can be listed and exported"),
			Hint: "to mirror it again, add it again with the same address and user name"}
	}
	return a, err
}

// davOptions is a login for the client.
func (s *Service) davOptions(a pim.Account, password string, hosts []string) dav.Options {
	o := s.cfg.dav
	o.User, o.Password, o.AllowHTTP, o.Hosts = a.User, password, a.AllowHTTP, hosts
	o.UserAgent = strings.TrimSuffix("Sidekeep/"+s.cfg.Version, "/")
	o.Trace = s.cfg.Trace
	return o
}

// store gives the store of a kind; one of each is kept.
func (s *Service) store(kind string) (secret.Store, error) {
	if kind == "" {
		kind = secret.Keychain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.stores[kind]; ok {
		return st, nil
	}
	st, err := secret.Open(kind, s.dir)
	if err == nil {
		s.stores[kind] = st
	}
	return st, err
}

// secretKey names an account's password.
func (s *Service) secretKey(ctx context.Context, a pim.Account) (string, error) {
	id, err := s.vaultID(ctx)
	if err != nil {
		return "", err
	}
	host := a.URL
	if u, err := url.Parse(a.URL); err == nil && u.Host != "" {
		host = u.Host
	} else if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return secret.Key(id, a.Name, a.User, host), nil
}

// password gets the account's password from where it is kept.
func (s *Service) password(ctx context.Context, a pim.Account) (string, error) {
	store, err := s.store(a.Secrets)
	if err != nil {
		return "", err
	}
	key, err := s.secretKey(ctx, a)
	if err != nil {
		return "", err
	}
	p, err := store.Get(ctx, key)
	var e *pim.Error
	if errors.As(err, &e) && e.Reason == secret.ReasonNoPassword {
		return "", &pim.Error{Fault: pim.Denied, Op: "find the password of", Where: a.Name, Reason: secret.ReasonNoPassword,
			Err:  errors.New("no password is kept for this account"),
			Hint: "give it again: `sidekeep account password \"" + a.Name + "\"`"}
	}
	return p, err
}
