#!/bin/sh
# Verifies a webhook. Usage: verify-webhook.sh < body
# SIGNATURE is the value of the X-Webhook-Signature header, WEBHOOK_SECRET your webhook secret (whsec_…).
set -eu
: "${SIGNATURE:?Set SIGNATURE to the value of the X-Webhook-Signature header.}"
: "${WEBHOOK_SECRET:?Set WEBHOOK_SECRET to your webhook secret.}"

# Prints the hexadecimal HMAC-SHA256 of standard input. The key is the first argument.
hmac() { openssl dgst -sha256 -hmac "$1" -r | cut -d ' ' -f 1; }

# openssl reads the body from standard input, byte by byte as it was received.
expected=$(hmac "$WEBHOOK_SECRET")

# A shell compares text up to the first difference, which takes more time the more of a guess is right. Compare
# digests with a random key instead: their difference reveals nothing about the signature.
nonce=$(openssl rand -hex 32)
if [ "$(printf '%s' "$expected" | hmac "$nonce")" = "$(printf '%s' "$SIGNATURE" | hmac "$nonce")" ]; then
    echo "authentic"
else
    echo "not authentic"
    exit 1
fi
