"""The first five minutes, as a person walks them: from the home page through Swagger UI to a delivered order."""

import json
import os
import re
from typing import NamedTuple

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import hub

SETUP_TOKEN = os.environ["HUB_SETUP_TOKEN"]
SWAGGER_UI = "/docs/swagger"
STATUSES = ["pending", "confirmed", "processing", "shipped", "delivered"]


class Credential(NamedTuple):
    client_id: str
    client_secret: str
    webhook_secret: str


def wait(browser, step, condition, seconds=10):
    try:
        return browser.until(condition, seconds)
    except TimeoutException:
        raise AssertionError(f"Not within {seconds} s: {step}") from None


def click(browser, selector, words=None):
    """Clicks the first element that is shown, of those with these words if there are any."""
    def target():
        return next((found for found in browser.find(selector) if words in [None, found.text]), None)

    element = wait(browser, f"{words or 'something'} to click at {selector}", target)
    # Not below the bar, which stays at the top of the window.
    browser.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    element.click()


def fill(browser, selector, value):
    """Replaces what is in a field, as pasting does, or chooses from its options."""
    element = wait(browser, f"a field {selector}", lambda: browser.find(selector))[0]
    if element.tag_name == "select":
        Select(element).select_by_value(value)
        return
    browser.script("arguments[0].focus(); arguments[0].select()", element)
    if value:
        browser.cdp("Input.insertText", {"text": value})
    else:
        browser.press(Keys.DELETE)
    assert element.get_property("value") == value, f"{selector} accepts {value!r}"


def send(browser, button, fields):
    """Sends one of the two forms; returns its outcome, in words."""
    def outcome():
        return [(found.text, found.get_attribute("class")) for found in browser.find("#outcome")]

    before = outcome()
    for label in wait(browser, "the forms are shown", lambda: browser.find("#tokens label")):
        if label.text in fields:
            label.find_element(By.TAG_NAME, "input").send_keys(fields[label.text])
    click(browser, "#tokens button", button)
    wait(browser, f"the outcome of “{button}”", lambda: outcome() and outcome() != before)
    assert [found.get_property("value") for found in browser.find("#tokens [type=password]")] == ["", ""], \
        f"“{button}” clears the secrets that were typed"
    return outcome()[0]


def create_credential(browser):
    text, tone = send(browser, "Create a credential from a setup token", {"Setup token": SETUP_TOKEN})
    assert tone == "note good", f"create a credential: {text}"
    return Credential(*[found.text for found in browser.find("#created dd > code")])


def execute(browser, operation, expected, parameters=None, change=None):
    """Executes an operation by Swagger UI, with parameters and a changed body; returns the JSON that is shown."""
    block = f"#operations-{operation}"

    def response():
        return browser.script(
            "const response = document.querySelector(`${arguments[0]} .live-responses-table .response`);"
            "const body = response?.querySelector('.response-col_description .highlight-code pre');"
            "return body && [parseInt(response.querySelector('.response-col_status').innerText), body.textContent];",
            block)

    if not browser.find(f"{block} .execute"):
        click(browser, f"{block} .opblock-summary-control")
        click(browser, f"{block} .try-out__btn", "Try it out")
    if response():
        click(browser, f"{block} .btn-clear", "Clear")
        wait(browser, f"{operation}: the last response is cleared", lambda: not response())
    for name, value in (parameters or {}).items():
        fill(browser, f"{block} [data-param-name='{name}'] :is(input, select)", value)
    if change:
        body, = browser.find(f"{block} textarea")
        fill(browser, f"{block} textarea", json.dumps(change(json.loads(body.get_property("value")))))
    click(browser, f"{block} .execute", "Execute")
    status, text = wait(browser, f"{operation}: a response is shown", response)
    assert status == expected, f"{operation}: {status} {text}"
    return json.loads(text)


def assert_clean(browser, step):
    """The console is silent, and the browser keeps nothing."""
    assert browser.complaints() == [], step
    assert browser.script("return [{...localStorage}, {...sessionStorage}]") == [{}, {}], step
    assert browser.cdp("Network.getCookies", {})["cookies"] == [], step


def assert_requests(browser, *secrets, refused=()):
    """Since the path began: to this server only, no secret in an address, and refused only where that was expected."""
    requests = browser.requests()
    assert [url for url, _ in requests if not url.startswith(hub.ORIGIN + "/")] == []
    assert [url for url, _ in requests for secret in [SETUP_TOKEN, *secrets] if secret in url] == []
    assert [(url.rpartition("/")[2], status) for url, status in requests if not 200 <= status < 400] == list(refused)
    return requests


