package formats

import "strings"

// titles are the properties in words. Others are worded by their names.
var titles = map[string]string{
	"": "Line", "FN": "Name", "N": "Name in parts", "NICKNAME": "Nickname", "TEL": "Telephone", "EMAIL": "E-mail",
	"ADR": "Address", "LABEL": "Address label", "ORG": "Organisation", "TITLE": "Job title", "ROLE": "Role", "NOTE": "Note",
	"URL": "Web page", "BDAY": "Birthday", "ANNIVERSARY": "Anniversary", "DEATHDATE": "Date of death", "BIRTHPLACE": "Place of birth",
	"DEATHPLACE": "Place of death", "PHOTO": "Photo", "LOGO": "Logo", "SOUND": "Sound", "KEY": "Key", "IMPP": "Instant message",
	"RELATED": "Related person", "MEMBER": "Member", "KIND": "Kind", "GENDER": "Gender", "LANG": "Language", "TZ": "Time zone",
	"GEO": "Position", "CATEGORIES": "Categories", "SORT-STRING": "Sorted as", "UID": "Identifier", "REV": "Last changed",
	"PRODID": "Written by", "VERSION": "Format version", "SOURCE": "Source", "CLASS": "Privacy", "MAILER": "Mail program",
	"FBURL": "Free and busy times", "CALURI": "Calendar", "CALADRURI": "Calendar address", "AGENT": "Agent",
	"CLIENTPIDMAP": "Client map", "CREATED": "Created", "LANGUAGE": "Language", "SOCIALPROFILE": "Social profile",
	"GRAMGENDER": "Grammatical gender", "PRONOUNS": "Pronouns", "HOBBY": "Hobby", "INTEREST": "Interest", "EXPERTISE": "Expertise",
	"X-ABLABEL": "Label", "X-ABDATE": "Date", "X-ABRELATEDNAMES": "Related person", "X-ABADR": "Address format",
	"X-SOCIALPROFILE": "Social profile", "X-PHONETIC-FIRST-NAME": "Phonetic first name", "X-PHONETIC-LAST-NAME": "Phonetic last name",
	"X-MAIDENNAME": "Maiden name", "X-AIM": "AIM", "X-ICQ": "ICQ", "X-MSN": "MSN", "X-QQ": "QQ", "X-YAHOO": "Yahoo", "X-JABBER": "Jabber",
	"X-SKYPE": "Skype", "X-SKYPE-USERNAME": "Skype", "X-GTALK": "Google Talk", "X-GOOGLE-TALK": "Google Talk", "X-SIP": "SIP",
	"X-MATRIX": "Matrix", "X-TWITTER": "Twitter", "X-ANNIVERSARY": "Anniversary", "X-MS-ANNIVERSARY": "Anniversary",
	"X-EVOLUTION-ANNIVERSARY": "Anniversary", "X-KADDRESSBOOK-X-ANNIVERSARY": "Anniversary", "X-SPOUSE": "Spouse",
	"X-EVOLUTION-SPOUSE": "Spouse", "X-MS-SPOUSE": "Spouse", "X-KADDRESSBOOK-X-SPOUSESNAME": "Spouse", "X-EVOLUTION-MANAGER": "Manager",
	"X-MS-MANAGER": "Manager", "X-KADDRESSBOOK-X-MANAGERSNAME": "Manager", "X-EVOLUTION-ASSISTANT": "Assistant",
	"X-MS-ASSISTANT": "Assistant", "X-KADDRESSBOOK-X-ASSISTANTSNAME": "Assistant", "X-EVOLUTION-FILE-AS": "Filed as",
	"X-MS-IMADDRESS": "Instant message", "X-MS-TEL": "Telephone", "X-ADDRESSBOOKSERVER-KIND": "Kind", "X-ADDRESSBOOKSERVER-MEMBER": "Member",

	"SUMMARY": "Title", "DESCRIPTION": "Description", "LOCATION": "Place", "DTSTART": "Starts", "DTEND": "Ends", "DUE": "Due",
	"DURATION": "Lasts", "RRULE": "Repeats", "RDATE": "Also on", "EXDATE": "Except on", "EXRULE": "Except", "RECURRENCE-ID": "Instead of",
	"STATUS": "Status", "COMPLETED": "Done", "PERCENT-COMPLETE": "Progress", "PRIORITY": "Priority", "ORGANIZER": "Organiser",
	"ATTENDEE": "Invited", "ATTACH": "Attachment", "IMAGE": "Image", "TRANSP": "Shown as", "DTSTAMP": "Written", "LAST-MODIFIED": "Last changed",
	"SEQUENCE": "Revision number", "RELATED-TO": "Belongs to", "CONTACT": "Contact", "COMMENT": "Comment", "RESOURCES": "Resources",
	"FREEBUSY": "Busy", "TRIGGER": "Reminds", "ACTION": "Reminder kind", "REPEAT": "Repeated", "ACKNOWLEDGED": "Acknowledged",
	"CALSCALE": "Calendar scale", "METHOD": "Method", "TZID": "Time zone", "TZNAME": "Time zone name", "TZOFFSETFROM": "Offset before",
	"TZOFFSETTO": "Offset", "TZURL": "Time zone source", "COLOR": "Colour", "CONFERENCE": "Conference", "NAME": "Name",
	"REQUEST-STATUS": "Answer", "X-WR-CALNAME": "Calendar name", "X-WR-TIMEZONE": "Calendar time zone", "X-WR-CALDESC": "Calendar description",
	"DCREATED": "Created", "X-ORGANIZER": "Organiser", "X-ALT-DESC": "Description as a web page", "X-APPLE-STRUCTURED-LOCATION": "Place on the map", "X-APPLE-SORT-ORDER": "Order",
}

