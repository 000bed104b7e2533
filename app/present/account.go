package present

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// AddAccount is the form that adds an account.
type AddAccount struct {
	app  *App
	job  Job
	demo bool

	Address, User, Password, Name string
	AllowHTTP                     bool
	SecretInFile                  bool // agreed to, where OfferFile asks

	// What is wrong, at the field; "" where nothing is.
	AddressError, UserError, PasswordError string
	// OfferHTTP says that the address is plain http and must be agreed to.
	OfferHTTP bool
	// OfferFile says that no keychain answers, so that the password could be
	// kept in a file; once asked, the question stays.
	OfferFile bool
	Busy      *ProgressLine
	Problem   *Notice
	Changed   func()
	// Added is called with the new account's name; it is being mirrored then.
	Added func(name string)
}

func newAddAccount(a *App) *AddAccount {
	return &AddAccount{app: a, Changed: func() {}, Added: func(string) {}}
}

// Reset empties the form.
func (f *AddAccount) Reset() {
	*f = AddAccount{app: f.app, Changed: f.Changed, Added: f.Added}
	f.Changed()
}

// SecretNote says where the password will be kept.
func (f *AddAccount) SecretNote() string {
	if f.app.cfg.Secrets == secretsFile || f.OfferFile && f.SecretInFile {
		return addSecretFile
	}
	return addSecretKeychain
}

// Edited is called when a field has changed: what was wrong with the form is
// taken back until it is sent again.
func (f *AddAccount) Edited() {
	offer := plainHTTP(f.Address)
	if f.AddressError == "" && f.UserError == "" && f.PasswordError == "" && f.Problem == nil && f.OfferHTTP == offer {
		return
	}
	f.AddressError, f.UserError, f.PasswordError, f.Problem = "", "", "", nil
	f.OfferHTTP = offer
	f.Changed()
}

// Submit checks the form and signs in.
func (f *AddAccount) Submit() {
	if f.job != nil {
		return
	}
	f.check()
	f.Problem = nil
	if f.AddressError != "" || f.UserError != "" || f.PasswordError != "" {
		f.Changed()
		return
	}
	n := service.NewAccount{Address: strings.TrimSpace(f.Address), User: strings.TrimSpace(f.User), Password: f.Password,
		Name: strings.TrimSpace(f.Name), AllowHTTP: f.AllowHTTP && f.OfferHTTP}
	if f.OfferFile && f.SecretInFile {
		n.Secrets = secretsFile
	}
	f.start(false, f.app.cfg.Service.StartAddAccount(n))
}

// Demo adds the demo account.
func (f *AddAccount) Demo() {
	if f.job == nil {
		f.AddressError, f.UserError, f.PasswordError, f.Problem = "", "", "", nil
		f.start(true, f.app.cfg.Service.StartDemo(f.app.ctx))
	}
}

// Cancel stops signing in.
func (f *AddAccount) Cancel() {
	if f.job != nil {
		f.job.Cancel()
		f.Busy = &ProgressLine{Text: stepStopping, Fraction: -1, Stopping: true}
		f.Changed()
	}
}

func (f *AddAccount) start(demo bool, j Job) {
	f.job, f.demo = j, demo
	f.Busy = &ProgressLine{Text: addWorking, Fraction: -1}
	if demo {
		f.Busy.Text = addDemoWorking
	}
	f.app.watch(j, func() { f.finished(j) })
	f.Changed()
}

func (f *AddAccount) tick() {
	if f.job == nil || f.Busy == nil || f.Busy.Stopping {
		return
	}
	s := f.job.Snapshot()
	if s.Step == "" {
		return
	}
	f.Busy = progressLine(s)
	f.Changed()
}

func (f *AddAccount) finished(j Job) {
	f.job, f.Busy = nil, nil
	err := j.Snapshot().Err
	if err == nil {
		name := ""
		if s, ok := j.Result().(service.AccountStatus); ok {
			name = s.Name
			f.app.Overview.added(s)
		}
		demo := f.demo
		f.Reset()
		f.app.Reload()
		if !demo && name != "" {
			f.app.watch(f.app.cfg.Service.StartMirror(name), f.app.Reload)
		}
		f.Added(name)
		return
	}
	if pim.FaultOf(err) == pim.Stopped {
		f.Changed()
		return
	}
	f.Problem = notice(err, f.app.Now())
	f.OfferFile = f.OfferFile || isKeychain(err)
	f.Changed()
}

// secretsFile is the file store's kind, as service.NewAccount names it.
const secretsFile = "file"

// isKeychain reports whether it is the keychain that can't be opened.
func isKeychain(err error) bool {
	var e *pim.Error
	return errors.As(err, &e) && e.Reason == "keychain"
}

// check says what is wrong with the fields.
func (f *AddAccount) check() {
	f.AddressError, f.UserError, f.PasswordError = "", "", ""
	addr := strings.TrimSpace(f.Address)
	f.OfferHTTP = plainHTTP(addr)
	switch {
	case addr == "":
		f.AddressError = needAddress
	case !looksLikeAddress(addr):
		f.AddressError = needAddressForm
	case f.OfferHTTP && !f.AllowHTTP:
		f.AddressError = needHTTPS
	}
	if strings.TrimSpace(f.User) == "" && !isEmail(addr) {
		f.UserError = needUser
	}
	if f.Password == "" {
		f.PasswordError = needPassword
	}
}

// looksLikeAddress accepts URLs with a host, host names and e-mail addresses.
func looksLikeAddress(s string) bool {
	if strings.ContainsAny(s, " \t\r\n") {
		return false
	}
	if isEmail(s) {
		return true
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return strings.Contains(u.Hostname(), ".") || u.Hostname() == "localhost" || u.Port() != "" || net.ParseIP(u.Hostname()) != nil
}

func isEmail(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && !strings.Contains(s, "://") && !strings.ContainsAny(host, "@/ ") && strings.Contains(strings.Trim(host, "."), ".")
}

// plainHTTP reports an http address that is not on this computer.
func plainHTTP(addr string) bool {
	u, err := url.Parse(strings.TrimSpace(addr))
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
}
