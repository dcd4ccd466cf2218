"""What a reader of the results must know about the machine and the programs."""

import os
import platform
import re
import time
from pathlib import Path

from . import postgresql
from .children import output_of
from .failures import MeasurementError, MissingError
from .groups import Group
from .prepare import PEERS
from .settings import CONNECTIONS, Settings

MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs")


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"


def file_system(directory: Path) -> str:
    """The type of the file system that the directory is on: that of the longest mount point above it."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if directory.is_relative_to(point)]
    return max(above, key=lambda mount: len(mount[0]))[1]


def system() -> str:
    names = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    return f"{names.get('PRETTY_NAME', 'Linux')}, Linux {platform.release()}"


def version_of(command: list[str]) -> str:
    try:
        return output_of(command).strip().splitlines()[0]
    except (IndexError, MeasurementError, MissingError, OSError):
        return "unknown"


def postgresql_version() -> str:
    try:
        match = re.search(r"\d[\d.]*", output_of([postgresql.program("psql"), "--version"]))
    except (MeasurementError, MissingError):
        match = None
    return match[0] if match else "unknown"


def description(settings: Settings, directory: Path, groups: list[Group]) -> list[tuple[str, str]]:
    rows = [
        ("Date", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())),
        ("Processor", f"{processor()}, {os.cpu_count()} cores"),
        ("Memory", memory()),
        ("System", system()),
        ("Databases on", file_system(directory)),
        ("Product", version_of([str(settings.build / "united-pharmacy"), "--version"])),
        ("Load", f"wrk, 1 thread, {CONNECTIONS} connections"),
        ("Rounds", f"{settings.rounds} rounds of {settings.seconds} s"),
    ]
    if settings.quick:
        rows.append(("Sizes", "a tenth (QUICK=1): the figures mean little"))
    if postgresql.GROUP in groups:
        rows.append(("PostgreSQL", postgresql_version()))
    if any(group.has_peers for group in groups):
        rows += [(kind.name, kind.version(settings)) for kind in PEERS if not kind.reason_not_installed(settings)]
    return rows


def caption(rows: list[tuple[str, str]]) -> str:
    """What a reader of the chart must know, in one line."""
    values = dict(rows)
    return f"Medians of {values['Rounds']}. {values['Processor']}. {values['Date']}."
