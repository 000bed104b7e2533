//go:build ci && linux

package gui

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
	"sidekeep/app/present/presenttest"
	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// frame is how long one picture of 60 in a second stands: no call on the
// window's thread may take longer.
const frame = 16 * time.Millisecond

// watch measures every call on the window's thread.
type watch struct {
	mu    sync.Mutex
	stage string
	run   int
	kinds map[string]*kind
}

// took is how long a call took: of the processor, by the clock on the wall, and
// of that how long the thread stood still by its own program's doing (a lock,
// a garbage collection), and not because other programs had the processors.
type took struct{ cpu, wall, held time.Duration }

// kind is what calls of one name took: the worst of each figure, and the number
// of calls in which it was longer than a frame.
type kind struct {
	name  string
	calls int
	worst took
	over  [3]int
	runs  []time.Duration // the worst of the processor in each run
}

// usual is the middle of the runs' worsts: what the machine did once is not in it.
func (k *kind) usual() time.Duration {
	s := slices.Sorted(slices.Values(k.runs))
	return s[len(s)/2]
}

func (k *kind) add(run int, t took) {
	k.calls++
	for len(k.runs) <= run {
		k.runs = append(k.runs, 0)
	}
	k.runs[run] = max(k.runs[run], t.cpu)
	for i, v := range [3][2]*time.Duration{{&k.worst.cpu, &t.cpu}, {&k.worst.wall, &t.wall}, {&k.worst.held, &t.held}} {
		*v[0] = max(*v[0], *v[1])
		if *v[1] > frame {
			k.over[i]++
		}
	}
}

// on measures f under a name.
func (w *watch) on(what string, f func()) {
	if !strings.HasPrefix(what, "posted") {
		w.stage = what
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("call", what)))
	start, cpu, queue := time.Now(), threadTime(), queued()
	f()
	t := took{cpu: threadTime() - cpu, wall: time.Since(start)}
	t.held = max(0, t.wall-t.cpu-(queued()-queue))
	pprof.SetGoroutineLabels(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kinds == nil {
		w.kinds = map[string]*kind{}
	}
	if w.kinds[what] == nil {
		w.kinds[what] = &kind{name: what}
	}
	w.kinds[what].add(w.run, t)
}

// queued is how long this thread was ready to run and no processor was free:
// the second figure of schedstat, in ns.
func queued() time.Duration {
	var ran, waited int64
	b, err := os.ReadFile("/proc/thread-self/schedstat")
	if err == nil {
		_, _ = fmt.Sscan(string(b), &ran, &waited)
	}
	return time.Duration(waited)
}

// threadTime is what this thread has used of a processor, to the nanosecond.
// (getrusage(2) looks only as often as the scheduler does, every 4 ms.)
func threadTime() time.Duration {
	const thisThread = 3 // CLOCK_THREAD_CPUTIME_ID of clock_gettime(2)
	var t syscall.Timespec
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, thisThread, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}

// report gives the figures of all calls, and those of every kind that took a
// quarter of a frame of the processor, or a frame by the clock, the longest
// first.
func (w *watch) report(b *testing.B) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kinds := slices.SortedFunc(maps.Values(w.kinds), func(a, b *kind) int { return cmp.Compare(b.usual(), a.usual()) })
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	all := kind{}
	table := []string{fmt.Sprintf("%-40s %6s %8s %8s %8s %8s   over 16 ms: cpu, wall, held up", "call on the window's thread", "calls", "usual", "cpu ms", "wall ms", "held ms")}
	for _, k := range kinds {
		all.add(0, k.worst)
		all.calls += k.calls - 1
		if k.worst.cpu >= frame/4 || k.worst.wall > frame {
			table = append(table, fmt.Sprintf("%-40s %6d %8.1f %8.1f %8.1f %8.1f   %v", k.name, k.calls, ms(k.usual()), ms(k.worst.cpu), ms(k.worst.wall), ms(k.worst.held), k.over))
		}
	}
	over := [3]int{}
	for _, k := range kinds {
		for i, n := range k.over {
			over[i] += n
		}
	}
	for i, name := range []string{"cpu", "wall", "held"} {
		b.ReportMetric(ms([]time.Duration{all.worst.cpu, all.worst.wall, all.worst.held}[i]), "worst-"+name+"-ms")
		b.ReportMetric(float64(over[i]), "over-16ms-"+name)
	}
	b.ReportMetric(float64(all.calls), "calls")
	fmt.Fprintln(os.Stderr, strings.Join(table, "\n")) // a benchmark's log is cut after ten lines
}

// longestID is a contact of 200 lines with a picture of 30 KB.
const longestID = 25

