package archive

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"
)

// failing takes n bytes and then no more.
type failing struct {
	n   int
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func someBytes(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestBehind_EverythingComesInOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunks*chunkSize + 7} {
		want := someBytes(n)
		var got bytes.Buffer
		b := newBehind(&got)
		for rest, k := want, 1; len(rest) > 0; k = k*3 + 1 {
			m, err := b.Write(rest[:min(k, len(rest))])
			must(t, err)
			rest = rest[m:]
		}
		must(t, b.finish())
		if !bytes.Equal(want, got.Bytes()) {
			t.Errorf("%d bytes became %d others", n, got.Len())
		}
	}
}

func TestBehind_AnErrorComesWithALaterWriteAndInTheEnd(t *testing.T) {
	defer goleak.VerifyNone(t)
	full := errors.New("full")
	b := newBehind(&failing{n: chunkSize, err: full})
	n, err := b.Write(make([]byte, 10*chunks*chunkSize))
	if err != full || n > (chunks+2)*chunkSize {
		t.Errorf("%d bytes were taken, %v", n, err)
	}
	if _, err := b.Write([]byte{1}); err != full {
		t.Errorf("after that: %v", err)
	}
	if err := b.finish(); err != full {
		t.Errorf("in the end: %v", err)
	}
}

func TestAhead_EverythingComesInOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	want := someBytes(3*chunks*chunkSize + 7)
	for name, r := range map[string]io.Reader{
		"at once": bytes.NewReader(want), "halves": iotest.HalfReader(bytes.NewReader(want)), "end with data": iotest.DataErrReader(bytes.NewReader(want)),
	} {
		a := newAhead(r)
		got, err := io.ReadAll(struct{ io.Reader }{a}) // by Read
		a.stop()
		if err != nil || !bytes.Equal(want, got) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestAhead_StopsEarlyAndTellsErrors(t *testing.T) {
	defer goleak.VerifyNone(t)
	a := newAhead(bytes.NewReader(someBytes(10 * chunks * chunkSize)))
	if _, err := io.ReadFull(a, make([]byte, 100)); err != nil {
		t.Error(err)
	}
	a.stop()

	broken := errors.New("broken")
	a = newAhead(io.MultiReader(bytes.NewReader(make([]byte, 10)), iotest.ErrReader(broken)))
	got, err := io.ReadAll(a)
	a.stop()
	if len(got) != 10 || err != broken {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
