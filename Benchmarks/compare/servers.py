"""The servers that are compared, each on a database of its own."""

import contextlib
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from .api import API
from .children import Child, output_of
from .failures import NotInstalledError
from .prepare import PeerKind
from .settings import Settings

# The prefix and 43 base64url characters (256 bits).
SETUP_TOKEN = "up_setup_" + "A" * 43
DATABASE_NAME = "united-pharmacy.sqlite"

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
ORDER = {"dispense_quantity": 4, "days_supply": 28, "order_id": "ORD-12345", "customer_id": "CUST-789"}
ORDER_IDS = ["patient_id", "pharmacy_id", "medication_id"]


class Server:
    """A server with one patient. `base` and a path make a URL."""

    def __init__(self, child: Child, base: str, token: str):
        self.child = child
        self.base = base
        self.token = token


class Product(Server):
    def __init__(self, child: Child, origin: str, fixtures: dict):
        super().__init__(child, f"{origin}/pharmacy/sandbox/api/v1", fixtures["access_token"])
        self.fixtures = fixtures
        self.patient_url = f"{self.base}/patients/{fixtures['patient_id']}"
        self.orders_url = f"{self.base}/orders"
        self.medications_url = f"{self.base}/pharmacies/{fixtures['pharmacy_id']}/medications"

    def order_for(self, webhook_url: str) -> dict:
        return ORDER | {"webhook_urls": [webhook_url]} | {name: self.fixtures[name] for name in ORDER_IDS}

    def count_orders(self) -> int:
        with contextlib.closing(API(self.base, self.token)) as api:
            return api.call("GET", "orders?per_page=1")["pagination"]["total"]


class Peer(Server):
    def __init__(self, child: Child, origin: str, token: str):
        super().__init__(child, origin, token)
        with contextlib.closing(API(origin, token)) as api:
            self.patient_id = api.call("POST", "patients", PATIENT)["data"]["uuid"]
        self.patient_url = f"{origin}/patients/{self.patient_id}"
        self.orders_url = f"{origin}/orders"
        self.constant_url = f"{origin}/constant"

    def order_for(self, webhook_url: str) -> dict:
        # Peers store the last two as they are.
        values = [
            self.patient_id,
            "d9d7d36f-c86b-49f7-a464-f0beb6cb2097",
            "MvWqm-E9Lw3C7z38Sn7upM4cs9JvRVxCgSzPZPeun0gkZA",
        ]
        return ORDER | {"webhook_urls": [webhook_url]} | dict(zip(ORDER_IDS, values))


def start_product(settings: Settings, directory: Path, **variables: str) -> tuple[Child, str, float]:
    """Starts the product on the data in a directory. Returns it, its origin, and the milliseconds until it listened."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UP_")}
    environment |= {
        "UP_SANDBOX_SETUP_TOKEN": SETUP_TOKEN,
        "UP_RATE_LIMIT": "1000000/s",
        "UP_AUTH_RATE_LIMIT": "1000000/s",
        # No simulated progress: an order has one event and one webhook.
        "UP_SANDBOX_STEP": "manual",
    }
    command = [str(settings.build / "united-pharmacy"), "serve", "--port", "0", "--data-dir", str(directory / "data")]
    child = Child("The product", command, directory / "product.log", environment | variables)
    line = child.await_line("Listening on ")
    return child, line.text, (line.arrival - child.start) * 1000


@contextlib.contextmanager
def product(settings: Settings, directory: Path, **variables: str) -> Iterator[Product]:
    """The product, with the records that Tests/Conformance/provision.py creates at the first start on a directory."""
    child, origin, _ = start_product(settings, directory, **variables)
    with stopping(child):
        fixtures = directory / "fixtures.json"
        if not fixtures.exists():
            script = settings.root / "Tests/Conformance/provision.py"
            fixtures.write_text(output_of([sys.executable, str(script), origin, SETUP_TOKEN]))
        yield Product(child, origin, json.loads(fixtures.read_text()))


@contextlib.contextmanager
def peer(kind: PeerKind, duties: str, settings: Settings, directory: Path) -> Iterator[Peer]:
    if reason := kind.reason_not_installed(settings):
        raise NotInstalledError(reason)
    token = secrets.token_urlsafe(32)
    environment = os.environ | {
        "PORT": "0",
        "DATABASE": str(directory / "peer.sqlite"),
        "DUTIES": duties,
        "TOKEN": token,
    }
    child = Child(f"The peer in {kind.name}", kind.command(settings), directory / "peer.log", environment)
    with stopping(child):
        origin = child.await_line("Listening on ").text
        if duties == "equal":
            token = child.await_line("Token ").text
        yield Peer(child, origin, token)


@contextlib.contextmanager
def stopping(child: Child) -> Iterator[Child]:
    """Stops a child process in every case. After a failure, at once."""
    try:
        yield child
    except BaseException:
        child.kill()
        raise
    child.stop()
