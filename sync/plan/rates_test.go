package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

// person is how somebody uses a collection.
type person struct {
	*sim
	size      int // before a slow loss
	runsADay  int
	most      int // deletions a day
	edits     int // a day
	grows     bool
	cleanUp   int // day of the year
	tidy      [2]int
	away      int // day on which two weeks without the machine begin
	shaky     bool
	alarms    []string
	everyKind map[pim.Verdict]int
}

// newPerson draws one: a collection of 5 to 3,000 objects, looked at once to 48
// times a day, one to eight deletions a day, and about as many new objects.
func newPerson(seed uint64) *person {
	r := rand.New(rand.NewPCG(seed, 1))
	size := int(5 * math.Exp(r.Float64()*math.Log(600)))
	p := &person{sim: newSim(seed, size), runsADay: []int{1, 4, 24, 48}[r.IntN(4)], most: 1 + r.IntN(8), edits: r.IntN(12),
		grows: r.IntN(2) == 0, cleanUp: r.IntN(365), tidy: [2]int{r.IntN(365), r.IntN(365)}, away: r.IntN(365), shaky: r.IntN(4) == 0,
		everyKind: map[pim.Verdict]int{}}
	return p
}

// day is one day of ordinary use.
func (p *person) day(n int) {
	type act func()
	at := map[int][]act{}
	plan := func(a act) { // sometimes many at one sitting, sometimes over the day
		i := p.r.IntN(p.runsADay)
		at[i] = append(at[i], a)
	}
	sitting := p.r.IntN(p.runsADay)
	deletions := 0
	if p.most > 0 {
		deletions = 1 + p.r.IntN(p.most)
	}
	together := p.r.IntN(2) == 0
	for range deletions {
		del := func() {
			if len(p.alive) > 0 {
				p.remove(p.r.IntN(len(p.alive)))
			}
		}
		if together {
			at[sitting] = append(at[sitting], del)
		} else {
			plan(del)
		}
	}
	news := p.r.IntN(p.most*2 + 1)
	if p.grows && len(p.alive) < 3000 {
		news++
	}
	if len(p.alive) < 10 {
		news = max(news, p.most)
	}
	for range news {
		plan(p.create)
	}
	for range p.edits {
		plan(func() {
			if len(p.alive) > 0 {
				p.edit(p.alive[p.r.IntN(len(p.alive))])
			}
		})
	}
	switch n % 365 {
	case p.cleanUp:
		plan(func() {
			for range len(p.alive) * 15 / 100 {
				p.remove(p.r.IntN(len(p.alive)))
			}
		})
	case p.tidy[0], p.tidy[1]:
		plan(func() {
			share := 0.05 + p.r.Float64()*0.35
			for _, id := range p.alive {
				if p.r.Float64() < share {
					p.edit(id)
				}
			}
		})
	}
	off := n%365 >= p.away && n%365 < p.away+14
	for i := range p.runsADay {
		p.clock = p.clock.Add(24 * time.Hour / time.Duration(p.runsADay))
		for _, a := range at[i] {
			a()
		}
		switch {
		case off:
		case p.r.IntN(200) == 0, p.shaky && p.r.IntN(20) == 0:
			p.fail([]pim.Fault{pim.Offline, pim.Offline, pim.Busy, pim.Protocol}[p.r.IntN(4)])
		default:
			if o := p.look(); o.Alarm {
				p.alarms = append(p.alarms, fmt.Sprintf("day %d: %s %v", n, o.Message, o.Evidence))
				p.everyKind[o.Verdict]++
				p.accept()
			}
		}
	}
}

// TestRates_FalseAlarms lives years of ordinary use. A removed old calendar is one
// alarm by design (it is held, and told once): one a year is added for every
// person, as a run and as an alarm.
func TestRates_FalseAlarms(t *testing.T) {
	t.Parallel()
	people, days := 120, 365
	if testing.Short() {
		people = 20
	}
	runs, worked, alarms, removed := 0, 0, 0, 0
	kinds := map[pim.Verdict]int{}
	for seed := range people {
		p := newPerson(uint64(seed))
		size := len(p.alive)
		for n := range days {
			p.day(n)
		}
		runs, worked, alarms, removed = runs+p.runs, worked+p.worked, alarms+len(p.alarms), removed+1
		for v, n := range p.everyKind {
			kinds[v] += n
		}
		if len(p.alarms) > 0 && testing.Verbose() {
			t.Logf("person %d, %d objects, %d runs a day, up to %d deletions: %d alarms\n  %s", seed, size, p.runsADay, p.most, len(p.alarms),
				strings.Join(p.alarms[:min(3, len(p.alarms))], "\n  "))
		}
	}
	t.Logf("ordinary use: %d years, %d runs (%d with changes), %d false alarms and %d removed calendars told once: one in %d runs, one in %d of those with changes; %v",
		people*days/365, runs, worked, alarms, removed, runs/(alarms+removed), worked/max(1, alarms), kinds)
	if (alarms+removed)*1000 >= runs || alarms*1000 >= worked {
		t.Error("too many false alarms")
	}
}

