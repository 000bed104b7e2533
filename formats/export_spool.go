package formats

import (
	"bytes"
	"io"
	"os"

	"sidekeep/formats/archive"
	"sidekeep/sync/pim"
)

// spoolMemory is how much a spool holds before it goes to the disk.
const spoolMemory = 1 << 20

// spool holds bytes that are written now and read later: in memory while they
// are few, then in a scratch file of the export.
type spool struct {
	a   *archive.Archive
	buf []byte
	f   *os.File
	n   int64 // in f
}

func (s *spool) size() int64 { return s.n + int64(len(s.buf)) }

// Write appends.
func (s *spool) Write(p []byte) (int, error) {
	s.buf = append(s.buf, p...)
	if len(s.buf) < spoolMemory {
		return len(p), nil
	}
	if s.f == nil {
		var err error
		if s.f, err = s.a.Scratch(); err != nil {
			return 0, err
		}
	}
	return len(p), s.flush()
}

func (s *spool) flush() error {
	n, err := s.f.Write(s.buf)
	s.n += int64(n)
	s.buf = s.buf[:0]
	return archive.Fail("write", s.a.To(), err)
}

// section gives a part of what was written.
func (s *spool) section(at, size int64) io.Reader {
	if s.f == nil {
		return bytes.NewReader(s.buf[at : at+size])
	}
	if len(s.buf) > 0 {
		if err := s.flush(); err != nil {
			return failed{err}
		}
	}
	return io.NewSectionReader(s.f, at, size)
}

// copyTo writes everything to w.
func (s *spool) copyTo(w io.Writer) error {
	r := s.section(0, s.size())
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return &pim.Error{Fault: pim.Storage, Op: "read again what was written", Err: err}
		}
	}
}

// close gives the memory and the file back.
func (s *spool) close() {
	if s.f != nil {
		_ = s.f.Close()
		_ = os.Remove(s.f.Name())
	}
	s.f, s.buf = nil, nil
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
