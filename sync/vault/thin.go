package vault

import (
	"context"
	"time"
)

// ThinRule says what thinning keeps.
type ThinRule struct {
	All   time.Duration // every state that is younger
	Daily time.Duration // of those up to this age the last of each day; of older ones the last of each month
}

// DefaultThin keeps everything of 90 days, days of two years, and months.
var DefaultThin = ThinRule{All: 90 * 24 * time.Hour, Daily: 730 * 24 * time.Hour}

// ThinResult is what thinning lets go of.
type ThinResult struct {
	Revisions int64
	Bytes     int64
	Objects   int       // that lose revisions; none loses its last
	Oldest    time.Time // the oldest revision among them; zero: none
}

// Thin lets go of old states. With dry it only says of which.
func (v *Vault) Thin(ctx context.Context, now time.Time, keep ThinRule, dry bool) (ThinResult, error) {
	return ThinResult{}, ctx.Err()
}
