// Command go is a pharmacy API on net/http and SQLite, to compare the product with.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	tenant        = "sandbox"
	tokenLifetime = 24 * time.Hour
	headerTimeout = 10 * time.Second
	shutdownGrace = 10 * time.Second
)

// config is what the environment sets.
type config struct {
	port     string
	database string
	token    string
	equal    bool
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	config, err := readConfig()
	if err != nil {
		return err
	}
	seal, err := newSealer(config)
	if err != nil {
		return err
	}
	store, err := openStore(config.database, seal)
	if err != nil {
		return err
	}
	defer store.close()

	server := &server{store: store}
	var ownToken string
	if config.equal {
		tokens := newTokenSigner()
		ownToken = tokens.sign(tenant, tokenLifetime)
		server.authenticator = tokens
		server.duties = newDuties(store)
		defer server.duties.stop()
	} else {
		server.authenticator = newTokenDigests(config.token, tenant)
	}
	return serve(config.port, server.routes(), ownToken)
}

func readConfig() (config, error) {
	config := config{
		port:     os.Getenv("PORT"),
		database: os.Getenv("DATABASE"),
		token:    os.Getenv("TOKEN"),
		equal:    os.Getenv("DUTIES") == "equal",
	}
	switch {
	case config.port == "":
		return config, errors.New("PORT is required; 0 selects a free port")
	case config.database == "":
		return config, errors.New("DATABASE is required: the path of an SQLite file")
	case !config.equal && os.Getenv("DUTIES") != "bare":
		return config, errors.New("DUTIES must be bare or equal")
	case !config.equal && config.token == "":
		return config, errors.New("TOKEN is required if DUTIES is bare")
	}
	return config, nil
}

func newSealer(config config) (sealer, error) {
	if !config.equal {
		return plainText{}, nil
	}
	master, err := loadMasterKey(config.database + ".key")
	if err != nil {
		return nil, err
	}
	return newTenantKeys(master), nil
}

// serve responds to requests until SIGTERM or SIGINT, then finishes those in progress.
func serve(port string, handler http.Handler, ownToken string) error {
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	fmt.Printf("Listening on http://%s\n", listener.Addr())
	if ownToken != "" {
		fmt.Printf("Token %s\n", ownToken)
	}

	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-stopped.Done():
		grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		return server.Shutdown(grace)
	}
}
