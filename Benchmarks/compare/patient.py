"""Reading a patient by id, compared with peers and with constant strings."""

import functools

from .groups import Bench, Group
from .prepare import GO, PeerKind
from .reading import VARIANTS, key_of, label_of, load_measurement, measure_read
from .results import Aim
from .servers import peer, product


def measure_product(bench: Bench, number: int):
    with bench.fresh_directory() as directory, product(bench.settings, directory) as server:
        # Work that provisioning has left must not slow down the reads.
        server.child.await_idle()
        measure_read(bench, "patient.product", number, server.patient_url, server.token)


def measure_peer(kind: PeerKind, duties: str, bench: Bench, number: int):
    with bench.fresh_directory() as directory, peer(kind, duties, bench.settings, directory) as server:
        key = f"patient.{key_of(kind, duties)}"
        measure_read(bench, key, number, server.patient_url, server.token, tolerates_timeouts=True)


def measure_go_constant(bench: Bench, number: int):
    with bench.fresh_directory() as directory, peer(GO, "bare", bench.settings, directory) as server:
        measure_read(bench, "patient.go-constant", number, server.constant_url, tolerates_timeouts=True)


def measure_constant(bench: Bench, number: int):
    measure_read(bench, "patient.constant", number, bench.constant_url)


GROUP = Group(
    name="patient",
    title="Patient by id",
    measurements=[
        load_measurement("patient.product", "Product", measure_product),
        load_measurement("patient.constant", "Constant string, Hummingbird", measure_constant),
        load_measurement("patient.go-constant", "Constant string, Go", measure_go_constant),
        *(
            load_measurement(
                f"patient.{key_of(kind, duties)}", label_of(kind, duties), functools.partial(measure_peer, kind, duties)
            )
            for kind, duties in VARIANTS
        ),
    ],
    aims=[
        Aim("Patient: product / constant string of Hummingbird", "patient.product", "patient.constant", 0.6),
        Aim("Patient: product / Go (equal)", "patient.product", "patient.go-equal", 1.3),
        Aim("Patient: product / Go (bare)", "patient.product", "patient.go-bare", 1.0),
        Aim("Patient: product / FastAPI (bare)", "patient.product", "patient.fastapi-bare", 5.0),
    ],
    has_peers=True,
)