// titleOf words a property's name: "X-FAVOURITE-COLOUR" is "Favourite colour".
func titleOf(name string) string {
	if t, ok := titles[name]; ok {
		return t
	}
	words := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "X-"), "-", " "))
	words = strings.TrimSpace(words)
	if words == "" {
		return name
	}
	if c := words[0]; c >= 'a' && c <= 'z' {
		return string(c-'a'+'A') + words[1:]
	}
	return words
}

// typeOf says how a property's value is to be shown.
func typeOf(name string) string {
	switch name {
	case "TEL", "X-MS-TEL":
		return "phone"
	case "EMAIL", "ORGANIZER", "ATTENDEE", "X-ORGANIZER":
		return "email"
	case "URL", "SOURCE", "FBURL", "CALURI", "CALADRURI", "TZURL", "CONFERENCE", "X-SOCIALPROFILE", "SOCIALPROFILE", "CONTACT-URI", "ORG-DIRECTORY":
		return "url"
	case "BDAY", "ANNIVERSARY", "DEATHDATE", "REV", "CREATED", "X-ABDATE", "X-ANNIVERSARY", "X-MS-ANNIVERSARY",
		"X-EVOLUTION-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY", "DTSTART", "DTEND", "DUE", "COMPLETED", "DTSTAMP",
		"LAST-MODIFIED", "RECURRENCE-ID", "RDATE", "EXDATE", "FREEBUSY", "ACKNOWLEDGED", "DCREATED":
		return "date"
	case "ADR", "LABEL":
		return "address"
	case "PHOTO", "LOGO", "IMAGE":
		return "photo"
	case "KEY":
		return "key"
	case "FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "NOTE", "IMPP", "RELATED", "MEMBER", "KIND", "GENDER", "LANG", "TZ", "GEO",
		"CATEGORIES", "SORT-STRING", "BIRTHPLACE", "DEATHPLACE", "HOBBY", "INTEREST", "EXPERTISE", "X-ABRELATEDNAMES",
		"X-MAIDENNAME", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-LAST-NAME",
		"X-AIM", "X-ICQ", "X-MSN", "X-QQ", "X-YAHOO", "X-JABBER", "X-SKYPE", "X-SKYPE-USERNAME", "X-GTALK", "X-GOOGLE-TALK", "X-SIP",
		"X-MATRIX", "X-TWITTER", "X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-MS-SPOUSE", "X-EVOLUTION-MANAGER", "X-MS-MANAGER",
		"X-EVOLUTION-ASSISTANT", "X-MS-ASSISTANT", "X-MS-IMADDRESS",
		"SUMMARY", "DESCRIPTION", "LOCATION", "DURATION", "RRULE", "EXRULE", "STATUS", "PERCENT-COMPLETE", "PRIORITY", "COMMENT",
		"CONTACT", "RESOURCES", "TRIGGER", "ACTION", "TRANSP", "CLASS", "ATTACH", "RELATED-TO", "X-WR-CALNAME", "X-WR-CALDESC":
		return "text"
	}
	return "other"
}

// typeWords are TYPE words that are not their own word. An empty one says nothing
// that a person would miss.
var typeWords = map[string]string{
	"cell": "mobile", "pref": "preferred", "internet": "", "voice": "", "x-internet": "", "iphone": "iPhone", "textphone": "text telephone",
	"msg": "messages", "pcs": "mobile", "car": "car", "isdn": "ISDN", "bbs": "BBS", "main-number": "main", "dom": "domestic",
	"intl": "international", "parcel": "parcels", "postal": "post", "homepage": "home page", "x-mobile": "mobile", "workfax": "work fax",
	"co-worker": "colleague", "co-resident": "shares the home", "sms": "SMS", "x400": "X.400", "aim": "AIM", "icq": "ICQ", "msn": "MSN",
}

// words puts TYPE words together: "work, mobile".
func words(types []string) string {
	var out []string
	for _, t := range types {
		w, ok := typeWords[t]
		if !ok {
			w = strings.TrimPrefix(t, "x-")
		}
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}
