# Verifies a webhook. Usage: python3 verify-webhook.py < body
# SIGNATURE is the value of the X-Webhook-Signature header, WEBHOOK_SECRET your webhook secret (whsec_…).
import hashlib
import hmac
import os
import sys


def is_authentic(body: bytes, signature: str, secret: str) -> bool:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), os.fsencode(signature))


signature = os.environ.get("SIGNATURE")
secret = os.environ.get("WEBHOOK_SECRET")
if not signature or not secret:
    print("Set SIGNATURE and WEBHOOK_SECRET.", file=sys.stderr)
    sys.exit(2)
body = sys.stdin.buffer.read()  # The raw bytes, not yet decoded or parsed.
if is_authentic(body, signature, secret):
    print("authentic")
else:
    print("not authentic")
    sys.exit(1)
