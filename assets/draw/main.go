// Command draw makes Sidekeep's icon: a keep with a smaller one at its side,
// white on a rounded square. The same shapes are written as SVG and as PNG.
//
//	go run ./assets/draw ./assets
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/vector"
)

const edge = 512

type point struct{ x, y float32 }

// shape is a closed outline; round gives every corner this radius.
type shape struct {
	points []point
	round  float32
	fill   color.NRGBA
}

var (
	top    = color.NRGBA{0x14, 0x86, 0xa3, 0xff}
	bottom = color.NRGBA{0x07, 0x4f, 0x63, 0xff}
	white  = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	pale   = color.NRGBA{0xbf, 0xe3, 0xec, 0xff}
	hole   = color.NRGBA{0x0a, 0x64, 0x7c, 0xff}
)

// shapes are drawn in order, after the ground.
func shapes() []shape {
	return []shape{
		{battlement(292, 236, 428, 404, 3, 28, 20), 8, pale},   // the side keep
		{battlement(104, 116, 316, 404, 3, 44, 30), 10, white}, // the keep
		{rect(84, 388, 428, 420), 14, white},                   // the ground it stands on
		{[]point{{176, 388}, {176, 306}, {244, 306}, {244, 388}}, 0, hole},
		{circle(210, 306, 34), 0, hole}, // its door
		{rect(348, 304, 372, 344), 10, hole},
	}
}

// battlement is a tower with merlons along its top.
func battlement(x0, y0, x1, y1 float32, merlons int, merlon, depth float32) []point {
	p := []point{{x0, y1}}
	gap := (x1 - x0 - float32(merlons)*merlon) / float32(merlons-1)
	x := x0
	for i := range merlons {
		p = append(p, point{x, y0}, point{x + merlon, y0})
		x += merlon
		if i < merlons-1 {
			p = append(p, point{x, y0 + depth}, point{x + gap, y0 + depth})
			x += gap
		}
	}
	return append(p, point{x1, y1})
}

func rect(x0, y0, x1, y1 float32) []point { return []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }

// circle is a square that is drawn with fully rounded corners.
func circle(x, y, r float32) []point { return rect(x-r, y-r, x+r, y+r) }

// path writes the outline with move, line and quadratic-curve calls.
func (s shape) path(move, line func(point), curve func(c, p point)) {
	n := len(s.points)
	for i := range s.points {
		prev, p, next := s.points[(i+n-1)%n], s.points[i], s.points[(i+1)%n]
		r := s.radius(prev, p, next)
		from, to := toward(p, prev, r), toward(p, next, r)
		if i == 0 {
			move(from)
		} else {
			line(from)
		}
		if r > 0 {
			curve(p, to)
		}
	}
}

func (s shape) radius(a, b, c point) float32 {
	return min(s.round, dist(a, b)/2, dist(b, c)/2)
}

func dist(a, b point) float32 { return max(abs(a.x-b.x), abs(a.y-b.y)) }

func abs(v float32) float32 { return max(v, -v) }

// toward moves from p by d along an axis-parallel edge to q.
func toward(p, q point, d float32) point {
	l := dist(p, q)
	if l == 0 {
		return p
	}
	return point{p.x + (q.x-p.x)/l*d, p.y + (q.y-p.y)/l*d}
}

func svg() string {
	var b strings.Builder
	hex := func(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n", edge, edge, edge, edge)
	fmt.Fprintf(&b, `<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient></defs>`+"\n", hex(top), hex(bottom))
	fmt.Fprintf(&b, `<rect x="16" y="16" width="480" height="480" rx="112" fill="url(#g)"/>`+"\n")
	for i, s := range shapes() {
		if i == 4 { // the round of the door
			fmt.Fprintf(&b, `<circle cx="210" cy="306" r="34" fill="%s"/>`+"\n", hex(s.fill))
			continue
		}
		b.WriteString(`<path d="`)
		s.path(func(p point) { fmt.Fprintf(&b, "M%g %g", p.x, p.y) },
			func(p point) { fmt.Fprintf(&b, "L%g %g", p.x, p.y) },
			func(c, p point) { fmt.Fprintf(&b, "Q%g %g %g %g", c.x, c.y, p.x, p.y) })
		fmt.Fprintf(&b, `Z" fill="%s"/>`+"\n", hex(s.fill))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func picture() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, edge, edge))
	gradient := image.NewNRGBA(img.Bounds())
	mix := func(a, b uint8, y int) uint8 { return uint8((int(a)*(edge-y) + int(b)*y) / edge) }
	for y := range edge {
		for x := range edge {
			gradient.SetNRGBA(x, y, color.NRGBA{mix(top.R, bottom.R, y), mix(top.G, bottom.G, y), mix(top.B, bottom.B, y), 0xff})
		}
	}
	fill(img, gradient, func(z *vector.Rasterizer) { roundRect(z, 16, 16, 496, 496, 112) })
	for i, s := range shapes() {
		src := image.NewUniform(s.fill)
		if i == 4 {
			fill(img, src, func(z *vector.Rasterizer) { roundRect(z, 176, 272, 244, 340, 34) })
			continue
		}
		fill(img, src, func(z *vector.Rasterizer) {
			s.path(func(p point) { z.MoveTo(p.x, p.y) }, func(p point) { z.LineTo(p.x, p.y) },
				func(c, p point) { z.QuadTo(c.x, c.y, p.x, p.y) })
			z.ClosePath()
		})
	}
	return img
}

func fill(dst *image.NRGBA, src image.Image, outline func(*vector.Rasterizer)) {
	z := vector.NewRasterizer(edge, edge)
	outline(z)
	z.Draw(dst, dst.Bounds(), src, image.Point{})
}

// roundRect uses the usual cubic approximation of a quarter circle.
func roundRect(z *vector.Rasterizer, x0, y0, x1, y1, r float32) {
	const k = 0.44771525 // 1 - 4/3 (sqrt 2 - 1)
	c := r * k
	z.MoveTo(x0+r, y0)
	z.LineTo(x1-r, y0)
	z.CubeTo(x1-c, y0, x1, y0+c, x1, y0+r)
	z.LineTo(x1, y1-r)
	z.CubeTo(x1, y1-c, x1-c, y1, x1-r, y1)
	z.LineTo(x0+r, y1)
	z.CubeTo(x0+c, y1, x0, y1-c, x0, y1-r)
	z.LineTo(x0, y0+r)
	z.CubeTo(x0, y0+c, x0+c, y0, x0+r, y0)
	z.ClosePath()
}

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := os.WriteFile(filepath.Join(dir, "icon.svg"), []byte(svg()), 0o644); err != nil {
		log.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "icon.png"))
	if err != nil {
		log.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, picture()); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}
