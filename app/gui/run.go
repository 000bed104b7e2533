package gui

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	keys "fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/gui/desktop"
	"sidekeep/app/present"
	"sidekeep/app/service"
	"sidekeep/assets"
	"sidekeep/sync/pim"
)

// AppID names Sidekeep to desktops, to the keychain of settings and in
// FyneApp.toml.
const AppID = "io.sidekeep.Sidekeep"

// Config is what a window is opened with. Service stays the caller's: close it
// after Run.
type Config struct {
	Service *service.Service
	Hidden  bool // start in the tray; without a tray the window is shown
	Demo    bool // add the demo account at once
	Version string
	Secrets string // where new passwords go: "keychain" (also "") or "file"
	// StartArgs are the arguments of a start at login, "--background" first.
	StartArgs []string
	// OnlyRead is why Service only reads its vault, though it is no copy; nil: it
	// writes.
	OnlyRead error
	// Problem is why there is no Service: it is shown in place of everything.
	// Vault is then the folder, and Rescue saves what can be read there.
	Problem error
	Vault   string
	Rescue  func(ctx context.Context, to string) (service.RescueReport, error)
	Anew    func(ctx context.Context) (service.AnewReport, error) // makes another one beside it
}

// Run opens the window and returns when Sidekeep quits or ctx ends: 0, or the
// exit code of what went wrong. When another process shows this vault already,
// its window comes up and Run returns 0 at once.
//
// It must be called on the main goroutine.
func Run(ctx context.Context, c Config) int {
	if c.Problem != nil {
		return runProblem(ctx, c)
	}
	if c.Service.IsCopy() || c.OnlyRead != nil {
		return runReading(ctx, c)
	}
	inst, err := desktop.Claim(c.Service.Dir())
	if err != nil {
		c.Problem = err
		return runProblem(ctx, c)
	}
	if inst == nil {
		return 0
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var shown shower
	inst.Serve(ctx, shown.show)
	tray := desktop.HasTray(ctx)
	if c.Hidden && !tray {
		tray = shown.waitForTray(ctx)
	}
	fy := newFyneApp()
	presenters := present.New(ctx, present.Config{Service: present.FromService(c.Service), Desktop: newMachine(c.StartArgs, tray),
		Post: fyne.Do, Version: c.Version, Vault: c.Service.Dir(), Secrets: c.Secrets})
	win := fy.NewWindow(present.AppName)
	w := newWindow(presenters, win)
	s := &shell{fy: fy, win: win, w: w, app: presenters, tray: tray}
	w.quit, w.close = s.quit, s.closed
	w.hidden = c.Hidden && tray
	s.restoreSize()
	win.SetCloseIntercept(s.closed)
	if tray {
		s.addTray()
	}
	wanted := shown.become(func() { fyne.Do(s.show) })
	stop := context.AfterFunc(ctx, func() { fyne.Do(fy.Quit) })
	presenters.Start()
	c.Service.StartBackground(ctx)
	if c.Demo {
		presenters.Account.Demo()
	}
	if !c.Hidden || !tray || wanted {
		win.Show()
	}
	fy.Run()
	stop()
	cancel()
	presenters.Close()
	_ = inst.Close() // the process ends; the system gives the lock back anyway
	return 0
}

// trayPatience is how long a hidden start waits for a tray: at login the
// desktop's panel often comes up after the programs that start with it.
const trayPatience = 10 * time.Second

// shower takes the wish of later starts to see the window, from before there
// is one.
type shower struct {
	mu     sync.Mutex
	do     func()
	wanted bool
}

func (s *shower) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = true
	if s.do != nil {
		s.do()
	}
}

// become says how the window is shown from now on, and reports whether it was
// wanted before.
func (s *shower) become(do func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.do = do
	return s.wanted
}

func (s *shower) asked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted
}

// waitForTray waits for a tray to appear, until somebody wants the window.
func (s *shower) waitForTray(ctx context.Context) bool {
	t := time.NewTicker(250 * time.Millisecond)
	defer t.Stop()
	for limit := time.Now().Add(trayPatience); time.Now().Before(limit) && !s.asked(); {
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			if desktop.HasTray(ctx) {
				return true
			}
		}
	}
	return false
}

func newFyneApp() fyne.App {
	fy := app.NewWithID(AppID)
	fy.Settings().SetTheme(newTheme())
	fy.SetIcon(fyne.NewStaticResource("sidekeep.png", assets.IconPNG))
	return fy
}

// runCopy shows a copy of a vault, for reading only: a window of its own, with
// nothing in the background and no tray.
func runReading(ctx context.Context, c Config) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fy := newFyneApp()
	presenters := present.New(ctx, present.Config{Service: present.FromService(c.Service), Desktop: newMachine(c.StartArgs, false),
		Post: fyne.Do, Version: c.Version, Vault: c.Service.Dir(), Secrets: c.Secrets, OnlyRead: c.OnlyRead})
	win := fy.NewWindow(presenters.Reading.Window)
	w := newWindow(presenters, win)
	s := &shell{fy: fy, win: win, w: w, app: presenters}
	w.quit, w.close = fy.Quit, fy.Quit // its size is not kept
	s.restoreSize()
	stop := context.AfterFunc(ctx, func() { fyne.Do(fy.Quit) })
	presenters.Start()
	win.Show()
	fy.Run()
	stop()
	cancel()
	presenters.Close()
	return 0
}

