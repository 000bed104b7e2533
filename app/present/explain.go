package present

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// Explain words any error for a person: one calm sentence, the next step, and
// a technical line for "Copy details". A hint that came with the error wins
// over the general one. Explain(nil) is the zero ErrorInfo.
func Explain(err error) service.ErrorInfo { return ExplainAt(err, time.Now()) }

// ExplainAt is Explain with the time given; it is used to say when a busy
// server will be asked again.
func ExplainAt(err error, now time.Time) service.ErrorInfo {
	if err == nil {
		return service.ErrorInfo{}
	}
	fault := pim.FaultOf(err)
	var pe *pim.Error
	if !errors.As(err, &pe) {
		pe = &pim.Error{Fault: fault, Err: err}
	}
	in := faultCase{fault: fault, err: err, pe: pe, place: placeOf(err), now: now}
	info := in.words()
	info.Fault = fault.String()
	info.Detail = oneLine(err.Error())
	if h := pim.HintOf(err); h != "" {
		info.Hint = sentence(h)
	}
	return info
}

// faultCase is one error on its way into words.
type faultCase struct {
	fault pim.Fault
	err   error
	pe    *pim.Error // the outermost in the chain; made up when there is none
	place string     // host or path, "" unknown
	now   time.Time
}

// words chooses message, hint and retry time by fault.
func (c faultCase) words() service.ErrorInfo {
	if c.pe.Reason == pim.ReasonRefused {
		return c.notReadable()
	}
	switch c.fault {
	case pim.Offline:
		return c.offline()
	case pim.Busy:
		return c.busy()
	case pim.Denied:
		return c.denied()
	case pim.Untrusted:
		return c.untrusted()
	case pim.Gone:
		if host := hostOf(whereOf(c.err)); host != "" {
			return service.ErrorInfo{Message: fmt.Sprintf(msgGoneFrom, host), Hint: hintGone}
		}
		return service.ErrorInfo{Message: fmt.Sprintf(msgGone, c.it(wordThis)), Hint: hintGone}
	case pim.Protocol:
		return c.protocol()
	case pim.BadObject:
		return service.ErrorInfo{Message: fmt.Sprintf(msgBadObject, c.it(wordOneItem)), Hint: hintBadObject}
	case pim.Held:
		if m := c.own(); m != "" {
			return service.ErrorInfo{Message: m, Hint: hintHeld}
		}
		return service.ErrorInfo{Message: msgHeld, Hint: hintHeld}
	case pim.Storage:
		return c.storage()
	case pim.Invalid:
		return c.invalid()
	case pim.Stopped:
		return service.ErrorInfo{Message: msgStopped, Hint: hintStopped}
	}
	return service.ErrorInfo{Message: msgInternal, Hint: hintInternal}
}

func (c faultCase) offline() service.ErrorInfo {
	var dns *net.DNSError
	switch {
	case errors.As(c.err, &dns) && dns.IsNotFound:
		return service.ErrorInfo{Message: fmt.Sprintf(msgNoHost, c.it(dns.Name)), Hint: hintNoHost}
	case errors.Is(c.err, syscall.ECONNREFUSED):
		return service.ErrorInfo{Message: fmt.Sprintf(msgRefused, c.it(wordServer)), Hint: hintOffline}
	case errors.Is(c.err, context.DeadlineExceeded), isTimeout(c.err):
		return service.ErrorInfo{Message: fmt.Sprintf(msgTimeout, c.it(wordServer)), Hint: hintOffline}
	}
	return service.ErrorInfo{Message: fmt.Sprintf(msgOffline, c.it(wordServer)), Hint: hintOffline}
}

func (c faultCase) busy() service.ErrorInfo {
	if c.place != "" && c.pe.Status == 0 && !isURL(c.pe.Where) || c.pe.Reason == "writer" || c.pe.Reason == "locked" {
		m := c.own()
		if m == "" {
			m = msgVaultBusy
		}
		return service.ErrorInfo{Message: m, Hint: hintVaultBusy}
	}
	if c.pe.RetryAfter > 0 {
		at := c.now.Add(c.pe.RetryAfter)
		return service.ErrorInfo{Message: fmt.Sprintf(msgBusyUntil, c.it(wordServer), clock(at, c.now)), Hint: hintBusy, RetryAt: at}
	}
	return service.ErrorInfo{Message: fmt.Sprintf(msgBusy, c.it(wordServer)), Hint: hintBusy}
}

