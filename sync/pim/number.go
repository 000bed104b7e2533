package pim

import "strconv"

// Number groups thousands: 12,345.
func Number(n int64) string {
	if n < 0 {
		return "-" + Number(-n)
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
