package formats

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// manyBodies gives n objects, with large ones among them, and then what end says.
func manyBodies(n int, end func(yield func(Body, error) bool)) func(yield func(Body, error) bool) {
	return func(yield func(Body, error) bool) {
		for i := range n {
			if !yield(Body{Href: fmt.Sprint(i), Bytes: []byte(bodyNo(i)), Held: i%3 == 0}, nil) {
				return
			}
		}
		if end != nil {
			end(yield)
		}
	}
}

func bodyNo(i int) string {
	if i%500 == 499 {
		return strings.Repeat(fmt.Sprint(i), aheadBytes)
	}
	return strings.Repeat(fmt.Sprint(i, " "), i%700)
}

func TestAhead_GivesEveryObjectInOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, n := range []int{0, 1, aheadObjects, aheadObjects + 1, 3000} {
		i := 0
		for o, err := range ahead(manyBodies(n, nil)) {
			if err != nil || o.Href != fmt.Sprint(i) || string(o.Bytes) != bodyNo(i) || o.Held != (i%3 == 0) {
				t.Fatalf("object %d is %q with %d bytes, %v", i, o.Href, len(o.Bytes), err)
			}
			i++
		}
		if i != n {
			t.Errorf("%d objects of %d", i, n)
		}
	}
}

func TestAhead_EndsAsItsSourceDoes(t *testing.T) {
	defer goleak.VerifyNone(t)
	for range ahead(manyBodies(3000, nil)) {
		break
	}

	broken, n := errors.New("broken"), 0
	var got error
	for _, err := range ahead(manyBodies(1000, func(yield func(Body, error) bool) { yield(Body{}, broken) })) {
		if got = err; err == nil {
			n++
		}
	}
	if n != 1000 || got != broken {
		t.Errorf("%d objects, %v", n, got)
	}

	n = 0
	func() {
		defer func() {
			if p := recover(); p != "no" || n != 1000 {
				t.Errorf("%d objects, %v", n, p)
			}
		}()
		for range ahead(manyBodies(1000, func(func(Body, error) bool) { panic("no") })) {
			n++
		}
	}()
}
