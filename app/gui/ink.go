package gui

import (
	"fmt"
	"image/color"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// inked is an icon in one of the theme's colours. Fyne's own coloured resources
// write the whole picture anew, as XML, each time they are looked at, which is
// at every refresh of every button; this one does so once for each colour.
//
// There is one of each icon and colour, so that the same one is the same
// pointer, and an Icon widget knows that it has nothing to draw.
type inked struct {
	key inkKey
	src fyne.Resource

	mu    sync.Mutex
	paint color.NRGBA // what content is drawn in
	name  string
	bytes []byte
}

type inkKey struct {
	icon   string
	colour fyne.ThemeColorName
}

var inks sync.Map // inkKey to *inked

// ink gives an icon in a colour of the theme; nil stays nil.
func ink(res fyne.Resource, c fyne.ThemeColorName) fyne.Resource {
	switch r := res.(type) {
	case nil:
		return nil
	case *inked:
		if r.key.colour == c {
			return r
		}
		res = r.src
	}
	key := inkKey{res.Name(), c}
	if r, ok := inks.Load(key); ok {
		return r.(*inked)
	}
	r, _ := inks.LoadOrStore(key, &inked{key: key, src: res})
	return r.(*inked)
}

// fresh draws the icon if the theme's colour is another than it was drawn in.
func (r *inked) fresh() {
	if c := nrgba(themed(r.key.colour)); r.bytes == nil || c != r.paint {
		r.paint = c
		r.bytes = theme.NewColoredResource(r.src, r.key.colour).Content()
		r.name = fmt.Sprintf("%02x%02x%02x%02x_%s", c.R, c.G, c.B, c.A, r.src.Name())
	}
}

// Name tells the icon and its colour: Fyne keeps what it has drawn by name.
func (r *inked) Name() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh()
	return r.name
}

// Content is the SVG in the theme's colour of now.
func (r *inked) Content() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh()
	return r.bytes
}
