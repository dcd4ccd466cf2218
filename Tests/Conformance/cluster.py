"""Tests a cluster while its nodes and its database are killed repeatedly.

Starts `Scripts/cluster` (PostgreSQL, three nodes, nginx in front of them) and completes the guide's quick start at its
base URL. Clients then place orders while nodes are killed with SIGKILL and PostgreSQL crashes. Each order has its own
Idempotency-Key, and a client repeats it with that key until it is acknowledged.

At the end, every order must exist exactly once and be delivered. Its webhooks must have arrived in order and with valid
signatures, and redundant data in the database must agree. The only failures that clients may have seen are 503
responses with Retry-After, and broken connections.

Usage: cluster.py [EXECUTABLE]    (default: the debug build)
"""

import collections
import contextlib
import dataclasses
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid

from provision import PATIENT, prepared

ROOT = pathlib.Path(__file__).resolve().parents[2]

NODES = 3
CLIENTS = 4
LOAD_SECONDS = 30
# For each client. Debug builds on two cores can keep up with this rate.
SECONDS_BETWEEN_ORDERS = 0.2
# The test continues until at least this many have happened.
LEAST_KILLS = 4
LEAST_CRASHES = 2
# Orders that are placed between two kills or crashes.
ORDERS_BETWEEN_DEATHS = 20

START_LIMIT = 60
RECOVERY_LIMIT = 30
# For one order, including all kills and crashes in the meantime.
ORDER_LIMIT = 30
# Claims of a dead node expire after 20 to 24 seconds.
DELIVERY_LIMIT = 60
# The script itself waits up to 35 seconds for the nodes.
STOP_LIMIT = 45
POLL_SECONDS = 0.1

SETTINGS = {
    "UP_SANDBOX_SETUP_TOKEN": "up_setup_" + "c" * 43,
    "UP_SANDBOX_STEP": "500ms",
    "UP_WEBHOOK_RETRY_DELAY": "500ms",
    "UP_RATE_LIMIT": "1000000/s",
    "UP_AUTH_RATE_LIMIT": "1000000/s",
}

EVENTS = ["order.created", "order.confirmed", "order.processing", "order.shipped", "order.delivered"]


class Failure(Exception):
    """The reason why the test failed, as a sentence."""


