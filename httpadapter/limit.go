package httpadapter

import (
	"maps"
	"sync"
	"time"

	"github.com/manytenants/payments"
)

// maxBuckets bounds the limiter's memory.
const maxBuckets = 10_000

// limiter is a token bucket for each developer.
type limiter struct {
	perMinute float64 // also how many a full bucket holds; negative = no limit
	mu        sync.Mutex
	buckets   map[payments.DeveloperID]bucket
	swept     time.Time // when the full ones were last forgotten
}

type bucket struct {
	tokens float64
	at     time.Time // when tokens was right
}

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: float64(perMinute), buckets: map[payments.DeveloperID]bucket{}}
}

// take uses up one token, or returns how long it takes until there is one.
func (l *limiter) take(developer payments.DeveloperID, now time.Time) (wait time.Duration) {
	if l.perMinute < 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[developer]
	if !ok {
		l.makeRoom(now)
		b = bucket{l.perMinute, now}
	}
	b.tokens = l.level(b, now)
	b.at = now
	if b.tokens < 1 {
		wait = time.Duration((1 - b.tokens) / l.perMinute * float64(time.Minute))
	} else {
		b.tokens--
	}
	l.buckets[developer] = b
	return wait
}

func (l *limiter) level(b bucket, now time.Time) float64 {
	refill := max(now.Sub(b.at).Minutes(), 0) * l.perMinute
	return min(b.tokens+refill, l.perMinute)
}

// makeRoom forgets the buckets that are full again, which changes nothing, and if it must, one other. It looks
// at all of them once a second at most.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	if now.Sub(l.swept) >= time.Second {
		l.swept = now
		maps.DeleteFunc(l.buckets, func(_ payments.DeveloperID, b bucket) bool { return l.level(b, now) >= l.perMinute })
	}
	for developer := range l.buckets {
		if len(l.buckets) < maxBuckets {
			return
		}
		delete(l.buckets, developer)
	}
}
