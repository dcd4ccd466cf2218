"""The hub without a mouse."""

import json
from urllib.parse import quote

from selenium.webdriver.common.keys import Keys

import hub


def tab_to(browser, selector):
    for _ in range(200):
        browser.press(Keys.TAB)
        if browser.script("return document.activeElement.matches(arguments[0])", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_skip_link_is_first(browser):
    browser.open("/docs/webhooks")
    browser.press(Keys.TAB)
    assert browser.focused.text == "Skip to content"
    assert browser.focused.rect["x"] >= 0
    browser.press(Keys.ENTER)
    browser.until(lambda: browser.focused.get_attribute("id") == "main")
    # From there, Tab continues within the content.
    browser.press(Keys.TAB)
    assert browser.script("return !!document.activeElement.closest('main')")


def test_focus_is_seen(browser):
    browser.open("/docs/quick-start")
    browser.press(Keys.TAB)
    for _ in range(60):
        browser.press(Keys.TAB)
        outlined = browser.script(
            "return [document.activeElement, document.activeElement.parentElement]"
            ".some(element => getComputedStyle(element).outlineStyle !== 'none')")
        assert outlined, browser.focused.get_attribute("outerHTML")


def test_slash_searches(browser):
    words = "webhook"
    first = json.loads(hub.get(f"{hub.ORIGIN}/docs/search?q={quote(words)}", "application/json").text)["results"][0]
    browser.open("/docs/help")
    browser.press("/")
    assert browser.focused.get_attribute("name") == "q"
    browser.press(words)
    options = browser.until(lambda: browser.find("[role='option']"))
    assert first["title"] in options[0].text
    browser.press(Keys.ARROW_DOWN)
    assert browser.focused.get_attribute("aria-activedescendant") == options[0].get_attribute("id")
    browser.press(Keys.ENTER)
    browser.until(lambda: browser.path == first["url"])


def test_question_mark_helps(browser):
    browser.open("/docs")
    assert not browser.find("dialog")
    browser.press("?")
    dialog, = browser.find("dialog")
    assert "Keyboard shortcuts" in dialog.text
    assert browser.script("return !!document.activeElement.closest('dialog')")
    browser.press(Keys.ESCAPE)
    browser.until(lambda: not browser.find("dialog"))


def test_brackets_turn_pages(browser):
    browser.open("/docs/quick-start")
    browser.press("]")
    browser.until(lambda: browser.path == "/docs/authentication")
    browser.press("[")
    browser.until(lambda: browser.path == "/docs/quick-start")


def test_language_is_remembered(browser):
    def languages():
        return set(browser.script("return [...document.querySelectorAll('.tabs :checked')].map(tab => tab.value)"))

    browser.open("/docs/quick-start")
    before = languages()
    tab_to(browser, ".tabs input")
    shown = browser.find(".sample:has(.tabs) .panes > pre")[0].text
    browser.press(Keys.ARROW_RIGHT)
    after = languages()
    assert len(before) == len(after) == 1 and before != after
    assert browser.find(".sample:has(.tabs) .panes > pre")[0].text != shown
    browser.follow("/docs/reference/submitOrder")
    assert languages() == after
