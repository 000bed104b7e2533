package service

import (
	"testing"

	"sidekeep/sync/pim"
)

// What a server says of the components of an address book means nothing: Radicale
// 3.1.8 names VTODO, VEVENT and VJOURNAL for each.
func TestStatus_OnlyCalendarsHaveComponents(t *testing.T) {
	named := []string{"VTODO", "VEVENT", "VJOURNAL"}
	for kind, want := range map[pim.Kind]int{pim.Contacts: 0, pim.Calendar: 3} {
		if got := componentsOf(pim.Collection{Kind: kind, Components: named}); len(got) != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
