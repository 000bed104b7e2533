package formats

import (
	"bytes"
	"crypto/sha256"
	"iter"
)

// Bounds of what is read ahead of the encoder: a few batches of this size, or of
// one object where that is larger.
const (
	aheadBytes   = 256 << 10
	aheadObjects = 256
	aheadBatches = 4 // one is read, one checked, one waits, one is written
)

// batch is some objects, and what came after them.
type batch struct {
	list  []Body
	size  int   // of their Bytes
	err   error // the source ended with it
	panic any   // the source ended so
}

// add takes an object. false: the batch is full.
func (b *batch) add(o Body) bool {
	b.list = append(b.list, o)
	b.size += len(o.Bytes)
	return b.size < aheadBytes && len(b.list) < aheadObjects
}

// reset makes room.
func (b *batch) reset() {
	clear(b.list) // what it held may be freed
	b.list, b.size, b.err = b.list[:0], 0, nil
}

// lostChanged is why an object is missing whose bytes do not match their SHA-256.
const lostChanged = "its bytes are not those that were stored"

// check takes the bytes of those objects away that are not what they should be.
func (b *batch) check() {
	for i := range b.list {
		o := &b.list[i]
		if o.Sum == nil || o.Lost != "" {
			continue
		}
		if sum := sha256.Sum256(o.Bytes); !bytes.Equal(sum[:], o.Sum) {
			o.Bytes, o.Lost = nil, lostChanged
		}
	}
}

// ahead gives what seq gives, which runs in a goroutine of its own and is some
// objects ahead; another one checks them on their way. Both end with the range over
// what ahead gives.
func ahead(seq iter.Seq2[Body, error]) iter.Seq2[Body, error] {
	return func(yield func(Body, error) bool) {
		read, full, free, stop := make(chan *batch), make(chan *batch), make(chan *batch, aheadBatches), make(chan struct{})
		for range aheadBatches {
			free <- &batch{}
		}
		go func() {
			defer close(read)
			readAhead(seq, read, free, stop)
		}()
		go func() {
			defer close(full)
			for b := range read { // to its end, which is that of the other goroutine too
				b.check()
				select {
				case full <- b:
				case <-stop:
				}
			}
		}()
		defer func() {
			close(stop)
			for range full { // until it is closed
			}
		}()
		for b := range full {
			for _, o := range b.list {
				if !yield(o, nil) {
					return
				}
			}
			switch {
			case b.panic != nil:
				panic(b.panic)
			case b.err != nil:
				yield(Body{}, b.err)
				return
			}
			b.reset()
			free <- b
		}
	}
}

// readAhead fills batches until seq ends or stop is closed.
func readAhead(seq iter.Seq2[Body, error], full chan<- *batch, free <-chan *batch, stop <-chan struct{}) {
	send := func(b *batch) bool {
		select {
		case full <- b:
			return true
		case <-stop:
			return false
		}
	}
	b := <-free
	stopped := false
	defer func() {
		if p := recover(); !stopped { // else b is in other hands
			b.panic = p
			send(b)
		}
	}()
	for o, err := range seq {
		if b.err = err; err != nil {
			return
		}
		if b.add(o) {
			continue
		}
		if stopped = !send(b); stopped {
			return
		}
		select {
		case b = <-free:
		case <-stop:
			stopped = true
			return
		}
	}
}
