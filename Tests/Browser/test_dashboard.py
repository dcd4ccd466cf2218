"""The dashboard in a browser: from the sign-in to an order whose webhooks fail, and back out."""

import contextlib
import hashlib
import hmac
import http.server
import json
import os
import re
import threading
import urllib.error
import urllib.request

import pytest
from selenium.webdriver.common.by import By

import hub
from test_five_minutes import click, fill, wait
from test_pages import RULES, WITHOUT

API = hub.ORIGIN + "/pharmacy/sandbox/api/v1/"
SETUP_TOKEN = os.environ["HUB_SETUP_TOKEN"]
SCRIPT = '"><script>alert(1)</script>'
PATIENT = {
    "first_name": "Maria", "last_name": "Garcia", "date_of_birth": "1984-02-29", "gender": "F",
    "email": "maria@example.com", "address1": "12 Main Street", "city": "Austin", "state": "TX", "zip": "78701",
}
PAGES = ["sign-in", "", "orders", "orders/{order}", "orders/{order}/cancel", "webhooks", "webhooks/tools",
         "webhooks/recover?since=2026-01-01T00:00", "requests", "requests/{request}", "patients", "patients/{patient}", "pharmacies", "pharmacies/{pharmacy}", "credentials", "credentials/{client_id}/revoke",
         "sessions", "audit", "sandbox/controls", "nothing"]
VIEWS = [(page, width, theme) for page in PAGES for width in [1440, 390] for theme in ["light", "dark"]]


def call(method, path, token=None, body=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read() or "null"), response.headers["X-Request-Id"]
    except urllib.error.HTTPError as error:
        return json.loads(error.read()), error.headers["X-Request-Id"]


class Receiver(http.server.ThreadingHTTPServer):
    """Refuses the first two requests, with HTML, and accepts all others."""

    def __init__(self):
        counter = iter(range(1_000_000))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                status, body = (503, b"<h1>busy</h1>") if next(counter) < 2 else (200, b"ok")
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Partner:
    """A credential, and an order that is held at `pending`, whose first webhook fails twice."""

    def __init__(self, receiver):
        credential = call("POST", "auth/credentials", SETUP_TOKEN, {"name": "Dashboard test"})[0]["data"]
        self.client_id, self.client_secret = credential["client_id"], credential["client_secret"]
        login = {"client_id": self.client_id, "client_secret": self.client_secret}
        self.token = call("POST", "auth/token", None, login)[0]["access_token"]
        self.pharmacy = call("GET", "pharmacies", self.token)[0]["data"][0]["id"]
        self.medication = call(
            "GET", f"pharmacies/{self.pharmacy}/medications", self.token)[0]["data"][0]["medication_id"]
        self.patient = call("POST", "patients", self.token, PATIENT)[0]["data"]["uuid"]
        self.order, self.request = self.submit(receiver)

    def submit(self, receiver):
        """Submits an order. Returns its uuid, and the id of the request."""
        body = {
            "patient_id": self.patient, "pharmacy_id": self.pharmacy, "medication_id": self.medication,
            "dispense_quantity": 4, "order_id": SCRIPT, "customer_id": "CUST-789", "memo": "sandbox:hold",
            "webhook_urls": [f"http://127.0.0.1:{receiver.server_port}/hook"],
        }
        order, request = call("POST", "orders", self.token, body)
        return order["data"]["uuid"], request

    def path(self, page):
        return "/dashboard/" + page.format(**vars(self))


@contextlib.contextmanager
def listening():
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture(scope="module")
def partner():
    with listening() as receiver:
        yield Partner(receiver)


@pytest.fixture
def receiver():
    with listening() as receiver:
        yield receiver


def sign_in(browser, partner, width=1440, theme=None):
    browser.open("/dashboard", width, theme)
    wait(browser, "the sign-in", lambda: browser.path == "/dashboard/sign-in")
    fill(browser, "[name=client_id]", partner.client_id)
    fill(browser, "[name=client_secret]", partner.client_secret)
    click(browser, "main button", "Sign in")
    wait(browser, "the overview", lambda: browser.path == "/dashboard")


