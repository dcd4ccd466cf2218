"""The product on PostgreSQL, compared with pgbench, which runs statements of the same kind and nothing else.

Both have the same number of connections to one temporary cluster with durable commits, each in a database of its own.
Three nodes of the product on one database are compared with one.
"""

import contextlib
import dataclasses
import os
import re
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from .children import output_of
from .failures import MeasurementError, MissingError
from .groups import Bench, Group, Measurement
from .order import backlog_figures, measure_product_orders
from .reading import load_measurement, measure_read
from .results import Aim, Figure
from .servers import Product, product, start_product, stopping
from .settings import CONNECTIONS

SQL = Path(__file__).parent / "sql"
# Checkpoints during a load would cost whoever is measured then.
OPTIONS = "-c max_wal_size=4GB -c checkpoint_timeout=1h"
DATABASE = "pgbench"
# The server allows 100 connections. The first node has as many as pgbench.
CONNECTIONS_OF_FURTHER_NODES = 24


@dataclasses.dataclass(frozen=True)
class Fixture:
    bench: Bench
    server: Product
    cluster: Path
    directory: Path
    url: str


def program(name: str) -> str:
    """Debian installs the programs of each version in a directory of their own, and not all of them on the PATH."""
    found = shutil.which(name) or next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[-1:]), None)
    if found is None:
        raise MissingError(f"{name} is not installed (Debian: postgresql)")
    return str(found)


def connection_options(cluster: Path) -> list[str]:
    return ["-h", str(cluster), "-U", "pharmacy"]


@contextlib.contextmanager
def running_cluster(bench: Bench) -> Iterator[tuple[Path, str]]:
    """A PostgreSQL server with durable commits. Yields its directory and its URL."""
    script = str(bench.settings.root / "Scripts/postgresql")
    directory = bench.directory / "postgresql"
    try:
        url = output_of([script, "start", str(directory)], os.environ | {"FSYNC": "on", "OPTIONS": OPTIONS})
        yield directory, url.strip()
    finally:
        # A failure here must not hide an earlier one, nor the end of the run.
        try:
            output_of([script, "stop", str(directory)])
        except MeasurementError as error:
            bench.results.problem(f"PostgreSQL was not stopped: {error}")


@contextlib.contextmanager
def set_up(bench: Bench) -> Iterator[Fixture]:
    psql = program("psql")
    with running_cluster(bench) as (cluster, url), bench.fresh_directory() as directory:
        options = [*connection_options(cluster), "-q", "-v", "ON_ERROR_STOP=1"]
        output_of([psql, *options, "-d", "postgres", "-c", f"CREATE DATABASE {DATABASE}"])
        output_of([psql, *options, "-d", DATABASE, "-f", str(SQL / "tables.sql"), "-c", "VACUUM ANALYZE patients"])
        variables = {"UP_DATABASE_URL": url, "UP_DATABASE_CONNECTIONS": str(CONNECTIONS)}
        with product(bench.settings, directory, **variables) as server:
            yield Fixture(bench, server, cluster, directory, url)


def run_pgbench(fixture: Fixture, key: str, number: int, script: str, vacuum: bool = False):
    options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1", "-T", str(fixture.bench.settings.seconds)]
    command = [program("pgbench"), *connection_options(fixture.cluster), *options, "-f", str(SQL / script), DATABASE]
    output = output_of(command)
    rate = re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: ([1-9]\d*)", output, re.MULTILINE)
    if rate is None or failed is not None:
        raise MeasurementError(f"pgbench failed: {output}")
    fixture.bench.results.record(key, number, float(rate[1]))


def measure_patient(fixture: Fixture, number: int):
    fixture.server.child.await_idle()
    measure_read(fixture.bench, "postgresql.patient", number, fixture.server.patient_url, fixture.server.token)


def measure_order(fixture: Fixture, number: int):
    measure_product_orders(fixture.bench, "postgresql.order", number, fixture.server)


@contextlib.contextmanager
def three_nodes(fixture: Fixture) -> Iterator[tuple[int, ...]]:
    """Starts two further nodes. Yields the ports of all three."""
    variables = {
        "UP_DATABASE_URL": fixture.url,
        "UP_DATABASE_CONNECTIONS": str(CONNECTIONS_OF_FURTHER_NODES),
        "UP_MASTER_KEY_FILE": str(fixture.directory / "data/master.key"),
    }
    with contextlib.ExitStack() as stack:
        ports = [port_of(fixture.server.base)]
        for _ in range(2):
            directory = stack.enter_context(fixture.bench.fresh_directory())
            child, origin, _ = start_product(fixture.bench.settings, directory, **variables)
            stack.enter_context(stopping(child))
            child.await_idle()
            ports.append(port_of(origin))
        yield tuple(ports)


def port_of(url: str) -> int:
    port = urllib.parse.urlsplit(url).port
    if port is None:
        raise MeasurementError(f"{url} has no port")
    return port


def measure_patient_of_three(fixture: Fixture, number: int):
    server = fixture.server
    with three_nodes(fixture) as ports:
        measure_read(
            fixture.bench, "postgresql.nodes.patient", number, server.patient_url, server.token, ports=ports
        )


def measure_order_of_three(fixture: Fixture, number: int):
    with three_nodes(fixture) as ports:
        measure_product_orders(fixture.bench, "postgresql.nodes.order", number, fixture.server, ports=ports)


def measure_pgbench_patient(fixture: Fixture, number: int):
    run_pgbench(fixture, "postgresql.pgbench-patient", number, "patient.sql")


def measure_pgbench_order(fixture: Fixture, number: int):
    run_pgbench(fixture, "postgresql.pgbench-order", number, "order.sql")


GROUP = Group(
    name="postgresql",
    title="PostgreSQL",
    measurements=[
        load_measurement("postgresql.patient", "Product: patient", measure_patient),
        Measurement(
            "pgbench: a row by key",
            [Figure("postgresql.pgbench-patient", "pgbench: a row by key", "rate")],
            measure_pgbench_patient,
        ),
        load_measurement("postgresql.nodes.patient", "Three nodes: patient", measure_patient_of_three),
        load_measurement("postgresql.order", "Product: order", measure_order, *backlog_figures("postgresql.order")),
        load_measurement(
            "postgresql.nodes.order",
            "Three nodes: order",
            measure_order_of_three,
            *backlog_figures("postgresql.nodes.order"),
        ),
        Measurement(
            "pgbench: order, event and delivery",
            [Figure("postgresql.pgbench-order", "pgbench: order, event and delivery in one statement", "rate")],
            measure_pgbench_order,
        ),
    ],
    aims=[
        Aim("PostgreSQL, patient: product / pgbench", "postgresql.patient", "postgresql.pgbench-patient", 0.5),
        Aim("PostgreSQL, order: product / pgbench", "postgresql.order", "postgresql.pgbench-order", 0.3),
        Aim("PostgreSQL, patient: three nodes / one", "postgresql.nodes.patient", "postgresql.patient", 1.0),
        Aim("PostgreSQL, order: three nodes / one", "postgresql.nodes.order", "postgresql.order", 1.0),
    ],
    set_up=set_up,
)
