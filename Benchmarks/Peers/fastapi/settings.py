"""The settings of the server, from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Settings:
    port: int
    database: Path
    equal: bool
    token: str
    signing_key: bytes
    tenant: str = "sandbox"

    @property
    def key_file(self) -> Path:
        return self.database.with_name(self.database.name + ".key")

    @property
    def lock_file(self) -> Path:
        return self.database.with_name(self.database.name + ".lock")

    @classmethod
    def from_environment(cls) -> Self:
        duties = os.environ.get("DUTIES")
        if duties not in ("bare", "equal"):
            raise ValueError("DUTIES must be bare or equal")
        if not os.environ.get("PORT", "").isdigit():
            raise ValueError("PORT must be a number; 0 selects a free port")
        if not os.environ.get("DATABASE"):
            raise ValueError("DATABASE is required: the path of an SQLite file")
        if duties == "bare" and not os.environ.get("TOKEN"):
            raise ValueError("TOKEN is required if DUTIES is bare")
        return cls(
            port=int(os.environ["PORT"]),
            database=Path(os.environ["DATABASE"]),
            equal=duties == "equal",
            token=os.environ.get("TOKEN", ""),
            signing_key=bytes.fromhex(os.environ["SIGNING_KEY"]),
        )
