"""What a group of measurements is, and how its rounds run."""

import contextlib
import dataclasses
import functools
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .children import Child
from .failures import MeasurementError, MissingError, NotInstalledError
from .receivers import Receiver, receiver
from .results import UNITS, Aim, Figure, Results, say
from .servers import stopping
from .settings import Settings


class Bench:
    """What all measurements share. `stack` ends at the end of the run."""

    def __init__(self, settings: Settings, results: Results, directory: Path, stack: contextlib.ExitStack):
        self.settings = settings
        self.results = results
        self.directory = directory
        self.stack = stack

    @property
    def orders_directory(self) -> Path:
        """A copy of the product's data with many orders, and no work left to do."""
        return self.directory / "orders"

    @functools.cached_property
    def receiver(self) -> Receiver:
        return self.stack.enter_context(receiver(self.directory))

    @functools.cached_property
    def constant_url(self) -> str:
        """A constant string of the product's HTTP stack. Its server stays idle between loads."""
        command = [str(self.settings.build / "ReferenceServer")]
        child = self.stack.enter_context(stopping(Child("The reference", command, self.directory / "reference.log")))
        return child.await_line("Listening on ").text + "/constant"

    @contextlib.contextmanager
    def fresh_directory(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self.directory) as path:
            yield Path(path)

    def keep_orders(self, directory: Path):
        """Replaces the copy of data with many orders. No server may run on it."""
        shutil.rmtree(self.orders_directory, ignore_errors=True)
        shutil.copytree(directory, self.orders_directory)


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What each round measures once. `run` gets what its group has set up and the number of the round."""

    label: str
    figures: list[Figure]
    run: Callable[[Any, int], None]
    # Only in the first round: long, or with rounds of its own.
    is_single: bool = False


@dataclasses.dataclass(frozen=True)
class Group:
    """Measurements that take turns. `set_up` makes what lasts for all rounds; without it, that is the `Bench`."""

    name: str
    title: str
    measurements: list[Measurement]
    aims: list[Aim]
    set_up: Callable[[Bench], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext
    # Whether the group measures the servers in other languages.
    has_peers: bool = False


def run_group(bench: Bench, group: Group):
    say(f"==> {group.title}")
    with attempting(bench.results, group.title), group.set_up(bench) as fixture:
        remaining = list(group.measurements)
        for number in range(1, bench.settings.rounds + 1):
            say(f"  Round {number} of {bench.settings.rounds}")
            can_repeat = [each for each in remaining if measure(bench.results, each, fixture, number)]
            remaining = [each for each in can_repeat if not each.is_single]


def measure(results: Results, measurement: Measurement, fixture: Any, number: int) -> bool:
    """Measures once. Returns whether the next round can measure it again."""
    with attempting(results, measurement.label) as outcome:
        measurement.run(fixture, number)
        say(f"    {measurement.label:34} {', '.join(shown_values(results, measurement, number))}")
    return outcome.can_repeat


def shown_values(results: Results, measurement: Measurement, number: int) -> Iterator[str]:
    """What a round has measured."""
    for figure in measurement.figures:
        value = results.samples.get(figure.key, {}).get(number)
        if value is not None:
            yield UNITS[figure.unit](value)
        if value is not None and figure.has_latencies:
            for name in ("p50", "p99"):
                yield f"{name} {UNITS['ms'](results.samples[f'{figure.key}.{name}'][number])}"


@dataclasses.dataclass
class Outcome:
    can_repeat: bool = True


@contextlib.contextmanager
def attempting(results: Results, name: str) -> Iterator[Outcome]:
    """Records a failure, and continues with the next measurement."""
    outcome = Outcome()
    try:
        yield outcome
    except NotInstalledError as error:
        outcome.can_repeat = False
        results.note(f"{name} was not measured: {error}")
    except MissingError as error:
        outcome.can_repeat = False
        results.problem(f"{name} was not measured: {error}")
    except MeasurementError as error:
        results.problem(f"{name}: {error}")
    except Exception as error:
        # For example a connection that a server has closed.
        results.problem(f"{name}: {error!r}\n{traceback.format_exc()}")
