package main

import (
	"crypto/sha256"
	"database/sql"
	"errors"
)

var errKeyReused = errors.New("the idempotency key was used with another body")

// idempotencyRecord identifies a request that may be repeated.
type idempotencyRecord struct {
	key        string
	bodyDigest [sha256.Size]byte
}

func newIdempotencyRecord(key string, body []byte) *idempotencyRecord {
	if key == "" {
		return nil
	}
	return &idempotencyRecord{key, sha256.Sum256(body)}
}

// recordedResponse returns the first response to the same request, or nil if there was none.
func (s *store) recordedResponse(tx *sql.Tx, tenant string, record *idempotencyRecord) ([]byte, error) {
	var bodyDigest, response []byte
	err := tx.Stmt(s.selectOutcome).QueryRow(tenant, record.key).Scan(&bodyDigest, &response)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if string(bodyDigest) != string(record.bodyDigest[:]) {
		return nil, errKeyReused
	}
	return s.open(response, tenant, "response:"+record.key)
}

func (s *store) recordResponse(tx *sql.Tx, tenant string, record *idempotencyRecord, response []byte) error {
	sealed, err := s.seal(response, tenant, "response:"+record.key)
	if err != nil {
		return err
	}
	_, err = tx.Stmt(s.insertOutcome).Exec(tenant, record.key, record.bodyDigest[:], sealed)
	return err
}
