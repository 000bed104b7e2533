package plan

import (
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// book is an address book of 700 that was mirrored half an hour ago, and for a
// month before; edit makes a scenario of it.
func book(edit ...func(*Facts)) Facts {
	f := Facts{Kind: pim.Contacts, Title: "Friends", Now: noon, Live: 700, Listed: 700, Common: 700,
		Evidence: pim.Evidence{GoodAt: noon.Add(-30 * time.Minute)}}
	for _, e := range edit {
		e(&f)
	}
	return f
}

func live(n int) func(*Facts) {
	return func(f *Facts) { f.Live, f.Listed, f.Common = n, n, n }
}

func gone(n int) func(*Facts) {
	return func(f *Facts) { f.Gone, f.Listed, f.Common = n, f.Listed-n, f.Common-n }
}

func held(n int) func(*Facts) {
	return func(f *Facts) { f.Held, f.Listed, f.Common = n, f.Listed-n, f.Common-n }
}

func changed(n int) func(*Facts) {
	return func(f *Facts) { f.Changed, f.Equal = ids(n), n }
}

func lost(class string, had, lost, others int) func(*Facts) {
	return func(f *Facts) {
		if f.Fields == nil {
			f.Fields, f.Having = map[string]pim.FieldLoss{}, map[string]int{}
		}
		f.Fields[class], f.Having[class] = pim.FieldLoss{Had: had, Lost: lost}, others
	}
}

func with(e func(*Facts)) func(*Facts) { return e }

// ran adds earlier runs: each deleted n, so long before now, and left the rest.
func ran(every time.Duration, deleted ...int) func(*Facts) {
	return func(f *Facts) {
		objects := f.Live
		for _, n := range deleted {
			objects += n
		}
		for i, n := range deleted {
			objects -= n
			f.Recent = append(f.Recent, pim.RecentRun{Ended: f.Now.Add(-every * time.Duration(len(deleted)-i)),
				Outcome: pim.Complete, Objects: objects, Deleted: n})
		}
	}
}

func troubled(n int, fault pim.Fault) func(*Facts) {
	return func(f *Facts) {
		f.GoodAt = f.Now.Add(-time.Hour * time.Duration(n+1))
		for i := range n {
			f.Recent = append(f.Recent, pim.RecentRun{Ended: f.Now.Add(-time.Hour * time.Duration(n-i)), Outcome: pim.Failed, Fault: fault.String(), Objects: f.Live})
		}
	}
}

// away says that nobody looked for some days.
func away(days int) func(*Facts) {
	return func(f *Facts) {
		f.GoodAt = f.GoodAt.AddDate(0, 0, -days)
		for i := range f.Recent {
			f.Recent[i].Ended = f.Recent[i].Ended.AddDate(0, 0, -days)
		}
	}
}

func repeat(n, times int) []int {
	out := make([]int, times)
	for i := range out {
		out[i] = n
	}
	return out
}

// others says that every other collection is empty now, and had n objects.
func others(n int) func(*Facts) { return func(f *Facts) { f.Others = n } }

func other(f *Facts) {
	f.Missing, f.Was, f.Is = pim.WrongAccount, "https://dav.example.com/dav/principals/a/", "https://dav.example.com/dav/principals/b/"
}

// told says that the person was told of a loss so long ago, and did not decide.
func told(ago time.Duration) func(*Facts) {
	return func(f *Facts) {
		f.Open = &pim.Incident{CollID: 1, Verdict: pim.LargeDeletion, ToldAt: f.Now.Add(-ago), GoodAt: f.Now.Add(-ago)}
	}
}

// moved says that n of what is missing is somewhere else.
func moved(n int) func(*Facts) { return func(f *Facts) { f.Moved = ids(n) } }

func reverted(n int, since time.Duration, younger int) func(*Facts) {
	return func(f *Facts) { f.Reverted, f.RevertedTo, f.Younger = n, f.Now.Add(-since), younger }
}

const week = 7 * 24 * time.Hour

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name    string
		facts   Facts
		verdict pim.Verdict
		hold    bool
		pin     bool
		says    string // part of the message
	}{
		// What people do.
		{"nothing happened", book(), pim.Ordinary, false, false, ""},
		{"the first time", Facts{Kind: pim.Contacts, Now: noon, Listed: 700}, pim.Ordinary, false, false, ""},
		{"one deletion", book(gone(1)), pim.Ordinary, false, false, ""},
		{"eight deletions of a small book", book(live(30), gone(8)), pim.Ordinary, false, false, ""},
		{"four of six", book(live(6), gone(4)), pim.Ordinary, false, false, ""},
		{"half of sixteen", book(live(16), gone(8)), pim.Ordinary, false, false, ""},
		{"five of nine, of which a day takes as many", book(live(9), ran(24*time.Hour, 2, 5, 1, 3, 5, 4, 2, 5), gone(5)), pim.Ordinary, false, false, ""},
		{"eight of ten", book(live(10), gone(8)), pim.LargeDeletion, true, false, "no longer lists 8 of your 10 contacts"},
		{"five of nine", book(live(9), gone(5)), pim.LargeDeletion, true, false, ""},
		{"the yearly clean-up of 15%", book(gone(105)), pim.Ordinary, false, false, ""},
		{"a quarter, exactly", book(live(40), gone(10)), pim.Ordinary, false, false, ""},
		{"both of two test entries", book(live(2), gone(2)), pim.Ordinary, false, false, ""},
		{"eight a day for a month", book(live(460), gone(8), ran(24*time.Hour, repeat(8, 29)...)), pim.Ordinary, false, false, ""},
		{"two evenings of tidying", book(live(60), gone(8), ran(24*time.Hour, 8)), pim.Ordinary, false, false, ""},
		{"back from two weeks away, as many as usual", book(live(400), ran(24*time.Hour, repeat(5, 14)...), away(14), gone(101)), pim.Ordinary, false, false, ""},
		{"a to-do list that was emptied before", book(live(5), gone(5), with(func(f *Facts) { f.EmptiedBefore = true })), pim.Ordinary, false, false, ""},
		{"sixty cards move to another book", book(live(100), gone(60), moved(60)), pim.Ordinary, false, false, ""},
		{"the server gave all objects other addresses", book(gone(700), moved(700), with(func(f *Facts) { f.Listed, f.Common, f.Created = 700, 0, 700 })), pim.Ordinary, false, false, ""},
		{"all of a calendar moved, and it was removed", book(gone(700), moved(700), with(func(f *Facts) { f.Missing = pim.CollectionGone })), pim.Ordinary, false, false, ""},
		{"a client edits forty percent", book(changed(280), lost(pim.FieldPhone, 200, 12, 400)), pim.Ordinary, false, false, ""},
		{"three photos are taken out", book(changed(3), lost(pim.FieldPhoto, 3, 3, 137)), pim.Ordinary, false, false, ""},
		{"somebody undoes one edit", book(changed(1), reverted(1, time.Hour, 0)), pim.Ordinary, false, false, ""},
		{"all ETags are new, all bytes are the same", book(with(func(f *Facts) { f.Equal = 700 })), pim.TokenReset, false, false, ""},
		{"the network was down, and then eight are gone", book(live(40), troubled(5, pim.Offline), gone(8)), pim.Ordinary, false, false, ""},
		{"what was held is back", book(with(func(f *Facts) { f.Back = 30 })), pim.Ordinary, false, false, ""},
		{"held, and it turns up elsewhere", book(live(100), held(60), moved(60)), pim.Ordinary, false, false, ""},

		// The server loses.
		{"everything", book(gone(700)), pim.EverythingGone, true, false, "Your server no longer lists any of your 700 contacts. Nothing was removed here."},
		{"everything of three", book(live(3), gone(3)), pim.EverythingGone, true, false, "any of your 3 contacts"},
		{"all but two", book(gone(698)), pim.LargeDeletion, true, false, "Your server no longer lists 698 of your 700 contacts. Nothing was removed here."},
		{"half", book(gone(350)), pim.LargeDeletion, true, false, "350 of your 700"},
		{"ten of twelve", book(live(12), gone(10)), pim.LargeDeletion, true, false, "10 of your 12"},
		{"a little more than a quarter", book(gone(176)), pim.LargeDeletion, true, false, "176 of your 700"},
		{"half went, a few of them only moved", book(gone(350), moved(20)), pim.LargeDeletion, true, false, "330 of your 700"},
		{"half goes after two weeks away", book(live(700), ran(24*time.Hour, repeat(5, 14)...), away(14), gone(350)), pim.LargeDeletion, true, false, ""},
		{"still missing", book(held(350)), pim.LargeDeletion, false, false, "350 of your 700"},
		{"held, and one more goes", book(held(350), gone(1)), pim.LargeDeletion, true, false, "351 of your 700"},
		{"held, and some are back", book(held(11), with(func(f *Facts) { f.Back = 339 })), pim.LargeDeletion, false, false, "11 of your 700"},
		{"a few are held, and another one goes", book(held(5), gone(1)), pim.LargeDeletion, false, false, "5 of your 700"},
		{"three of six, while another collection lost half", book(live(6), gone(3), with(func(f *Facts) { f.Beside = 1 })), pim.LargeDeletion, true, false, "3 of your 6"},
		{"the collection is gone", book(gone(700), with(func(f *Facts) { f.Missing = pim.CollectionGone })), pim.CollectionGone, true, false,
			"Your server no longer has the address book “Friends”. Your copy of its 700 contacts is kept here."},
		{"an old calendar of two entries is removed", book(live(2), gone(2), with(func(f *Facts) { f.Missing, f.Kind = pim.CollectionGone, pim.Calendar })),
			pim.CollectionGone, true, false, "2 calendar entries"},
		{"the account is empty", book(gone(700), with(func(f *Facts) { f.Missing = pim.AccountEmptied })), pim.AccountEmptied, true, false, "is empty: 700 contacts are gone"},
		{"the account's places are others", book(gone(700), with(func(f *Facts) { f.Missing = pim.HomeChanged })), pim.HomeChanged, true, false, "at another place"},
		{"another address book at this address", book(gone(700), with(func(f *Facts) { f.Listed, f.Common, f.Created = 12, 0, 12 })), pim.WrongAccount, true, false,
			"none of your 700 contacts is in it"},
		{"another one, with two in common", book(gone(698), with(func(f *Facts) { f.Listed, f.Common = 400, 2 })), pim.WrongAccount, true, false, "next to none"},

		{"a list of two, and all others are empty too", book(live(2), gone(2), others(4)), pim.EverythingGone, true, false, "any of your 2 contacts"},
		{"the last entry, and two went elsewhere", book(live(1), gone(1), others(2)), pim.EverythingGone, true, false, "your only contact"},
		{"one entry, and one elsewhere", book(live(1), gone(1), others(1)), pim.Ordinary, false, false, ""},
		{"one of two, and all others are empty", book(live(2), gone(1), others(9)), pim.Ordinary, false, false, ""},
		{"a to-do list that was emptied before, and all others with it", book(live(5), gone(5), others(2), with(func(f *Facts) { f.EmptiedBefore = true })),
			pim.EverythingGone, true, false, ""},
		{"a list of two moved, and all others are empty", book(live(2), gone(2), moved(2), others(4)), pim.Ordinary, false, false, ""},
		{"the login is another principal's", book(live(2), gone(2), other), pim.WrongAccount, true, false,
			"The server takes it for “/dav/principals/b/”; before, it was “/dav/principals/a/”. Your copy of the 2 contacts of the address book “Friends” is kept here."},
		{"the login is another principal's, and all of it is here too", book(gone(700), moved(700), other), pim.Ordinary, false, false, ""},

		// Beside an incident that is open.
		{"half of what a loss left, a year later", book(held(350), gone(175), told(365*24*time.Hour)), pim.LargeDeletion, true, false,
			"Your server has lost more: another 175 of your 700 contacts are missing now, and 525 in all. Nothing was removed here."},
		{"half of what a loss left, told of by a clock that was a year ahead", book(held(350), gone(175), told(-365*24*time.Hour)), pim.LargeDeletion, true, false,
			"Your server has lost more: another 175 of your 700 contacts are missing now, and 525 in all. Nothing was removed here."},
		{"the rest of it, a year later", book(held(350), gone(350), told(365*24*time.Hour)), pim.EverythingGone, true, false, "any of your 700"},
		{"half of what a loss left, an hour later", book(held(350), gone(175), told(time.Hour)), pim.LargeDeletion, true, false, "no longer lists 525 of your 700"},
		{"a few of what a loss left, a year later", book(held(350), gone(8), told(365*24*time.Hour)), pim.LargeDeletion, true, false, "no longer lists 358 of your 700"},

		// Little by little.
		{"nine in every run", book(live(650), gone(9), ran(30*time.Minute, repeat(9, 25)...)), pim.SlowLoss, true, false, "little by little"},
		{"a fifth in every run", book(live(448), gone(90), ran(time.Hour, 140, 112)), pim.SlowLoss, true, false, ""},
		{"a fifth every week", book(live(448), gone(90), ran(week, 140, 112)), pim.SlowLoss, true, false, ""},
		{"a small list, three by three", book(live(3), gone(3), ran(time.Hour, 3, 3, 3)), pim.EverythingGone, true, false, "any of your 3"},
		{"a small list, down to the last", book(live(1), gone(1), ran(time.Hour, 3, 2, 2)), pim.EverythingGone, true, false, "little by little"},
		{"nineteen a day", book(live(400), gone(19), ran(24*time.Hour, repeat(19, 17)...)), pim.SlowLoss, true, false, "3 March"},
		{"it was decided on, and goes on as usual", book(live(400), gone(8), ran(24*time.Hour, repeat(19, 17)...), with(func(f *Facts) { f.DecidedAt = noon.Add(-time.Hour) })),
			pim.Ordinary, false, false, ""},
		{"twelve after the server had failed", book(live(60), gone(12), troubled(3, pim.Protocol)), pim.SlowLoss, true, false, "After it had failed 3 times, your server no longer lists 12 of your 60 contacts"},

		// Back in time.
		{"a week back", book(changed(5), reverted(5, week, 12), gone(12)), pim.RolledBack, true, true, "of before 13 March: 5 contacts are as they were long ago, and 12 contacts are missing there"},
		{"a week back, nothing was new since", book(changed(5), reverted(5, week, 0)), pim.RolledBack, false, true, "older state"},
		{"a week back, one edit and three new since", book(changed(1), reverted(1, week, 3), gone(3)), pim.RolledBack, true, true, ""},
		{"a week back, only new ones since", book(gone(6), with(func(f *Facts) { f.Newest, f.Births = true, 4 })), pim.RolledBack, true, true, "6 contacts are missing there"},
		{"ten return to older states of different days", book(changed(12), with(func(f *Facts) { f.Reverted = 10 })), pim.RolledBack, false, true, ""},

		// There, and empty.
		{"emptied", book(changed(700), with(func(f *Facts) { f.Hollow = 690 }), lost(pim.FieldPhone, 690, 690, 0), lost(pim.FieldEmail, 600, 600, 0)),
			pim.Emptied, false, true, "690 of your 700 contacts were emptied on the server"},
		{"all 140 photos", book(changed(140), lost(pim.FieldPhoto, 140, 140, 0)), pim.Emptied, false, true, "140 of your 700 contacts have lost their photos"},
		{"six photos, all that there were", book(live(40), changed(6), lost(pim.FieldPhoto, 6, 6, 0)), pim.Emptied, false, true, "photos"},
		{"a client rewrites all and drops the notes", book(changed(700), lost(pim.FieldNote, 90, 90, 0), with(func(f *Facts) { f.Producer, f.Produced = "-//x//y//EN", 700 })),
			pim.Emptied, false, true, "notes"},
		{"photos go one by one", book(changed(1), lost(pim.FieldPhoto, 1, 1, 20), with(func(f *Facts) {
			for i := range 12 {
				f.Recent = append(f.Recent, pim.RecentRun{Ended: noon.AddDate(0, 0, i-13), Objects: 700, Changed: 1, Fields: map[string]pim.FieldLoss{pim.FieldPhoto: {Had: 1, Lost: 1}}})
			}
		})), pim.Emptied, false, true, "since 7 March"},
		{"three events of three are shells", book(live(3), changed(3), with(func(f *Facts) { f.Hollow = 3 })), pim.Emptied, false, true, ""},
		{"half is gone and the rest is empty", book(gone(350), changed(350), with(func(f *Facts) { f.Hollow = 350 })), pim.LargeDeletion, true, true, "emptied"},

		// Rewritten.
		{"all were rewritten by one program", book(changed(700), with(func(f *Facts) { f.Producer, f.Produced = "-//x//y//EN", 700 })), pim.MassRewrite, false, true, "all by the same program"},
		{"most were rewritten", book(changed(400)), pim.MassRewrite, false, true, "400 of your 700 contacts were changed on the server at once"},
		{"most of a handful", book(live(12), changed(9)), pim.Ordinary, false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Judge(c.facts)
			if o.Verdict != c.verdict || o.Hold != c.hold || o.Pin != c.pin {
				t.Errorf("%s, hold %v, pin %v; want %s, %v, %v: %s", o.Verdict, o.Hold, o.Pin, c.verdict, c.hold, c.pin, o.Message)
			}
			silent := c.verdict == pim.Ordinary || c.verdict == pim.TokenReset
			if o.Alarm == silent || (o.Message == "") != silent || !strings.Contains(o.Message, c.says) {
				t.Errorf("alarm %v: %q", o.Alarm, o.Message)
			}
			if o.Message != "" {
				t.Log(o.Message)
			}
		})
	}
}
