package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

const (
	// verificationLifetime is how long a verified token is trusted without checking its signature again.
	verificationLifetime = 900 * time.Millisecond
	// verificationLimit bounds the cache. Only valid tokens are in it.
	verificationLimit = 10_000
)

// authenticator finds the tenant that a bearer token belongs to.
type authenticator interface {
	authenticate(token string) (tenant string, ok bool)
}

// tokenDigests maps the SHA-256 digests of opaque tokens to their tenants.
type tokenDigests map[[sha256.Size]byte]string

func newTokenDigests(token, tenant string) tokenDigests {
	return tokenDigests{sha256.Sum256([]byte(token)): tenant}
}

func (t tokenDigests) authenticate(token string) (string, bool) {
	tenant, ok := t[sha256.Sum256([]byte(token))]
	return tenant, ok
}

type claims struct {
	Tenant    string `json:"tenant"`
	IssuedAt  int64  `json:"iat"`
	ExpiresAt int64  `json:"exp"`
}

type verification struct {
	tenant string
	until  time.Time
}

// tokenSigner signs and verifies JSON Web Tokens with HMAC-SHA256 (RFC 7519, HS256).
type tokenSigner struct {
	key      []byte
	mutex    sync.RWMutex
	verified map[[sha256.Size]byte]verification
}

func newTokenSigner() *tokenSigner {
	return &tokenSigner{key: randomBytes(32), verified: make(map[[sha256.Size]byte]verification)}
}

var (
	encoding    = base64.RawURLEncoding
	tokenHeader = encoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
)

func (t *tokenSigner) sign(tenant string, lifetime time.Duration) string {
	now := time.Now()
	payload, err := json.Marshal(claims{tenant, now.Unix(), now.Add(lifetime).Unix()})
	if err != nil {
		panic(err) // Strings and numbers always have a JSON form.
	}
	content := tokenHeader + "." + encoding.EncodeToString(payload)
	return content + "." + encoding.EncodeToString(t.signature(content))
}

func (t *tokenSigner) authenticate(token string) (string, bool) {
	digest := sha256.Sum256([]byte(token))
	now := time.Now()
	t.mutex.RLock()
	known, ok := t.verified[digest]
	t.mutex.RUnlock()
	if ok && now.Before(known.until) {
		return known.tenant, true
	}
	claims, ok := t.verify(token, now)
	if !ok {
		return "", false
	}
	t.remember(digest, claims, now)
	return claims.Tenant, true
}

func (t *tokenSigner) verify(token string, now time.Time) (claims, bool) {
	var claims claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != tokenHeader {
		return claims, false
	}
	signature, err := encoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(signature, t.signature(parts[0]+"."+parts[1])) {
		return claims, false
	}
	payload, err := encoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return claims, false
	}
	return claims, now.Unix() < claims.ExpiresAt
}

func (t *tokenSigner) remember(digest [sha256.Size]byte, claims claims, now time.Time) {
	until := now.Add(verificationLifetime)
	if expiry := time.Unix(claims.ExpiresAt, 0); expiry.Before(until) {
		until = expiry
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.verified) >= verificationLimit {
		t.verified = make(map[[sha256.Size]byte]verification)
	}
	t.verified[digest] = verification{claims.Tenant, until}
}

func (t *tokenSigner) signature(content string) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(content))
	return mac.Sum(nil)
}

func randomBytes(count int) []byte {
	bytes := make([]byte, count)
	if _, err := rand.Read(bytes); err != nil {
		panic(err) // The system has no source of randomness.
	}
	return bytes
}
