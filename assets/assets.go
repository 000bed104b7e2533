// Package assets embeds what the window looks like. icon.svg and icon.png are
// drawn by the program in assets/draw.
package assets

import _ "embed"

//go:generate go run ./draw .

// IconSVG is the icon as vectors, IconPNG as 512 by 512 pixels.
var (
	//go:embed icon.svg
	IconSVG []byte
	//go:embed icon.png
	IconPNG []byte
)
