"""The receiver of webhooks that the product delivers to."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .api import API
from .children import Child
from .failures import MeasurementError
from .servers import stopping

PROGRAM = Path(__file__).parent / "programs/receiver.py"


class Receiver:
    """A running receiver."""

    def __init__(self, origin: str, api: API):
        self.url = f"{origin}/webhooks"
        self.api = api

    def clear(self):
        self.api.call("DELETE", "")

    def counts(self) -> dict:
        return self.api.call("GET", "count")

    def arrivals(self) -> dict[str, float]:
        """When the first byte of an order's first webhook arrived, by the order's id."""
        return self.api.call("GET", "arrivals")

    def await_orders(self, count: int, limit: float = 120) -> float:
        """Waits until webhooks of so many orders have arrived. Returns when the last of them did."""
        deadline = time.monotonic() + limit
        while (counts := self.counts())["orders"] < count:
            if time.monotonic() > deadline:
                raise MeasurementError(f"only {counts['orders']} of {count} orders had a webhook within {limit:.0f} s")
            time.sleep(0.02)
        return counts["last"]


@contextlib.contextmanager
def receiver(directory: Path) -> Iterator[Receiver]:
    child = Child("The receiver", [sys.executable, str(PROGRAM)], directory / "receiver.log")
    with stopping(child):
        origin = child.await_line("Listening on ").text
        with contextlib.closing(API(origin)) as api:
            yield Receiver(origin, api)
