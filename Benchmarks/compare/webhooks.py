"""Delivering webhooks: the rate, compared with the HTTP client alone, and the time from an order to its webhook."""

import json
import os
import re
import secrets

from .children import output_of
from .failures import MeasurementError, MissingError
from .groups import Bench, Group, Measurement
from .results import Aim, Figure, percentile
from .servers import product
from .steady import Request, place_orders

ORDERS_PER_SECOND = 200
SECONDS = 10
SIZES = {"ORDERS": 2000, "BACKLOG": 1000}
MEDIAN = re.compile(r"^median: the client alone ([0-9.]+).*, delivered ([0-9.]+)", re.MULTILINE)


def measure_rate(bench: Bench, number: int):
    """Runs WebhookBenchmark, which has rounds of its own."""
    program = bench.settings.build / "WebhookBenchmark"
    if not program.exists():
        raise MissingError(f"{os.path.relpath(program)} does not exist")
    sizes = {name: str(bench.settings.size(size)) for name, size in SIZES.items()}
    output = output_of([str(program)], os.environ | sizes | {"ROUNDS": "3"}, limit=1800)
    match = MEDIAN.search(output)
    if match is None:
        raise MeasurementError(f"WebhookBenchmark printed no median: {output}")
    bench.results.record("webhooks.alone", number, float(match[1]))
    bench.results.record("webhooks.delivered", number, float(match[2]))


def measure_latency(bench: Bench, number: int):
    """Places orders at an even rate, which leaves the server idle most of the time."""
    bench.receiver.clear()
    count = ORDERS_PER_SECOND * bench.settings.size(SECONDS)
    with bench.fresh_directory() as directory, product(bench.settings, directory) as server:
        server.child.await_idle()
        body = json.dumps(server.order_for(bench.receiver.url)).encode()
        request = Request(server.orders_url, server.token, body, secrets.token_hex(8))
        received = place_orders(request, ORDERS_PER_SECOND, count)
        bench.receiver.await_orders(count)
    arrivals = bench.receiver.arrivals()
    # A webhook can arrive before the client has read the response.
    delays = [max(0.0, arrivals[order_id] - time) * 1000 for order_id, time in received.items()]
    bench.results.record("webhooks.delay-p50", number, percentile(delays, 50))
    bench.results.record("webhooks.delay-p99", number, percentile(delays, 99))


GROUP = Group(
    name="webhooks",
    title="Webhooks",
    measurements=[
        Measurement(
            "Delivered each second",
            [
                Figure("webhooks.delivered", "Delivered, claimed and recorded", "rate"),
                Figure("webhooks.alone", "Posted by the HTTP client alone", "rate"),
            ],
            measure_rate,
            is_single=True,
        ),
        Measurement(
            f"Delay at {ORDERS_PER_SECOND} orders/s",
            [
                Figure("webhooks.delay-p50", f"From 201 to the webhook at {ORDERS_PER_SECOND} orders/s: p50", "ms"),
                Figure("webhooks.delay-p99", f"From 201 to the webhook at {ORDERS_PER_SECOND} orders/s: p99", "ms"),
            ],
            measure_latency,
        ),
    ],
    aims=[
        Aim("Webhooks: delivered / the HTTP client alone", "webhooks.delivered", "webhooks.alone", 0.6),
        Aim("Webhooks: p99 from 201 to the first byte", "webhooks.delay-p99", most=50, unit="ms"),
    ],
)