def session_cookie(browser):
    return next(cookie for cookie in browser.cdp("Network.getCookies", {})["cookies"]
                if cookie["name"] == "__Host-up_session")


@pytest.fixture(scope="module")
def session(browser, partner):
    """The cookie of a session in which the partner's request is in the log already, which is written in batches."""
    sign_in(browser, partner)
    wait(browser, "the request is logged",
         lambda: "data" in call("GET", f"requests/{partner.request}", partner.token)[0])
    cookie = session_cookie(browser)
    return {name: cookie[name] for name in ["name", "value", "path", "secure", "httpOnly", "sameSite"]} | {
        "url": hub.ORIGIN}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0] or 'overview'}-{view[1]}-{view[2]}")
def test_page(view, browser, partner, session):
    page, width, theme = view
    browser.open(partner.path(page).rstrip("/"), width, theme, session=session if page != "sign-in" else None)
    assert browser.path == partner.path(page).rstrip("/"), "the session was not accepted"
    assert browser.complaints() == []
    assert browser.overflow() <= 0
    name = "-".join(re.findall("[a-z]+", page.partition("?")[0])) or "overview"
    assert browser.photograph(f"dashboard-{name}-{width}-{theme}").stat().st_size > 10_000
    assert browser.faults(*RULES[width, theme], without=WITHOUT.get((width, theme), ())) == []


def test_the_session_cookie_is_out_of_reach(browser, partner):
    sign_in(browser, partner)
    cookie = session_cookie(browser)
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert browser.script("return document.cookie") == ""


def test_an_order_from_failing_webhooks_to_its_cancellation(browser, partner):
    sign_in(browser, partner)
    click(browser, ".map a", "Orders")
    click(browser, "td a", SCRIPT)
    wait(browser, "the order", lambda: browser.path == f"/dashboard/orders/{partner.order}")

    def results():
        browser.follow(f"/dashboard/orders/{partner.order}")
        return [chip.text for chip in browser.find(".timeline .attempts .chip")]

    wait(browser, "two failures and a success", lambda: results() == ["503", "503", "200"], 20)
    assert browser.script("return document.querySelector('.timeline h1')") is None, "the response is shown as text"
    assert "Garcia" not in browser.driver.page_source, "the patient's name is not on the page"
    click(browser, "aside a", "POST orders")
    wait(browser, "the request", lambda: browser.path == f"/dashboard/requests/{partner.request}")
    click(browser, "dd a", partner.order)
    click(browser, "aside a", "Cancel the order…")
    fill(browser, "[name=reason]", "Ordered twice")
    click(browser, "main button", "Cancel the order")
    wait(browser, "the order is cancelled", lambda: [chip.text for chip in browser.find("h1 .chip")] == ["cancelled"])
    assert call("GET", f"orders/{partner.order}", partner.token)[0]["data"]["status"] == "cancelled"
    assert browser.complaints() == []


def words(browser, selector):
    """The texts of elements, read at once: the page may change at any time."""
    return browser.script(
        "return [...document.querySelectorAll(arguments[0])].map((found) => found.textContent.trim())", selector)


def wait_until_live(browser):
    wait(browser, "the page is live", lambda: words(browser, "[data-live]") == ["Live"])


