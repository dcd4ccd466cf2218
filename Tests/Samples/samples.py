"""Runs the code samples of the developer hub against a server.

Usage: samples.py ORIGIN SETUP_TOKEN SAMPLE_FILES BUILD_DIRECTORY

- The sample of every operation in every language, as the OpenAPI document of the server has them. Each language runs
  the whole sequence of STEPS with records of its own and wipes the sandbox at its end. Samples are run as they are;
  only environment variables are set.
- SAMPLE_FILES has verify-webhook.* and retry.*. BUILD_DIRECTORY has the built modules of swift-crypto, which
  verify-webhook.swift imports.
- The `sh` and `sample` blocks of the guide's pages, each page in one shell.

A language that is not installed is reported as such. If the environment variable CI is true, it is a failure.
"""

import concurrent.futures
import dataclasses
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

# Seconds.
PROGRAM_LIMIT = 90
COMPILATION_LIMIT = 120
WEBHOOK_LIMIT = 30

METHODS = ("get", "post", "put", "patch", "delete")
VARIABLES = (
    "SETUP_TOKEN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "ACCESS_TOKEN",
    "REFRESH_TOKEN",
    "PHARMACY_ID",
    "MEDICATION_ID",
    "PATIENT_ID",
    "ORDER_ID",
    "DELIVERY_ID",
    "ENDPOINT_ID",
    "REQUEST_ID",
)
SECRETS = ("SETUP_TOKEN", "CLIENT_SECRET", "ACCESS_TOKEN", "REFRESH_TOKEN")

# Samples that cannot fail because of a wrong token or secret, and why.
WITHOUT_FAILURE = {
    "ping": "it needs no token",
    "revokeToken": "an unknown token is not an error (RFC 7009)",
}

# Pages of the guide whose blocks are run, and what their last line must be.
PAGES = {"index": None, "quick-start": "delivered"}


class Failures:
    """What failed, in the order in which it did. Prints each failure when it is added."""

    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()

    def add(self, what, reason):
        with self.lock:
            self.count += 1
            print(f"FAILED {what}: {reason}", flush=True)


# MARK: Languages


@dataclasses.dataclass(frozen=True)
class Language:
    name: str
    # In x-codeSamples.
    key: str
    extension: str
    # What must be on the PATH; the first is the interpreter or compiler.
    commands: tuple

    def missing(self):
        return [command for command in self.commands if shutil.which(command) is None]


LANGUAGES = (
    Language("curl", "sh", "sh", ("sh", "curl", "openssl")),
    Language("JavaScript", "javascript", "mjs", ("node",)),
    Language("Python", "python", "py", ("python3",)),
    Language("PHP", "php", "php", ("php",)),
    Language("Swift", "swift", "swift", ("swiftc",)),
)


class Unavailable(Exception):
    """A program cannot be built on this machine."""


class CompilationError(Exception):
    """A program does not compile."""


class Program:
    """A sample as a file and, in Swift, as an executable."""

    def __init__(self, language, name, source, directory, build_directory):
        self.source = source
        file = directory / language.key / f"{name}.{language.extension}"
        file.parent.mkdir(exist_ok=True)
        file.write_text(source, encoding="utf-8")
        if language.key != "swift":
            # The Python of the tests: a python3 on the PATH may be a slow wrapper.
            interpreter = sys.executable if language.key == "python" else language.commands[0]
            self.command = [interpreter, str(file)]
            return
        executable = file.with_suffix("")
        self.command = [str(executable)]
        # Stricter than most partners compile: the current language mode, without warnings.
        compiler = ["swiftc", "-swift-version", "6", "-warnings-as-errors", str(file), "-o", str(executable)]
        if re.search(r"^import Crypto$", source, re.MULTILINE):
            compiler += swift_crypto(build_directory)
        try:
            result = subprocess.run(compiler, capture_output=True, text=True, timeout=COMPILATION_LIMIT)
        except subprocess.TimeoutExpired:
            raise CompilationError(f"the compiler did not end within {COMPILATION_LIMIT} s") from None
        if result.returncode != 0:
            raise CompilationError(shortened(result.stderr or result.stdout))

    def run(self, variables, data=b""):
        """Returns the exit status, the standard output and the standard error."""
        # Without the tester's own variables: no proxy, no token of another server.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        try:
            result = subprocess.run(
                self.command, input=data, capture_output=True, timeout=PROGRAM_LIMIT, env=environment | variables
            )
        except subprocess.TimeoutExpired:
            return None, "", f"it did not end within {PROGRAM_LIMIT} s"
        return result.returncode, result.stdout.decode(), result.stderr.decode(errors="replace")


