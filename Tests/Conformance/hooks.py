"""Gives Schemathesis what no schema can describe: existing ids, URLs that may be called, the rules of formats and texts.

In a case that is wrong on purpose only values that are right as they stand are replaced, so that it stays wrong.
"""

import collections
import http.server
import json
import os
import re
import threading
import uuid

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

import texts

with open(os.environ["CONFORMANCE_FIXTURES"], encoding="utf-8") as file:
    FIXTURES = json.load(file)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
OPAQUE = re.compile(r"[A-Za-z0-9_-]{1,512}")

# The number of credentials that the run retains; the tenant may have 20.
CREDENTIAL_LIMIT = 8


# The number of webhook endpoints that the run retains; the tenant may have 20.
ENDPOINT_LIMIT = 8


# --- A receiver of webhooks -----------------------------------------------------------------------------------------


class Receiver(http.server.BaseHTTPRequestHandler):
    """Accepts every delivery, so that no retries pile up behind the run."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
receiver.daemon_threads = True
threading.Thread(target=receiver.serve_forever, daemon=True).start()
RECEIVER = f"http://127.0.0.1:{receiver.server_port}"


# --- Formats --------------------------------------------------------------------------------------------------------

schemathesis.openapi.format("person-name", texts.person_names())
# All dates in requests are dates of birth.
schemathesis.openapi.format("date", texts.birth_dates())
schemathesis.openapi.format("date-time", texts.date_times())
schemathesis.openapi.format("uri", st.integers(1, 999).map(lambda number: f"{RECEIVER}/hooks/{number}"))
schemathesis.openapi.format("email", st.from_regex(r"[a-z][a-z0-9.]{0,8}[a-z0-9]@[a-z]{2,8}\.example", fullmatch=True))


# --- Ids that exist -------------------------------------------------------------------------------------------------


def endpoint(case):
    """The operation as `POST /auth/token`, whether or not the document's paths have the base path in them."""
    path = case.operation.path.split("/api/v1")[-1]
    return f"{case.method.upper()} {path}"


def allowed(pattern, value):
    return isinstance(value, str) and pattern.fullmatch(value) is not None


made_endpoints = collections.deque()


def path_fixture(case):
    """The id that exists for a path's variable, or None where a random one serves."""
    path = endpoint(case)
    if "/webhooks/endpoints/{" in path:
        return made_endpoints[-1] if made_endpoints else None
    if "/credentials/{" in path:
        return FIXTURES["revocable_client_id" if case.method.upper() == "DELETE" else "login_client_id"]
    if "/patients/{" in path:
        return FIXTURES["deletable_patient_id" if case.method.upper() == "DELETE" else "patient_id"]
    if "/pharmacies/{" in path:
        return FIXTURES["pharmacy_id"]
    if "/orders/{" in path:
        return FIXTURES["order_id"]
    return None


def is_stateful(case):
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def replace_path_parameters(case):
    parameters = case.path_parameters
    if not isinstance(parameters, dict):
        return
    for name, value in parameters.items():
        if name == "tenant":
            if allowed(OPAQUE, value):
                parameters[name] = "sandbox"
        # Sequences of calls bring the ids of what they made.
        elif not is_stateful(case) and allowed(UUID, value):
            parameters[name] = path_fixture(case) or value


def body_rules(case):
    """The rules of the document for the body."""
    content = case.operation.definition.raw["requestBody"]["content"]
    document = case.operation.schema.raw_schema
    return texts.Rules(content[case.media_type]["schema"], document)


def query_rules(case):
    """The rules of the document for the query, as for an object of its parameters."""
    document = case.operation.schema.raw_schema
    parameters = [texts.Rules(each, document).schema for each in case.operation.definition.raw.get("parameters", [])]
    properties = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
    return texts.Rules({"type": "object", "properties": properties}, document)


# The longest name of a member that the API reads, in bytes: no rule of a schema counts the bytes of unknown names.
NAME_LENGTH = 256


