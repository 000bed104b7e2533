package demo

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

const photoSize = 192 // pixels, square

// photo draws a portrait of nobody: a sloping gradient with a round head and
// shoulders, in colours of its own. It is JPEG in base64.
func photo(r *rand.Rand) string {
	hue := r.Float64()
	top, bottom := fromHue(hue, 0.45, 0.95), fromHue(hue+0.12, 0.65, 0.55)
	skin, shirt := fromHue(0.06+r.Float64()*0.04, 0.25+r.Float64()*0.35, 0.5+r.Float64()*0.45), fromHue(hue+0.5, 0.6, 0.7)
	hair := fromHue(0.08, 0.5, 0.15+r.Float64()*0.5)
	slope := r.Float64()*0.8 - 0.4
	img := image.NewRGBA(image.Rect(0, 0, photoSize, photoSize))
	const c, head = photoSize / 2.0, photoSize * 0.2
	headY := photoSize * (0.40 + r.Float64()*0.05)
	for y := range photoSize {
		for x := range photoSize {
			fx, fy := float64(x), float64(y)
			px := mix(top, bottom, (fy+slope*(fx-c))/photoSize)
			switch {
			case math.Hypot((fx-c)/head, (fy-headY)/(head*1.2)) < 1:
				px = mix(skin, bottom, (fx-c+head)/(head*9))
			case fy < headY+head*0.2 && math.Hypot((fx-c)/(head*1.15), (fy-headY+head*0.25)/(head*1.25)) < 1:
				px = hair
			case math.Hypot((fx-c)/(photoSize*0.36), (fy-photoSize*1.02)/(photoSize*0.38)) < 1:
				px = mix(shirt, bottom, fy/photoSize-0.5)
			}
			img.SetRGBA(x, y, px)
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 82}) // a bytes.Buffer takes everything
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func mix(a, b color.RGBA, t float64) color.RGBA {
	t = min(max(t, 0), 1)
	f := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*t) }
	return color.RGBA{f(a.R, b.R), f(a.G, b.G), f(a.B, b.B), 255}
}

// fromHue turns hue, saturation and value (0 to 1) into a colour.
func fromHue(h, s, v float64) color.RGBA {
	f := func(n float64) uint8 {
		k := math.Mod(n+(h-math.Floor(h))*6, 6)
		return uint8(255 * (v - v*s*max(0, min(k, 4-k, 1))))
	}
	return color.RGBA{f(5), f(3), f(1), 255}
}
