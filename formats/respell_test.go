package formats

import (
	"bytes"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func TestRespell_MeansTheSame(t *testing.T) {
	body := contact("FN:Doe, Jane", `NOTE:a,b\,c`, "NICKNAME;X-A=1:x, y", "N:Doe;Jane,Ann;;;", "CATEGORIES:a,b", "PHOTO:data:image/png;base64,QUJD",
		"GEO:geo:1.5,2.5", "ADR:;;a,b;;;;", "X-LIST:a,b;c", "TITLE:none")
	want := contact(`FN:Doe\, Jane`, `NOTE:a\,b\,c`, "NICKNAME;X-A=1:x", "NICKNAME;X-A=1:y", "N:Doe;Jane,Ann;;;", "CATEGORIES:a,b",
		`PHOTO:data:image/png;base64\,QUJD`, `GEO:geo:1.5\,2.5`, "ADR:;;a,b;;;;", "X-LIST:a,b;c", "TITLE:none")
	got := Respell(pim.Contacts, body)
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s", got)
	}
	if again := Respell(pim.Contacts, got); &again[0] != &got[0] {
		t.Error("it was written anew a second time")
	}
	if same, lines := Compare(pim.Contacts, body, got); same != SameMeaning {
		t.Errorf("%s %v", same, lines)
	}
	for kind, makers := range map[pim.Kind][]gen.Maker{pim.Contacts: {gen.Card, gen.CardWithPhoto}, pim.Calendar: {gen.Event, gen.Task}} {
		for _, make := range makers {
			for i := range 60 {
				body := make(nil, 1, i)
				if same, lines := Compare(kind, body, Respell(kind, body)); same == Different {
					t.Errorf("%v\n%s", lines, body)
				}
			}
		}
	}
}
