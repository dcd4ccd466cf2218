"""Every link of every page leads somewhere, also to its place on the page."""

from functools import cache
from urllib.parse import unquote, urldefrag, urljoin

import pytest

import hub


@cache
def document(url):
    return hub.Document(hub.get(url).text)


@pytest.mark.parametrize("path", hub.PAGES)
def test_links(path):
    page = hub.ORIGIN + path
    links = {urljoin(page, link) for link in document(page).links}
    here = {link for link in links if link.startswith(hub.ORIGIN + "/")}
    assert len(here) > 15
    broken = []
    for link in sorted(here):
        url, fragment = urldefrag(link)
        if url != page and hub.get(url).status >= 400:
            broken.append(f"{link}: {hub.get(url).status}")
        # Swagger UI opens fragments with a slash itself.
        elif fragment and not fragment.startswith("/") and unquote(fragment) not in document(url).ids:
            broken.append(f"{link}: no such place")
    assert broken == []


def test_fragments_are_checked():
    places = [link for path in hub.PAGES for link in document(hub.ORIGIN + path).links if "#" in link]
    assert len(set(places)) > 100
    assert "no-such-place" not in document(hub.ORIGIN + "/docs/errors").ids
    assert "validation_failed" in document(hub.ORIGIN + "/docs/errors").ids