def test_from_the_home_page_to_a_delivered_order(browser):
    browser.open("/")
    click(browser, "main a", "Place your first order")
    wait(browser, "the home page leads to the quick start", lambda: browser.path == "/docs/quick-start")
    assert_clean(browser, "on the quick start")
    click(browser, "header a", "Swagger UI")
    wait(browser, "the bar leads to Swagger UI", lambda: browser.path == SWAGGER_UI)

    credential = create_credential(browser)
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", credential.client_id), "the client id is shown"
    assert re.fullmatch("up_secret_[A-Za-z0-9_-]{43}", credential.client_secret), "the client secret is shown"
    assert re.fullmatch("whsec_[A-Za-z0-9+/]+=*", credential.webhook_secret), "the webhook secret is shown"

    pharmacies = execute(browser, "Pharmacies-listPharmacies", 200)["data"]
    assert pharmacies, "there are pharmacies"
    pharmacy = pharmacies[0]["id"]

    medications = execute(browser, "Pharmacies-listMedications", 200, {"pharmacy": pharmacy})["data"]
    assert medications, f"{pharmacies[0]['name']} has medications"
    medication = medications[0]["medication_id"]

    patient = execute(browser, "Patients-createPatient", 201)["data"]["uuid"]

    def our_order(example):
        ids = {"patient_id": patient, "pharmacy_id": pharmacy, "medication_id": medication}
        return {name: value for name, value in {**example, **ids}.items() if name != "webhook_urls"}

    order = execute(browser, "Orders-submitOrder", 201, change=our_order)["data"]
    statuses = [order["status"]]

    def delivered():
        shown = execute(browser, "Orders-getOrder", 200, {"uuid": order["uuid"]})["data"]
        assert shown["uuid"] == order["uuid"], "Swagger UI shows the order"
        statuses.append(shown["status"])
        return shown["status"] == "delivered"

    wait(browser, "the order is delivered, with UP_SANDBOX_STEP=1s", delivered, seconds=20)
    assert statuses[0] == "pending" and statuses == sorted(statuses, key=STATUSES.index), "the order only advances"

    assert_clean(browser, "after the order")
    requests = assert_requests(browser, *credential[1:])
    assert (f"{hub.ORIGIN}/pharmacy/sandbox/api/v1/orders/{order['uuid']}", 200) in requests, "requests are seen"


def test_shown_credential_gets_a_token_and_wrong_secrets_do_not(browser):
    browser.open(SWAGGER_UI)
    credential = create_credential(browser)
    assert_clean(browser, "after the new credential")
    browser.follow(SWAGGER_UI)
    assert not browser.find("#created"), "a credential is shown once"
    assert credential.client_secret not in browser.driver.page_source, "a credential is shown once"

    wrong = credential.client_secret[:-1] + ("A" if credential.client_secret[-1] != "A" else "E")
    for button, fields in [
        ("Get a token", {"Client id": credential.client_id, "Client secret": wrong}),
        ("Create a credential from a setup token", {"Setup token": SETUP_TOKEN[:-1] + "E"}),
    ]:
        text, tone = send(browser, button, fields)
        assert tone == "note bad" and re.fullmatch(r"[A-Z][a-z]+( [\w,-]+)+\..*", text), f"{button}: {text}"
    assert not browser.find("#created"), "no credential is shown"
    execute(browser, "Pharmacies-listPharmacies", 401)

    # The client id is still there, for another try.
    text, tone = send(browser, "Get a token", {"Client secret": credential.client_secret})
    assert tone == "note good", f"the right secret, after the wrong one: {text}"
    assert execute(browser, "Pharmacies-listPharmacies", 200)["data"]

    assert_clean(browser, "after the token")
    assert_requests(browser, *credential[1:], refused=[("token", 401), ("credentials", 401), ("pharmacies", 401)])


def test_back_does_not_show_the_secrets_again(browser):
    browser.open(SWAGGER_UI)
    credential = create_credential(browser)
    click(browser, "header a", "Guide")
    wait(browser, "the bar leads to the guide", lambda: browser.path == "/docs")
    browser.driver.back()
    wait(browser, "back leads to Swagger UI", lambda: browser.find("#tokens"))
    wait(browser, "the page has forgotten the secrets", lambda: not browser.find("#created"))
    assert credential.client_secret not in browser.driver.page_source
    execute(browser, "Pharmacies-listPharmacies", 401)
