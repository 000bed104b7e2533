package dav_test

import "net/url"

// pathOf is the path of a URL as it stands on the wire.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.EscapedPath()
}
