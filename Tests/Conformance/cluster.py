"""Tests a whole installation while its nodes and its database die again and again.

Starts `Scripts/cluster` (PostgreSQL, three nodes, nginx before them), goes through the guide's quick start at its one
base URL, and lets clients place orders, each under an Idempotency-Key of its own and repeated under it until it is
acknowledged, while nodes are killed with -9 and PostgreSQL crashes. In the end every order must be there once and have
been delivered, its webhooks must have arrived, in order and authentic, and what is stored twice must agree. Clients may have seen nothing but 503 with
Retry-After, and answers that broke off.

Usage: cluster.py [EXECUTABLE]    (the debug build)
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
# Of one client, so that debug builds on two cores keep up.
SECONDS_BETWEEN_ORDERS = 0.2
# What must have happened in that time; more where there is time for it.
LEAST_KILLS = 4
LEAST_CRASHES = 2
# Orders that are placed between one death and the next.
ORDERS_BETWEEN_DEATHS = 20

START_LIMIT = 60
RECOVERY_LIMIT = 30
# One order, through everything that dies meanwhile.
ORDER_LIMIT = 30
# What a dead node had claimed is free again after 20 to 24 seconds.
DELIVERY_LIMIT = 60
# The script itself gives the nodes 35 seconds to stop.
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
    """Why the test has failed, in a sentence."""


def until(condition, seconds, what):
    """Waits until `condition` is true, and returns what it was; asks `what` for the words where it never is."""
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
    """The first of some ports in a row that nobody listens on, below those that the system gives to connections."""
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
    raise Failure("there are no free ports")


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

    def said(self):
        return pathlib.Path(self.output.name).read_text(errors="replace")

    def value(self, name):
        """What the script says after a name."""
        return next((line.split(": ", 1)[1] for line in self.said().splitlines() if line.startswith(name + ": ")), None)

    def wait_until_serving(self):
        def is_serving():
            if self.process.poll() is not None:
                raise Failure(f"the cluster ended with status {self.process.returncode} before it served")
            return "==> Serving" in self.said()

        until(is_serving, START_LIMIT, "the cluster does not serve")
        self.base = self.value("Sandbox base URL")
        self.logs = pathlib.Path(self.value("Logs"))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.value("PostgreSQL")).query)
        self.postgresql = pathlib.Path(query["host"][0])

    def process_of(self, node):
        """The process of a node; `None` while it is being started again."""
        try:
            return int((self.postgresql.parent / f"node-{node}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def is_ready(self, node):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port + node}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self, node):
        """Kills a node with -9 and waits until its successor is ready."""
        killed = until(lambda: self.process_of(node), RECOVERY_LIMIT, f"node {node} has no process")
        os.kill(killed, signal.SIGKILL)
        until(
            lambda: self.process_of(node) not in (None, killed) and self.is_ready(node),
            RECOVERY_LIMIT,
            f"node {node} is not back after a kill -9",
        )

    def crash_postgresql(self):
        """Crashes PostgreSQL, starts it again and waits until every node has it back."""
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
            raise Failure(f"PostgreSQL was not restarted: {restarted.stdout}")
        for node in range(1, NODES + 1):
            until(lambda: self.is_ready(node), RECOVERY_LIMIT, f"node {node} is not ready after a crash of PostgreSQL")

    def disagreements(self):
        """What is stored twice and disagrees, in sentences."""
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
            raise Failure(f"integrity check ended with status {checked.returncode}: {checked.stderr}")
        report = json.loads(checked.stdout)
        if report["records"] == 0:
            raise Failure("integrity check has looked at nothing")
        for finding in report["findings"]:
            yield f"{finding['kind']}: {', '.join(finding['members'])} of {finding['subject']}"

    def show(self, lines=40):
        """The ends of all that was written, on standard error."""
        files = [pathlib.Path(self.output.name)]
        if hasattr(self, "logs"):
            files += sorted(self.logs.glob("node-*.log")) + [self.postgresql / "log"]
        for file in files:
            if not file.exists():
                continue
            print(f"--- the last lines of {file.name} ---", file=sys.stderr)
            print("\n".join(file.read_text(errors="replace").splitlines()[-lines:]), file=sys.stderr)

    def stop(self):
        """Stops everything, whatever state it is in.
        Returns whether it went as it should."""
        status = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.terminate()
            status = self.process.wait(timeout=STOP_LIMIT)
        with contextlib.suppress(ProcessLookupError):
            # What is left of the script's own session.
            os.killpg(self.process.pid, signal.SIGKILL)
        if status is None:
            self.process.wait()
        if status != 0 and hasattr(self, "postgresql"):
            # PostgreSQL has a session of its own.
            subprocess.run(["Scripts/postgresql", "stop", self.postgresql], cwd=ROOT, check=False)
        self.output.close()
        return status == 0


# --- Clients --------------------------------------------------------------------------------------------------------


class Tally:
    """What clients saw, counted."""

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
    """A partner that repeats what was answered 503, or not at all."""

    def __init__(self, base, tally):
        self.base = base
        self.tally = tally
        self.token = None

    def send(self, method, path, body, key):
        """Sends one request; returns the status, the headers and the document of its answer."""
        request, data = prepared(self.base, self.token, method, path, body)
        if key is not None:
            request.add_header("Idempotency-Key", key)
        try:
            with urllib.request.urlopen(request, data, timeout=ORDER_LIMIT) as answer:
                return answer.status, answer.headers, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode(errors="replace")

    def call(self, method, path, body=None, key=None):
        """Returns the document of a successful answer; asks again until there is one."""
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
                raise Failure(f"{method} {path} does not succeed for {ORDER_LIMIT} s; at last: {status}")
            # As the server asks; POST requests that make something are safe to repeat with their keys.
            time.sleep(float(pause))

    def pages(self, path):
        """Every item of a list."""
        items, page, total_pages = [], 1, 1
        while page <= total_pages:
            answer = self.call("GET", f"{path}?per_page=100&page={page}")
            items += answer["data"]
            total_pages = answer["pagination"]["total_pages"]
            page += 1
        return items


@dataclasses.dataclass
class Setting:
    """What the quick start has brought."""

    partner: Partner
    webhook_secret: str
    order: dict


def quick_start(base, tally, webhook_url):
    """The guide's six steps; the order's body serves for all that follow."""
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
    return Setting(partner, credential["webhook_secret"], order)


def record(values):
    """Keeps what must not be in the logs, for Scripts/check-logs."""
    if "UP_TEST_LOGS" in os.environ:
        with open(pathlib.Path(os.environ["UP_TEST_LOGS"]) / "values", "a", encoding="utf-8") as file:
            # Shorter ones would be found by chance.
            file.writelines(value + "\n" for value in values if len(value) >= 8)


class Load:
    """Clients that place orders until they are told to stop."""

    def __init__(self, setting):
        self.setting = setting
        self.tally = setting.partner.tally
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        # The reference of each acknowledged order, by its uuid.
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
            # The others need not go on: the test has failed.
            self.is_over.set()
            with self.lock:
                self.problems.append(str(error) if isinstance(error, Failure) else traceback.format_exc())

    def place(self, reference):
        order = self.setting.order | {"order_id": reference}
        placed = self.setting.partner.call("POST", "orders", order, key=f"key-{reference}")["data"]
        with self.lock:
            if placed["order_id"] != reference:
                self.problems.append(f"{reference} was answered with {placed['order_id']}")
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
        """Waits until some orders more have been acknowledged."""
        goal = self.count() + more

        def is_reached():
            self.check()
            return self.is_over.is_set() or self.count() >= goal

        until(is_reached, RECOVERY_LIMIT, lambda: f"{self.count()} orders are acknowledged, not {goal}")


# --- Webhooks -------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Arrival:
    id: str
    event: str
    sequence: int
    body: bytes


class Receiver:
    """Takes every delivery, and keeps what arrived in the order in which it did."""

    def __init__(self):
        self.lock = threading.Lock()
        # By the orders' uuids.
        self.arrivals = collections.defaultdict(list)
        self.signatures = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(body, self.headers)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                # A node that died in the middle of a delivery.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/orders"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, body, headers):
        payload = json.loads(body)
        arrival = Arrival(headers["webhook-id"], payload["event"], payload["sequence"], body)
        with self.lock:
            self.arrivals[payload["order"]["uuid"]].append(arrival)
            self.signatures.append((body, headers["X-Webhook-Signature"]))

    def missing(self, orders):
        """The orders of which not every event has arrived, with how many have."""
        with self.lock:
            counts = {order: len({arrival.sequence for arrival in self.arrivals[order]}) for order in orders}
        return {order: count for order, count in counts.items() if count < len(EVENTS)}

    def count(self):
        with self.lock:
            return len(self.signatures)

    def problems(self, acknowledged, secret):
        """What is wrong with what has arrived, in sentences."""
        with self.lock:
            for order in self.arrivals.keys() - acknowledged.keys():
                yield f"webhooks of {order} arrived, which nobody knows"
            for order, reference in acknowledged.items():
                first = {}
                for arrival in self.arrivals[order]:
                    if first.setdefault(arrival.sequence, arrival).id != arrival.id:
                        yield f"{reference}: event {arrival.sequence} arrived under two ids"
                    if first[arrival.sequence].body != arrival.body:
                        yield f"{reference}: event {arrival.sequence} arrived with two bodies"
                # A dictionary keeps the order in which its keys first came.
                told = [(arrival.sequence, arrival.event) for arrival in first.values()]
                if told != list(enumerate(EVENTS, start=1)):
                    yield f"{reference}: the first arrivals are {told}"
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
    """Lets nodes and the database die in turn, for as long as orders are placed.
    Returns how often each died."""
    kills = crashes = 0
    end = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < end or kills < LEAST_KILLS or crashes < LEAST_CRASHES:
        load.wait_for_orders(ORDERS_BETWEEN_DEATHS)
        # After every two nodes the database.
        if kills // 2 > crashes:
            cluster.crash_postgresql()
            crashes += 1
        else:
            cluster.kill(1 + kills % NODES)
            kills += 1
    return kills, crashes


def check_orders(orders, acknowledged):
    """What is wrong with the orders that are there, in sentences."""
    references = collections.Counter(order["order_id"] for order in orders)
    for reference, count in references.items():
        if count > 1:
            yield f"{reference} was placed {count} times"
    there = {order["uuid"]: order["order_id"] for order in orders}
    for order, reference in acknowledged.items():
        if there.get(order) != reference:
            yield f"{reference} was acknowledged as {order}, which is {there.get(order, 'not there')}"
    for order in there.keys() - acknowledged.keys():
        yield f"{there[order]} is there as {order}, which was never acknowledged"
    for order in orders:
        if order["status"] != "delivered":
            yield f"{order['order_id']} is {order['status']}"


def run(cluster):
    began = time.monotonic()
    cluster.wait_until_serving()
    receiver, tally = Receiver(), Tally()
    setting = quick_start(cluster.base, tally, receiver.url)
    with Load(setting) as load:
        kills, crashes = kill_and_crash(cluster, load)
    load.check()
    acknowledged, partner = load.acknowledged, setting.partner

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
        *receiver.problems(acknowledged, setting.webhook_secret),
        *cluster.disagreements(),
    ]
    if problems:
        raise Failure("\n".join(problems[:20] + ([f"and {len(problems) - 20} more"] if len(problems) > 20 else [])))
    print(
        f"{len(acknowledged)} orders by {CLIENTS} clients, {receiver.count()} webhooks, {kills} kill -9, "
        f"{crashes} crashes of PostgreSQL: nothing lost, nothing twice, all in order; {tally['unavailable']} answers "
        f"503, {tally['broken']} broken off, {tally['replayed']} replayed ({time.monotonic() - began:.0f} s)"
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
        reason = "the cluster did not stop as it should"
    if reason is not None:
        sys.exit(f"cluster: {reason}")


if __name__ == "__main__":
    main(*sys.argv[1:])
