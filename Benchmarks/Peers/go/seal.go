package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

const masterKeySize = 32

// sealer turns documents into what is stored. The context names the record, so that a stored document cannot be moved
// to another record.
type sealer interface {
	seal(document []byte, tenant, context string) ([]byte, error)
	open(stored []byte, tenant, context string) ([]byte, error)
}

// plainText stores documents as they are.
type plainText struct{}

func (plainText) seal(document []byte, _, _ string) ([]byte, error) { return document, nil }
func (plainText) open(stored []byte, _, _ string) ([]byte, error)   { return stored, nil }

// tenantKeys encrypts documents with AES-256-GCM under a key of their tenant, which is derived from the master key.
type tenantKeys struct {
	master []byte
	mutex  sync.RWMutex
	keys   map[string]cipher.AEAD
}

func newTenantKeys(master []byte) *tenantKeys {
	return &tenantKeys{master: master, keys: make(map[string]cipher.AEAD)}
}

// seal returns a random nonce and the ciphertext with its tag.
func (t *tenantKeys) seal(document []byte, tenant, context string) ([]byte, error) {
	key, err := t.key(tenant)
	if err != nil {
		return nil, err
	}
	nonce := randomBytes(key.NonceSize())
	return key.Seal(nonce, nonce, document, []byte(context)), nil
}

func (t *tenantKeys) open(stored []byte, tenant, context string) ([]byte, error) {
	key, err := t.key(tenant)
	if err != nil {
		return nil, err
	}
	if len(stored) < key.NonceSize() {
		return nil, errors.New("a stored document is too short")
	}
	nonce, ciphertext := stored[:key.NonceSize()], stored[key.NonceSize():]
	return key.Open(nil, nonce, ciphertext, []byte(context))
}

func (t *tenantKeys) key(tenant string) (cipher.AEAD, error) {
	t.mutex.RLock()
	key, ok := t.keys[tenant]
	t.mutex.RUnlock()
	if ok {
		return key, nil
	}
	mac := hmac.New(sha256.New, t.master)
	mac.Write([]byte(tenant))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return nil, err
	}
	if key, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.keys[tenant] = key
	return key, nil
}

// loadMasterKey reads the key file, or creates it at the first start.
func loadMasterKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = randomBytes(masterKeySize)
		return key, os.WriteFile(path, key, 0o600)
	}
	if err == nil && len(key) != masterKeySize {
		err = fmt.Errorf("%s must have %d bytes", path, masterKeySize)
	}
	return key, err
}
