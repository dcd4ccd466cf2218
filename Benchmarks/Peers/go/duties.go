package main

import (
	"database/sql"
	"log"
	"net/http"
	"sync"
	"time"
)

// writeInterval is how often audit entries of reads and the request log are written.
const writeInterval = time.Second

// duties are what the equal variant does besides the work of the bare one.
type duties struct {
	limiter *rateLimiter
	store   *store

	mutex    sync.Mutex
	entries  []auditEntry
	requests []loggedRequest

	stopping chan struct{}
	stopped  chan struct{}
}

// loggedRequest is a line of the request log.
type loggedRequest struct {
	requestID string
	method    string
	path      string
	status    int
	duration  time.Duration
}

func newDuties(store *store) *duties {
	d := &duties{
		limiter:  newRateLimiter(),
		store:    store,
		stopping: make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	go d.writePeriodically()
	return d
}

// stop writes what has been collected.
func (d *duties) stop() {
	close(d.stopping)
	<-d.stopped
}

func (d *duties) audit(entry auditEntry) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.entries = append(d.entries, entry)
}

func (d *duties) logRequest(request loggedRequest) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.requests = append(d.requests, request)
}

func (d *duties) writePeriodically() {
	defer close(d.stopped)
	ticker := time.NewTicker(writeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			d.writeCollected()
		case <-d.stopping:
			d.writeCollected()
			return
		}
	}
}

func (d *duties) writeCollected() {
	d.mutex.Lock()
	entries, requests := d.entries, d.requests
	d.entries, d.requests = nil, nil
	d.mutex.Unlock()
	if len(entries)+len(requests) == 0 {
		return
	}
	if err := d.store.addCollected(entries, requests); err != nil {
		log.Printf("%d audit entries and %d logged requests are lost: %v", len(entries), len(requests), err)
	}
}

func (s *store) addCollected(entries []auditEntry, requests []loggedRequest) error {
	return s.write(func(tx *sql.Tx) error {
		if err := s.appendAudit(tx, entries); err != nil {
			return err
		}
		insert := tx.Stmt(s.insertRequest)
		for _, r := range requests {
			_, err := insert.Exec(r.requestID, r.method, r.path, r.status, r.duration.Microseconds())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// statusRecorder remembers the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}
