"""Verifies real webhooks with the unmodified libraries of Standard Webhooks and Svix, before and during a rotation.

Usage: webhook_libraries.py ORIGIN SETUP_TOKEN
"""

import http.server
import queue
import sys
import threading

import standardwebhooks
import svix
from provision import API, PATIENT

RECEIVED = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        RECEIVED.put((body, dict(self.headers.items())))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def check(condition, what):
    if not condition:
        raise SystemExit(f"webhook_libraries: {what}")


def verify(body, headers, secret):
    """Returns whether both libraries accept the webhook. Fails if they disagree."""
    verdicts = []
    for library, error in (
        (standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError),
        (svix.webhooks.Webhook, svix.webhooks.WebhookVerificationError),
    ):
        try:
            library(secret).verify(body, headers)
            verdicts.append(True)
        except error:
            verdicts.append(False)
    check(len(set(verdicts)) == 1, f"the libraries disagree: {verdicts}")
    return verdicts[0]


def main(origin, setup_token):
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{receiver.server_port}/hook"

    api = API(f"{origin}/pharmacy/sandbox/api/v1")
    api.token = setup_token
    credential = api.credential("webhook libraries")
    secret = credential["webhook_secret"]
    api.token = api.login(credential)["access_token"]
    pharmacy = api.call("GET", "pharmacies")["data"][0]["id"]
    medication = api.call("GET", f"pharmacies/{pharmacy}/medications")["data"][0]["medication_id"]
    patient = api.call("POST", "patients", PATIENT)["data"]["uuid"]

    def order():
        placed = api.call(
            "POST",
            "orders",
            {
                "patient_id": patient,
                "pharmacy_id": pharmacy,
                "medication_id": medication,
                "dispense_quantity": 4,
                "webhook_urls": [url],
            },
        )
        return placed["data"]["uuid"]

    placed = order()
    api.call("POST", f"sandbox/orders/{placed}/advance", {"status": "delivered"})
    for number in range(1, 6):
        body, headers = RECEIVED.get(timeout=30)
        check(verify(body, headers, secret), f"webhook {number} does not verify")
        check(not verify(body + b" ", headers, secret), f"webhook {number} verifies with another body")
        check(not verify(body, headers, "whsec_" + "A" * 43 + "="), f"webhook {number} verifies with another secret")

    fresh = api.call("POST", "webhooks/secret/rotate", {"activate_after": 604800})["data"]["webhook_secret"]
    order()
    body, headers = RECEIVED.get(timeout=30)
    check(verify(body, headers, secret), "during a rotation, the old secret does not verify")
    check(verify(body, headers, fresh), "during a rotation, the new secret does not verify")
    # Later tests must not use this credential.
    api.call("DELETE", f"auth/credentials/{credential['client_id']}")
    print("standardwebhooks and svix verify the webhooks")


main(*sys.argv[1:])
