package davtest

import (
	"net/http"
	"strings"
)

// Request is one line of the log. It never holds credentials, only whether
// the right ones came.
type Request struct {
	N              int // from 1, since the last ResetRequests
	Method, Path   string
	Host           string
	Depth          string
	Report         string // local name of the REPORT: "sync-collection", "calendar-multiget", ...
	Token          bool   // sync-collection with a token
	Inline         bool   // a REPORT that asks for data
	Hrefs          int    // how many objects a multiget names
	AcceptEncoding string
	UserAgent      string
	Chunked        bool // no Content-Length
	ContentType    string
	IfMatch        string
	IfNoneMatch    string
	ScheduleReply  string
	Credentials    bool // an Authorization header came
	Authorized     bool // and it was right
	Status         int  // 0 while it is being answered
	Received       int64
	Sent           int64 // bytes of the body, as on the wire; grows while it is being answered
}

// Line is the request in short, for messages of tests: "REPORT
// calendar-multiget /dav/calendars/user/work/ 207".
func (r Request) Line() string {
	parts := []string{r.Method}
	if r.Report != "" {
		parts = append(parts, r.Report)
	}
	if r.Depth != "" {
		parts = append(parts, "depth "+r.Depth)
	}
	return strings.Join(append(parts, r.Path, http.StatusText(r.Status)), " ")
}

// Writes says whether the request would change something on the server.
func (r Request) Writes() bool {
	switch r.Method {
	case "PUT", "DELETE", "MKCOL", "MKCALENDAR", "PROPPATCH", "MOVE", "COPY", "POST":
		return true
	}
	return false
}

// Requests copies the log, oldest first.
func (s *Server) Requests() []Request {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	all := make([]Request, len(s.entries))
	for i, e := range s.entries {
		all[i] = *e
	}
	return all
}

// CountRequests counts the requests since the last ResetRequests.
func (s *Server) CountRequests() int {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return s.total
}

// CountOf counts the logged requests that match.
func (s *Server) CountOf(match func(Request) bool) int {
	n := 0
	for _, r := range s.Requests() {
		if match(r) {
			n++
		}
	}
	return n
}

// ResetRequests empties the log and counts from 1 again, for faults too.
func (s *Server) ResetRequests() {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.entries, s.total = nil, 0
}

func (s *Server) logRequest(r *Request) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.total++
	r.N = s.total
	if !s.noLog {
		s.entries = append(s.entries, r)
	}
}

func (s *Server) update(f func()) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	f()
}
