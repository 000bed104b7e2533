package archive

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"path"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// ManifestName is the file that lists an export.
const ManifestName = "MANIFEST.json"

// manifestFormat tells our manifests from other people's.
const manifestFormat = "sidekeep-export"

// maxManifest bounds how much of a file that calls itself a manifest is read.
const maxManifest = 64 << 20

// Manifest lists an export. The same files, time and version give the same bytes.
type Manifest struct {
	Format     string    `json:"format"` // "sidekeep-export"
	Layout     int       `json:"layout"` // 1
	Sidekeep   string    `json:"sidekeep"`
	ExportedAt time.Time `json:"exported_at"`
	At         time.Time `json:"at,omitzero"` // the moment of the past that this shows; left out: it was exported as it was
	Objects    int       `json:"objects"`
	Bytes      int64     `json:"bytes"`
	Files      []Entry   `json:"files"`
	Notes      []string  `json:"notes"`
	Missing    []Missing `json:"missing,omitempty"` // left out: everything that was asked for is there
}

// Missing is an object that the export lacks, or several of which nothing more is
// known than that they were there.
type Missing struct {
	ID         int64  `json:"id"` // in the vault; 0: not known
	Title      string `json:"title"`
	Href       string `json:"href"`
	Account    string `json:"account"`
	Collection string `json:"collection"`
	Objects    int    `json:"objects"` // how many: 1, or more where nothing of them is known
	Why        string `json:"why"`
}

// Entry is one file of an export. Href is set for a file that holds one object.
type Entry struct {
	Name       string   `json:"name"` // relative, with "/"
	Account    string   `json:"account"`
	Collection string   `json:"collection"`
	Kind       pim.Kind `json:"kind"`
	URL        string   `json:"url,omitempty"`
	Href       string   `json:"href,omitempty"`
	Objects    int      `json:"objects"`
	Components int      `json:"components"`
	Bytes      int64    `json:"bytes"`
	SHA256     string   `json:"sha256"`
}

// encode writes the manifest as it stands in the file.
func (m Manifest) encode() ([]byte, error) {
	m.Format, m.Layout = manifestFormat, 1
	m.ExportedAt = m.ExportedAt.UTC().Truncate(time.Second)
	if m.Files == nil {
		m.Files = []Entry{}
	}
	if m.Notes == nil {
		m.Notes = []string{}
	}
	m.Objects, m.Bytes = 0, 0
	for _, f := range m.Files {
		m.Objects += f.Objects
		m.Bytes += f.Bytes
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return []byte(b.String()), err
}

// readManifest reads a manifest and says whether it is one of ours whose names
// are such as we write.
func readManifest(r io.Reader) (Manifest, bool) {
	var m Manifest
	b, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil || json.Unmarshal(b, &m) != nil || m.Format != manifestFormat || m.Layout < 1 {
		return m, false
	}
	for _, f := range m.Files {
		sum, err := hex.DecodeString(f.SHA256)
		if !plainName(f.Name) || err != nil || len(sum) != 32 {
			return m, false
		}
	}
	return m, true
}

// plainName says whether a name stays inside the export: relative, at most one
// folder deep, nothing that leads elsewhere.
func plainName(name string) bool {
	if name == "" || name != path.Clean(name) || strings.ContainsAny(name, "\\\x00:") || strings.Count(name, "/") > 1 {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || part == "" {
			return false
		}
	}
	return name != ManifestName
}
