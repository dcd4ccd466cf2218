#!/bin/sh
# Lists the pharmacies. Repeats the request after 429 and 5xx, with exponential backoff and jitter.
set -eu
: "${BASE:=http://localhost:8082/pharmacy/sandbox/api/v1}"
: "${ACCESS_TOKEN:?Set ACCESS_TOKEN to your access token.}"
attempts=5

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

attempt=1
while :; do
    status=$(curl -sS -D "$directory/headers" -o "$directory/body" -w '%{http_code}' "$BASE/pharmacies" \
        -H "Authorization: Bearer $ACCESS_TOKEN")
    case $status in
        429 | 5??) [ "$attempt" -lt "$attempts" ] || break ;;
        *) break ;;
    esac
    # Wait for 1, 2, 4, 8 seconds, or for Retry-After if that is longer, and up to as long again at random.
    backoff=$((1 << (attempt - 1)))
    after=$(tr -d '\r' <"$directory/headers" | sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\)$/\1/p' | tail -n 1)
    wait=${after:-0}
    [ "$wait" -ge "$backoff" ] || wait=$backoff
    random=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
    delay=$((wait * 1000 + backoff * 1000 * random / 65536))
    delay=$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))
    echo "Status $status, next attempt in $delay s." >&2
    sleep "$delay"
    attempt=$((attempt + 1))
done

case $status in
    2??) cat "$directory/body" && echo ;;
    *) echo "Status $status: $(cat "$directory/body")" >&2 && exit 1 ;;
esac
