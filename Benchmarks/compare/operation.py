"""What the product costs its operator: the start, memory, and the log."""

import contextlib
import functools
import os
import shutil
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from .children import Child
from .groups import Bench, Group, Measurement
from .load import put_load
from .order import make_orders
from .reading import WARM_UP
from .results import Aim, Figure, say
from .servers import Product, product, start_product, stopping

IDLE_CONNECTIONS = 10_000
FEW_READS, MANY_READS = 20_000, 200_000
IDLE_SECONDS = 2
LOG_LEVELS = ("notice", "info")
PROGRAM = Path(__file__).parent / "programs/idle_connections.py"


def data_with_orders(bench: Bench, directory: Path):
    """Copies the data that the group `order` has left, or makes such data."""
    if not bench.orders_directory.exists():
        say("    Placing orders for the database")
        make_orders(bench)
    shutil.copytree(bench.orders_directory, directory, dirs_exist_ok=True)


def measure_start(bench: Bench, number: int):
    with bench.fresh_directory() as directory:
        data_with_orders(bench, directory)
        child, _, milliseconds = start_product(bench.settings, directory)
        with stopping(child):
            time.sleep(IDLE_SECONDS)
            megabytes = child.resident_megabytes()
    bench.results.record("operation.start", number, milliseconds)
    bench.results.record("operation.idle", number, megabytes)


@contextlib.contextmanager
def idle_connections(server: Product, directory: Path, count: int) -> Iterator[int]:
    """Opens connections from a process of its own, and closes them at the end. Yields how many it has opened."""
    parts = urllib.parse.urlsplit(f"{server.base}/ping")
    command = [sys.executable, str(PROGRAM), str(parts.port), str(count), parts.path]
    environment = os.environ | {"TOKEN": server.token}
    child = Child("The client with idle connections", command, directory / "connections.log", environment)
    try:
        yield int(child.await_line("Open ").text)
    finally:
        child.kill()


def measure_connections(bench: Bench, number: int):
    count = bench.settings.size(IDLE_CONNECTIONS)
    with bench.fresh_directory() as directory, product(bench.settings, directory, UP_KEEP_ALIVE="1h") as server:
        with idle_connections(server, directory, count) as opened:
            time.sleep(IDLE_SECONDS)
            megabytes = server.child.resident_megabytes()
    if opened < count:
        bench.results.note(f"{opened:,} idle connections instead of {count:,}: the limit of open files is too low")
    bench.results.record("operation.opened", number, opened)
    bench.results.record("operation.connected", number, megabytes)


def read_until(server: Product, done: int, count: int) -> int:
    """Reads a patient until so many reads are done. Returns how many were."""
    while done < count:
        done += put_load(server.patient_url, server.token, 1).requests
    return done


def measure_memory(bench: Bench, number: int):
    """Compares the memory after many reads with that after few."""
    with bench.fresh_directory() as directory, product(bench.settings, directory) as server:
        done = read_until(server, 0, bench.settings.size(FEW_READS))
        server.child.await_idle()
        before = server.child.resident_megabytes()
        read_until(server, done, bench.settings.size(MANY_READS))
        server.child.await_idle()
        bench.results.record("operation.few-reads", number, before)
        bench.results.record("operation.many-reads", number, server.child.resident_megabytes())


def measure_log(level: str, bench: Bench, number: int):
    """Reads a patient while the log goes to a file."""
    with bench.fresh_directory() as directory, product(bench.settings, directory, UP_LOG_LEVEL=level) as server:
        server.child.await_idle()
        put_load(server.patient_url, server.token, WARM_UP)
        load = put_load(server.patient_url, server.token, bench.settings.seconds)
    bench.results.record(f"operation.log-{level}", number, load.rate)
    if level == LOG_LEVELS[-1]:
        record_log_cost(bench, number)


def record_log_cost(bench: Bench, number: int):
    rates = [bench.results.samples.get(f"operation.log-{level}", {}).get(number) for level in LOG_LEVELS]
    if all(rates):
        bench.results.record("operation.log-cost", number, (1 - rates[1] / rates[0]) * 100)


GROUP = Group(
    name="operation",
    title="Operation",
    measurements=[
        Measurement(
            "Start with many orders",
            [
                Figure("operation.start", "Start with many orders, until it listens", "ms"),
                Figure("operation.idle", f"Memory {IDLE_SECONDS} s after that start", "MB"),
            ],
            measure_start,
        ),
        Measurement(
            "Idle connections",
            [
                Figure("operation.connected", "Memory with idle connections", "MB"),
                Figure("operation.opened", "Idle connections", "count"),
            ],
            measure_connections,
        ),
        Measurement(
            "Memory after reads",
            [
                Figure("operation.few-reads", f"Memory after {FEW_READS:,} reads", "MB"),
                Figure("operation.many-reads", f"Memory after {MANY_READS:,} reads", "MB"),
            ],
            measure_memory,
            is_single=True,
        ),
        *(
            Measurement(
                f"Log level {level}",
                [Figure(f"operation.log-{level}", f"Patients with UP_LOG_LEVEL={level}", "rate")],
                functools.partial(measure_log, level),
            )
            for level in LOG_LEVELS
        ),
    ],
    aims=[
        Aim("Start with many orders", "operation.start", most=150, unit="ms"),
        Aim("Memory when idle", "operation.idle", most=60, unit="MB"),
        Aim(f"Memory with {IDLE_CONNECTIONS:,} idle connections", "operation.connected", most=300, unit="MB"),
        Aim("Memory: after many reads / after few", "operation.many-reads", "operation.few-reads", most=1.1),
        Aim("Cost of the log level info", "operation.log-cost", most=5, unit="percent"),
    ],
)
