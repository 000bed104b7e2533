package plan

import "sidekeep/sync/pim"

type flag uint16

const (
	inVault  flag = 1 << iota // has a resource
	isHeld                    // its deletion is not believed
	isKept                    // ... and never will be
	isOwed                    // a fetch was owed before this run
	isFinal                   // ... and trying again is pointless
	listed                    // seen in this enumeration
	same                      // ... in the state that the vault has
	shelved                   // ... not to be tried
	removed                   // said to be gone
	fresh                     // stored in this run
	failed                    // fetched in vain in this run
	alias                     // another spelling of one that is listed
	doubted                   // said to be gone, and to be asked for
	disputed                  // listed in two states
)

const enumerated = listed | same | shelved | removed | alias | doubted | disputed

// row is what is known of one href. There may be a hundred thousand of them:
// what only few have stands in a note.
type row struct {
	href     pim.Href
	etag     pim.ETag // in the vault
	now      pim.ETag // as listed in this run
	resource int64
	flags    flag
}

func (r *row) is(f flag) bool { return r.flags&f != 0 }

// note is what is known of a fetch that is owed.
type note struct {
	fault pim.Fault
	why   string
	final bool
	etag  pim.ETag // as listed when it was first owed
	tries int      // runs in which it failed before this one
}

// rows is a list that grows without being copied.
type rows struct {
	blocks [][]row
	n      int
}

const blockRows = 2048

func (t *rows) at(i int32) *row { return &t.blocks[i/blockRows][i%blockRows] }

func (t *rows) add(r row) int32 {
	if t.n%blockRows == 0 {
		t.blocks = append(t.blocks, make([]row, 0, blockRows))
	}
	last := len(t.blocks) - 1
	t.blocks[last] = append(t.blocks[last], r)
	t.n++
	return int32(t.n - 1)
}

// all goes through the rows in the order in which they came.
func (t *rows) all(yield func(int32, *row) bool) {
	for b, block := range t.blocks {
		for i := range block {
			if !yield(int32(b*blockRows+i), &block[i]) {
				return
			}
		}
	}
}