// disaster is a sort of loss. It makes it happen over some runs and says what it
// took; ok is false where this collection can't show it.
type disaster struct {
	name string
	do   func(p *person) (lost []int, ok bool)
	slow bool
}

// lose takes some objects at once.
func lose(p *person, n int) (lost []int) {
	for range min(n, len(p.alive)) {
		lost = append(lost, p.remove(p.r.IntN(len(p.alive))))
	}
	return lost
}

func (p *person) share(from, to float64) int {
	return int(math.Ceil(float64(len(p.alive)) * (from + p.r.Float64()*(to-from))))
}

var disasters = []disaster{
	{"everything", func(p *person) ([]int, bool) {
		ok := len(p.alive) >= HoldAll && !(p.emptied && len(p.alive) < EmptyHabit)
		return lose(p, len(p.alive)), ok
	}, false},
	{"everything, of all lists", func(p *person) ([]int, bool) {
		p.others = HoldAll // however short it is, and however often it was emptied
		ok := len(p.alive) > 0
		return lose(p, len(p.alive)), ok
	}, false},
	{"another principal's", func(p *person) ([]int, bool) {
		p.missing = pim.WrongAccount
		ok := len(p.alive) > 0
		return lose(p, len(p.alive)), ok
	}, false},
	{"a part", func(p *person) ([]int, bool) {
		n := p.share(0.27, 0.99)
		return lose(p, n), n >= HoldMin
	}, false},
	{"a part, after errors", func(p *person) ([]int, bool) {
		n := p.share(0.27, 0.99)
		for range 1 + p.r.IntN(4) {
			p.clock = p.clock.Add(time.Hour)
			p.fail(pim.Protocol)
		}
		return lose(p, n), n >= HoldMin
	}, false},
	{"the collection", func(p *person) ([]int, bool) {
		p.missing = pim.CollectionGone
		ok := len(p.alive) > 0
		return lose(p, len(p.alive)), ok
	}, false},
	{"another account's in its place", func(p *person) ([]int, bool) {
		ok := len(p.alive) >= HoldMin
		lost := lose(p, len(p.alive))
		p.stranger = 1 + p.r.IntN(500)
		return lost, ok
	}, false},
	{"rolled back", func(p *person) ([]int, bool) { return p.rollBack() }, false},
	{"emptied", func(p *person) ([]int, bool) {
		n, hit := p.share(0.3, 1), 0
		for _, id := range p.alive[:n] {
			t := p.things[id]
			sum := 0
			for _, x := range t.now.fields {
				sum += int(x)
			}
			if sum >= 2 {
				hit++
			}
			p.next++
			t.now.content, t.now.fields = p.next, [5]uint8{}
			p.dirty[id] = true
		}
		return nil, hit >= HollowMin
	}, false},
	{"one sort of field", func(p *person) ([]int, bool) {
		c, hit, had := p.r.IntN(5), 0, 0
		share := 0.35 + p.r.Float64()*0.65
		for _, id := range p.alive {
			t := p.things[id]
			if t.now.fields[c] == 0 {
				continue
			}
			if had++; p.r.Float64() < share {
				hit++
				p.next++
				t.now.content, t.now.fields[c] = p.next, 0
				p.dirty[id] = true
			}
		}
		return nil, hit >= FieldMin && hit*HoldShare > had+HoldShare
	}, false},
	{"all rewritten", func(p *person) ([]int, bool) {
		n := p.share(0.55, 1)
		for _, id := range p.alive[:n] {
			p.next++
			p.things[id].now.content = p.next
			p.dirty[id] = true
		}
		return nil, n >= RewriteMin
	}, false},
	{"a trickle in hours", func(p *person) ([]int, bool) { return p.drip(30*time.Minute, 1+p.r.IntN(9), 0.75) }, true},
	{"a trickle in days", func(p *person) ([]int, bool) { return p.drip(6*time.Hour, 5+p.r.IntN(30), 0.75) }, true},
	{"a fifth at a time", func(p *person) ([]int, bool) {
		return p.drip([]time.Duration{time.Hour, 24 * time.Hour, 72 * time.Hour}[p.r.IntN(3)], max(3, len(p.alive)/5), 0.8)
	}, true},
}

