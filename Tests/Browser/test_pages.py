"""Each page at the width of a desktop and of a phone, light and dark.

The pages of the guide and of the reference are rendered from one template each: the longest of each is looked at in all
four views, the others at each width and in each theme once.
"""

import re

import pytest

import hub

# What axe looks for; all that it knows where there is no rule. A dark page is the same document in other colors, and a
# narrow one has the same colors.
RULES = {
    (1440, "light"): [], (390, "light"): [],
    (1440, "dark"): ["color-contrast", "link-in-text-block"],
    (390, "dark"): ["color-contrast", "link-in-text-block", "target-size"],
}
WITHOUT = {(390, "light"): ["color-contrast"]}
LONGEST = {"/docs/webhooks", "/docs/reference/submitOrder"}
WITH_ALL_VIEWS = [path for path in hub.PAGES if path not in hub.GUIDE_AND_REFERENCE or path in LONGEST]
VIEWS = [(path, width, theme) for path in hub.PAGES for width in [1440, 390] for theme in ["light", "dark"]
         if path in WITH_ALL_VIEWS or (width, theme) in [(1440, "light"), (390, "dark")]]


def name(view):
    path, width, theme = view
    return f"{re.sub('[^A-Za-z0-9]+', '-', path).strip('-') or 'home'}-{width}-{theme}"


@pytest.fixture(scope="module", params=VIEWS, ids=name)
def view(request, browser):
    browser.open(*request.param)
    return request.param


def test_requests_succeed_and_stay_on_this_server(view, browser):
    url = hub.ORIGIN + view[0]
    requests = browser.requests()
    assert (url, 404 if view[0] == hub.MISSING else 200) in requests
    assert any("/assets/" in other for other, _ in requests)
    assert [(other, status) for other, status in requests if not other.startswith(hub.ORIGIN + "/")] == []
    assert [(other, status) for other, status in requests if other != url and not 200 <= status < 400] == []


def test_nothing_complains(view, browser):
    assert browser.complaints() == []


def test_theme_and_title(view, browser):
    assert browser.script("return document.documentElement.dataset.theme") == view[2]
    assert len(browser.find("main h1")) == 1


def test_fits_the_window(view, browser):
    assert browser.overflow() <= 0


def test_is_photographed(view, browser):
    assert browser.photograph(name(view)).stat().st_size > 10_000


def test_all_pages_are_looked_at():
    assert LONGEST < set(hub.GUIDE_AND_REFERENCE)
    for path in hub.PAGES:
        views = [view[1:] for view in VIEWS if view[0] == path]
        assert {width for width, _ in views} == {1440, 390} and {theme for _, theme in views} == {"light", "dark"}


def test_is_accessible(view, browser):
    assert browser.faults(*RULES[view[1:]], without=WITHOUT.get(view[1:], ())) == []
