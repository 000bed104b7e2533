package dav

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"sync"
)

// digestAuth answers one host's Digest challenge (RFC 7616): MD5 and SHA-256,
// qop=auth, or no qop as RFC 2069 had it.
type digestAuth struct {
	realm, nonce, opaque string
	algorithm            string // as written
	qop                  bool

	mu    sync.Mutex
	count int
}

// parseDigest finds a challenge we can answer. basic says that Basic is offered
// too, or that no scheme was named at all.
func parseDigest(h http.Header) (d *digestAuth, basic bool) {
	all := h.Values("WWW-Authenticate")
	basic = len(all) == 0
	for _, v := range all {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(v), " ")
		if strings.EqualFold(scheme, "basic") {
			basic = true
		}
		if !strings.EqualFold(scheme, "digest") {
			continue
		}
		p := authParams(rest)
		n := &digestAuth{realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"], algorithm: p["algorithm"]}
		for _, q := range strings.Split(p["qop"], ",") {
			n.qop = n.qop || strings.EqualFold(strings.TrimSpace(q), "auth")
		}
		if n.nonce == "" || n.hash() == nil || p["qop"] != "" && !n.qop {
			continue
		}
		if d == nil || strings.EqualFold(n.algorithm, "SHA-256") {
			d = n
		}
	}
	return d, basic
}

// authParams reads key=value and key="quoted value", separated by commas.
func authParams(s string) map[string]string {
	p := map[string]string{}
	for {
		key, rest, ok := strings.Cut(strings.TrimLeft(s, " ,\t"), "=")
		if !ok {
			return p
		}
		key, rest = strings.ToLower(strings.TrimSpace(key)), strings.TrimLeft(rest, " \t")
		var v strings.Builder
		i := 0
		if strings.HasPrefix(rest, `"`) {
			for i = 1; i < len(rest) && rest[i] != '"'; i++ {
				if rest[i] == '\\' && i+1 < len(rest) {
					i++
				}
				v.WriteByte(rest[i])
			}
			i = min(i+1, len(rest))
		} else {
			if i = strings.IndexByte(rest, ','); i < 0 {
				i = len(rest)
			}
			v.WriteString(strings.TrimSpace(rest[:i]))
		}
		p[key], s = v.String(), rest[i:]
	}
}

func (d *digestAuth) hash() func() hash.Hash {
	switch strings.ToUpper(d.algorithm) {
	case "", "MD5":
		return md5.New
	case "SHA-256":
		return sha256.New
	}
	return nil
}

// header makes the Authorization header of one request.
func (d *digestAuth) header(user, password, method, uri string) string {
	sum := func(s string) string {
		h := d.hash()()
		_, _ = h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
	d.mu.Lock()
	d.count++
	nc := fmt.Sprintf("%08x", d.count)
	d.mu.Unlock()
	cnonce := rand.Text()
	ha1, ha2 := sum(user+":"+d.realm+":"+password), sum(method+":"+uri)
	middle := d.nonce
	if d.qop {
		middle += ":" + nc + ":" + cnonce + ":auth"
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
	v := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s"`,
		quote(user), quote(d.realm), quote(d.nonce), quote(uri), sum(ha1+":"+middle+":"+ha2))
	if d.algorithm != "" {
		v += ", algorithm=" + d.algorithm
	}
	if d.opaque != "" {
		v += `, opaque="` + quote(d.opaque) + `"`
	}
	if d.qop {
		v += ", qop=auth, nc=" + nc + `, cnonce="` + cnonce + `"`
	}
	return v
}
