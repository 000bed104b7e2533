//go:build !unix

package vault

func lockedFor(string) string { return "not asked here" }
