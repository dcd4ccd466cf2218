package main

import (
	"database/sql"
	_ "embed"
	"errors"
	"net/url"
	"runtime"

	_ "github.com/mattn/go-sqlite3"
)

//go:embed schema.sql
var schema string

var (
	errNotFound       = errors.New("the record does not exist")
	errUnknownPatient = errors.New("the order's patient does not exist")
)

// store keeps everything in one SQLite file: one connection writes, a pool of connections reads.
type store struct {
	sealer
	writer *sql.DB
	reader *sql.DB

	selectPatient  *sql.Stmt
	patientExists  *sql.Stmt
	insertPatient  *sql.Stmt
	insertOrder    *sql.Stmt
	insertEvent    *sql.Stmt
	insertDelivery *sql.Stmt
	selectOutcome  *sql.Stmt
	insertOutcome  *sql.Stmt
	selectHead     *sql.Stmt
	insertAudit    *sql.Stmt
	insertRequest  *sql.Stmt
}

func openStore(path string, seal sealer) (*store, error) {
	writer, err := openDatabase(path, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	if _, err := writer.Exec(schema); err != nil {
		return nil, err
	}
	reader, err := openDatabase(path, url.Values{"_query_only": {"true"}})
	if err != nil {
		return nil, err
	}
	reader.SetMaxOpenConns(2 * runtime.NumCPU())
	reader.SetMaxIdleConns(2 * runtime.NumCPU())
	s := &store{sealer: seal, writer: writer, reader: reader}
	return s, s.prepare()
}

func openDatabase(path string, options url.Values) (*sql.DB, error) {
	options.Set("_journal_mode", "WAL")
	options.Set("_synchronous", "FULL")
	options.Set("_foreign_keys", "true")
	options.Set("_busy_timeout", "5000")
	location := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: options.Encode()}
	return sql.Open("sqlite3", location.String())
}

func (s *store) prepare() error {
	for _, statement := range []struct {
		target   **sql.Stmt
		database *sql.DB
		text     string
	}{
		{&s.selectPatient, s.reader, "SELECT document FROM patients WHERE id = ? AND tenant = ?"},
		{&s.patientExists, s.writer, "SELECT 1 FROM patients WHERE id = ? AND tenant = ?"},
		{&s.insertPatient, s.writer, "INSERT INTO patients (id, tenant, document) VALUES (?, ?, ?)"},
		{&s.insertOrder, s.writer, "INSERT INTO orders (id, tenant, patient_id, document) VALUES (?, ?, ?, ?)"},
		{&s.insertEvent, s.writer, "INSERT INTO events (order_id, type, document) VALUES (?, ?, ?)"},
		{&s.insertDelivery, s.writer, "INSERT INTO deliveries (event_id, url, status) VALUES (?, ?, 'pending')"},
		{&s.selectOutcome, s.writer, `
			SELECT body_digest, response FROM idempotency_records WHERE tenant = ? AND key = ?`},
		{&s.insertOutcome, s.writer, `
			INSERT INTO idempotency_records (tenant, key, body_digest, response) VALUES (?, ?, ?, ?)`},
		{&s.selectHead, s.writer, "SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1"},
		{&s.insertAudit, s.writer, "INSERT INTO audit (entry, hash) VALUES (?, ?)"},
		{&s.insertRequest, s.writer, `
			INSERT INTO request_log (request_id, method, path, status, duration_us) VALUES (?, ?, ?, ?, ?)`},
	} {
		prepared, err := statement.database.Prepare(statement.text)
		if err != nil {
			return err
		}
		*statement.target = prepared
	}
	return nil
}

func (s *store) close() {
	s.reader.Close()
	s.writer.Close()
}

// write runs a transaction. It commits if body returns nil, and rolls back otherwise.
func (s *store) write(body func(*sql.Tx) error) error {
	tx, err := s.writer.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := body(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// patient returns the JSON document of a patient, or errNotFound.
func (s *store) patient(id, tenant string) ([]byte, error) {
	var stored []byte
	err := s.selectPatient.QueryRow(id, tenant).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	return s.open(stored, tenant, "patient:"+id)
}

func (s *store) addPatient(id, tenant string, document []byte) error {
	sealed, err := s.seal(document, tenant, "patient:"+id)
	if err != nil {
		return err
	}
	return s.write(func(tx *sql.Tx) error {
		_, err := tx.Stmt(s.insertPatient).Exec(id, tenant, sealed)
		return err
	})
}

// submission is an order with what its transaction records.
type submission struct {
	tenant   string
	order    order
	document []byte
	event    []byte
	// idempotency and audit are nil in the bare variant. idempotency is nil if the request has no key, too.
	idempotency *idempotencyRecord
	audit       *auditEntry
}

// addOrder stores an order in one transaction and returns its JSON document. If the idempotency key has a recorded
// response, it stores nothing and returns that response.
func (s *store) addOrder(submission submission) (document []byte, replayed bool, err error) {
	sealed, err := s.seal(submission.document, submission.tenant, "order:"+submission.order.UUID)
	if err != nil {
		return nil, false, err
	}
	document = submission.document
	err = s.write(func(tx *sql.Tx) error {
		if submission.idempotency != nil {
			recorded, err := s.recordedResponse(tx, submission.tenant, submission.idempotency)
			if err != nil {
				return err
			}
			if recorded != nil {
				document, replayed = recorded, true
				return nil
			}
		}
		return s.insert(tx, submission, sealed)
	})
	return document, replayed, err
}

func (s *store) insert(tx *sql.Tx, submission submission, sealed []byte) error {
	order, tenant := submission.order, submission.tenant
	var found int
	err := tx.Stmt(s.patientExists).QueryRow(order.PatientID, tenant).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return errUnknownPatient
	}
	if err != nil {
		return err
	}
	if _, err := tx.Stmt(s.insertOrder).Exec(order.UUID, tenant, order.PatientID, sealed); err != nil {
		return err
	}
	if err := s.insertEventWithDeliveries(tx, order, submission.event); err != nil {
		return err
	}
	if submission.idempotency != nil {
		if err := s.recordResponse(tx, tenant, submission.idempotency, submission.document); err != nil {
			return err
		}
	}
	if submission.audit != nil {
		return s.appendAudit(tx, []auditEntry{*submission.audit})
	}
	return nil
}

func (s *store) insertEventWithDeliveries(tx *sql.Tx, order order, event []byte) error {
	result, err := tx.Stmt(s.insertEvent).Exec(order.UUID, "order.created", event)
	if err != nil {
		return err
	}
	eventID, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for _, url := range order.WebhookURLs {
		if _, err := tx.Stmt(s.insertDelivery).Exec(eventID, url); err != nil {
			return err
		}
	}
	return nil
}
