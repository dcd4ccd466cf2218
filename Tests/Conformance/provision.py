"""Creates the records that the conformance tests use, through the API, and prints their ids as JSON.

Usage: provision.py ORIGIN SETUP_TOKEN
"""

import json
import sys
import urllib.error
import urllib.request

PATIENT = {
    "first_name": "Maria",
    "last_name": "O'Neill-García",
    "date_of_birth": "1984-02-29",
    "gender": "F",
    "email": "maria@example.com",
    "phone_cell": "5551234567",
    "address1": "12 Main Street",
    "city": "Austin",
    "state": "TX",
    "zip": "78701",
}


def prepared(base, token, method, path, body):
    """Returns an API request and its data for `urlopen`. The token and the body may be None."""
    request = urllib.request.Request(f"{base}/{path}", method=method)
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    return request, data


class API:
    def __init__(self, base):
        self.base = base
        self.token = None

    def call(self, method, path, body=None):
        """Sends one request. Returns the JSON of the response, or None if it has no body."""
        request, data = prepared(self.base, self.token, method, path, body)
        try:
            with urllib.request.urlopen(request, data, timeout=15) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}")
        return json.loads(text) if text else None

    def credential(self, name):
        return self.call("POST", "auth/credentials", {"name": name})["data"]

    def login(self, credential):
        return self.call(
            "POST", "auth/token", {"client_id": credential["client_id"], "client_secret": credential["client_secret"]}
        )


def main(origin, setup_token):
    api = API(f"{origin}/pharmacy/sandbox/api/v1")
    api.token = setup_token
    main_credential = api.credential("conformance")
    api.token = api.login(main_credential)["access_token"]

    # The tests rename, log in with and revoke other credentials, so that their own token stays valid.
    login_credential = api.credential("conformance, to log in with")
    revocable_credential = api.credential("conformance, to be revoked")

    pharmacy = api.call("GET", "pharmacies")["data"][0]
    medication = api.call("GET", f"pharmacies/{pharmacy['id']}/medications")["data"][0]
    patient = api.call("POST", "patients", PATIENT)["data"]
    deletable_patient = api.call("POST", "patients", PATIENT | {"email": "deletable@example.com"})["data"]
    order_body = {
        "patient_id": patient["uuid"],
        "pharmacy_id": pharmacy["id"],
        "medication_id": medication["medication_id"],
        "dispense_quantity": 4,
        "days_supply": 28,
        "order_id": "ORD-12345",
        "customer_id": "CUST-789",
    }
    order = api.call("POST", "orders", order_body)["data"]

    json.dump(
        {
            "origin": origin,
            "access_token": api.token,
            "login_client_id": login_credential["client_id"],
            "login_client_secret": login_credential["client_secret"],
            "revocable_client_id": revocable_credential["client_id"],
            "pharmacy_id": pharmacy["id"],
            "medication_id": medication["medication_id"],
            "patient_id": patient["uuid"],
            "deletable_patient_id": deletable_patient["uuid"],
            "order_id": order["uuid"],
        },
        sys.stdout,
        indent=2,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
