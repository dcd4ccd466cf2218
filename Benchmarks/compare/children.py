"""Child processes. All that still run can be ended together."""

import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

from .failures import MeasurementError, MissingError

START_LIMIT = 30  # seconds
STOP_LIMIT = 35  # seconds; the product itself waits up to 30 for requests in flight
LOG_LINES = 30

running: set["Child"] = set()


class Line(NamedTuple):
    text: str
    arrival: float  # of time.monotonic()


class Child:
    """A process in a session of its own. Its standard output is read line by line, its errors go to a log file."""

    def __init__(self, name: str, command: list[str], log: Path, environment: dict[str, str] | None = None):
        self.name = name
        self.log = log
        self.lines: queue.SimpleQueue[Line | None] = queue.SimpleQueue()
        if not Path(command[0]).exists():
            raise MissingError(f"{os.path.relpath(command[0])} does not exist")
        with log.open("ab") as errors:
            self.start = time.monotonic()
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        running.add(self)
        threading.Thread(target=self._read_lines, daemon=True).start()

    def _read_lines(self):
        for line in self.process.stdout:
            self.lines.put(Line(line.decode(errors="replace").rstrip("\n"), time.monotonic()))
        self.lines.put(None)

    def await_line(self, prefix: str) -> Line:
        """Waits for a line that starts with the prefix. Returns the line without it."""
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise self.failure(f"did not print {prefix!r} within {START_LIMIT} s") from None
            if line is None:
                self.kill()
                raise self.failure(f"ended before it printed {prefix!r}")
            if line.text.startswith(prefix):
                return Line(line.text.removeprefix(prefix), line.arrival)

    def failure(self, text: str) -> MeasurementError:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return MeasurementError("\n".join([f"{self.name} {text}", *lines]))

    def stop(self):
        """Ends the process as an operator would. Fails if it takes too long or exits with a status other than 0."""
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            raise self.failure(f"did not stop within {STOP_LIMIT} s") from None
        finally:
            self.kill()
        # A process without a handler of its own is ended by the signal itself.
        if self.process.returncode not in (0, -signal.SIGTERM):
            raise self.failure(f"ended with status {self.process.returncode}")

    def kill(self):
        """Ends the process and what it has started, at once."""
        kill_session(self.process)
        self.process.stdin.close()
        running.discard(self)

    def resident_megabytes(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise self.failure("has no resident memory")

    def processor_seconds(self) -> float:
        # The second field, the name in brackets, may contain spaces.
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def await_idle(self, limit: float = 60, window: float = 0.4, share: float = 0.06):
        """Waits until the process has nothing to do: it uses less than this share of a processor."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            before = self.processor_seconds()
            time.sleep(window)
            if self.processor_seconds() - before <= window * share:
                return
        raise self.failure(f"was still busy {limit:.0f} s after the load")


def end_all():
    for child in list(running):
        child.kill()


def output_of(
    command: list[str],
    environment: dict[str, str] | None = None,
    limit: float = 600,
    directory: Path | None = None,
) -> str:
    """Runs a command to its end and returns what it prints. Ends it if this is interrupted."""
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C must not interrupt a command that cleans up.
            start_new_session=True,
        )
    except FileNotFoundError:
        raise MissingError(f"{Path(command[0]).name} is not installed") from None
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        kill_session(process)
        raise MeasurementError(f"{Path(command[0]).name} did not end within {limit:.0f} s") from None
    except BaseException:
        kill_session(process)
        raise
    if process.returncode != 0:
        shown = "\n".join(errors.strip().splitlines()[:LOG_LINES])
        raise MeasurementError(f"{Path(command[0]).name} ended with status {process.returncode}\n{shown}")
    return output


def kill_session(process: subprocess.Popen):
    """Ends a process and what it has started. The session may outlive its first process."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
