"""The settings of a run, from the environment."""

import dataclasses
import os
from pathlib import Path

CONNECTIONS = 32


@dataclasses.dataclass(frozen=True)
class Settings:
    root: Path
    build: Path
    rounds: int
    seconds: int
    quick: bool

    @classmethod
    def from_environment(cls) -> "Settings":
        root = Path(__file__).resolve().parents[2]
        return cls(
            root=root,
            build=root / os.environ.get("BUILD", ".build/release"),
            rounds=positive_number("ROUNDS", 5),
            seconds=positive_number("SECONDS_EACH", 3),
            quick=os.environ.get("QUICK") == "1",
        )

    @property
    def results(self) -> Path:
        return self.root / ".build/bench"

    @property
    def peers(self) -> Path:
        return self.root / ".build/peers"

    def size(self, full: int) -> int:
        """A number of records, connections or seconds: a tenth for `QUICK=1`."""
        return max(1, full // 10) if self.quick else full


def positive_number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise SystemExit(f"Benchmarks/run: {name} must be a whole number of at least 1")
    return int(text)
