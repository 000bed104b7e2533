package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Colours beside Fyne's own.
const (
	colCard   fyne.ThemeColorName = "sidekeepCard"   // surface of cards and panes
	colLine   fyne.ThemeColorName = "sidekeepLine"   // hairlines and borders
	colRail   fyne.ThemeColorName = "sidekeepRail"   // navigation
	colMuted  fyne.ThemeColorName = "sidekeepMuted"  // second text, still readable (4.5:1)
	colFaint  fyne.ThemeColorName = "sidekeepFaint"  // marks that are not read
	colAccent fyne.ThemeColorName = "sidekeepAccent" // tint behind the chosen thing
	colNote   fyne.ThemeColorName = "sidekeepNote"   // surface of a calm notice
	colAlert  fyne.ThemeColorName = "sidekeepAlert"  // surface of an error
	colGood   fyne.ThemeColorName = "sidekeepGood"   // surface of good news

	colPast     fyne.ThemeColorName = "sidekeepPast"     // strip that says that the past is shown
	colPastPage fyne.ThemeColorName = "sidekeepPastPage" // background of pages that show the past
	colAdded    fyne.ThemeColorName = "sidekeepAdded"    // what a run did, in the chart
	colChanged  fyne.ThemeColorName = "sidekeepChanged"
	colRemoved  fyne.ThemeColorName = "sidekeepRemoved"
	// colAlertLine is the border of a card that tells of a loss.
	colAlertLine fyne.ThemeColorName = "sidekeepAlertLine"
)

// Text sizes beside Fyne's own.
const (
	sizeBody    = theme.SizeNameText
	sizeSmall   = theme.SizeNameCaptionText
	sizeTitle   = theme.SizeNameHeadingText
	sizeSection = theme.SizeNameSubHeadingText
)

type palette map[fyne.ThemeColorName]color.NRGBA

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

func rgba(v uint32, a uint8) color.NRGBA {
	c := rgb(v)
	c.A = a
	return c
}

var light = palette{
	theme.ColorNameBackground:          rgb(0xf6f7f9),
	theme.ColorNameForeground:          rgb(0x1b2430),
	theme.ColorNamePrimary:             rgb(0x0b6b83),
	theme.ColorNameForegroundOnPrimary: rgb(0xffffff),
	theme.ColorNameHyperlink:           rgb(0x0b6b83),
	theme.ColorNameFocus:               rgba(0x052b36, 0x66), // seen on every weight of button, the primary one too
	theme.ColorNameSelection:           rgba(0x0b6b83, 0x26),
	theme.ColorNameHover:               rgba(0x1b2430, 0x0c),
	theme.ColorNamePressed:             rgba(0x1b2430, 0x1c),
	theme.ColorNameButton:              rgb(0xe6eaee),
	theme.ColorNameDisabledButton:      rgb(0xeef0f3),
	theme.ColorNameDisabled:            rgb(0x6f7a88),
	theme.ColorNamePlaceHolder:         rgb(0x6b7684),
	theme.ColorNameInputBackground:     rgb(0xffffff),
	theme.ColorNameInputBorder:         rgb(0xc6ced8),
	theme.ColorNameMenuBackground:      rgb(0xffffff),
	theme.ColorNameOverlayBackground:   rgb(0xffffff),
	theme.ColorNameSeparator:           rgb(0xe1e5ea),
	theme.ColorNameHeaderBackground:    rgb(0xf6f7f9),
	theme.ColorNameScrollBar:           rgba(0x1b2430, 0x55),
	theme.ColorNameShadow:              rgba(0x1b2430, 0x30),
	theme.ColorNameError:               rgb(0xb42318),
	theme.ColorNameWarning:             rgb(0xa15c07),
	theme.ColorNameSuccess:             rgb(0x067647),
	theme.ColorNameForegroundOnError:   rgb(0xffffff),
	theme.ColorNameForegroundOnWarning: rgb(0xffffff),
	theme.ColorNameForegroundOnSuccess: rgb(0xffffff),
	colNone:                            {},
	colCard:                            rgb(0xffffff),
	colLine:                            rgb(0xe1e5ea),
	colRail:                            rgb(0xebeef2),
	colMuted:                           rgb(0x5a6574),
	colAccent:                          rgb(0xd6e8ed),
	colFaint:                           rgb(0xaab4c0),
	colNote:                            rgb(0xfdf4e3),
	colAlert:                           rgb(0xfdecea),
	colAlertLine:                       rgb(0xf2c4be),
	colGood:                            rgb(0xe6f4ed),
	colPast:                            rgb(0xfbe7bd),
	colPastPage:                        rgb(0xf7f0e1),
	colAdded:                           rgb(0x2f9e6b),
	colChanged:                         rgb(0x5b6fc0),
	colRemoved:                         rgb(0xd98a1f),
}