func (c faultCase) denied() service.ErrorInfo {
	hint := hintDenied
	for _, p := range providers {
		if strings.HasSuffix(c.place, p.domain) {
			hint = p.hint
		}
	}
	switch c.pe.Reason {
	case "oauth":
		return service.ErrorInfo{Message: fmt.Sprintf(msgOAuth, c.it(wordServer)), Hint: hint}
	case "no-password":
		return service.ErrorInfo{Message: fmt.Sprintf(msgNoPassword, c.it(wordAccount)), Hint: hintNoPassword}
	}
	switch c.inner().Reason { // of what was to be written
	case pim.ReasonReadOnly, pim.ReasonNoMake:
		return service.ErrorInfo{Message: fmt.Sprintf(msgNotWritable, c.it(wordServer)), Hint: hintNotWritable}
	case pim.ReasonFull:
		return service.ErrorInfo{Message: fmt.Sprintf(msgServerFull, c.it(wordServer)), Hint: hintServerFull}
	}
	if c.pe.Status == 403 {
		return service.ErrorInfo{Message: fmt.Sprintf(msgForbidden, c.it(wordServer)), Hint: hint}
	}
	return service.ErrorInfo{Message: fmt.Sprintf(msgDenied, c.it(wordServer)), Hint: hint}
}

// notReadable words a collection that its home-set names and refuses.
func (c faultCase) notReadable() service.ErrorInfo {
	info := service.ErrorInfo{Message: fmt.Sprintf(msgUnreadable, c.pe.Where, c.pe.Status), Hint: hintNotReadable}
	if c.fault == pim.Denied {
		info.Message = fmt.Sprintf(msgNotReadable, c.pe.Where)
	}
	return info
}

func (c faultCase) untrusted() service.ErrorInfo {
	if c.pe.Reason == "plain-http" || c.pe.Reason == "http" {
		return service.ErrorInfo{Message: fmt.Sprintf(msgPlainHTTP, c.it(wordServer)), Hint: hintPlainHTTP}
	}
	m := fmt.Sprintf(msgUntrusted, c.it(wordServer))
	if why := certificateReason(c.err); why != "" {
		m += " " + why
	}
	return service.ErrorInfo{Message: m, Hint: hintUntrusted}
}

func (c faultCase) protocol() service.ErrorInfo {
	if m := c.own(); c.pe.Reason == "host" && m != "" {
		return service.ErrorInfo{Message: sentence(strings.TrimSuffix(m, ".") + ": " + c.it(wordServer)), Hint: hintNotDAV}
	}
	if c.pe.Reason == "no-tls" {
		return service.ErrorInfo{Message: fmt.Sprintf(msgNoTLS, c.it(wordThisAddress)), Hint: hintNotDAV}
	}
	if c.pe.Status == 404 || c.pe.Status == 405 || c.pe.Reason == "html" || c.pe.Reason == "not-dav" || c.pe.Reason == "no-service" {
		return service.ErrorInfo{Message: fmt.Sprintf(msgNotDAV, c.it(wordThisAddress)), Hint: hintNotDAV}
	}
	if c.pe.Status >= 500 {
		return service.ErrorInfo{Message: fmt.Sprintf(msgServerError, c.it(wordServer), c.pe.Status), Hint: hintServerError}
	}
	return service.ErrorInfo{Message: fmt.Sprintf(msgProtocol, c.it(wordServer)), Hint: hintProtocol}
}

func (c faultCase) storage() service.ErrorInfo {
	at := c.it(wordVault)
	switch {
	case errors.Is(c.err, syscall.ENOSPC) || c.pe.Reason == "full":
		return service.ErrorInfo{Message: fmt.Sprintf(msgDiskFull, at), Hint: hintDiskFull}
	case errors.Is(c.err, syscall.EROFS) || errors.Is(c.err, fs.ErrPermission) || c.pe.Reason == "permission" || c.pe.Reason == "read-only":
		return service.ErrorInfo{Message: fmt.Sprintf(msgNoPermission, at), Hint: hintNoPermission}
	case c.pe.Reason == "newer":
		return service.ErrorInfo{Message: fmt.Sprintf(msgVaultNewer, at), Hint: hintVaultNewer}
	case c.pe.Reason == "not-ours" || c.pe.Reason == "foreign":
		return service.ErrorInfo{Message: fmt.Sprintf(msgVaultForeign, at), Hint: hintVaultForeign}
	}
	switch c.pe.Reason {
	case "corrupt":
		return service.ErrorInfo{Message: fmt.Sprintf(msgVaultDamaged, at), Hint: hintStorage}
	case "io":
		return service.ErrorInfo{Message: fmt.Sprintf(msgDiskFails, at), Hint: hintDiskFails}
	case "cannot-open", "missing": // SQLite's own words say no more
		return service.ErrorInfo{Message: fmt.Sprintf(msgStorage, at), Hint: hintStorage}
	}
	if m := c.own(); m != "" {
		return service.ErrorInfo{Message: m, Hint: hintStorage}
	}
	return service.ErrorInfo{Message: fmt.Sprintf(msgStorage, at), Hint: hintStorage}
}

