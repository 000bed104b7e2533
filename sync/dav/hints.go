package dav

import "strings"

// provider is what we know about a big provider without asking it.
type provider struct {
	name    string
	mail    []string // domains of its e-mail addresses
	hosts   []string // its servers: these, and everything below them
	contact string   // CardDAV entry point
	cal     string   // CalDAV entry point
	login   string   // what to do when the login is refused
	oauth   bool     // no password works
}

// providers have entry points that their DNS does not lead to, or words of
// their own for passwords (each from the provider's help pages).
var providers = []provider{
	{
		name: "iCloud", mail: []string{"icloud.com", "me.com", "mac.com"}, hosts: []string{"icloud.com"},
		contact: "https://contacts.icloud.com/", cal: "https://caldav.icloud.com/",
		login: "iCloud needs an app-specific password: make one at account.apple.com under Sign-In and Security, and use it here.",
	},
	{
		// Not all below these domains: anybody's files and machines are there too.
		name: "Google", mail: []string{"gmail.com", "googlemail.com"},
		hosts: []string{"google.com", "www.googleapis.com", "apidata.googleusercontent.com"},
		login: "Google accepts no passwords here, only its own sign-in (OAuth), which this version can't do.",
		oauth: true,
	},
	{
		name: "Fastmail", mail: []string{"fastmail.com", "fastmail.fm"}, hosts: []string{"fastmail.com", "messagingengine.com"},
		contact: "https://carddav.fastmail.com/", cal: "https://caldav.fastmail.com/",
		login: "Fastmail needs an app password: make one under Settings, Privacy and Security, with access to contacts and calendars.",
	},
	{
		name: "Yahoo", mail: []string{"yahoo.com", "ymail.com"}, hosts: []string{"yahoo.com"},
		contact: "https://carddav.address.yahoo.com/", cal: "https://caldav.calendar.yahoo.com/",
		login: "Yahoo needs an app password: make one under Account Security.",
	},
	{
		name: "GMX", mail: []string{"gmx.de", "gmx.net", "gmx.at", "gmx.ch"}, hosts: []string{"gmx.net"},
		contact: "https://carddav.gmx.net/", cal: "https://caldav.gmx.net/",
		login: "With two-factor sign-in GMX needs an application-specific password, from its security settings.",
	},
	{
		name: "Posteo", mail: []string{"posteo.de", "posteo.net"}, hosts: []string{"posteo.de"},
		contact: "https://posteo.de:8843/", cal: "https://posteo.de:8443/",
	},
	{
		name: "mailbox.org", mail: []string{"mailbox.org"}, hosts: []string{"mailbox.org"},
		contact: "https://dav.mailbox.org/", cal: "https://dav.mailbox.org/",
		login: "With two-factor sign-in mailbox.org needs an application password, from its settings.",
	},
}

// below says whether a host is a domain or a name inside it.
func below(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func providerOfHost(host string) *provider {
	for i := range providers {
		for _, h := range providers[i].hosts {
			if below(host, h) {
				return &providers[i]
			}
		}
	}
	return nil
}

func providerOfMail(domain string) *provider {
	for i := range providers {
		for _, d := range providers[i].mail {
			if domain == d {
				return &providers[i]
			}
		}
	}
	return nil
}

// loginHint says what to do about a refused login in the provider's terms.
func loginHint(host string) string {
	if p := providerOfHost(host); p != nil && p.login != "" {
		return p.login
	}
	return "Check the user name and the password. Where two-factor sign-in is on, the server wants an app password; " +
		"in Nextcloud make one under Settings, Security, Devices and sessions."
}
