"""A small client of JSON APIs."""

import http.client
import json
import urllib.parse
from typing import Any

from .failures import MeasurementError


class API:
    """Calls an API over one connection, which stays open."""

    def __init__(self, base: str, token: str = ""):
        parts = urllib.parse.urlsplit(base)
        self.path = parts.path
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def call(self, method: str, path: str, body: dict | None = None) -> Any:
        """Sends a request. Returns the JSON of the response, or None if it has no body."""
        data = None if body is None else json.dumps(body)
        headers = self.headers if data is None else self.headers | {"Content-Type": "application/json"}
        self.connection.request(method, f"{self.path}/{path}", data, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise MeasurementError(f"{method} {path}: {response.status} {text.decode(errors='replace')}")
        return json.loads(text) if text else None

    def close(self):
        self.connection.close()