func (c faultCase) invalid() service.ErrorInfo {
	switch c.pe.Reason {
	case "keychain":
		m := msgKeychain
		if why := c.cause(); why != "" {
			m = sentence(strings.TrimSuffix(m, ".") + ": " + why)
		}
		return service.ErrorInfo{Message: m, Hint: hintKeychain}
	case "plain-http":
		return c.untrusted()
	}
	m := c.own()
	switch {
	case m == "" && c.pe.Op != "":
		m = sentence(strings.TrimSpace(c.pe.Op + " " + c.pe.Where))
	case m == "":
		m = msgInvalid
	case c.pe.Where != "" && !names(m, c.pe.Where):
		m = sentence(strings.TrimSuffix(m, ".") + ": " + c.pe.Where)
	}
	return service.ErrorInfo{Message: m, Hint: hintInvalid}
}

// own is the innermost cause as a sentence, or "".
func (c faultCase) own() string { return sentence(c.cause()) }

// cause is the innermost cause on one line, or "".
func (c faultCase) cause() string {
	var last error
	for e := c.err; e != nil; e = errors.Unwrap(e) {
		var pe *pim.Error
		if errors.As(e, &pe) {
			if pe.Err == nil {
				return ""
			}
			e = pe
			last = pe.Err
		}
	}
	if last == nil {
		return ""
	}
	return oneLine(last.Error())
}

// inner is the innermost error of the chain that says what went wrong.
func (c faultCase) inner() *pim.Error {
	in := c.pe
	for e := c.err; e != nil; e = errors.Unwrap(e) {
		var pe *pim.Error
		if !errors.As(e, &pe) {
			break
		}
		in, e = pe, pe
	}
	return in
}

// it is the place, or what to say where none is known.
func (c faultCase) it(otherwise string) string {
	if c.place != "" {
		return c.place
	}
	return otherwise
}

// names says whether a sentence has a name in it as a word of its own: an
// account called "T" is not named by "There is no account of this name."
func names(sentence, name string) bool {
	for rest := sentence; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after, _ := utf8.DecodeRuneInString(rest[i+len(name):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		rest = rest[i+len(name):]
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// placeOf is the innermost place in the chain: the host of a URL, or the name
// or path as it stands.
func placeOf(err error) string {
	place := whereOf(err)
	if host := hostOf(place); host != "" {
		return host
	}
	return place
}

// whereOf is the innermost place as it stands in the chain.
func whereOf(err error) string {
	place := ""
	for err != nil {
		var pe *pim.Error
		if !errors.As(err, &pe) {
			break
		}
		if pe.Where != "" {
			place = pe.Where
		}
		err = pe.Err
	}
	return place
}

// hostOf is the host of a URL, "" for anything else.
func hostOf(place string) string {
	if isURL(place) {
		if u, err := url.Parse(place); err == nil {
			return u.Host
		}
	}
	return ""
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// oneLine folds white space and drops control characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// sentence starts with a capital and ends with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(s)
	// A word that has capitals or digits of its own ("iCloud", a path) stays.
	if word := strings.Fields(s)[0]; strings.IndexFunc(word, func(r rune) bool {
		return unicode.IsUpper(r) || unicode.IsDigit(r) || r == '/' || r == '.' || r == ':' || r == '@'
	}) < 0 {
		s = string(unicode.ToUpper(first)) + s[n:]
	}
	if strings.HasSuffix(s, ":") {
		s = strings.TrimRight(s, ": ")
	}
	if last, _ := utf8.DecodeLastRuneInString(s); !strings.ContainsRune(".!?…)\"”", last) || last == ')' {
		s += "."
	}
	return s
}
