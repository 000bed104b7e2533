package mirror

import "testing"

// A listing that brings the objects with it is fetching, and says so.
func TestTeller_ObjectsOfAListingAreFetched(t *testing.T) {
	var steps []Step
	tell := teller{tell: func(s Step) { steps = append(steps, s) }}
	tell.step("Friends", lookingForChanges)
	tell.stored(0, 0)
	if tell.now.Text != lookingForChanges {
		t.Errorf("%+v", tell.now)
	}
	tell.stored(500, 1000)
	tell.end()
	if last := steps[len(steps)-1]; last != (Step{Collection: "Friends", Text: fetching, Done: 500, Bytes: 1000}) {
		t.Errorf("%+v", last)
	}
}