def until(condition, seconds, what):
    """Waits until `condition` returns a true value, and returns it. `what` (or its result) describes the failure."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Failure(f"after {seconds} s {what() if callable(what) else what}")
        time.sleep(POLL_SECONDS)


# --- The installation -----------------------------------------------------------------------------------------------


def free_ports(count):
    """Returns the first of `count` consecutive free ports, below the range that the system uses for connections."""
    for first in random.sample(range(20000, 32000), 200):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise Failure("no free ports were found between 20000 and 32000")


class Cluster:
    def __init__(self, executable):
        self.executable = executable
        self.port = free_ports(1 + NODES)
        self.output = tempfile.NamedTemporaryFile(prefix="up-cluster-", suffix=".output")
        self.process = subprocess.Popen(
            ["Scripts/cluster", executable],
            cwd=ROOT,
            env=os.environ | SETTINGS | {"PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def output_text(self):
        return pathlib.Path(self.output.name).read_text(errors="replace")

    def value(self, name):
        """Returns the value that the script has printed after `name` and a colon, or None."""
        lines = self.output_text().splitlines()
        return next((line.split(": ", 1)[1] for line in lines if line.startswith(name + ": ")), None)

    def wait_until_serving(self):
        def is_serving():
            if self.process.poll() is not None:
                raise Failure(f"the cluster exited with status {self.process.returncode} before it served")
            return "==> Serving" in self.output_text()

        until(is_serving, START_LIMIT, "the cluster does not serve")
        self.base = self.value("Sandbox base URL")
        self.logs = pathlib.Path(self.value("Logs"))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.value("PostgreSQL")).query)
        self.postgresql = pathlib.Path(query["host"][0])

    def process_of(self, node):
        """Returns the process id of a node, or None while the node is restarting."""
        try:
            return int((self.postgresql.parent / f"node-{node}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def is_ready(self, node):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port + node}/readyz", timeout=5) as response:
                return response.status == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self, node):
        """Kills a node with SIGKILL and waits until the restarted node is ready."""
        killed = until(lambda: self.process_of(node), RECOVERY_LIMIT, f"node {node} has no process")
        os.kill(killed, signal.SIGKILL)
        until(
            lambda: self.process_of(node) not in (None, killed) and self.is_ready(node),
            RECOVERY_LIMIT,
            f"node {node} has not restarted after SIGKILL",
        )

    def crash_postgresql(self):
        """Crashes PostgreSQL, restarts it and waits until every node is ready again."""
        restarted = subprocess.run(
            ["Scripts/postgresql", "restart", self.postgresql],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=2 * RECOVERY_LIMIT,
        )
        if restarted.returncode != 0:
            raise Failure(f"PostgreSQL could not be restarted: {restarted.stdout}")
        for node in range(1, NODES + 1):
            until(lambda: self.is_ready(node), RECOVERY_LIMIT, f"node {node} is not ready after a crash of PostgreSQL")

    def disagreements(self):
        """Yields a sentence for each finding of `integrity check`."""
        directory = self.postgresql.parent
        arguments = [
            "--database-url", self.value("PostgreSQL"), "--data-dir", directory / "operator",
            "--master-key-file", directory / "master.key",
        ]  # fmt: skip
        checked = subprocess.run(
            [self.executable, "integrity", "check", "--json", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=2 * RECOVERY_LIMIT,
        )
        if checked.returncode not in (0, 1) or not checked.stdout:
            raise Failure(f"integrity check exited with status {checked.returncode}: {checked.stderr}")
        report = json.loads(checked.stdout)
        if report["records"] == 0:
            raise Failure("integrity check has read no records")
        for finding in report["findings"]:
            yield f"{finding['kind']}: {', '.join(finding['members'])} of {finding['subject']}"

    def show(self, lines=40):
        """Prints the last lines of the output and of all logs to standard error."""
        files = [pathlib.Path(self.output.name)]
        if hasattr(self, "logs"):
            files += sorted(self.logs.glob("node-*.log")) + [self.postgresql / "log"]
        for file in files:
            if not file.exists():
                continue
            print(f"--- last lines of {file.name} ---", file=sys.stderr)
            print("\n".join(file.read_text(errors="replace").splitlines()[-lines:]), file=sys.stderr)

    def stop(self):
        """Stops everything, in whatever state it is.
        Returns whether the script exited with status 0."""
        status = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.terminate()
            status = self.process.wait(timeout=STOP_LIMIT)
        with contextlib.suppress(ProcessLookupError):
            # Processes of the script's session that still run.
            os.killpg(self.process.pid, signal.SIGKILL)
        if status is None:
            self.process.wait()
        if status != 0 and hasattr(self, "postgresql"):
            # PostgreSQL runs in its own session.
            subprocess.run(["Scripts/postgresql", "stop", self.postgresql], cwd=ROOT, check=False)
        self.output.close()
        return status == 0


# --- Clients --------------------------------------------------------------------------------------------------------


class Tally:
    """Counts what clients received."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()

    def add(self, what):
        with self.lock:
            self.counts[what] += 1

    def __getitem__(self, what):
        with self.lock:
            return self.counts[what]


class Partner:
    """A partner that repeats requests after a 503 or a broken connection."""

    def __init__(self, base, tally):
        self.base = base
        self.tally = tally
        self.token = None

    def send(self, method, path, body, key):
        """Sends one request. Returns the status, the headers and the body of the response."""
        request, data = prepared(self.base, self.token, method, path, body)
        if key is not None:
            request.add_header("Idempotency-Key", key)
        try:
            with urllib.request.urlopen(request, data, timeout=ORDER_LIMIT) as response:
                return response.status, response.headers, json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode(errors="replace")

    def call(self, method, path, body=None, key=None):
        """Repeats a request until it succeeds. Returns the body of the response."""
        deadline = time.monotonic() + ORDER_LIMIT
        while True:
            try:
                status, headers, document = self.send(method, path, body, key)
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                self.tally.add("broken")
                status, pause = repr(error), POLL_SECONDS
            else:
                if 200 <= status < 300:
                    if headers["Idempotent-Replayed"] == "true":
                        self.tally.add("replayed")
                    return document
                pause = headers["Retry-After"]
                if status != 503 or pause is None or not pause.isdecimal():
                    raise Failure(f"{method} {path}: {status}, Retry-After {pause}: {document}")
                self.tally.add("unavailable")
            if time.monotonic() >= deadline:
                raise Failure(f"{method} {path} did not succeed within {ORDER_LIMIT} s; last status: {status}")
            # The server sets this pause. A POST request that creates something is safe to repeat with its key.
            time.sleep(float(pause))

    def pages(self, path):
        """Returns every item of a list."""
        items, page, total_pages = [], 1, 1
        while page <= total_pages:
            response = self.call("GET", f"{path}?per_page=100&page={page}")
            items += response["data"]
            total_pages = response["pagination"]["total_pages"]
            page += 1
        return items


@dataclasses.dataclass
class Fixture:
    """The result of the quick start."""

    partner: Partner
    webhook_secret: str
    order: dict


