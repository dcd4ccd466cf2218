"""Gives Schemathesis what no schema can say: ids that exist, dates that are past, URLs that may be called.

In a case that is wrong on purpose only values that are right as they stand are replaced, so that it stays wrong.
"""

import collections
import datetime
import http.server
import json
import os
import re
import threading
import urllib.parse
import uuid

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

with open(os.environ["CONFORMANCE_FIXTURES"], encoding="utf-8") as file:
    FIXTURES = json.load(file)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
OPAQUE = re.compile(r"[A-Za-z0-9_-]{1,512}")

# How many credentials the run keeps alive; the tenant may have 20.
CREDENTIAL_LIMIT = 8


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

# Dates are dates of birth: past, and of people who may be alive.
schemathesis.openapi.format(
    "date",
    st.dates(datetime.date(1900, 1, 1), datetime.date.today() - datetime.timedelta(days=2)).map(str),
)
schemathesis.openapi.format("uri", st.integers(1, 999).map(lambda number: f"{RECEIVER}/hooks/{number}"))
schemathesis.openapi.format("email", st.from_regex(r"[a-z][a-z0-9.]{0,8}[a-z0-9]@[a-z]{2,8}\.example", fullmatch=True))


# --- Ids that exist -------------------------------------------------------------------------------------------------


def endpoint(case):
    """The operation as `POST /auth/token`, whether or not the document's paths have the base path in them."""
    path = case.operation.path.split("/api/v1")[-1]
    return f"{case.method.upper()} {path}"


def allowed(pattern, value):
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def path_fixture(case):
    """The id that exists for a path's variable, or None where a random one serves."""
    path = endpoint(case)
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


# The longest text that the document's patterns let have white space around it.
PADDED_LENGTH = 28


def lengthen_padded(body):
    """Makes texts too long for the API, too, that may be so for the document alone.

    The API trims before it measures, and counts characters where a schema counts code points: a text may be wrong by the
    document for its padding, or for the marks on its letters.
    """
    for name, value in body.items():
        if not isinstance(value, str) or len(value) <= PADDED_LENGTH:
            continue
        if value != value.strip() or not value.isascii():
            body[name] = value.strip() + "x" * 5_000


def keep_birth_date_past(body):
    """The document says of a date of birth which days there are, and only in words that it must be past."""
    today = datetime.date.today().isoformat()
    if isinstance(body.get("date_of_birth"), str) and body["date_of_birth"] >= today:
        body["date_of_birth"] = "1980-02-29"


# The longest name of a member that the API reads, in bytes: no rule of a schema counts the bytes of unknown names.
NAME_LENGTH = 256


def drop_long_names(body):
    for name in [name for name in body if len(name.encode(errors="surrogatepass")) > NAME_LENGTH]:
        del body[name]


def log_in(case, body):
    """The document requires no credentials in the body, as they may come by HTTP Basic; they must come by one of them."""
    if endpoint(case) == "POST /auth/token" and body.get("grant_type") != "refresh_token":
        body["client_id"] = body["client_secret"] = ""


refresh_tokens = collections.deque(maxlen=1)


def replace_members(case, body):
    is_valid = case.meta is not None and not case.meta.is_negative_at(ParameterLocation.BODY)
    for name, pattern in (("patient_id", UUID), ("pharmacy_id", UUID), ("medication_id", OPAQUE)):
        if name in body and (is_valid or allowed(pattern, body[name])):
            body[name] = FIXTURES[name]
    if not is_valid:
        if case.meta is not None:
            lengthen_padded(body)
        return
    keep_birth_date_past(body)
    drop_long_names(body)
    log_in(case, body)
    if isinstance(body.get("client_id"), str) and isinstance(body.get("client_secret"), str):
        body["client_id"] = FIXTURES["login_client_id"]
        body["client_secret"] = FIXTURES["login_client_secret"]
    if isinstance(body.get("refresh_token"), str) and refresh_tokens:
        body["refresh_token"] = refresh_tokens[-1]


# The place before the first event: the one cursor that every tenant's feed has.
START_CURSOR = "ZTA"


def replace_cursor(case):
    query = case.query
    if not isinstance(query, dict) or case.meta is None or case.meta.is_negative_at(ParameterLocation.QUERY):
        return
    if "after" in query:
        query["after"] = START_CURSOR
    # A place in a list is its next_cursor alone, and stands in place of a page's number.
    query.pop("cursor", None)
    # Deleted patients are among changes, and nothing is left of them to be sought by.
    if "updated_since" not in query or "email" in query or "external_id" in query:
        query.pop("include_deleted", None)


def lengthen_searches(case):
    """The same for queries as `lengthen_padded` does for bodies."""
    query = case.query
    if not isinstance(query, dict) or case.meta is None or not case.meta.is_negative_at(ParameterLocation.QUERY):
        return
    for name, value in query.items():
        if isinstance(value, str) and len(value) > PADDED_LENGTH and not value.isascii():
            query[name] = value + "x" * 500


@schemathesis.hook
def map_case(context, case):
    replace_path_parameters(case)
    replace_cursor(case)
    lengthen_searches(case)
    if isinstance(case.body, dict):
        replace_members(case, case.body)
    # A key that stands for two different bodies is refused, rightly; a generator repeats its shortest ones.
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key" and isinstance(value, str) and re.fullmatch(r"[!-~]{1,255}", value):
            case.headers[name] = str(uuid.uuid4())
    return case


# --- Nothing leaves the machine -------------------------------------------------------------------------------------


def local_url(value):
    """The receiver's URL for any that names another host; what is no such URL stays, to be refused."""
    if not isinstance(value, str):
        return value
    try:
        # The API trims all white space of Unicode, `urlsplit` some of it.
        url = urllib.parse.urlsplit(value.strip())
    except ValueError:
        return value
    if url.scheme.lower() in ("http", "https") and url.netloc and not value.startswith(RECEIVER + "/"):
        return RECEIVER + "/hooks"
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    """A guard over every phase: no generated webhook URL names a host that is not ours."""
    # Examples are sent as the document has them, past `map_case`: they name the guide's ids, which do not exist here.
    # Sequences put the values they have found in after it: a pharmacy's id beside a medication of another.
    if case.meta is not None and case.meta.phase.name.value in ("examples", "stateful"):
        map_case(context, case)
    if isinstance(case.body, dict):
        if "url" in case.body:
            case.body["url"] = local_url(case.body["url"])
        if isinstance(case.body.get("webhook_urls"), list):
            case.body["webhook_urls"] = [local_url(url) for url in case.body["webhook_urls"]]


# --- What answers bring ---------------------------------------------------------------------------------------------

made_credentials = collections.deque()


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
            requests.delete(
                f"{FIXTURES['origin']}/pharmacy/sandbox/api/v1/auth/credentials/{made_credentials.popleft()}",
                headers={"Authorization": f"Bearer {FIXTURES['access_token']}"},
                timeout=15,
            )
