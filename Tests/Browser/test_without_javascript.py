"""Everything can be read and used without JavaScript."""

import pytest
from selenium.webdriver.common.keys import Keys

import hub


@pytest.mark.parametrize("path", hub.GUIDE_AND_REFERENCE)
def test_shows_the_same_text(browser, path):
    browser.open(path)
    assert browser.script("return !!document.querySelector('[data-keys]:not([hidden])')")
    expected = browser.text()
    browser.open(path, javascript=False)
    assert not browser.script("return !!document.querySelector('[data-keys]:not([hidden])')"), "scripts run"
    assert browser.text() == expected
    assert len(expected) > 20


def test_language_tabs_switch(browser):
    browser.open("/docs/reference/submitOrder", javascript=False)
    before, = browser.find(".code > .sample:first-child .panes > pre")
    label = browser.find(".code > .sample:first-child .tabs label")[2]
    label.click()
    after, = browser.find(".code > .sample:first-child .panes > pre")
    assert after != before
    assert after.get_attribute("aria-label") == label.text


def test_theme_form_returns_to_the_page(browser):
    for theme in ["dark", "light"]:
        browser.open("/docs/orders", javascript=False)
        button, = browser.find(f"form.theme [value='{theme}']")
        button.click()
        browser.until(lambda: browser.script("return document.documentElement.dataset.theme") == theme)
        assert browser.path == "/docs/orders"


def test_search_form_finds(browser):
    browser.open("/docs", javascript=False)
    box, = browser.find("form[role='search'] input")
    box.send_keys("webhook", Keys.ENTER)
    results = browser.until(lambda: browser.find(".results a"))
    assert browser.path == "/docs/search?q=webhook"
    assert any("webhook" in result.text.lower() for result in results)


def test_menu_of_a_phone(browser):
    browser.open("/docs", width=390, javascript=False)
    assert not browser.find(".menu .map a")
    browser.find(".menu > summary")[0].click()
    link, = browser.find(".menu .map a[href='/docs/orders']")
    link.click()
    browser.until(lambda: browser.path == "/docs/orders")
