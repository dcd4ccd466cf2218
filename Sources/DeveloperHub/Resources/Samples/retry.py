# Lists the pharmacies. Repeats the request after 429 and 5xx, with exponential backoff and jitter.
import os
import random
import sys
import time
import urllib.error
import urllib.request

ATTEMPTS = 5


def get(url: str, token: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    attempt = 1
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, body, retry_after = error.code, error.read().decode(), error.headers.get("Retry-After", "")
        if attempt == ATTEMPTS or not (status == 429 or status >= 500):
            return status, body
        # Wait for 1, 2, 4, 8 seconds, or for Retry-After if that is longer, and up to as long again at random.
        backoff = 2 ** (attempt - 1)
        wait = int(retry_after) if retry_after.isdecimal() else 0
        delay = max(wait, backoff) + backoff * random.random()
        print(f"Status {status}, next attempt in {delay:.3f} s.", file=sys.stderr)
        time.sleep(delay)
        attempt += 1


base = os.environ.get("BASE") or "http://localhost:8082/pharmacy/sandbox/api/v1"
token = os.environ.get("ACCESS_TOKEN")
if not token:
    sys.exit("Set ACCESS_TOKEN to your access token.")
status, body = get(f"{base}/pharmacies", token)
if status >= 300:
    sys.exit(f"Status {status}: {body}")
print(body)
