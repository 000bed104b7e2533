package present

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// Thumbnails are kept for this many contacts, decoded this many at a time, and
// never from pictures of more pixels than this.
const (
	photosKept  = 600
	photosBusy  = 2
	photoPixels = 40_000_000
	// ThumbPixels is the edge of a thumbnail.
	ThumbPixels = 96
	// PortraitPixels is the edge of the picture in the detail.
	PortraitPixels = 224
)

// photoKey names a picture: another revision of a contact may have another.
type photoKey struct {
	id       int64
	revision int
	at       int64 // Unix milliseconds of the moment it is of; 0: now
	pixels   int
}

// Photos decodes photos off the window's thread into round pictures and keeps
// the last ones.
type Photos struct {
	app     *App
	cache   map[photoKey]image.Image // nil: there is none
	recent  []photoKey
	wanted  []photoKey
	busy    int
	Changed func() // a picture has come
}

func newPhotos(a *App) *Photos {
	return &Photos{app: a, cache: map[photoKey]image.Image{}, Changed: func() {}}
}

// Round gives the picture of a contact at a revision (its number), cut round, with the given edge in pixels.
// at is the moment it is of, the zero time now. It is nil while it is on its way
// and when there is none.
func (p *Photos) Round(id int64, revision int, at time.Time, pixels int) image.Image {
	k := photoKey{id: id, revision: revision, pixels: pixels}
	if !at.IsZero() {
		k.at = at.UnixMilli()
	}
	if img, ok := p.cache[k]; ok {
		return img
	}
	for _, w := range p.wanted {
		if w == k {
			return nil
		}
	}
	p.wanted = append(p.wanted, k)
	if len(p.wanted) > 30 { // scrolled past
		p.wanted = p.wanted[1:]
	}
	p.pump()
	return nil
}

func (p *Photos) pump() {
	for p.busy < photosBusy && len(p.wanted) > 0 {
		k := p.wanted[len(p.wanted)-1]
		p.wanted = p.wanted[:len(p.wanted)-1]
		p.busy++
		async(p.app, func(ctx context.Context) (image.Image, error) {
			var at time.Time
			if k.at != 0 {
				at = time.UnixMilli(k.at)
			}
			data, _, err := p.app.cfg.Service.PhotoAt(ctx, k.id, at)
			if err != nil {
				return nil, err
			}
			return roundPhoto(data, k.pixels)
		}, func(img image.Image, err error) {
			p.busy--
			if err != nil {
				img = nil // a picture that can't be shown is as none
			}
			if _, have := p.cache[k]; !have {
				p.recent = append(p.recent, k)
			}
			p.cache[k] = img
			for len(p.recent) > photosKept {
				delete(p.cache, p.recent[0])
				p.recent = p.recent[1:]
			}
			p.pump()
			if img != nil {
				p.Changed()
			}
		})
	}
}

var errTooBig = errors.New("the picture is too large to show")

// roundPhoto decodes a picture, takes the square in its middle, scales it to
// edge pixels and cuts it round with a soft rim.
func roundPhoto(data []byte, edge int) (image.Image, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > photoPixels/c.Height {
		return nil, errTooBig
	}
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	b := src.Bounds()
	side := min(b.Dx(), b.Dy())
	x, y := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	dst := image.NewRGBA(image.Rect(0, 0, edge, edge))
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, image.Rect(x, y, x+side, y+side), draw.Src, nil)
	cutRound(dst)
	return dst, nil
}

// cutRound makes everything outside the circle transparent.
func cutRound(img *image.RGBA) {
	edge := img.Bounds().Dx()
	r := float64(edge) / 2
	for y := range edge {
		for x := range edge {
			d := r - math.Hypot(float64(x)+0.5-r, float64(y)+0.5-r) // inside > 0
			if d >= 0.5 {
				continue
			}
			cover := math.Max(0, d+0.5)
			i := img.PixOffset(x, y)
			for k := range 4 {
				img.Pix[i+k] = uint8(float64(img.Pix[i+k]) * cover)
			}
		}
	}
}
