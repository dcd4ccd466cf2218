"""Placing an order with one webhook URL, compared with peers and with bare commits.

Each request has an Idempotency-Key of its own. The product delivers the webhooks meanwhile; peers only store them.
"""

import functools
import shutil
import time
from pathlib import Path
from typing import Any

from .children import Child
from .failures import MeasurementError
from .groups import Bench, Group, Measurement
from .load import Load, put_load
from .prepare import PeerKind
from .reading import VARIANTS, WARM_UP, key_of, label_of, load_measurement, record_load
from .results import Aim, Figure
from .servers import DATABASE_NAME, Product, Server, peer, product
from .settings import CONNECTIONS

FLOOR = "order.floor"


def put_orders(server: Server, url: str, seconds: int, **options: Any) -> Load:
    """Places orders. The options are those of `put_load`."""
    return put_load(server.orders_url, server.token, seconds, body=server.order_for(url), has_keys=True, **options)


def await_deliveries(bench: Bench, server: Product, load: Load, orders_before: int) -> tuple[float, int]:
    """Waits until each accepted order has had its webhook.

    Returns how long that took after the end of the load, in seconds, and how many orders had none at its end.
    """
    end = time.monotonic()
    arrived = bench.receiver.counts()["orders"]
    accepted = server.count_orders() - orders_before
    if accepted < load.requests:
        raise MeasurementError(f"{load.requests} orders were accepted, but the list has only {accepted} more")
    last = bench.receiver.await_orders(accepted)
    return max(0.0, last - end), max(0, accepted - arrived)


def measure_product_orders(bench: Bench, key: str, number: int, server: Product, **options: Any):
    put_orders(server, bench.receiver.url, WARM_UP, **options)
    server.child.await_idle()
    bench.receiver.clear()
    orders_before = server.count_orders()
    load = put_orders(server, bench.receiver.url, bench.settings.seconds, **options)
    record_load(bench, key, number, load)
    drain, backlog = await_deliveries(bench, server, load, orders_before)
    bench.results.record(f"{key}.drain", number, drain)
    bench.results.record(f"{key}.backlog", number, backlog)
    server.child.await_idle()


def backlog_figures(key: str) -> list[Figure]:
    return [
        Figure(f"{key}.backlog", "Product: orders without their webhook when the load ended", "count"),
        Figure(f"{key}.drain", "Product: time until they had it", "s"),
    ]


def measure_product(bench: Bench, number: int):
    with bench.fresh_directory() as directory:
        with product(bench.settings, directory) as server:
            measure_product_orders(bench, "order.product", number, server)
        bench.keep_orders(directory)


def make_orders(bench: Bench):
    """Makes the data that `measure_product` leaves, without a measurement."""
    with bench.fresh_directory() as directory:
        with product(bench.settings, directory) as server:
            put_orders(server, bench.receiver.url, bench.settings.seconds)
            server.child.await_idle()
        bench.keep_orders(directory)


def measure_peer(kind: PeerKind, duties: str, bench: Bench, number: int):
    with bench.fresh_directory() as directory, peer(kind, duties, bench.settings, directory) as server:
        put_orders(server, bench.receiver.url, WARM_UP, tolerates_timeouts=True)
        load = put_orders(server, bench.receiver.url, bench.settings.seconds, tolerates_timeouts=True)
        record_load(bench, f"order.{key_of(kind, duties)}", number, load)


def measure_floor(bench: Bench, number: int):
    """Commits rows of orders to a copy of the product's database, without a server."""
    program = str(bench.settings.build / "CommitFloor")
    with bench.fresh_directory() as directory:
        database = copy_database(bench, directory)
        command = [program, str(database), str(bench.settings.seconds), str(CONNECTIONS)]
        child = Child("CommitFloor", command, directory / "floor.log")
        try:
            rate = float(child.await_line("orders_per_second ").text)
        finally:
            child.kill()
    bench.results.record(FLOOR, number, rate)


def copy_database(bench: Bench, directory: Path) -> Path:
    """Copies the database that the product has left in this round."""
    source = bench.orders_directory / "data" / DATABASE_NAME
    if not source.exists():
        raise MeasurementError("the product's database is missing, because its measurement failed")
    return shutil.copyfile(source, directory / DATABASE_NAME)


GROUP = Group(
    name="order",
    title="Order with a webhook URL",
    measurements=[
        load_measurement("order.product", "Product", measure_product, *backlog_figures("order.product")),
        Measurement("Bare commits", [Figure(FLOOR, "Bare commits", "rate")], measure_floor),
        *(
            load_measurement(
                f"order.{key_of(kind, duties)}", label_of(kind, duties), functools.partial(measure_peer, kind, duties)
            )
            for kind, duties in VARIANTS
        ),
    ],
    aims=[
        Aim("Order: product / Go (bare)", "order.product", "order.go-bare", 2.0),
        Aim("Order: product / FastAPI (bare)", "order.product", "order.fastapi-bare", 5.0),
        Aim("Order: product / bare commits", "order.product", FLOOR, 0.5),
        Aim("Order: p99 of the product", "order.product.p99", most=25, unit="ms"),
    ],
    has_peers=True,
)
