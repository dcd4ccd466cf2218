"""The tests of the pages find faults that are put into a page."""

import hub


def test_requests(browser):
    browser.open("/docs")
    browser.script("fetch('/assets/missing.js'); fetch('/docs/errors')")
    requests = browser.until(lambda: browser.requests())
    assert (hub.ORIGIN + "/assets/missing.js", 404) in requests
    assert (hub.ORIGIN + "/docs/errors", 200) in requests


def test_requests_to_another_host(browser):
    browser.open("/docs")
    other = hub.ORIGIN.replace("localhost", "127.0.0.1")
    assert other != hub.ORIGIN
    browser.driver.get(other + "/docs")
    assert (other + "/docs", 200) in browser.requests()


def test_console(browser):
    browser.open("/docs")
    browser.script("console.warn('mind the gap')")
    assert any("mind the gap" in complaint for complaint in browser.complaints())


def test_content_security_policy(browser):
    browser.open("/docs")
    browser.script("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.2/x.png'}))")
    browser.until(lambda: any(complaint.startswith("img-src: http://127.0.0.2") for complaint in browser.complaints()))


def test_overflow(browser):
    browser.open("/docs", width=390)
    browser.script("document.querySelector('h1').style.width = '391px'")
    assert browser.overflow() > 0


def test_axe(browser):
    browser.open("/docs")
    browser.script(
        "const image = new Image(); image.src = 'data:,'; image.className = 'planted';"
        "const faint = document.createElement('p'); faint.textContent = 'Faint'; faint.style.color = '#eee';"
        "document.querySelector('main').append(image, faint);")
    assert {fault.split(":")[0] for fault in browser.faults()} >= {"image-alt", "color-contrast"}
    assert {fault.split(":")[0] for fault in browser.faults("color-contrast")} == {"color-contrast"}