def swift_crypto(build_directory):
    """The compiler's options to use the modules of swift-crypto that the build of the server has left."""
    if not (build_directory / "Modules" / "Crypto.swiftmodule").exists():
        raise Unavailable(f"swift-crypto, built in {build_directory}")
    options = ["-I", str(build_directory / "Modules"), "-lstdc++"]
    for module in ("Crypto", "CryptoBoringWrapper", "CCryptoBoringSSL", "CCryptoBoringSSLShims", "CXKCP", "CXKCPShims"):
        options += map(str, (build_directory / f"{module}.build").glob("**/*.o"))
    return options


def shortened(text):
    lines = text.strip().splitlines()
    return "\n    ".join(lines[:12])


class Programs:
    """All programs of one language. They are built in the background."""

    def __init__(self, language, sources, pool, directory, build_directory):
        self.futures = {
            name: pool.submit(Program, language, name, source, directory, build_directory)
            for name, source in sources.items()
        }

    def __getitem__(self, name):
        return self.futures[name].result()


# MARK: Server


class API:
    """The tests' own requests, for what no sample does."""

    def __init__(self, base):
        self.base = base

    def call(self, method, path, token=None, body=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/{path}", method=method, headers=headers, data=data)
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            sys.exit(f"samples: {method} {path}: {error.code} {error.read().decode(errors='replace')}")


def text(url):
    with urllib.request.urlopen(url, timeout=15) as response:
        return response.read().decode()


class Document:
    """The OpenAPI document."""

    def __init__(self, document):
        self.document = document
        self.operations = {
            operation["operationId"]: operation
            for item in document["paths"].values()
            for method, operation in item.items()
            if method in METHODS
        }

    def source(self, operation, language):
        samples = self.operations[operation].get("x-codeSamples", [])
        return next((sample["source"] for sample in samples if sample["lang"] == language.key), None)

    def resolved(self, value):
        while "$ref" in value:
            target = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            value = target
        return value

    def problem(self, operation, output):
        """What is wrong with the output of an operation's sample: it is not what one of the successes has."""
        responses = self.operations[operation]["responses"]
        problems = []
        for status, response in responses.items():
            if not status.startswith("2"):
                continue
            content = self.resolved(response).get("content", {}).get("application/json")
            if content is None:
                problem = None if output.strip() == "" else f"the output is not empty: {output[:200]}"
            else:
                try:
                    problem = self.mismatch(content["schema"], json.loads(output), "the output")
                except ValueError as error:
                    problem = f"the output is not JSON ({error}): {output[:200]!r}"
            if problem is None:
                return None
            problems.append(f"{problem} ({status})")
        return "; ".join(problems) or "the operation has no successful response"

    def mismatch(self, schema, value, where):
        """Which required member is missing, or which object is none. The other rules are Schemathesis' to test."""
        schema = self.resolved(schema)
        if "oneOf" in schema or "anyOf" in schema:
            found = [self.mismatch(each, value, where) for each in schema.get("oneOf", schema.get("anyOf"))]
            return None if None in found else found[0]
        for part in schema.get("allOf", []):
            if (found := self.mismatch(part, value, where)) is not None:
                return found
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if value is None:
            return f"{where} is null" if types and "null" not in types else None
        if "object" in types:
            if not isinstance(value, dict):
                return f"{where} is not an object"
            for name in schema.get("required", []):
                if name not in value:
                    return f"{where} has no {name}"
            for name, member in schema.get("properties", {}).items():
                if name in value and (found := self.mismatch(member, value[name], f"{where}.{name}")) is not None:
                    return found
        if "array" in types:
            if not isinstance(value, list):
                return f"{where} is not an array"
            for index, element in enumerate(value):
                if (found := self.mismatch(schema.get("items", {}), element, f"{where}[{index}]")) is not None:
                    return found
        return None


class Receiver(http.server.ThreadingHTTPServer):
    """A receiver of webhooks."""

    def __init__(self):
        received = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.put((self.path, body, self.headers))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.received = received
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def next(self, name):
        """The next webhook to a URL: the body and the header fields; None if there is none in time."""
        deadline = time.monotonic() + WEBHOOK_LIMIT
        while (rest := deadline - time.monotonic()) > 0:
            try:
                path, body, headers = self.received.get(timeout=rest)
            except queue.Empty:
                break
            if path == f"/{name}":
                return body, headers
        return None


class BusyServer(http.server.ThreadingHTTPServer):
    """Responds to the requests of each path with the statuses of the path's first segment, in their order."""

    STATUSES = {"limited": (429, 200), "unavailable": (503, 200), "refused": (404,)}
    RETRY_AFTER = 2  # seconds, after 429

    def __init__(self):
        requests = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                # One client sends its requests one after the other.
                made = requests.setdefault(self.path, [])
                made.append((time.monotonic(), self.headers["Authorization"]))
                statuses = BusyServer.STATUSES[self.path.split("/")[1]]
                status = statuses[min(len(made), len(statuses)) - 1]
                body = b'{"data":[]}' if status == 200 else b'{"error":{"code":"stub"}}'
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", str(BusyServer.RETRY_AFTER))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = requests
        threading.Thread(target=self.serve_forever, daemon=True).start()


# MARK: Operations


@dataclasses.dataclass(frozen=True)
class Step:
    """The sample of one operation."""

    operation: str
    # Variables to take from the output, and where they are in it.
    saves: dict = dataclasses.field(default_factory=dict)
    # Values that the output must have.
    expects: dict = dataclasses.field(default_factory=dict)
    # The method of Chain that returns variables for this step only.
    given: str = ""
    # The method of Chain that is called with the parsed output and returns what is wrong, or None.
    then: str = ""


CREDENTIAL = {"CLIENT_ID": "data.client_id", "CLIENT_SECRET": "data.client_secret"}
TOKENS = {"ACCESS_TOKEN": "access_token", "REFRESH_TOKEN": "refresh_token"}

# The receiver that samples name, https://your-app.com/webhooks/orders, is a placeholder. So nothing is expected of
# deliveries to it, nor of is_success in the response of testWebhook, which is 200 in either case. The delivery that the
# other samples show and repeat belongs to an order that the tests place, with a receiver of their own.
STEPS = (
    Step("ping", expects={"status": "ok"}),
    Step("createCredential", saves=CREDENTIAL, then="secret"),
    Step("issueToken", saves=TOKENS),
    Step("refreshToken", saves=TOKENS),
    Step("listCredentials", expects={"data.0.name": "Production server"}),
    Step("updateCredential", expects={"data.name": "Production server"}),
    Step("listPharmacies", saves={"PHARMACY_ID": "data.0.id"}),
    Step("listMedications", saves={"MEDICATION_ID": "data.0.medication_id"}),
    Step("getMedication", then="has_medication"),
    Step("createPatient", saves={"PATIENT_ID": "data.uuid"}),
    Step("createPatients", expects={"data.0.status": 201, "data.0.data.last_name": "O'Neil-Smith"}),
    Step("listPatients", then="has_patient"),
    Step("searchPatients"),
    Step("getPatient", expects={"data.last_name": "O'Neil-Smith"}),
    Step("updatePatient", expects={"data.email": "jane.smith@example.com", "data.phone_home": None}),
    Step("syncPatient"),
    Step("submitOrder", saves={"ORDER_ID": "data.uuid"}, expects={"data.order_id": "ORD-12345"}),
    Step("submitOrders", expects={"data.0.status": 201, "data.0.data.order_id": "ORD-12345"}),
    Step("getOrder", expects={"data.order_id": "ORD-12345"}),
    Step("listOrders", then="has_order"),
    Step("listPatientOrders", then="has_order"),
    Step("advanceSandboxOrder", expects={"data.status": "shipped"}),
    Step("amendOrder", given="another_order", expects={"data.ship_to.city": "Chicago"}),
    Step("refillOrder", given="order_with_refills", expects={"data.order_id": "ORD-12345-R1"}),
    Step("cancelOrder", given="another_order", expects={"data.status": "cancelled"}),
    Step("listDeliveries", given="webhook", then="delivery"),
    Step("getDelivery"),
    Step("redeliver", then="redelivered"),
    Step("sampleWebhook"),
    Step("getWebhookHealth"),
    Step("listEvents", expects={"data.0.event": "order.created"}),
    Step("recoverDeliveries"),
    Step("testWebhook", expects={"data.payload.event": "order.shipped"}),
    Step("listRequests", given="logged_request"),
    Step("getRequest", expects={"data.operation": "submitOrder"}),
    Step("rotateWebhookSecret"),
    Step("createWebhookEndpoint", saves={"ENDPOINT_ID": "data.uuid"}, expects={"data.paused": False}),
    Step("listWebhookEndpoints", expects={"data.0.retry_schedule": "standard"}),
    Step("getWebhookEndpoint", expects={"data.description": "Production receiver"}),
    Step("updateWebhookEndpoint", expects={"data.events.0": "order.shipped"}),
    Step("rotateWebhookEndpointSecret"),
    Step("deleteWebhookEndpoint"),
    Step("revokeToken", given="another_token"),
    Step("revokeCredential", given="another_credential"),
    Step("deletePatient", given="another_patient"),
    Step("wipeSandbox"),
)


def found(value, path):
    """The value at a path such as data.0.id; raises LookupError or TypeError if there is none."""
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


class Chain:
    """The steps in one language."""

    def __init__(self, language, programs, document, api, setup_token, failures):
        self.language = language
        self.programs = programs
        self.document = document
        self.api = api
        self.failures = failures
        self.variables = {"SETUP_TOKEN": setup_token}
        self.receiver = Receiver()
        self.webhook_secret = None
        # The body and the header fields of the first webhook.
        self.received = None
        self.passed = 0

    def fail(self, what, reason):
        self.failures.add(f"{self.language.name} {what}", reason)

    def run(self):
        for step in STEPS:
            if self.document.source(step.operation, self.language) is None:
                self.fail(step.operation, "there is no sample")
                continue
            reason = self.problem(step)
            if reason is None:
                self.passed += 1
            else:
                self.fail(step.operation, reason)
        self.receiver.shutdown()

    def problem(self, step):
        try:
            program = self.programs[step.operation]
        except CompilationError as error:
            return f"it does not compile:\n    {error}"
        variables = self.variables.copy()
        if step.given:
            try:
                variables |= getattr(self, step.given)()
            except KeyError as error:
                return f"not run: an earlier sample had to give {error}"
        missing = [name for name in VARIABLES if name in program.source and name not in variables]
        if missing:
            return f"not run: an earlier sample had to give {', '.join(missing)}"
        status, output, errors = program.run(variables)
        if status != 0:
            return f"exit status {status}\n    {shortened(output + errors)}"
        reason = self.document.problem(step.operation, output)
        if reason is not None:
            return reason
        value = json.loads(output) if output.strip() else None
        try:
            for name, path in step.saves.items():
                self.variables[name] = found(value, path)
            for path, expected in step.expects.items():
                if found(value, path) != expected:
                    return f"{path} is {found(value, path)!r} instead of {expected!r}"
        except (LookupError, TypeError):
            return f"the output lacks {[*step.saves.values(), *step.expects]}: {output[:300]}"
        return getattr(self, step.then)(value) if step.then else None

    def check_errors(self, pool):
        """Every sample must fail if the token or secret that it sends is wrong."""
        variables = dict.fromkeys(VARIABLES, "00000000-0000-4000-8000-000000000000") | dict.fromkeys(SECRETS, "wrong")

        def problem(operation):
            try:
                status, output, errors = self.programs[operation].run(variables)
            except CompilationError:
                return None  # Reported when it is to succeed.
            if status == 0:
                return f"exit status 0 in spite of a wrong token\n    {shortened(output + errors)}"
            return None

        operations = [step.operation for step in STEPS if step.operation not in WITHOUT_FAILURE]
        operations = [each for each in operations if self.document.source(each, self.language) is not None]
        for operation, reason in zip(operations, pool.map(problem, operations)):
            if reason is not None:
                self.fail(operation, reason)

    # What steps are given. A KeyError names the variable that an earlier sample had to give.

    def order(self, members=None):
        body = {
            "patient_id": self.variables["PATIENT_ID"],
            "pharmacy_id": self.variables["PHARMACY_ID"],
            "medication_id": self.variables["MEDICATION_ID"],
            "dispense_quantity": 4,
        }
        token = self.variables["ACCESS_TOKEN"]
        return self.api.call("POST", "orders", token, body | (members or {}))["data"]["uuid"]

    def another_order(self):
        return {"ORDER_ID": self.order()}

    def order_with_refills(self):
        return {"ORDER_ID": self.order({"refills_authorized": 1})}

    def webhook(self):
        self.order({"webhook_urls": [self.receiver.url("hook")]})
        self.received = self.receiver.next("hook")
        if self.received is None:
            self.fail("webhooks", f"none arrived within {WEBHOOK_LIMIT} s")
        return {}

    def credential(self):
        body = {"name": "another"}
        return self.api.call("POST", "auth/credentials", self.variables["ACCESS_TOKEN"], body)["data"]

    def another_credential(self):
        return {"CLIENT_ID": self.credential()["client_id"]}

    def another_token(self):
        credential = self.credential()
        body = {"client_id": credential["client_id"], "client_secret": credential["client_secret"]}
        return {"REFRESH_TOKEN": self.api.call("POST", "auth/token", None, body)["refresh_token"]}

    def another_patient(self):
        token = self.variables["ACCESS_TOKEN"]
        members = ("first_name", "last_name", "date_of_birth", "gender", "phone_cell")
        members += ("address1", "city", "state", "zip")
        patient = self.api.call("GET", f"patients/{self.variables['PATIENT_ID']}", token)["data"]
        body = {name: patient[name] for name in members} | {"email": "another@example.com"}
        return {"PATIENT_ID": self.api.call("POST", "patients", token, body)["data"]["uuid"]}

    def logged_request(self):
        """Waits until the log, which is written in batches, has the request that submitted the order."""
        end = time.monotonic() + WEBHOOK_LIMIT
        while time.monotonic() < end:
            logged = self.api.call("GET", "requests?operation=submitOrder", self.variables["ACCESS_TOKEN"])["data"]
            if logged:
                self.variables["REQUEST_ID"] = logged[0]["request_id"]
                return {}
            time.sleep(0.1)
        self.fail("listRequests", f"the log has no request within {WEBHOOK_LIMIT} s")
        return {}

    # What is checked of outputs in addition.

    def secret(self, value):
        self.webhook_secret = value["data"]["webhook_secret"]

    def has_patient(self, value):
        ids = [patient["uuid"] for patient in value["data"]]
        return None if self.variables.get("PATIENT_ID") in ids else "the new patient is not in the list"

    def has_medication(self, value):
        return None if value["data"]["medication_id"] == self.variables.get("MEDICATION_ID") else "another medication"

    def has_order(self, value):
        ids = [order["uuid"] for order in value["data"]]
        return None if self.variables.get("ORDER_ID") in ids else "the new order is not in the list"

    def delivery(self, value):
        url = self.receiver.url("hook")
        ids = [delivery["id"] for delivery in value["data"] if delivery["url"] == url]
        if not ids:
            return "the delivery to the receiver is not in the list"
        self.variables["DELIVERY_ID"] = ids[-1]
        return None

    def redelivered(self, _):
        again = self.receiver.next("hook")
        return None if again is not None else f"the receiver got nothing within {WEBHOOK_LIMIT} s"


# MARK: Files


def check_verification(chain, published):
    """Tests verify-webhook with a webhook of the server and with the values that the guide publishes."""
    program = chain.programs["verify-webhook"]
    cases = [("the values of the guide", *published, True)]
    if chain.received is not None and chain.webhook_secret is not None:
        body, headers = chain.received
        signature = headers["X-Webhook-Signature"]
        foreign = hmac.new(b"another secret", body, hashlib.sha256).hexdigest()
        cases += [
            ("a webhook", body, signature, chain.webhook_secret, True),
            ("an altered body", body + b" ", signature, chain.webhook_secret, False),
            ("a signature with another secret", body, foreign, chain.webhook_secret, False),
            ("a truncated signature", body, signature[:-2], chain.webhook_secret, False),
            ("a signature that is not hexadecimal", body, "é" * 64, chain.webhook_secret, False),
        ]
    else:
        chain.fail("verify-webhook", "not run: there was no webhook to verify")
    for what, body, signature, secret, is_authentic in cases:
        status, output, errors = program.run({"SIGNATURE": signature, "WEBHOOK_SECRET": secret}, body)
        expected = (0, "authentic\n") if is_authentic else (1, "not authentic\n")
        if (status, output) != expected:
            reason = f"{what}: exit status {status} and {output!r} instead of {expected}\n    {shortened(errors)}"
            chain.fail("verify-webhook", reason)
    status, output, _ = program.run({"WEBHOOK_SECRET": "whsec_x"}, b"{}")
    if status in (0, 1, None) and output != "":
        chain.fail("verify-webhook", f"without SIGNATURE: exit status {status} and {output!r}")


def check_repetition(chain, server):
    """Tests retry with 429, with 503, and with an error that must not be repeated."""
    program = chain.programs["retry"]
    expected = {"limited": (True, 2, BusyServer.RETRY_AFTER), "unavailable": (True, 2, 1), "refused": (False, 1, 0)}

    def problem(scenario):
        succeeds, count, delay = expected[scenario]
        base = f"http://127.0.0.1:{server.server_port}/{scenario}/{chain.language.key}"
        status, output, errors = program.run({"BASE": base, "ACCESS_TOKEN": "token"})
        if (status == 0) != succeeds:
            return f"exit status {status}\n    {shortened(output + errors)}"
        if succeeds and output.strip() != '{"data":[]}':
            return f"the output is {output!r}"
        requests = server.requests.get(f"/{scenario}/{chain.language.key}/pharmacies", [])
        if len(requests) != count:
            return f"{len(requests)} requests instead of {count}"
        if {token for _, token in requests} != {"Bearer token"}:
            return "not every request had the token"
        if requests[-1][0] - requests[0][0] < delay:
            return f"the request was repeated before {delay} s had passed"
        return None

    with concurrent.futures.ThreadPoolExecutor(len(expected)) as pool:
        for scenario, reason in zip(expected, pool.map(problem, expected)):
            if reason is not None:
                chain.fail("retry", f"{scenario}: {reason}")


def published_values(origin):
    """The body, the signature and the secret with which partners can check their code, from the guide."""
    page = text(f"{origin}/docs/webhooks.md")
    values = dict(re.findall(r"^\| (Secret|Body|Signature) \| `([^`]+)`", page, re.MULTILINE))
    return values["Body"].encode(), values["Signature"], values["Secret"]


# MARK: Guide

MEMBER = """
import json, sys
value = json.load(sys.stdin)
value = value.get("data", value)
print((value[0] if isinstance(value, list) else value)[sys.argv[1]])
"""


def check_page(slug, last_line, origin, setup_token, document, directory, failures):
    """Runs the `sh` blocks of a page and, as its curl samples, the `sample` blocks, in one shell.

    The values that the page says to save (`id` as `PHARMACY_ID`) are taken from the response of the sample in front.
    """
    what = f"page {slug}"
    pieces = re.split(r"^```(\S*)\n(.*?)^```$", text(f"{origin}/docs/{slug}.md"), flags=re.MULTILINE | re.DOTALL)
    script = []
    blocks = 0
    response = None
    # The prose before the first block, then a language, a block and the prose after it, again and again.
    for kind, block, prose in zip(pieces[1::3], pieces[2::3], pieces[3::3]):
        block = block.strip()
        if kind == "sh":
            script.append(block)
            blocks += 1
        elif kind == "sample" and block in document.operations:
            response = f"{directory}/{slug}-{blocks}.json"
            source = document.source(block, LANGUAGES[0])
            script += ["{", source, f"}} >'{response}'"]
            blocks += 1
        if response is not None:
            for member, name in re.findall(r"`(\w+)`\s+(?:from\s+`data`\s+)?as\s+`([A-Z_]+)`", prose):
                script.append(f"{name}=$('{sys.executable}' -c '{MEMBER}' {member} <'{response}')")
    if blocks == 0:
        failures.add(what, "there are no blocks to run")
        return
    file = directory / f"{slug}.sh"
    file.write_text("\n".join(script) + "\n", encoding="utf-8")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    try:
        result = subprocess.run(
            ["sh", "-eu", str(file)],
            capture_output=True,
            text=True,
            timeout=PROGRAM_LIMIT,
            env=environment | {"SETUP_TOKEN": setup_token},
        )
    except subprocess.TimeoutExpired:
        failures.add(what, f"it did not end within {PROGRAM_LIMIT} s")
        return
    lines = result.stdout.strip().splitlines()
    if result.returncode != 0:
        failures.add(what, f"exit status {result.returncode}\n    {shortened(result.stdout + result.stderr)}")
    elif last_line is not None and lines[-1:] != [last_line]:
        failures.add(what, f"the last line is {lines[-1:]} instead of {last_line!r}")
    else:
        print(f"page {slug}: {blocks} blocks", flush=True)


# MARK: All


def check_language(language, programs, document, api, origin, setup_token, failures, busy, pool):
    began = time.monotonic()
    before = failures.count
    chain = Chain(language, programs, document, api, setup_token, failures)
    chain.check_errors(pool)
    chain.run()
    checks = {
        "verify-webhook": lambda: check_verification(chain, published_values(origin)),
        "retry": lambda: check_repetition(chain, busy),
    }
    passed = [f"{chain.passed} of {len(document.operations)} operations"]
    for name, check in checks.items():
        count = failures.count
        try:
            check()
        except CompilationError as error:
            chain.fail(name, f"it does not compile:\n    {error}")
        except Unavailable as error:
            report_missing(f"{language.name} {name}", error, failures)
            continue
        if failures.count == count:
            passed.append(name)
    result = "passed" if failures.count == before else f"{failures.count - before} failed"
    print(f"{language.name}: {', '.join(passed)} ({time.monotonic() - began:.1f} s): {result}", flush=True)


def report_missing(what, missing, failures):
    if os.environ.get("CI") == "true":
        failures.add(what, f"not at hand: {missing}")
    else:
        print(f"{what}: not at hand: {missing}", flush=True)


def main(origin, setup_token, files, build_directory):
    failures = Failures()
    document = Document(json.loads(text(f"{origin}/openapi.json")))
    api = API(f"{origin}/pharmacy/sandbox/api/v1")
    untested = set(document.operations) ^ {step.operation for step in STEPS}
    for operation in sorted(untested):
        failures.add(operation, "either STEPS or the OpenAPI document does not have it")

    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as builders:
        directory = pathlib.Path(directory)
        available = []
        # Swift first: its programs are compiled while the others run.
        for language in reversed(LANGUAGES):
            if missing := language.missing():
                report_missing(language.name, ", ".join(missing), failures)
                continue
            sources = {name: document.source(name, language) for name in document.operations}
            sources = {name: source for name, source in sources.items() if source is not None}
            for name in ("verify-webhook", "retry"):
                file = pathlib.Path(files, f"{name}.{language.extension}")
                sources[name] = file.read_text(encoding="utf-8")
            programs = Programs(language, sources, builders, directory, pathlib.Path(build_directory).absolute())
            available.insert(0, (language, programs))

        if not LANGUAGES[0].missing():
            for slug, last_line in PAGES.items():
                check_page(slug, last_line, origin, setup_token, document, directory, failures)
        busy = BusyServer()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for language, programs in available:
                check_language(language, programs, document, api, origin, setup_token, failures, busy, pool)

    if failures.count:
        sys.exit(f"samples: {failures.count} failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
