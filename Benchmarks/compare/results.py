"""Samples of all rounds, and what is reported of them."""

import dataclasses
import statistics
import sys
from typing import Callable, NamedTuple

UNITS: dict[str, Callable[[float], str]] = {
    "ratio": lambda value: f"{value:.2f}",
    "rate": lambda value: f"{value:,.0f}/s",
    "ms": lambda value: f"{value:,.1f} ms" if value < 100 else f"{value:,.0f} ms",
    "s": lambda value: f"{value:.2f} s",
    "MB": lambda value: f"{value:,.0f} MB",
    "percent": lambda value: f"{value:.1f} %",
    "count": lambda value: f"{value:,.0f}",
}


class Summary(NamedTuple):
    median: float
    lowest: float
    highest: float


@dataclasses.dataclass(frozen=True)
class Figure:
    """A measured value. `key` is the name of its samples.

    If `has_latencies`, the names with `.p50` and `.p99` have samples too, in milliseconds.
    """

    key: str
    label: str
    unit: str
    has_latencies: bool = False


@dataclasses.dataclass(frozen=True)
class Aim:
    """A figure, or the ratio of two figures, with the limit that it should keep."""

    label: str
    key: str
    divisor: str | None = None
    least: float | None = None
    most: float | None = None
    unit: str = "ratio"

    @property
    def limit(self) -> str:
        if self.least is not None:
            return f"≥ {UNITS[self.unit](self.least)}"
        # An aim is a round number.
        return f"< {UNITS[self.unit](self.most).replace('.0 ', ' ')}"

    def is_reached(self, value: float) -> bool:
        return value >= self.least if self.least is not None else value < self.most


def say(text: str):
    """Reports progress."""
    print(text, file=sys.stderr, flush=True)


class Results:
    def __init__(self):
        self.samples: dict[str, dict[int, float]] = {}
        self.notes: list[str] = []
        self.problems: list[str] = []

    def record(self, key: str, round_number: int, value: float):
        self.samples.setdefault(key, {})[round_number] = value

    def note(self, text: str):
        """Something that a reader of the results should know."""
        if text not in self.notes:
            self.notes.append(text)
            say(f"note: {text}")

    def problem(self, text: str):
        """Something that could not be measured. The run fails at its end."""
        say(f"FAILED: {text}")
        # Only the first line is for the report; logs may follow it.
        self.problems.append(text.splitlines()[0])

    def summary(self, key: str, divisor: str | None = None) -> Summary | None:
        """The median and the spread of all rounds, or None if nothing was measured."""
        values = self.samples.get(key, {})
        if divisor is not None:
            below = self.samples.get(divisor, {})
            values = {number: value / below[number] for number, value in values.items() if below.get(number)}
        if not values:
            return None
        return Summary(statistics.median(values.values()), min(values.values()), max(values.values()))

    def median(self, key: str) -> float | None:
        summary = self.summary(key)
        return None if summary is None else summary.median


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that is at least as large as this share of all values."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]
