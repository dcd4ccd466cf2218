"""The theme switch: at once by script, then by the server."""

import hub


def test_server_renders_the_chosen_theme(browser):
    browser.open("/docs")
    assert "data-theme" not in hub.get(hub.ORIGIN + "/docs").text
    browser.find("form.theme [value='dark']")[0].click()
    assert browser.script("return document.documentElement.dataset.theme") == "dark"
    cookie = browser.until(lambda: browser.driver.get_cookie("theme"))
    assert cookie["value"] == "dark" and cookie["path"] == "/" and cookie["httpOnly"]
    dark = browser.script("return getComputedStyle(document.body).backgroundColor")

    # Scripts are off: what is dark was rendered so.
    browser.cdp("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.follow("/docs/orders")
    assert browser.script("return document.documentElement.dataset.theme") == "dark"
    assert browser.script("return getComputedStyle(document.body).backgroundColor") == dark
    assert '<html lang="en" data-theme="dark">' in hub.get(hub.ORIGIN + "/docs/orders", cookie="theme=dark").text


def test_system_theme_follows_the_system(browser):
    browser.open("/docs", theme="dark")
    browser.find("form.theme [value='system']")[0].click()
    browser.until(lambda: not browser.driver.get_cookie("theme"))
    colors = set()
    for system in ["light", "dark"]:
        feature = {"name": "prefers-color-scheme", "value": system}
        browser.cdp("Emulation.setEmulatedMedia", {"features": [feature]})
        colors.add(browser.script("return getComputedStyle(document.body).backgroundColor"))
    browser.cdp("Emulation.setEmulatedMedia", {"features": []})
    assert len(colors) == 2
