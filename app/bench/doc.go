// Package bench holds the figures of the README: a program in its tests (build
// tag bench, `make bench`) that mirrors the same data from the same real
// servers with Sidekeep and with vdirsyncer in one run, measures the servers'
// own floor with a plain loop of requests, and writes RESULTS.md and
// results.json with the machine named. Speed is measured here, and nowhere in
// timed tests.
package bench
