package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"time"
)

// bodyLimit is the largest body of a request, in bytes.
const bodyLimit = 1 << 20

type server struct {
	store         *store
	authenticator authenticator
	// duties is nil in the bare variant.
	duties *duties
}

// caller identifies who sends a request, and the request.
type caller struct {
	tenant    string
	requestID string
}

type handler func(w http.ResponseWriter, r *http.Request, caller caller) error

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/constant", constant)
	mux.HandleFunc("/patients", s.endpoint(http.MethodPost, "/patients", s.createPatient))
	mux.HandleFunc("/patients/", s.endpoint(http.MethodGet, "/patients/{id}", s.readPatient))
	mux.HandleFunc("/orders", s.endpoint(http.MethodPost, "/orders", s.submitOrder))
	return mux
}

func constant(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "Hello, world!")
}

// endpoint authenticates the caller and handles errors. In the equal variant it also identifies, limits and logs
// requests.
func (s *server) endpoint(method, path string, handle handler) http.HandlerFunc {
	if s.duties == nil {
		return func(w http.ResponseWriter, r *http.Request) { s.respond(w, r, method, "", handle) }
	}
	return func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		requestID := newUUID()
		w.Header().Set("X-Request-ID", requestID)
		recorder := &statusRecorder{ResponseWriter: w}
		s.respond(recorder, r, method, requestID, handle)
		s.duties.logRequest(loggedRequest{requestID, r.Method, path, recorder.status, time.Since(started)})
	}
}

func (s *server) respond(w http.ResponseWriter, r *http.Request, method, requestID string, handle handler) {
	caller, err := s.admit(w, r, requestID)
	switch {
	case err != nil:
	case r.Method != method:
		w.Header().Set("Allow", method)
		err = apiError{405, "method_not_allowed", "Method not allowed for this path."}
	default:
		err = handle(w, r, caller)
	}
	if err != nil {
		writeError(w, err)
	}
}

// admit finds the tenant of the bearer token and counts the request against its rate limit.
func (s *server) admit(w http.ResponseWriter, r *http.Request, requestID string) (caller, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	tenant, ok := s.authenticator.authenticate(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return caller{}, apiError{401, "unauthenticated", "The access token is missing or invalid."}
	}
	if s.duties != nil && !s.duties.limiter.admit(tenant, w.Header()) {
		w.Header().Set("Retry-After", "1")
		return caller{}, apiError{429, "rate_limited", "Too many requests."}
	}
	return caller{tenant, requestID}, nil
}

func (s *server) readPatient(w http.ResponseWriter, r *http.Request, caller caller) error {
	id := strings.TrimPrefix(r.URL.Path, "/patients/")
	document, err := s.store.patient(id, caller.tenant)
	if err != nil {
		return err
	}
	if s.duties != nil {
		s.duties.audit(newAuditEntry("patient.read", id, caller))
	}
	writeData(w, http.StatusOK, document)
	return nil
}

func (s *server) createPatient(w http.ResponseWriter, r *http.Request, caller caller) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var details patientDetails
	if err := decode(body, &details); err != nil {
		return err
	}
	if err := details.validate(); err != nil {
		return err
	}
	patient := newPatient(details, time.Now())
	document, err := json.Marshal(patient)
	if err != nil {
		return err
	}
	if err := s.store.addPatient(patient.UUID, caller.tenant, document); err != nil {
		return err
	}
	writeData(w, http.StatusCreated, document)
	return nil
}

func (s *server) submitOrder(w http.ResponseWriter, r *http.Request, caller caller) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var draft orderDraft
	if err := decode(body, &draft); err != nil {
		return err
	}
	if err := draft.validate(); err != nil {
		return err
	}
	submission, err := newSubmission(newOrder(draft, time.Now()), caller.tenant)
	if err != nil {
		return err
	}
	if s.duties != nil {
		entry := newAuditEntry("order.submitted", submission.order.UUID, caller)
		submission.audit = &entry
		submission.idempotency = newIdempotencyRecord(r.Header.Get("Idempotency-Key"), body)
	}
	document, replayed, err := s.store.addOrder(submission)
	if err != nil {
		return err
	}
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	writeData(w, http.StatusCreated, document)
	return nil
}

func newSubmission(order order, tenant string) (submission, error) {
	document, err := json.Marshal(order)
	if err != nil {
		return submission{}, err
	}
	event, err := json.Marshal(order.created())
	return submission{tenant: tenant, order: order, document: document, event: event}, err
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return nil, apiError{400, "unreadable_body", "The body is too long or incomplete."}
	}
	return body, nil
}

// writeData sends a JSON document as the member data.
func writeData(w http.ResponseWriter, status int, document []byte) {
	body := make([]byte, 0, len(document)+len(`{"data":}`))
	body = append(body, `{"data":`...)
	body = append(body, document...)
	body = append(body, '}')
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

// apiError is an error as partners see it.
type apiError struct {
	status  int
	code    string
	message string
}

func (e apiError) Error() string { return e.message }

// errorBody is the JSON of an error.
type errorBody struct {
	Message string           `json:"message"`
	Code    string           `json:"code"`
	Errors  validationErrors `json:"errors,omitempty"`
}

func writeError(w http.ResponseWriter, err error) {
	status, content := rendered(err)
	body, err := json.Marshal(content)
	if err != nil {
		panic(err) // Strings always have a JSON form.
	}
	writeJSON(w, status, body)
}

func rendered(err error) (int, errorBody) {
	var known apiError
	var invalid validationErrors
	switch {
	case errors.As(err, &known):
		return known.status, errorBody{known.message, known.code, nil}
	case errors.As(err, &invalid):
		return 422, errorBody{invalid.Error(), "validation_failed", invalid}
	case errors.Is(err, errUnknownPatient):
		problems := validationErrors{}
		problems.add("patient_id", "does not match any of your patients.")
		return 422, errorBody{problems.Error(), "validation_failed", problems}
	case errors.Is(err, errNotFound):
		return 404, errorBody{"Not found.", "not_found", nil}
	case errors.Is(err, errKeyReused):
		return 409, errorBody{"The Idempotency-Key was used with another body.", "idempotency_key_reused", nil}
	default:
		log.Print(err)
		return 500, errorBody{"Internal error.", "internal_error", nil}
	}
}
