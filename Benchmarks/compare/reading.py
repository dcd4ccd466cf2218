"""What the groups share that put a load on servers."""

from collections.abc import Callable
from typing import Any

from .groups import Bench, Measurement
from .load import Load, put_load
from .prepare import FASTAPI, GO, NODE, PeerKind
from .results import Figure

VARIANTS = [(kind, duties) for kind in (GO, NODE, FASTAPI) for duties in ("bare", "equal")]
WARM_UP = 1  # seconds


def key_of(kind: PeerKind, duties: str) -> str:
    return f"{kind.key}-{duties}"


def label_of(kind: PeerKind, duties: str) -> str:
    return f"{kind.name} ({duties})"


def load_measurement(key: str, label: str, run: Callable[[Any, int], None], *further: Figure) -> Measurement:
    """A measurement that `record_load` records, with further figures of its own."""
    return Measurement(label, [Figure(key, label, "rate", has_latencies=True), *further], run)


def record_load(bench: Bench, key: str, number: int, load: Load):
    bench.results.record(key, number, load.rate)
    bench.results.record(f"{key}.p50", number, load.p50)
    bench.results.record(f"{key}.p99", number, load.p99)
    # Only peers get here with any.
    if load.timeouts:
        bench.results.note(f"{key}, round {number}: {load.timeouts} requests took longer than 2 s")


def measure_read(bench: Bench, key: str, number: int, url: str, token: str = "", **options: Any):
    """Reads a URL as often as the server can serve it. The options are those of `put_load`."""
    put_load(url, token, WARM_UP, **options)
    record_load(bench, key, number, put_load(url, token, bench.settings.seconds, **options))