def drop_long_names(value):
    if isinstance(value, dict):
        for name in [name for name in value if len(name.encode(errors="surrogatepass")) > NAME_LENGTH]:
            del value[name]
        for part in value.values():
            drop_long_names(part)
    elif isinstance(value, list):
        for part in value:
            drop_long_names(part)


def log_in(case, body):
    """The document requires no credentials in the body, as HTTP Basic may carry them; one of the two must."""
    if endpoint(case) == "POST /auth/token" and body.get("grant_type") != "refresh_token":
        body["client_id"] = body["client_secret"] = ""


def is_blank_recovery(case, body):
    """Whether the URL is blank, which the API refuses although `null` is accepted: it must not mean every URL."""
    return endpoint(case) == "POST /webhooks/recover" and body.get("url") == ""


refresh_tokens = collections.deque(maxlen=1)


def is_batch(case):
    return endpoint(case).endswith("/batch")


def batch_items(case, body):
    """The items of a batch that are objects."""
    items = body.get("items") if is_batch(case) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def replace_ids(body, is_valid):
    for name, pattern in (("patient_id", UUID), ("pharmacy_id", UUID), ("medication_id", OPAQUE)):
        if name in body and (is_valid or allowed(pattern, body[name])):
            body[name] = FIXTURES[name]


SEARCHED = ("name", "date_of_birth", "phone", "email", "external_id")

# Its check digit is right; no schema can say how it is made.
NPI = "1234567893"


def replace_prescriber(body):
    """Numbers with right check digits in place of random ones. The medication is no controlled substance."""
    prescriber = body.get("prescriber")
    if isinstance(prescriber, dict):
        prescriber["npi"] = NPI
        prescriber["dea_number"] = None


def replace_members(case, body):
    is_valid = case.meta is not None and not case.meta.is_negative_at(ParameterLocation.BODY)
    for part in [body, *batch_items(case, body)]:
        replace_ids(part, is_valid)
    if is_batch(case):
        # An item that is not acceptable is refused by itself, whatever the others are.
        for item in batch_items(case, body):
            texts.settle(item, body_rules(case).members["items"].elements)
            replace_prescriber(item)
        drop_long_names(body)
        return
    if not is_valid:
        if case.meta is not None and not is_blank_recovery(case, body):
            texts.spoil(body, body_rules(case))
        return
    texts.settle(body, body_rules(case))
    drop_long_names(body)
    replace_prescriber(body)
    # A search without anything to search for is refused.
    if endpoint(case) == "POST /patients/search" and all(body.get(name) is None for name in SEARCHED):
        body["email"] = "example"
    if endpoint(case) == "POST /patients/search" and isinstance(body.get("name"), str):
        body["name"] = "a" + body["name"][:20]
    log_in(case, body)
    if isinstance(body.get("client_id"), str) and isinstance(body.get("client_secret"), str):
        body["client_id"] = FIXTURES["login_client_id"]
        body["client_secret"] = FIXTURES["login_client_secret"]
    if "/webhooks/endpoints" in endpoint(case) and isinstance(body.get("url"), str):
        body["url"] = new_endpoint_url()
    if isinstance(body.get("refresh_token"), str) and refresh_tokens:
        body["refresh_token"] = refresh_tokens[-1]


# At most one endpoint is registered at a URL.
ENDPOINT_URLS = f"{RECEIVER}/endpoints/"


def new_endpoint_url():
    return ENDPOINT_URLS + str(uuid.uuid4())


# No schema describes a table.
TABLE = (
    "first_name,last_name,date_of_birth,gender,email,address1,city,state,zip\r\n"
    'Jane,Smith,1984-02-29,F,jane@example.com,"12 Main Street, Apt. 3",Springfield,IL,62704\r\n'
)


def replace_table(case):
    if case.meta is None or not case.meta.is_negative_at(ParameterLocation.BODY):
        case.body = TABLE


# The place before the first event: the one cursor that every tenant's feed has.
START_CURSOR = "ZTA"


