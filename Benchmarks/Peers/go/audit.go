package main

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// auditEntry reports who did what.
type auditEntry struct {
	At        string `json:"at"`
	Tenant    string `json:"tenant"`
	Action    string `json:"action"`
	Subject   string `json:"subject"`
	RequestID string `json:"request_id"`
}

func newAuditEntry(action, subject string, caller caller) auditEntry {
	return auditEntry{timestamp(time.Now()), caller.tenant, action, subject, caller.requestID}
}

// appendAudit chains entries to the audit log: each hash covers the previous one.
func (s *store) appendAudit(tx *sql.Tx, entries []auditEntry) error {
	hash := make([]byte, sha256.Size)
	err := tx.Stmt(s.selectHead).QueryRow().Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	insert := tx.Stmt(s.insertAudit)
	for _, entry := range entries {
		text, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		next := sha256.Sum256(append(hash, text...))
		hash = next[:]
		if _, err := insert.Exec(string(text), hash); err != nil {
			return err
		}
	}
	return nil
}