// crowd is robbed with 100,000 contacts, 10,000 lost ones and a month of 3,000
// events.
func crowd() *presenttest.Service {
	svc := robbed()
	for i := range 9302 {
		svc.Past.LostItems[7] = append(svc.Past.LostItems[7], service.IncidentObject{What: "gone", Item: service.Item{ID: int64(1000 + i), Kind: "contact", Title: fmt.Sprint("Jürgen ", i)}})
	}
	svc.People = nil
	for i := range 100_000 {
		svc.People = append(svc.People, service.Item{ID: int64(i + 1), Kind: "contact", Title: fmt.Sprintf("Given%d Family%05d", i%97, i), Subtitle: "person@example.org", CollID: 1})
		if i < 200 {
			svc.Details[int64(i+1)] = service.ItemDetail{Item: svc.People[i], Body: []byte("BEGIN:VCARD\r\nEND:VCARD\r\n"), Summary: pim.Summary{Orgs: []string{"Mill"}}}
			svc.FieldsOf[int64(i+1)] = svc.FieldsOf[1]
		}
	}
	longest := svc.Details[longestID]
	longest.Body = []byte("BEGIN:VCARD\r\nPHOTO;ENCODING=b:" + strings.Repeat(strings.Repeat("/9j4AAQSkZJRgAB", 5)+"\r\n ", 500) + "\r\nEND:VCARD\r\n")
	svc.Details[longestID], svc.FieldsOf[longestID] = longest, slices.Clone(svc.FieldsOf[1])
	for i := range 200 {
		svc.FieldsOf[longestID] = append(svc.FieldsOf[longestID], present.Field{Name: "TEL", Title: "Telephone", Label: "work", Value: fmt.Sprintf("+44 20 7946 %04d, and ask for whoever is there on that day of the week", i), Type: "phone"})
	}
	for i := range 3000 {
		svc.Entries = append(svc.Entries, event(2, fmt.Sprint("Event ", i), 1+i%30, i%20, 30, false))
	}
	svc.Past.Chart, svc.Past.Changed = years()
	svc.Past.Revisions = map[int64][]service.RevisionInfo{}
	for id := range int64(3) {
		for i := range 120 {
			svc.Past.Revisions[id+1] = append(svc.Past.Revisions[id+1], service.RevisionInfo{ID: int64(500 - i), SeenAt: now.AddDate(0, 0, -i), SHA256: fmt.Sprint(i), Title: "Given",
				Changes: []service.Change{{What: "changed", Text: "telephone, work: +44 20 7946 0739 changed to +44 20 7946 0740", Line: 3}}})
		}
	}
	svc.Past.Moments = []presenttest.Moment{{At: now.AddDate(-9, 0, 0), Accounts: svc.Accounts, People: svc.People, Entries: svc.Entries, ToDo: svc.ToDo, Details: svc.Details, FieldsOf: svc.FieldsOf}}
	return svc
}

// years is a history of 50,000 runs, of which 10,000 changed something, and the
// last one 10,000 objects.
func years() (c service.Timeline, changed map[int64]service.RunChanges) {
	changed = map[int64]service.RunChanges{}
	for i := range 50_000 {
		p := service.TimelinePoint{Run: int64(i + 1), Collection: 1, At: now.Add(-time.Duration(50_000-i) * time.Hour), Objects: 90_000 + i/5, Outcome: pim.Complete}
		if i%5 == 0 {
			p.Created, p.Modified, p.Deleted = i%3, i%7, i%2
			changed[p.Run] = runOf(p)
		}
		c.Points = append(c.Points, p)
	}
	last := &c.Points[len(c.Points)-1]
	last.Modified = 10_000
	changed[last.Run] = runOf(*last)
	return c, changed
}

// lookBack uses the history: the slider, a run, an object's states, a moment.
func lookBack(s *scene, w *watch) {
	w.on("show History", func() { s.w.show(pageHistory) })
	h := s.app.History
	settled := func() bool { return h.Ready && h.Run.Ready && h.Settled() }
	s.until("the timeline", settled)
	for i := range 30 {
		w.on("slide", func() { h.SlideTo(float64(i) / 30) })
		s.loop.Drain()
	}
	s.until("the run", settled)
	for range 10 {
		w.on("skip", func() { h.Skip(1) })
	}
	w.on("to now", h.Last)
	s.until("10,000 changes", settled)
	w.on("choose a range", func() { h.SetRange(1) })
	w.on("another range", func() { h.SetRange(0) })
	w.on("open an object", func() { h.OpenObject(0) })
	s.until("120 states", func() bool { return h.Detail.History != nil && h.Detail.History.Ready })
	s.loop.Drain()
	w.on("close it", h.CloseObject)
	w.on("slide to the middle", func() { h.SlideTo(0.5) })
	w.on("look at the past", h.Look)
	s.until("the past", func() bool { return s.app.Contacts.Rows.Ready && s.app.Calendar.Ready && s.app.Tasks.Ready })
	w.on("back to now", s.app.Past.Leave)
	s.until("now", func() bool { return s.app.Contacts.Rows.Ready && s.app.Calendar.Ready && s.app.Tasks.Ready })
}