def test_the_timeline_is_live_and_a_delivery_is_sent_again(browser, partner, receiver):
    sign_in(browser, partner)
    order, _ = partner.submit(receiver)
    browser.follow(f"/dashboard/orders/{order}")
    wait_until_live(browser)
    attempts = ".timeline .attempts .chip"
    # Nobody opens the page again.
    browser.script("window.isSamePage = true")
    wait(browser, "two failures and a success", lambda: words(browser, attempts) == ["503", "503", "200"], 20)
    assert browser.script("return [...document.querySelectorAll('[aria-busy]')].length") in [0, 3]
    browser.script("document.querySelector('.timeline details').open = true")
    call("POST", f"sandbox/orders/{order}/advance", partner.token, {"status": "confirmed"})
    wait(browser, "the change and its delivery", lambda: words(browser, "h1 .chip") == ["confirmed"]
         and words(browser, attempts) == ["503", "503", "200", "200"])
    assert browser.script("return window.isSamePage && document.querySelector('.timeline details').open")
    click(browser, ".timeline button", "Send again")
    wait(browser, "the delivery made again", lambda: words(browser, attempts) == ["503", "503", "200", "200", "200"])
    assert browser.path == f"/dashboard/orders/{order}"
    assert browser.complaints() == []


def test_a_new_row_leaves_the_focus_where_it_is(browser, partner, receiver):
    sign_in(browser, partner)
    browser.follow("/dashboard/orders")
    wait_until_live(browser)
    browser.press("j", "j")
    focused = browser.script("return document.activeElement.href")
    order, _ = partner.submit(receiver)
    first = "return document.querySelector('tbody a').href.endsWith(arguments[0])"
    wait(browser, "the new order", lambda: browser.script(first, order))
    assert "/dashboard/orders/" in focused and browser.script("return document.activeElement.href") == focused
    assert browser.complaints() == []


def test_the_webhook_secret_is_rotated(browser, partner):
    sign_in(browser, partner)
    browser.follow("/dashboard/webhooks/tools")
    click(browser, "main button", "Create a new secret")
    wait(browser, "the new secret", lambda: browser.find(".endpoint code"))
    secret = browser.find(".endpoint code")[0].text
    assert secret.startswith("whsec_")
    assert "A rotation is in progress" in " ".join(browser.text())
    body = '{"event":"order.shipped"}'
    fill(browser, "[name=signature]", hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest())
    fill(browser, "[name=body]", body)
    click(browser, "main button", "Compare")
    wait(browser, "the finding", lambda: "made with your new secret" in " ".join(browser.text()))
    assert secret not in browser.driver.page_source, "the secret is shown once"
    assert browser.complaints() == []


def test_a_signature_is_traced_to_a_registered_endpoint(browser, partner):
    sign_in(browser, partner)
    url = "http://127.0.0.1:9/registered?" + "x" * 300
    # Nothing is sent while it is paused.
    created = call("POST", "webhooks/endpoints", partner.token, {"url": url, "paused": True})[0]["data"]
    try:
        browser.follow("/dashboard/webhooks/tools")
        body = '{"event":"order.shipped"}'
        for key, finding in [(created["secret"], "The signature matches the body."),
                             (created["secret"].removeprefix("whsec_"), "The key was the secret without whsec_.")]:
            fill(browser, "[name=signature]", hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest())
            fill(browser, "[name=body]", body)
            click(browser, "main button", "Compare")
            wait(browser, "the finding", lambda: finding in " ".join(words(browser, ".note[role=status]")))
            assert [code.text for code in browser.find(".note[role=status] code")] == [created["uuid"], url]
        assert created["secret"].removeprefix("whsec_") not in browser.driver.page_source
        assert browser.overflow() <= 0
        assert browser.complaints() == []
    finally:
        call("DELETE", f"webhooks/endpoints/{created['uuid']}", partner.token)


def test_an_export_has_what_the_page_shows(browser, partner):
    sign_in(browser, partner)
    browser.follow("/dashboard/orders?customer=CUST-789")
    links = browser.script("return [...document.querySelectorAll('a[download]')].map((link) => link.href)")
    read = "const [url, done] = arguments; fetch(url).then((response) => response.text()).then(done)"
    texts = [browser.driver.execute_async_script(read, link) for link in links]
    assert texts[0].startswith("uuid,order_id,customer_id,status,")
    assert partner.order in texts[0] and SCRIPT.replace('"', '""') in texts[0]
    assert partner.order in [json.loads(line)["uuid"] for line in texts[1].splitlines()]
    assert browser.complaints() == []