def replace_query(case):
    query = case.query
    if not isinstance(query, dict) or case.meta is None:
        return
    if case.meta.is_negative_at(ParameterLocation.QUERY):
        texts.spoil_searches(query, query_rules(case))
        return
    texts.settle(query, query_rules(case))
    if "after" in query:
        query["after"] = START_CURSOR
    # A place in a list is its next_cursor alone, and replaces the number of a page.
    query.pop("cursor", None)
    # Deleted patients are among changes, and nothing is left of them to be sought by.
    if "updated_since" not in query or "email" in query or "external_id" in query:
        query.pop("include_deleted", None)


@schemathesis.hook
def map_case(context, case):
    replace_path_parameters(case)
    replace_query(case)
    if case.media_type == "text/csv":
        replace_table(case)
    elif isinstance(case.body, dict):
        replace_members(case, case.body)
    # A key that is used for two different bodies is refused, as documented; a generator repeats its shortest ones.
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key" and isinstance(value, str) and re.fullmatch(r"[!-~]{1,255}", value):
            case.headers[name] = str(uuid.uuid4())
        # The tag of another content is refused, as documented.
        if name.lower() == "if-match":
            case.headers[name] = "*"
    return case


# --- Nothing leaves the machine -------------------------------------------------------------------------------------


ORIGIN = re.compile(r"https?://[^/?#]+", re.IGNORECASE)


def local_url(value):
    """The URL with the receiver in place of any other host; a text that is no such URL stays, to be refused."""
    if not isinstance(value, str) or value.startswith(RECEIVER + "/"):
        return value
    return ORIGIN.sub(RECEIVER, value.strip(), count=1) if ORIGIN.match(value.strip()) else value


@schemathesis.hook
def before_call(context, case, kwargs):
    """A guard over every phase: no generated webhook URL names a host that is not ours."""
    # Examples are sent as the document has them, past `map_case`: they name the guide's ids, which do not exist here.
    # Sequences put the values they have found in after it: the id of a pharmacy with a medication of another.
    if case.meta is not None and case.meta.phase.name.value in ("examples", "stateful"):
        map_case(context, case)
    if isinstance(case.body, dict):
        # Checks send a case again.
        if str(case.body.get("url")).startswith(ENDPOINT_URLS):
            case.body["url"] = new_endpoint_url()
        for part in [case.body, *batch_items(case, case.body)]:
            if "url" in part:
                part["url"] = local_url(part["url"])
            if isinstance(part.get("webhook_urls"), list):
                part["webhook_urls"] = [local_url(url) for url in part["webhook_urls"]]


# --- Responses ------------------------------------------------------------------------------------------------------

made_credentials = collections.deque()


def delete(path):
    requests.delete(
        f"{FIXTURES['origin']}/pharmacy/sandbox/api/v1/{path}",
        headers={"Authorization": f"Bearer {FIXTURES['access_token']}"},
        timeout=15,
    )


@schemathesis.hook
def after_call(context, case, response):
    if not 200 <= response.status_code < 300:
        return
    operation = endpoint(case)
    if operation in ("POST /auth/token", "POST /auth/refresh"):
        token = response.json().get("refresh_token")
        if token:
            refresh_tokens.append(token)
    elif operation == "POST /auth/credentials":
        made_credentials.append(response.json()["data"]["client_id"])
        # Revoke the oldest before the tenant's limit turns valid requests away.
        while len(made_credentials) > CREDENTIAL_LIMIT:
            delete(f"auth/credentials/{made_credentials.popleft()}")
    elif operation == "POST /webhooks/endpoints":
        made_endpoints.append(response.json()["data"]["uuid"])
        while len(made_endpoints) > ENDPOINT_LIMIT:
            delete(f"webhooks/endpoints/{made_endpoints.popleft()}")
    elif case.method.upper() == "DELETE" and "/webhooks/endpoints/{" in operation:
        deleted = case.path_parameters.get("uuid")
        if deleted in made_endpoints:
            made_endpoints.remove(deleted)
