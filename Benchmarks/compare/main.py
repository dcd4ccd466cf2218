"""The whole run: what is measured, and where the results go."""

import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from . import children, lists, operation, order, patient, postgresql, webhooks
from .chart import chart
from .groups import Bench, Group, attempting, run_group
from .machine import MEMORY_FILE_SYSTEMS, caption, description, file_system
from .prepare import prepare
from .report import markdown_report, text_report
from .results import Results, say
from .settings import Settings

GROUPS = [module.GROUP for module in (patient, order, lists, postgresql, webhooks, operation)]


def main(arguments: list[str], usage: str) -> int:
    names = {group.name: group for group in GROUPS}
    if any(argument not in [*names, "prepare"] for argument in arguments):
        print(usage.strip(), file=sys.stderr)
        return 64
    settings = Settings.from_environment()
    results = Results()
    # Paths in the results are relative to it.
    os.chdir(settings.root)
    raise_at_signals()
    if arguments == ["prepare"]:
        prepare(settings, results)
    else:
        run(settings, results, [names[name] for name in names if not arguments or name in arguments])
    return 1 if results.problems else 0


def raise_at_signals():
    """Turns a signal into an exception, so that everything that was started is ended. Later ones are ignored."""
    is_leaving = False

    def leave(number: int, frame: object):
        nonlocal is_leaving
        if not is_leaving:
            is_leaving = True
            raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def run(settings: Settings, results: Results, groups: list[Group]):
    if any(group.has_peers for group in groups):
        prepare(settings, results)
    with tempfile.TemporaryDirectory(prefix="united-pharmacy-bench-") as path:
        directory = Path(path)
        # PostgreSQL runs as another user if the benchmark runs as root.
        directory.chmod(0o755)
        try:
            measure(settings, results, groups, directory)
        finally:
            children.end_all()


def measure(settings: Settings, results: Results, groups: list[Group], directory: Path):
    if file_system(directory) in MEMORY_FILE_SYSTEMS:
        results.note("The databases are in memory, where commits cost nothing. Set TMPDIR to a directory on a disk")
    machine = description(settings, directory, groups)
    with attempting(results, "The end of the run"), contextlib.ExitStack() as stack:
        bench = Bench(settings, results, directory, stack)
        for group in groups:
            run_group(bench, group)
    write(settings, results, groups, machine)


def write(settings: Settings, results: Results, groups: list[Group], machine: list[tuple[str, str]]):
    # Some groups must not replace the results of all.
    names = [] if groups == GROUPS else [group.name for group in groups]
    settings.results.mkdir(parents=True, exist_ok=True)
    markdown = settings.results / ("-".join(["results", *names]) + ".md")
    drawing = markdown.with_suffix(".svg")
    markdown.write_text(markdown_report(results, groups, machine))
    drawing.unlink(missing_ok=True)
    if picture := chart(results, caption(machine)):
        drawing.write_text(picture)
    print(text_report(results, groups, machine), end="", flush=True)
    say(f"==> Written: {os.path.relpath(markdown)}" + (f" and {os.path.relpath(drawing)}" if picture else ""))