// BenchmarkBlocked is a person's way through the window on 100,000 contacts and
// 50,000 runs: every page built and shown, searches, scrolling, opening, the
// history and the past, a mirror that reports, changes by another process. It
// reports the longest calls on the window's thread, posted ones and those of
// keys, over all its runs: none is to take longer than a frame of the processor.
// By the clock a busy machine counts too. -benchtime 8x makes 8 runs.
func BenchmarkBlocked(b *testing.B) {
	w := &watch{}
	for b.Loop() {
		s := watched(b, crowd(), w)
		wander(s, w)
		s.app.Close()
		w.run++
	}
	w.report(b)
}

// watched is newScene with every post measured.
func watched(t testing.TB, svc *presenttest.Service, w *watch) *scene {
	t.Helper()
	observePost = func(f func()) func() { return func() { w.on("posted after "+w.stage, f) } }
	t.Cleanup(func() { observePost = nil })
	return newScene(t, svc, theme.VariantLight, wide)
}

// restore reviews a loss of 10,000 and puts 20,000 back.
func restore(s *scene, w *watch) {
	w.on("review", func() { s.w.review(7) })
	s.until("what was lost", func() bool { return s.app.Review.Ready })
	page := s.w.pages[pageReview].(*reviewPage)
	for i := range 20 {
		w.on("scroll the review", func() { page.list.ScrollToOffset(float32(i) * 20_000) })
	}
	w.on("search the review", func() { page.find.SetText("jürgen 99") })
	w.on("put back", func() { s.w.putBack("Work") })
	plan := planOf(1, 20_000)
	s.svc.Last().Finish(plan, nil)
	s.until("the plan", func() bool { return s.app.Restore.Plan != nil })
	list := s.w.pages[pageRestore].(*restorePage).result.list
	for i := range 20 {
		w.on("scroll the plan", func() { list.ScrollToOffset(float32(i) * 40_000) })
	}
	w.on("go", s.app.Restore.Go)
	for i := range 20 {
		s.svc.Last().Set(service.Progress{Kind: "restore", Step: "Writing", Done: int64(i) * 1000, Total: 20_000})
		w.on("tick of a restore", s.app.Tick)
	}
	s.svc.Last().Finish(receiptOf(plan, false), nil)
	s.until("the receipt", func() bool { return s.app.Restore.Done != nil })
	w.on("show Overview with losses", func() { s.w.show(pageOverview) })
	s.loop.Drain()
}

// wander uses everything once.
func wander(s *scene, w *watch) {
	contacts := s.w.pages[pageContacts].(*contactsPage)
	for round := range 2 {
		for p := range pageAdd {
			w.on(fmt.Sprintf("show %s, round %d", pageNames[p], round), func() { s.w.show(p) })
			switch p {
			case pageContacts:
				s.until("the list", func() bool { return s.app.Contacts.Rows.Ready })
			case pageCalendar:
				s.until("the month", func() bool { return s.app.Calendar.Ready })
			case pageTasks:
				s.until("the tasks", func() bool { return s.app.Tasks.Ready })
			case pageHistory:
				s.until("the timeline", func() bool { return s.app.History.Ready })
			}
			s.loop.Drain()
		}
	}
	w.on("show Contacts", func() { s.w.show(pageContacts) })
	for i := range 40 {
		w.on("scroll", func() { contacts.list.ScrollToOffset(float32(i) * 2500 * 56) })
		s.loop.Drain()
	}
	w.on("scroll to the top", func() { contacts.list.ScrollToOffset(0) })
	s.until("the first rows", func() bool { _, ok := s.app.Contacts.Row(0); return ok })
	for i := range 20 {
		w.on("select", func() { contacts.list.Select(i) })
		s.until("the detail", func() bool { d := s.app.Contacts.Detail.Detail; return d != nil && d.ID == int64(i+1) })
	}
	detail := s.app.Contacts.Detail
	w.on("select the longest", func() { contacts.list.Select(longestID - 1) })
	s.until("the longest", func() bool { return detail.Detail.ID == longestID })
	s.loop.Drain()
	w.on("its raw text", detail.ToggleRaw)
	s.loop.Drain()
	w.on("its fields again", detail.ToggleRaw)
	s.loop.Drain()
	for _, q := range []string{"g", "given7", "given7 family000", ""} {
		w.on("search", func() { contacts.find.SetText(q) })
		s.until("the search", func() bool { return s.app.Contacts.Query == q && s.app.Contacts.Rows.Ready })
		s.loop.Drain()
	}
	lookBack(s, w)
	w.on("mirror", func() { s.app.Mirror() })
	w.on("show Overview", func() { s.w.show(pageOverview) })
	for i := range 20 {
		s.svc.Last().Set(service.Progress{Kind: "mirror", Account: "Home", Step: "Fetching", Done: int64(i), Total: 20})
		w.on("tick", s.app.Tick)
	}
	restore(s, w)
	s.svc.Touch()
	w.on("reload", s.app.Reload)
	s.loop.Drain()
	w.on("resize", func() { s.w.win.Resize(fyne.NewSize(900, 600)) })
}
