// Receives webhooks of the United Pharmacy Partner API. Requires only the standard library.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tolerance = 5 * time.Minute
	bodyLimit = 1 << 20
)

// isAuthentic reports whether the server signed the message within the last five minutes (Standard Webhooks).
func isAuthentic(secret string, header http.Header, body []byte) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" {
		return false
	}
	age := time.Since(time.Unix(seconds, 0))
	if age > tolerance || age < -tolerance {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	code := hmac.New(sha256.New, key)
	fmt.Fprintf(code, "%s.%s.", id, timestamp)
	code.Write(body)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(code.Sum(nil)))
	// During a rotation of the secret there are two signatures.
	isValid := false
	for _, given := range strings.Split(header.Get("webhook-signature"), " ") {
		isValid = hmac.Equal(expected, []byte(given)) || isValid
	}
	return isValid
}

// hasPlainSignature is the guide's simpler check. It does not detect that an old message is sent again.
func hasPlainSignature(secret string, header http.Header, body []byte) bool {
	code := hmac.New(sha256.New, []byte(secret))
	code.Write(body)
	expected := hex.EncodeToString(code.Sum(nil))
	return hmac.Equal([]byte(expected), []byte(header.Get("X-Webhook-Signature")))
}

type event struct {
	Event string `json:"event"`
	Order struct {
		UUID string `json:"uuid"`
	} `json:"order"`
}

func main() {
	secret := os.Getenv("WEBHOOK_SECRET")
	if secret == "" {
		log.Fatal("Set WEBHOOK_SECRET to your webhook secret.")
	}
	var mutex sync.Mutex
	seen := map[string]bool{}
	handler := func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, bodyLimit))
		if err != nil || request.Method != http.MethodPost || !isAuthentic(secret, request.Header, body) {
			writer.WriteHeader(http.StatusBadRequest)
			return
		}
		id := request.Header.Get("webhook-id")
		mutex.Lock()
		isNew := !seen[id]
		seen[id] = true
		mutex.Unlock()
		var message event
		if isNew && json.Unmarshal(body, &message) == nil {
			fmt.Println(message.Event, message.Order.UUID)
		}
		writer.WriteHeader(http.StatusNoContent)
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8000"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: http.HandlerFunc(handler), ReadTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}