var dark = palette{
	theme.ColorNameBackground:          rgb(0x14181e),
	theme.ColorNameForeground:          rgb(0xe6eaf0),
	theme.ColorNamePrimary:             rgb(0x56bdd6),
	theme.ColorNameForegroundOnPrimary: rgb(0x06222b),
	theme.ColorNameHyperlink:           rgb(0x7cd0e4),
	theme.ColorNameFocus:               rgba(0xdff6fc, 0x4c),
	theme.ColorNameSelection:           rgba(0x56bdd6, 0x33),
	theme.ColorNameHover:               rgba(0xffffff, 0x0e),
	theme.ColorNamePressed:             rgba(0xffffff, 0x20),
	theme.ColorNameButton:              rgb(0x2c343f),
	theme.ColorNameDisabledButton:      rgb(0x232a33),
	theme.ColorNameDisabled:            rgb(0x8793a2),
	theme.ColorNamePlaceHolder:         rgb(0x8a95a4),
	theme.ColorNameInputBackground:     rgb(0x171c23),
	theme.ColorNameInputBorder:         rgb(0x3c4653),
	theme.ColorNameMenuBackground:      rgb(0x242b34),
	theme.ColorNameOverlayBackground:   rgb(0x1d232b),
	theme.ColorNameSeparator:           rgb(0x2d3540),
	theme.ColorNameHeaderBackground:    rgb(0x14181e),
	theme.ColorNameScrollBar:           rgba(0xffffff, 0x50),
	theme.ColorNameShadow:              rgba(0x000000, 0x70),
	theme.ColorNameError:               rgb(0xf97066),
	theme.ColorNameWarning:             rgb(0xf5b14c),
	theme.ColorNameSuccess:             rgb(0x4ac38a),
	theme.ColorNameForegroundOnError:   rgb(0x2a0906),
	theme.ColorNameForegroundOnWarning: rgb(0x2b1a02),
	theme.ColorNameForegroundOnSuccess: rgb(0x04210f),
	colNone:                            {},
	colCard:                            rgb(0x1d232b),
	colLine:                            rgb(0x2d3540),
	colRail:                            rgb(0x0f1318),
	colMuted:                           rgb(0x9aa6b5),
	colAccent:                          rgb(0x1d3a43),
	colFaint:                           rgb(0x566170),
	colNote:                            rgb(0x33290f),
	colAlert:                           rgb(0x3a1b18),
	colAlertLine:                       rgb(0x63302a),
	colGood:                            rgb(0x12301f),
	colPast:                            rgb(0x453413),
	colPastPage:                        rgb(0x211b10),
	colAdded:                           rgb(0x47b98a),
	colChanged:                         rgb(0x8b9bec),
	colRemoved:                         rgb(0xe5a445),
}

// houseTheme is Sidekeep's look on top of Fyne's default.
type houseTheme struct {
	fyne.Theme
	fixed   bool // variant is forced (pictures for tests)
	variant fyne.ThemeVariant
}

func newTheme() *houseTheme { return &houseTheme{Theme: theme.DefaultTheme()} }

// Color gives the palette's colour, and Fyne's where it has none.
func (t *houseTheme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if t.fixed {
		v = t.variant
	}
	p := light
	if v == theme.VariantDark {
		p = dark
	}
	if c, ok := p[n]; ok {
		return c
	}
	return t.Theme.Color(n, v)
}

// Size gives rounder corners and a calmer type scale than Fyne's.
func (t *houseTheme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNameText:
		return 14
	case theme.SizeNameCaptionText:
		return 12
	case theme.SizeNameSubHeadingText:
		return 16
	case theme.SizeNameHeadingText:
		return 24
	case theme.SizeNameInputRadius, theme.SizeNameButtonRadius, theme.SizeNameSelectionRadius:
		return 6
	case theme.SizeNameCardRadius, theme.SizeNameDialogRadius:
		return 10
	case theme.SizeNameScrollBar:
		return 10
	}
	return t.Theme.Size(n)
}

// avatarTints are the circles behind initials: dark enough for white letters.
var avatarTints = []color.NRGBA{
	rgb(0x0b6b83), rgb(0x5b4b9a), rgb(0x9a3d6b), rgb(0xa2542a), rgb(0x4c6b1f), rgb(0x2f5f9e), rgb(0x87652a), rgb(0x2e6e5c),
}

// parseColor reads "#RRGGBB" or "#RRGGBBAA" as servers write them.
func parseColor(s string) (color.NRGBA, bool) {
	if len(s) != 7 && len(s) != 9 || s[0] != '#' {
		return color.NRGBA{}, false
	}
	var v uint32
	for _, c := range s[1:7] {
		v <<= 4
		switch {
		case c >= '0' && c <= '9':
			v |= uint32(c - '0')
		case c >= 'a' && c <= 'f':
			v |= uint32(c-'a') + 10
		case c >= 'A' && c <= 'F':
			v |= uint32(c-'A') + 10
		default:
			return color.NRGBA{}, false
		}
	}
	return rgb(v), true
}

// themed gives a colour of the app's current theme.
func themed(n fyne.ThemeColorName) color.Color {
	s := fyne.CurrentApp().Settings()
	return s.Theme().Color(n, s.ThemeVariant())
}