def test_a_reveal_is_in_the_audit_log(browser, partner):
    sign_in(browser, partner)
    browser.follow(f"/dashboard/patients/{partner.patient}")
    assert "Maria" not in browser.driver.page_source
    fill(browser, "[name=reason]", "support_request")
    click(browser, "main button", "Reveal")
    wait(browser, "the details", lambda: "Maria" in browser.text())
    # Neither the name nor the reason is in the address, and going back does not show the name again.
    assert browser.path == f"/dashboard/patients/{partner.patient}/reveal"
    browser.follow("/dashboard/audit?action=patient.revealed")
    assert "support_request" in browser.text() and partner.patient in browser.text()
    assert browser.complaints() == []


def test_a_credential_is_created_and_revoked(browser, partner):
    sign_in(browser, partner)
    click(browser, ".map a", "Credentials")
    fill(browser, "form.card [name=name]", "Short-lived")
    click(browser, "form.card button", "Create")
    wait(browser, "the secrets", lambda: browser.find(".note.warn"))
    client_id, client_secret = [code.text for code in browser.find(".endpoint code")][:2]
    token = call("POST", "auth/token", None, {"client_id": client_id, "client_secret": client_secret})[0]["access_token"]
    assert "data" in call("GET", "orders", token)[0]
    browser.follow(f"/dashboard/credentials/{client_id}/revoke")
    click(browser, "main button", "Revoke the credential")
    wait(browser, "the list", lambda: browser.path == "/dashboard/credentials")
    assert call("GET", "orders", token)[0]["code"] == "unauthenticated"
    assert browser.complaints() == []


def test_keys_lead_through_the_dashboard(browser, partner):
    sign_in(browser, partner)
    browser.press("g", "o")
    wait(browser, "the orders", lambda: browser.path == "/dashboard/orders")
    browser.press("j")
    assert browser.focused.get_attribute("href").startswith(hub.ORIGIN + "/dashboard/orders/")
    browser.press("/")
    assert browser.focused.get_attribute("name") == "reference"
    browser.press("g", "r")
    assert browser.focused.get_property("value") == "gr", "keys in a field are text"
    call("GET", "orders/none", partner.token)
    browser.follow("/dashboard/requests")
    wait(browser, "the errors", lambda: browser.find("details summary"))
    browser.press("j")
    assert re.search("/dashboard/requests/[0-9a-f-]+$", browser.focused.get_attribute("href")), "links that are not shown"


def test_without_javascript(browser, partner):
    browser.open("/dashboard/sign-in", javascript=False)
    browser.driver.find_element(By.NAME, "client_id").send_keys(partner.client_id)
    browser.driver.find_element(By.NAME, "client_secret").send_keys(partner.client_secret)
    browser.driver.find_element(By.CSS_SELECTOR, "main .primary").click()
    wait(browser, "the overview", lambda: browser.path == "/dashboard")
    browser.driver.find_element(By.CSS_SELECTOR, ".strip button").click()
    wait(browser, "signed out", lambda: browser.path == "/dashboard/sign-in")


def test_the_sandbox_in_one_click_and_a_revocation(browser, receiver):
    browser.open("/dashboard")
    assert SETUP_TOKEN in browser.text()
    click(browser, "main button", "Create a credential and sign in")
    wait(browser, "the overview", lambda: browser.path == "/dashboard")
    administrator = Partner(receiver)
    credentials = call("GET", "auth/credentials", administrator.token)[0]["data"]
    own = next(credential for credential in credentials if credential["name"] == "Dashboard")
    browser.follow("/dashboard/orders")
    wait_until_live(browser)
    call("DELETE", f"auth/credentials/{own['client_id']}", administrator.token)
    # The page notices it by itself.
    wait(browser, "signed out", lambda: "You are signed out" in " ".join(words(browser, "main")))