// runProblem shows why Sidekeep can't start, and offers what helps against a
// damaged vault.
func runProblem(ctx context.Context, c Config) int {
	fy := newFyneApp()
	win := fy.NewWindow(present.AppName)
	m := newMachine(c.StartArgs, false)
	wreck := present.NewWreck(ctx, present.WreckConfig{Err: c.Problem, Vault: c.Vault, Rescue: c.Rescue, Anew: c.Anew, Start: m.Start, Show: m.Open, Post: fyne.Do, Now: time.Now})
	win.SetContent(newWreckView(&window{win: win}, wreck, fy.Quit))
	for _, k := range []fyne.KeyName{fyne.KeyQ, fyne.KeyW} {
		win.Canvas().AddShortcut(&keys.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { fy.Quit() })
	}
	size := fyne.NewSize(560, 240)
	if wreck.CanSave {
		size = fyne.NewSize(720, 520) // the folder dialog opens in it
	}
	win.Resize(size)
	win.CenterOnScreen()
	stop := context.AfterFunc(ctx, func() { fyne.Do(fy.Quit) })
	defer stop()
	win.ShowAndRun()
	wreck.Close()
	return exitCode(c.Problem)
}

// newWreckView is the content of that window.
func newWreckView(w *window, wreck *present.Wreck, quit func()) fyne.CanvasObject {
	save := plain(present.ActRescue, theme.DownloadIcon(), func() { pickFolder(w, wreck.Save) })
	beside := plain(present.ActBeside, theme.ContentAddIcon(), wreck.Beside)
	save.Hidden, beside.Hidden = !wreck.CanSave, !wreck.CanAnew
	b, problem := newBanner(w, save, beside, plain(present.ActQuit, nil, quit)), newBanner(w)
	done := newBanner(w, plain(present.ActShowFolder, theme.FolderOpenIcon(), wreck.ShowSaved))
	working := newProgress(quit)
	body := column(16, newText(present.AppName).as(sizeTitle, theme.ColorNameForeground).bold(), b.content, working.content, problem.content, done.content)
	wreck.Changed = func() {
		b.show(&wreck.Notice, present.LevelBad)
		working.show(wreck.Busy)
		problem.show(wreck.Problem, present.LevelBad)
		if wreck.Done != nil {
			done.show(&present.Notice{Title: wreck.Done.Title, Text: wreck.Done.Text + "\n" + wreck.Done.Where}, present.LevelGood)
		}
		body.Refresh()
	}
	wreck.Changed()
	return pad(body, 24, 24, 24, 24)
}

// shell is the window's life: shown, hidden, quit.
type shell struct {
	fy     fyne.App
	win    fyne.Window
	w      *window
	app    *present.App
	tray   bool
	status *fyne.MenuItem
	menu   *fyne.Menu
	mirror *fyne.MenuItem
}

const (
	prefWidth  = "window.width"
	prefHeight = "window.height"
)

// restoreSize gives the window the size it had, or a good first one.
func (s *shell) restoreSize() {
	p := s.fy.Preferences()
	width, height := p.FloatWithFallback(prefWidth, 1120), p.FloatWithFallback(prefHeight, 740)
	if width < 400 || width > 8000 || height < 300 || height > 6000 {
		width, height = 1120, 740
	}
	s.win.Resize(fyne.NewSize(float32(width), float32(height)))
}

func (s *shell) saveSize() {
	size := s.win.Canvas().Size()
	if size.Width < 400 || size.Height < 300 {
		return
	}
	p := s.fy.Preferences()
	p.SetFloat(prefWidth, float64(size.Width))
	p.SetFloat(prefHeight, float64(size.Height))
}

func (s *shell) show() {
	s.win.Show()
	s.win.RequestFocus()
	s.w.hidden = false
	s.w.warm()
}

// closed is the window's close button.
func (s *shell) closed() {
	s.saveSize()
	if s.tray && s.app.Settings.KeepsRunning() {
		s.win.Hide()
		return
	}
	s.fy.Quit()
}

func (s *shell) quit() {
	s.saveSize()
	s.fy.Quit()
}

// machine is the desktop as the presenters know it.
type machine struct {
	start desktop.Autostart
	tray  bool
}

func newMachine(args []string, tray bool) machine {
	if len(args) == 0 {
		args = []string{"--background"}
	}
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	return machine{start: desktop.Autostart{Program: program, Args: args}, tray: tray}
}

func (m machine) StartsAtLogin() (bool, error)                { return m.start.Enabled() }
func (m machine) SetStartAtLogin(on bool) error               { return m.start.Set(on) }
func (m machine) Open(ctx context.Context, path string) error { return desktop.Open(ctx, path) }
func (m machine) HasTray() bool                               { return m.tray }

// Notify shows a notification; Fyne's go through the desktops that have no bus.
func (m machine) Notify(ctx context.Context, title, text string) error {
	if desktop.NotifiesByBus() {
		return desktop.Notify(ctx, AppID, present.AppName, title, text)
	}
	fyne.CurrentApp().SendNotification(fyne.NewNotification(desktop.Harmless(title), desktop.Harmless(text)))
	return nil
}

// Start opens another Sidekeep, which goes on when this one ends.
func (m machine) Start(_ context.Context, vault string) error {
	c := exec.Command(m.start.Program, "--vault", vault)
	err := c.Start()
	if err == nil {
		err = c.Process.Release()
	}
	if err != nil {
		return &pim.Error{Fault: pim.Internal, Op: "start", Where: m.start.Program, Err: err}
	}
	return nil
}
