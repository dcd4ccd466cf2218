"""Load with wrk."""

import dataclasses
import json
import os
import secrets
from pathlib import Path

from .children import output_of
from .failures import MeasurementError
from .settings import CONNECTIONS

SCRIPT = Path(__file__).with_name("load.lua")
ERRORS = {
    "connect": "connections failed",
    "read": "reads failed",
    "write": "writes failed",
    "status": "responses were not 2xx",
    "timeout": "requests took longer than 2 s",
}


@dataclasses.dataclass(frozen=True)
class Load:
    """The result of a load. Latencies are in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    timeouts: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def put_load(
    url: str,
    token: str,
    seconds: int,
    *,
    body: dict | None = None,
    has_keys: bool = False,
    tolerates_timeouts: bool = False,
    ports: tuple[int, ...] = (),
) -> Load:
    """Sends requests for some seconds, with the constant number of connections. Fails if any of them failed.

    `ports` are those of several servers on the URL's host, which share the connections.
    """
    environment = dict(os.environ)
    if ports:
        environment["BENCH_PORTS"] = " ".join(map(str, ports))
    if body is not None:
        environment["BENCH_BODY"] = json.dumps(body)
    if has_keys:
        environment["BENCH_KEYS"] = secrets.token_hex(8)
    threads = max(1, len(ports))
    # wrk gives each thread the same number of connections.
    options = ["--threads", str(threads), "--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    authorization = ["--header", f"Authorization: Bearer {token}"]
    output = output_of(["wrk", *options, *authorization, "--script", str(SCRIPT), url], environment)
    return result_of(output, url, tolerates_timeouts)


def result_of(output: str, url: str, tolerates_timeouts: bool) -> Load:
    line = next(line for line in output.splitlines() if line.startswith("result "))
    values = json.loads(line.removeprefix("result "))
    errors = {name: values[name] for name in ERRORS if values[name]}
    if tolerates_timeouts:
        errors.pop("timeout", None)
    if errors or not values["requests"]:
        causes = ", ".join(f"{count} {ERRORS[name]}" for name, count in errors.items()) or "no request was complete"
        raise MeasurementError(f"{url}: {causes}")
    return Load(values["requests"], values["seconds"], values["p50"], values["p99"], values["timeout"])
