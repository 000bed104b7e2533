package archive

import (
	"errors"
	"io"
)

const (
	chunkSize = 256 << 10
	chunks    = 4 // of a belt
)

// belt carries bytes from one goroutine to another, in order, a megabyte ahead at
// most. One goroutine writes and calls closeWrite in the end; one other reads and
// calls closeRead in the end.
type belt struct {
	full, free chan []byte
	gone       chan struct{} // closed once nobody reads any more
	writeErr   error         // what Read gives in the end; set before full is closed
	readErr    error         // what Write gives then; set before gone is closed

	in       []byte // being filled
	out, cur []byte // being read, and what of it is left
}

func newBelt() *belt {
	b := &belt{full: make(chan []byte, chunks), free: make(chan []byte, chunks), gone: make(chan struct{})}
	for range chunks {
		b.free <- nil
	}
	return b
}

// room makes place in b.in. Its error is that of closeRead.
func (b *belt) room() error {
	if len(b.in) > 0 && len(b.in) == cap(b.in) {
		b.full <- b.in
		b.in = nil
	}
	select {
	case <-b.gone: // first of all: what is written now is lost
		return b.readErr
	default:
	}
	if b.in != nil {
		return nil
	}
	select {
	case b.in = <-b.free:
	case <-b.gone:
		return b.readErr
	}
	if b.in == nil {
		b.in = make([]byte, 0, chunkSize)
	}
	b.in = b.in[:0]
	return nil
}

// Write appends. That it succeeded does not mean that somebody has read it.
func (b *belt) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if err := b.room(); err != nil {
			return n, err
		}
		k := copy(b.in[len(b.in):cap(b.in)], p[n:])
		b.in = b.in[:len(b.in)+k]
		n += k
	}
	return n, nil
}

// ReadFrom appends everything from r.
func (b *belt) ReadFrom(r io.Reader) (n int64, err error) {
	for {
		if err := b.room(); err != nil {
			return n, err
		}
		k, err := r.Read(b.in[len(b.in):cap(b.in)])
		b.in = b.in[:len(b.in)+k]
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// closeWrite ends what is read, with err, or io.EOF where that is nil.
func (b *belt) closeWrite(err error) {
	if len(b.in) > 0 {
		b.full <- b.in
		b.in = nil
	}
	if b.writeErr = err; err == nil {
		b.writeErr = io.EOF
	}
	close(b.full)
}

// next waits for a chunk.
func (b *belt) next() error {
	c, ok := <-b.full
	if !ok {
		return b.writeErr
	}
	b.out, b.cur = c, c
	return nil
}

func (b *belt) Read(p []byte) (int, error) {
	if len(b.cur) == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.cur)
	if b.cur = b.cur[n:]; len(b.cur) == 0 {
		b.free <- b.out
	}
	return n, nil
}

// WriteTo gives everything to w, to the end of what is written.
func (b *belt) WriteTo(w io.Writer) (n int64, err error) {
	for {
		if err := b.next(); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
		k, err := w.Write(b.cur)
		n += int64(k)
		if err != nil {
			return n, err
		}
		b.free <- b.out
	}
}

// closeRead says that nobody reads any more; err, which is not nil, is what
// whoever still writes is told.
func (b *belt) closeRead(err error) {
	b.readErr = err
	close(b.gone)
}

// behind does the writes to w in a goroutine of its own, which ends with finish.
type behind struct {
	*belt
	done chan struct{}
	err  error // of w; set before done is closed
}

func newBehind(w io.Writer) *behind {
	b := &behind{belt: newBelt(), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		if _, b.err = b.WriteTo(w); b.err != nil {
			b.closeRead(b.err)
		}
	}()
	return b
}

// finish waits until everything is written, and gives the error of w.
func (b *behind) finish() error {
	b.closeWrite(nil)
	<-b.done
	return b.err
}

// ahead reads r in a goroutine of its own, which ends with stop.
type ahead struct {
	*belt
	done chan struct{}
}

func newAhead(r io.Reader) *ahead {
	a := &ahead{belt: newBelt(), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		_, err := a.ReadFrom(r)
		a.closeWrite(err)
	}()
	return a
}

// stop waits until r is read no more.
func (a *ahead) stop() {
	a.closeRead(errNoReader)
	<-a.done
}

var errNoReader = errors.New("nobody reads any more")