def quick_start(base, tally, webhook_url):
    """Completes the guide's six steps. All orders use the body of the first one."""
    partner = Partner(base, tally)
    partner.token = SETTINGS["UP_SANDBOX_SETUP_TOKEN"]
    credential = partner.call("POST", "auth/credentials", {"name": "cluster"}, key=str(uuid.uuid4()))["data"]
    partner.token = None
    login = {"client_id": credential["client_id"], "client_secret": credential["client_secret"]}
    partner.token = partner.call("POST", "auth/token", login)["access_token"]
    pharmacy = partner.call("GET", "pharmacies")["data"][0]["id"]
    medication = partner.call("GET", f"pharmacies/{pharmacy}/medications")["data"][0]["medication_id"]
    patient = partner.call("POST", "patients", PATIENT, key=str(uuid.uuid4()))["data"]["uuid"]
    order = {
        "patient_id": patient,
        "pharmacy_id": pharmacy,
        "medication_id": medication,
        "dispense_quantity": 4,
        "days_supply": 28,
        "customer_id": "CUST-789",
        "memo": "Draft created via automation",
        "clinical_notes": "Patient tolerates therapy. Continue same dose.",
        "webhook_urls": [webhook_url],
    }
    secrets = [credential["client_secret"], credential["webhook_secret"], partner.token]
    record([*secrets, *PATIENT.values(), order["memo"], order["clinical_notes"], webhook_url])
    return Fixture(partner, credential["webhook_secret"], order)


def record(values):
    """Records values that must not appear in the logs, for Scripts/check-logs."""
    if "UP_TEST_LOGS" in os.environ:
        with open(pathlib.Path(os.environ["UP_TEST_LOGS"]) / "values", "a", encoding="utf-8") as file:
            # Shorter values would match by chance.
            file.writelines(value + "\n" for value in values if len(value) >= 8)


class Load:
    """Clients that place orders until the context ends or one of them fails."""

    def __init__(self, fixture):
        self.fixture = fixture
        self.tally = fixture.partner.tally
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        # The reference of each acknowledged order, by uuid.
        self.acknowledged = {}
        self.problems = []
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(1, CLIENTS + 1)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def run(self, client):
        try:
            number = 0
            while not self.is_over.wait(SECONDS_BETWEEN_ORDERS):
                number += 1
                self.place(f"ORD-{client}-{number}")
        except Exception as error:
            # The test has failed, so the other clients stop too.
            self.is_over.set()
            with self.lock:
                self.problems.append(str(error) if isinstance(error, Failure) else traceback.format_exc())

    def place(self, reference):
        order = self.fixture.order | {"order_id": reference}
        placed = self.fixture.partner.call("POST", "orders", order, key=f"key-{reference}")["data"]
        with self.lock:
            if placed["order_id"] != reference:
                self.problems.append(f"the response to {reference} contains {placed['order_id']}")
            if placed["uuid"] in self.acknowledged:
                self.problems.append(f"{reference} has the uuid of {self.acknowledged[placed['uuid']]}")
            self.acknowledged[placed["uuid"]] = reference

    def count(self):
        with self.lock:
            return len(self.acknowledged)

    def check(self):
        with self.lock:
            if self.problems:
                raise Failure("\n".join(self.problems))

    def wait_for_orders(self, more):
        """Waits until `more` further orders have been acknowledged."""
        goal = self.count() + more

        def is_reached():
            self.check()
            return self.is_over.is_set() or self.count() >= goal

        until(is_reached, RECOVERY_LIMIT, lambda: f"only {self.count()} of {goal} orders are acknowledged")


# --- Webhooks -------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Arrival:
    id: str
    event: str
    sequence: int
    body: bytes


class Receiver:
    """Accepts every delivery and records deliveries in the order of their arrival."""

    def __init__(self):
        self.lock = threading.Lock()
        # By order uuid.
        self.arrivals = collections.defaultdict(list)
        self.signatures = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.receive(body, self.headers)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                # A node was killed during a delivery.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/orders"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def receive(self, body, headers):
        payload = json.loads(body)
        arrival = Arrival(headers["webhook-id"], payload["event"], payload["sequence"], body)
        with self.lock:
            self.arrivals[payload["order"]["uuid"]].append(arrival)
            self.signatures.append((body, headers["X-Webhook-Signature"]))

    def missing(self, orders):
        """Returns the orders with missing events, and how many events of each have arrived."""
        with self.lock:
            counts = {order: len({arrival.sequence for arrival in self.arrivals[order]}) for order in orders}
        return {order: count for order, count in counts.items() if count < len(EVENTS)}

    def count(self):
        with self.lock:
            return len(self.signatures)

    def problems(self, acknowledged, secret):
        """Yields a sentence for each problem with the deliveries."""
        with self.lock:
            for order in self.arrivals.keys() - acknowledged.keys():
                yield f"webhooks arrived for {order}, which no client placed"
            for order, reference in acknowledged.items():
                first = {}
                for arrival in self.arrivals[order]:
                    if first.setdefault(arrival.sequence, arrival).id != arrival.id:
                        yield f"{reference}: event {arrival.sequence} arrived with two ids"
                    if first[arrival.sequence].body != arrival.body:
                        yield f"{reference}: event {arrival.sequence} arrived with two bodies"
                # A dictionary preserves the order of insertion.
                arrived = [(arrival.sequence, arrival.event) for arrival in first.values()]
                if arrived != list(enumerate(EVENTS, start=1)):
                    yield f"{reference}: the events first arrived as {arrived}"
                if any(json.loads(arrival.body)["order"]["order_id"] != reference for arrival in first.values()):
                    yield f"{reference}: a webhook names another order"
            forged = sum(
                not hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), signature or "")
                for body, signature in self.signatures
            )
            if forged > 0:
                yield f"{forged} of {len(self.signatures)} webhooks are not signed with the secret"


