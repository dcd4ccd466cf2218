"""Lists, compared with a constant string of the same HTTP stack."""

import concurrent.futures
import contextlib
import dataclasses
from collections.abc import Iterator

from .api import API
from .groups import Bench, Group
from .reading import load_measurement, measure_read
from .results import Aim, say
from .servers import PATIENT, Product, product

PATIENTS = 10_000
WRITERS = 8
RARE_EMAIL = "quokka.zephyr@example.net"
RARE_FRAGMENT = "quokka"


@dataclasses.dataclass(frozen=True)
class Fixture:
    bench: Bench
    server: Product

    def measure(self, key: str, number: int, url: str):
        measure_read(self.bench, key, number, url, self.server.token)


def create_patients(server: Product, emails: list[str]):
    with contextlib.closing(API(server.base, server.token)) as api:
        for email in emails:
            api.call("POST", "patients", PATIENT | {"email": email})


@contextlib.contextmanager
def set_up(bench: Bench) -> Iterator[Fixture]:
    count = bench.settings.size(PATIENTS)
    with bench.fresh_directory() as directory, product(bench.settings, directory) as server:
        say(f"  Creating {count:,} patients")
        emails = [f"patient{number:05}@example.com" for number in range(count - 1)] + [RARE_EMAIL]
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda part: create_patients(server, part), [emails[n::WRITERS] for n in range(WRITERS)]))
        with contextlib.closing(API(server.base, server.token)) as api:
            found = api.call("GET", f"patients?email={RARE_FRAGMENT}")["data"]
        if [patient["email"] for patient in found] != [RARE_EMAIL]:
            raise ValueError(f"the search for a rare e-mail address found {len(found)} patients")
        server.child.await_idle()
        yield Fixture(bench, server)


def measure_medications(fixture: Fixture, number: int):
    fixture.measure("lists.medications", number, fixture.server.medications_url)


def measure_search(fixture: Fixture, number: int):
    fixture.measure("lists.search", number, f"{fixture.server.base}/patients?email={RARE_FRAGMENT}")


def measure_constant(fixture: Fixture, number: int):
    measure_read(fixture.bench, "lists.constant", number, fixture.bench.constant_url)


GROUP = Group(
    name="lists",
    title="Lists",
    measurements=[
        load_measurement("lists.medications", "Page of the catalog", measure_medications),
        load_measurement("lists.constant", "Constant string, Hummingbird", measure_constant),
        load_measurement("lists.search", f"One of {PATIENTS:,} patients by e-mail", measure_search),
    ],
    aims=[
        Aim("Page of the catalog / constant string", "lists.medications", "lists.constant", 0.5),
        Aim("Patients by e-mail / constant string", "lists.search", "lists.constant", 0.35),
    ],
    set_up=set_up,
)
