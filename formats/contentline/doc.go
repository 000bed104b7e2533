// Package contentline is the lossless layer under vCard and iCalendar: it
// reads content lines (RFC 6350 section 3, RFC 5545 section 3.1, vCard 2.1)
// without ever changing a byte of them.
//
// Parse takes any bytes at all and gives a tree of components and lines. Every
// line knows the exact bytes it came from, fold and line end included, so that
// the Bytes of the tree are the input for every input, valid or not. What is
// read for meaning (name, parameters, value) are views of one unfolded copy of
// the text.
//
// Taken as they come: a byte order mark, UTF-16, line ends CRLF, LF or CR,
// blank lines, lines without a colon, the soft line breaks of quoted-printable,
// base64 that is not indented, bare parameters (LABEL;QUOTED-PRINTABLE:x),
// quoted parameters, a missing END, a stray END, a card nested in AGENT.
//
// Lines are immutable. An edit puts new lines in the place of old ones, and all
// the others keep their bytes. New lines end in CRLF and are folded at 75
// octets between characters.
//
// The bytes given to Parse are kept, not copied: they must not change while the
// tree is in use.
package contentline
