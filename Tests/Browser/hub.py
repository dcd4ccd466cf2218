"""The server under test: its pages, and what it answers."""

import os
import re
import urllib.error
import urllib.request
from functools import cache
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit

MISSING = "/docs/no-such-page"
NOT_IN_SITEMAP = ["/docs/swagger", "/docs/search", "/docs/search?q=webhook", "/docs/search?q=zzzz", MISSING]


class Answer(NamedTuple):
    status: int
    type: str
    text: str


@cache
def get(url, accept="text/html", cookie=""):
    """Follows redirects."""
    request = urllib.request.Request(url, headers={"Accept": accept, "Cookie": cookie})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return Answer(response.status, response.headers.get_content_type(), response.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers.get_content_type(), error.read().decode())


LISTED = re.findall("<loc>(.+?)</loc>", get(os.environ["HUB_ORIGIN"] + "/sitemap.xml", "*/*").text)
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(LISTED[0]))
PAGES = list(dict.fromkeys([urlsplit(url).path for url in LISTED] + NOT_IN_SITEMAP))
GUIDE_AND_REFERENCE = [path for path in PAGES if path not in ["/", *NOT_IN_SITEMAP]]


class Document(HTMLParser):
    """The ids of a document, and the addresses in it that GET requests go to."""

    def __init__(self, text):
        super().__init__()
        self.ids = set()
        self.links = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        names = ["href", "src"] if tag != "form" or attributes.get("method") == "post" else ["action"]
        self.links += [attributes[name] for name in names if name in attributes]