// drip loses n a run until a share is gone. A trickle that takes longer than
// the judge looks back, or is no more than the person's own habit, is not to be
// told from it.
func (p *person) drip(every time.Duration, n int, share float64) (lost []int, ok bool) {
	size := len(p.alive)
	want := int(float64(size) * share)
	steps := want / n
	p.size = size
	if size < 40 || steps < 2 || time.Duration(steps)*every > 21*24*time.Hour {
		return nil, false
	}
	if daily := float64(n) * float64(24*time.Hour) / float64(every); daily < 3*float64(p.most) {
		return nil, false
	}
	for len(lost) < want {
		lost = append(lost, lose(p, n)...)
		p.clock = p.clock.Add(every)
		for day := float64(every) / float64(24*time.Hour); p.r.Float64() < day*float64(p.most)/2; day-- { // life goes on
			p.create()
		}
		if o := p.look(); o.Alarm {
			return lost, true
		}
	}
	return lost, true
}

// rollBack brings the server back to what the vault saw some days ago.
func (p *person) rollBack() (lost []int, ok bool) {
	to := p.clock.AddDate(0, 0, -2-p.r.IntN(12))
	changes, young := 0, 0
	for id, t := range p.things {
		if len(t.hist) == 0 || t.gone || t.dead {
			continue
		}
		i := len(t.hist) - 1
		for i >= 0 && t.hist[i].seen.After(to) {
			i--
		}
		switch {
		case i < 0:
			lost = append(lost, id)
			young++
		case i < len(t.hist)-1:
			changes++
			p.restore(id, t.hist[i])
		}
	}
	for _, id := range lost {
		p.remove(slices.Index(p.alive, id))
	}
	// Two or three objects are as well somebody's undo; without an edit only what
	// is exactly the newest tells.
	return lost, changes > 0 && changes+young >= RevertedMin || changes == 0 && young >= HoldMin && young*HoldShare > p.here
}

// strike lets one disaster come over one person, and says what is wrong with how
// it was judged; share is how much of a slow loss was believed before.
func strike(p *person, d disaster) (wrong string, share float64, ok bool) {
	p.clock = p.clock.Add(time.Minute)
	if len(p.dirty) > 0 {
		if o := p.look(); o.Alarm {
			p.accept()
		}
	}
	p.clock = p.clock.Add(30 * time.Minute)
	buried := p.buried
	lost, ok := d.do(p)
	if !ok {
		return "", 0, false
	}
	if d.slow {
		share = float64(p.buried-buried) / float64(p.size)
		if p.open == nil {
			return fmt.Sprintf("%d went without an alarm", len(lost)), share, true
		}
		return "", share, true
	}
	o := p.look()
	switch {
	case !o.Alarm:
		return fmt.Sprintf("no alarm: %v", o.Evidence), 0, true
	case p.buried != buried:
		return fmt.Sprintf("%d were believed", p.buried-buried), 0, true
	case len(lost) == 0 && !o.Pin:
		return "nothing was pinned", 0, true
	}
	for range 5 { // and it stays so
		p.clock = p.clock.Add(30 * time.Minute)
		p.edit2()
		p.look()
	}
	if p.buried != buried {
		return "believed in a later run", 0, true
	}
	return "", 0, true
}

// edit2 changes one object, so that the run has something to judge.
func (p *person) edit2() {
	p.stranger = 0
	if len(p.alive) > 0 {
		p.edit(p.alive[0])
	}
}

// TestRates_Losses lets every sort of loss come over many people after some weeks
// of ordinary use. None may be believed.
func TestRates_Losses(t *testing.T) {
	t.Parallel()
	n := 200
	if testing.Short() {
		n = 40
	}
	total, unheld := 0, 0
	for _, d := range disasters {
		count, bad, share, worst := 0, 0, 0.0, 0.0
		for seed := range n {
			p := newPerson(uint64(100_000 + seed))
			for day := range 10 + p.r.IntN(40) {
				p.day(day)
			}
			wrong, s, ok := strike(p, d)
			if !ok {
				continue
			}
			count++
			share, worst = share+s, max(worst, s)
			if wrong != "" {
				if bad++; bad <= 3 {
					t.Errorf("%s, person %d, %d objects, up to %d deletions a day: %s", d.name, seed, p.here, p.most, wrong)
				}
			}
		}
		total, unheld = total+count, unheld+bad
		line := fmt.Sprintf("%-32s %4d losses, %d unheld", d.name, count, bad)
		if d.slow {
			line += fmt.Sprintf("; noticed when %.0f%% of the collection was gone, at worst %.0f%%", 100*share/float64(max(1, count)), 100*worst)
		}
		t.Log(line)
		if count < n/10 {
			t.Errorf("%s: only %d", d.name, count)
		}
	}
	t.Logf("%d losses, %d unheld", total, unheld)
}

// The same with histories that rapid draws and shrinks.
func TestRates_AnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPerson(rapid.Uint64().Draw(t, "person"))
		d := rapid.SampledFrom(disasters).Draw(t, "disaster")
		for day := range rapid.IntRange(3, 40).Draw(t, "days") {
			p.day(day)
		}
		if wrong, _, _ := strike(p, d); wrong != "" {
			t.Fatalf("%s: %s", d.name, wrong)
		}
	})
}
