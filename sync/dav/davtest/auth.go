package davtest

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

const (
	realm = "davtest"
	nonce = "5d41402abc4b2a76b9719d911017c592"
)

// authorized says whether the right login came with the request.
func (s *Server) authorized(c *call) bool {
	s.mu.RLock()
	user, password := s.user, s.password
	s.mu.RUnlock()
	if c.q[DigestOnly] {
		return digest(c.r, user, password)
	}
	u, p, ok := c.r.BasicAuth()
	return ok && subtle.ConstantTimeCompare([]byte(u), []byte(user)) == 1 &&
		subtle.ConstantTimeCompare([]byte(p), []byte(password)) == 1
}

// challenge answers 401.
func (c *call) challenge() {
	switch {
	case c.q[NoChallenge]:
	case c.q[DigestOnly]:
		c.w.Header().Set("WWW-Authenticate",
			fmt.Sprintf(`Digest realm="%s", qop="auth", nonce="%s", algorithm=MD5`, realm, nonce))
	default:
		c.w.Header().Set("WWW-Authenticate", `Basic realm="`+realm+`", charset="UTF-8"`)
	}
	c.fail(http.StatusUnauthorized, "")
}

// digest checks RFC 7616 with MD5 and qop=auth, or RFC 2069's shape without qop.
func digest(r *http.Request, user, password string) bool {
	params, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Digest ")
	if !ok {
		return false
	}
	v := map[string]string{}
	for params != "" {
		var key, value string
		key, params, ok = strings.Cut(params, "=")
		if !ok {
			return false
		}
		if strings.HasPrefix(params, `"`) {
			value, params, _ = strings.Cut(params[1:], `"`)
			_, params, _ = strings.Cut(params, ",")
		} else {
			value, params, _ = strings.Cut(params, ",")
		}
		v[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
	if v["username"] != user || v["realm"] != realm || v["nonce"] != nonce || v["uri"] != r.RequestURI {
		return false
	}
	h := func(s string) string { m := md5.Sum([]byte(s)); return hex.EncodeToString(m[:]) }
	a1, a2 := h(user+":"+realm+":"+password), h(r.Method+":"+v["uri"])
	want := h(a1 + ":" + nonce + ":" + a2)
	if v["qop"] != "" {
		want = h(strings.Join([]string{a1, nonce, v["nc"], v["cnonce"], v["qop"], a2}, ":"))
	}
	return subtle.ConstantTimeCompare([]byte(want), []byte(v["response"])) == 1
}
