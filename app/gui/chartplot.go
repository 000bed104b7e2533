package gui

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sidekeep/app/present"
)

// The colours of the plot.
const (
	inkLine = iota
	inkArea
	inkGrid
	inkAdded
	inkChanged
	inkRemoved
	inkHeld
	inkClosed
	chartColours
)

var chartColourNames = [chartColours]fyne.ThemeColorName{theme.ColorNamePrimary, colAccent, colLine,
	colAdded, colChanged, colRemoved, theme.ColorNameError, theme.ColorNameWarning}

// plot is the picture of the chart, drawn by hand: thousands of runs are one
// column of points each at most, and no object of the canvas.
type plot struct {
	img   *image.NRGBA
	scale float64 // points for each unit of the canvas
	ink   [chartColours]color.NRGBA
	w, h  int
	high  int // of the line's part; the bars are below
	base  int // where the bars begin to rise from
	top   int // objects at the top of the line's part
}

func newPlot(w, h int, scale float64, ink [chartColours]color.NRGBA) *plot {
	p := &plot{img: image.NewNRGBA(image.Rect(0, 0, w, h)), scale: scale, ink: ink, w: w, h: h}
	p.high = int(float64(h)*(1-chartBars) - chartGap*scale)
	p.base = h - 1
	return p
}

// px is a length of the canvas in points, at least 1.
func (p *plot) px(v float64) int { return max(1, int(math.Round(v*p.scale))) }

// fill paints a rectangle over what is there.
func (p *plot) fill(x0, y0, x1, y1 int, c color.NRGBA) {
	r := image.Rect(x0, y0, x1, y1).Intersect(p.img.Rect)
	a := uint32(c.A)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		i := p.img.PixOffset(r.Min.X, y)
		for range r.Dx() {
			d := p.img.Pix[i : i+4 : i+4]
			if b := uint32(d[3]); a == 255 || b == 0 {
				d[0], d[1], d[2], d[3] = c.R, c.G, c.B, c.A
			} else { // over what is there, both with an alpha
				out := a + b*(255-a)/255
				mix := func(s, t uint8) uint8 { return uint8((uint32(s)*a + uint32(t)*b*(255-a)/255) / out) }
				d[0], d[1], d[2], d[3] = mix(c.R, d[0]), mix(c.G, d[1]), mix(c.B, d[2]), uint8(out)
			}
			i += 4
		}
	}
}

// y is the height of a number of objects.
func (p *plot) y(n int) int {
	return p.high - int(math.Round(float64(n)/float64(max(1, p.top))*float64(p.high-p.px(2))))
}

// grid draws the lines of the count axis, and the one that the bars stand on.
func (p *plot) grid(counts []present.Tick) {
	for _, t := range counts {
		y := int(math.Round(float64(p.high) * (1 - t.Pos)))
		p.fill(0, min(y, p.high), p.w, min(y, p.high)+p.px(1), p.ink[inkGrid])
	}
	p.fill(0, p.h-p.px(1), p.w, p.h, p.ink[inkGrid])
	p.base = p.h - p.px(1)
}

// area draws the surface under the line.
func (p *plot) area(bins []present.Bin) {
	c := p.ink[inkArea]
	c.A = 150
	for x, b := range bins {
		if b.Known {
			p.fill(x, p.y(b.Last), x+1, p.high, c)
		}
	}
}

// line draws how many objects there were.
func (p *plot) line(bins []present.Bin) {
	thick := p.px(2)
	before := -1
	for x, b := range bins {
		if !b.Known {
			continue
		}
		y := p.y(b.Last)
		lo, hi := p.y(b.High), p.y(b.Low)
		if before >= 0 {
			lo, hi = min(lo, before), max(hi, before)
		}
		p.fill(x, lo-thick/2, x+1, hi-thick/2+thick, p.ink[inkLine])
		if hi > lo { // an upright stroke is as thick as the others
			p.fill(x-thick/2, lo-thick/2, x-thick/2+thick, hi-thick/2+thick, p.ink[inkLine])
		}
		before = y
	}
}

// bars draws what the runs changed. Heights go by the logarithm: beside the
// first run, which found everything, one change would not be seen.
func (p *plot) bars(bins []present.Bin) {
	most := 12 // a single change is not to look like a storm
	for _, b := range bins {
		most = max(most, b.Sum())
	}
	room := float64(p.base - p.high - p.px(chartGap))
	for i, b := range bins {
		if b.Sum() == 0 {
			continue
		}
		x0 := i*p.w/len(bins) + p.px(1)
		x1 := max(x0+p.px(3), (i+1)*p.w/len(bins)-p.px(1))
		height := max(float64(p.px(4)), room*math.Log1p(float64(b.Sum()))/math.Log1p(float64(most)))
		y := float64(p.base)
		for _, part := range []struct {
			n   int
			ink int
		}{{b.Changed, inkChanged}, {b.Added, inkAdded}, {b.Removed, inkRemoved}, {b.Missing, inkHeld}} {
			if part.n == 0 {
				continue
			}
			h := max(float64(p.px(2)), height*float64(part.n)/float64(b.Sum()))
			p.fill(x0, int(math.Round(y-h)), x1, int(math.Round(y)), p.ink[part.ink])
			y -= h
		}
	}
}

// bands shades the times of incidents, each column once: in red while one of
// them is open.
func (p *plot) bands(bands []present.Band) {
	const none, closed, open = 0, 1, 2
	over := make([]uint8, p.w)
	begin := map[int]uint8{}
	for _, b := range bands {
		kind := uint8(closed)
		if b.Open {
			kind = open
		}
		x0 := min(p.w-1, int(b.From*float64(p.w)))
		begin[x0] = max(begin[x0], kind)
		for x := x0; x < min(p.w, max(x0+p.px(3), int(b.To*float64(p.w)))); x++ {
			over[x] = max(over[x], kind)
		}
	}
	ink := func(kind uint8) color.NRGBA {
		if kind == open {
			return p.ink[inkHeld]
		}
		return p.ink[inkClosed]
	}
	for x, kind := range over {
		if kind == none {
			continue
		}
		soft := ink(kind)
		soft.A = 28
		p.fill(x, 0, x+1, p.high, soft)
		p.fill(x, 0, x+1, p.px(3), ink(kind))
	}
	for x, kind := range begin {
		p.fill(x, 0, x+p.px(1.5), p.high, ink(kind))
	}
}

// nrgba is any colour without its alpha multiplied in.
func nrgba(c color.Color) color.NRGBA {
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}
