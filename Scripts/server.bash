# shellcheck shell=bash
# Starts and stops a temporary server for test scripts. Source this file.
#
# `start_server EXECUTABLE` sets $ORIGIN (http://HOST:PORT), $SERVER_DIRECTORY, $SERVER_LOG and $SERVER_PID. The server
# accepts $SETUP_TOKEN as the sandbox's setup token.

# A fixed, valid setup token: the prefix and 43 base64url characters (256 bits).
SETUP_TOKEN=up_setup_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
SERVER_START_LIMIT=30 # seconds
SERVER_STOP_LIMIT=35  # seconds; the server itself waits up to 30 for requests in flight

# Starts the server on a free port with an empty data directory and waits until it listens. UP_* variables configure it.
start_server() {
    local executable=$1 deadline
    [ -x "$executable" ] || {
        printf '%s does not exist; build it first\n' "$executable" >&2
        return 1
    }
    SERVER_DIRECTORY=$(mktemp -d)
    SERVER_LOG=${UP_TEST_LOGS:-$SERVER_DIRECTORY}/server-$$.log
    SERVER_OUTPUT=$SERVER_DIRECTORY/output
    # The server creates this file too, but perhaps after the first read below.
    : >"$SERVER_OUTPUT"
    # Scripts/check-logs searches these logs, so they must contain as much as possible.
    if [ -n "${UP_TEST_LOGS-}" ]; then export UP_LOG_LEVEL=${UP_LOG_LEVEL-trace}; fi
    UP_SANDBOX_SETUP_TOKEN=$SETUP_TOKEN \
        UP_RATE_LIMIT=${UP_RATE_LIMIT-1000000/s} \
        UP_AUTH_RATE_LIMIT=${UP_AUTH_RATE_LIMIT-1000000/s} \
        UP_SANDBOX_STEP=${UP_SANDBOX_STEP-manual} \
        "$executable" serve --port 0 --data-dir "$SERVER_DIRECTORY/data" >"$SERVER_OUTPUT" 2>"$SERVER_LOG" </dev/null &
    SERVER_PID=$!
    deadline=$((SECONDS + SERVER_START_LIMIT))
    while :; do
        ORIGIN=$(sed -n 's|.*Listening on \(http://[^ ]*\).*|\1|p' "$SERVER_OUTPUT" | sed -n 1p)
        if [ -n "$ORIGIN" ]; then break; fi
        if ! kill -0 "$SERVER_PID" 2>/dev/null; then
            printf 'The server ended before it listened; see its log.\n' >&2
            return 1
        fi
        if [ "$SECONDS" -ge "$deadline" ]; then
            printf 'The server did not listen within %s s.\n' "$SERVER_START_LIMIT" >&2
            return 1
        fi
        sleep 0.1
    done
}

# Stops the server with SIGTERM. Fails if it does not stop in time or exits with a status other than 0.
stop_server() {
    local pid=${SERVER_PID-} deadline status=0
    if [ -z "$pid" ]; then return 0; fi
    SERVER_PID=
    kill -TERM "$pid" 2>/dev/null || true
    deadline=$((SECONDS + SERVER_STOP_LIMIT))
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            printf 'The server did not stop within %s s.\n' "$SERVER_STOP_LIMIT" >&2
            kill -KILL "$pid" 2>/dev/null || true
            break
        fi
        sleep 0.1
    done
    wait "$pid" || status=$?
    if [ "$status" -ne 0 ]; then printf 'The server ended with status %s.\n' "$status" >&2; fi
    return "$status"
}

show_server_log() {
    if [ -s "${SERVER_LOG-}" ]; then
        printf '%s\n' "--- last lines of the server's log ---" >&2
        tail -n 60 "$SERVER_LOG" >&2
    fi
}

remove_server_directory() {
    if [ -n "${SERVER_DIRECTORY-}" ]; then rm -rf "$SERVER_DIRECTORY"; fi
}