# --- The test -------------------------------------------------------------------------------------------------------


def kill_and_crash(cluster, load):
    """Kills nodes and crashes the database in turn while clients place orders.
    Returns the number of kills and of crashes."""
    kills = crashes = 0
    end = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < end or kills < LEAST_KILLS or crashes < LEAST_CRASHES:
        load.wait_for_orders(ORDERS_BETWEEN_DEATHS)
        # One crash of the database after every two kills.
        if kills // 2 > crashes:
            cluster.crash_postgresql()
            crashes += 1
        else:
            cluster.kill(1 + kills % NODES)
            kills += 1
    return kills, crashes


def check_orders(orders, acknowledged):
    """Yields a sentence for each problem with the stored orders."""
    references = collections.Counter(order["order_id"] for order in orders)
    for reference, count in references.items():
        if count > 1:
            yield f"{reference} was placed {count} times"
    stored = {order["uuid"]: order["order_id"] for order in orders}
    for order, reference in acknowledged.items():
        if stored.get(order) != reference:
            yield f"{reference} was acknowledged as {order}, which is stored as {stored.get(order, 'no order')}"
    for order in stored.keys() - acknowledged.keys():
        yield f"{stored[order]} is stored as {order}, which was never acknowledged"
    for order in orders:
        if order["status"] != "delivered":
            yield f"{order['order_id']} is {order['status']}"


def run(cluster):
    began = time.monotonic()
    cluster.wait_until_serving()
    receiver, tally = Receiver(), Tally()
    fixture = quick_start(cluster.base, tally, receiver.url)
    with Load(fixture) as load:
        kills, crashes = kill_and_crash(cluster, load)
    load.check()
    acknowledged, partner = load.acknowledged, fixture.partner

    def delivered():
        return partner.call("GET", "orders?status=delivered&per_page=1")["pagination"]["total"]

    until(
        lambda: delivered() >= len(acknowledged),
        DELIVERY_LIMIT,
        lambda: f"{delivered()} of {len(acknowledged)} orders are delivered",
    )
    until(
        lambda: not receiver.missing(acknowledged),
        DELIVERY_LIMIT,
        lambda: f"webhooks of {len(receiver.missing(acknowledged))} orders are missing",
    )
    problems = [
        *check_orders(partner.pages("orders"), acknowledged),
        *receiver.problems(acknowledged, fixture.webhook_secret),
        *cluster.disagreements(),
    ]
    if problems:
        raise Failure("\n".join(problems[:20] + ([f"and {len(problems) - 20} more"] if len(problems) > 20 else [])))
    print(
        f"{len(acknowledged)} orders by {CLIENTS} clients, {receiver.count()} webhooks, {kills} kills, "
        f"{crashes} crashes of PostgreSQL: nothing lost, no duplicates, all in order; {tally['unavailable']} responses "
        f"with 503, {tally['broken']} broken connections, {tally['replayed']} replayed responses "
        f"({time.monotonic() - began:.0f} s)"
    )


def main(executable=".build/debug/united-pharmacy"):
    def interrupted(*_):
        raise Failure("the test was interrupted")

    signal.signal(signal.SIGTERM, interrupted)
    cluster = Cluster(executable)
    reason = None
    try:
        run(cluster)
    except Failure as failure:
        reason = str(failure)
    except BaseException:
        reason = traceback.format_exc()
    if reason is not None:
        cluster.show()
    if not cluster.stop() and reason is None:
        reason = "the cluster did not stop cleanly; see the output above"
    if reason is not None:
        sys.exit(f"cluster: {reason}")


if __name__ == "__main__":
    main(*sys.argv[1:])
