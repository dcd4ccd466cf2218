"""Storage in one SQLite file."""

import asyncio
import fcntl
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple, Self, TypeVar

from models import AuditEntry, Order
from sealing import PlainText, Sealer, TenantKeys, create_master_key
from settings import Settings

# One file for all peers: Go can embed only files of its own directory.
SCHEMA = Path(__file__).parent.parent / "go" / "schema.sql"
BUSY_TIMEOUT = 5  # seconds

Result = TypeVar("Result")


class UnknownPatient(Exception):
    """The order's patient does not exist."""


class IdempotencyKeyReused(Exception):
    """The idempotency key was used with another body."""


@dataclass(frozen=True)
class IdempotencyRecord:
    """Identifies a request that may be repeated."""

    key: str
    body_digest: bytes

    @classmethod
    def of(cls, key: str | None, body: bytes) -> Self | None:
        return cls(key, hashlib.sha256(body).digest()) if key else None


@dataclass(frozen=True)
class Submission:
    """An order with what its transaction records."""

    tenant: str
    order: Order
    idempotency: IdempotencyRecord | None = None
    audit: AuditEntry | None = None


class LoggedRequest(NamedTuple):
    """A line of the request log."""

    request_id: str
    method: str
    path: str
    status: int
    duration_us: int


def create_database(settings: Settings) -> None:
    """Creates what is missing, before the workers start."""
    if settings.equal:
        create_master_key(settings.key_file)
    connection = connect(settings.database)
    connection.executescript(SCHEMA.read_text())
    connection.close()


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def exclusive(file: IO) -> Iterator[None]:
    """Waits for the transaction of the other worker. SQLite itself would poll, with pauses that become long."""
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


class Store:
    """Reads on the calling thread, which takes microseconds, and writes on a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        self._sealer: Sealer = TenantKeys(settings.key_file.read_bytes()) if settings.equal else PlainText()
        self._reader = connect(settings.database)
        self._writer = connect(settings.database)
        self._lock_file = settings.lock_file.open("w")
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    def close(self) -> None:
        self._executor.shutdown()
        self._lock_file.close()
        self._writer.close()
        self._reader.close()

    def patient(self, patient_id: str, tenant: str) -> bytes | None:
        """Returns the JSON document of a patient."""
        row = self._reader.execute(
            "SELECT document FROM patients WHERE id = ? AND tenant = ?", (patient_id, tenant)
        ).fetchone()
        return self._sealer.open(row[0], tenant, f"patient:{patient_id}") if row else None

    async def add_patient(self, patient_id: str, tenant: str, document: bytes) -> None:
        sealed = self._sealer.seal(document, tenant, f"patient:{patient_id}")

        def insert() -> None:
            self._writer.execute(
                "INSERT INTO patients (id, tenant, document) VALUES (?, ?, ?)", (patient_id, tenant, sealed)
            )

        await self._write(insert)

    async def add_order(self, submission: Submission) -> tuple[bytes, bool]:
        """Stores an order in one transaction. Returns its JSON document, and whether that is the recorded response to
        the same request, in which case nothing is stored."""
        order = submission.order
        document = order.model_dump_json().encode()
        sealed = self._sealer.seal(document, submission.tenant, f"order:{order.uuid}")
        event = order.created_event().model_dump_json().encode()

        def insert() -> tuple[bytes, bool]:
            recorded = self._recorded_response(submission)
            if recorded is not None:
                return recorded, True
            self._insert_order(order, submission.tenant, sealed)
            self._insert_event(order, event)
            self._record_response(submission, document)
            if submission.audit:
                self._append_audit([submission.audit])
            return document, False

        return await self._write(insert)

    async def add_collected(self, entries: list[AuditEntry], requests: list[LoggedRequest]) -> None:
        def insert() -> None:
            self._append_audit(entries)
            self._writer.executemany(
                "INSERT INTO request_log (request_id, method, path, status, duration_us) VALUES (?, ?, ?, ?, ?)",
                requests,
            )

        await self._write(insert)

    async def _write(self, body: Callable[[], Result]) -> Result:
        """Runs a transaction. It is rolled back if `body` raises an exception."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._transaction, body)

    def _transaction(self, body: Callable[[], Result]) -> Result:
        with exclusive(self._lock_file):
            self._writer.execute("BEGIN IMMEDIATE")
            with self._writer:
                return body()

    def _insert_order(self, order: Order, tenant: str, sealed: bytes) -> None:
        patient = self._writer.execute(
            "SELECT 1 FROM patients WHERE id = ? AND tenant = ?", (order.patient_id, tenant)
        ).fetchone()
        if patient is None:
            raise UnknownPatient
        self._writer.execute(
            "INSERT INTO orders (id, tenant, patient_id, document) VALUES (?, ?, ?, ?)",
            (order.uuid, tenant, order.patient_id, sealed),
        )

    def _insert_event(self, order: Order, event: bytes) -> None:
        event_id = self._writer.execute(
            "INSERT INTO events (order_id, type, document) VALUES (?, 'order.created', ?)", (order.uuid, event)
        ).lastrowid
        self._writer.executemany(
            "INSERT INTO deliveries (event_id, url, status) VALUES (?, ?, 'pending')",
            [(event_id, url) for url in order.webhook_urls],
        )

    def _recorded_response(self, submission: Submission) -> bytes | None:
        record = submission.idempotency
        if record is None:
            return None
        row = self._writer.execute(
            "SELECT body_digest, response FROM idempotency_records WHERE tenant = ? AND key = ?",
            (submission.tenant, record.key),
        ).fetchone()
        if row is None:
            return None
        if row[0] != record.body_digest:
            raise IdempotencyKeyReused
        return self._sealer.open(row[1], submission.tenant, f"response:{record.key}")

    def _record_response(self, submission: Submission, response: bytes) -> None:
        record = submission.idempotency
        if record is None:
            return
        sealed = self._sealer.seal(response, submission.tenant, f"response:{record.key}")
        self._writer.execute(
            "INSERT INTO idempotency_records (tenant, key, body_digest, response) VALUES (?, ?, ?, ?)",
            (submission.tenant, record.key, record.body_digest, sealed),
        )

    def _append_audit(self, entries: list[AuditEntry]) -> None:
        """Chains entries to the audit log: each hash covers the previous one."""
        row = self._writer.execute("SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
        digest = row[0] if row else bytes(32)
        chained = []
        for entry in entries:
            text = entry.model_dump_json()
            digest = hashlib.sha256(digest + text.encode()).digest()
            chained.append((text, digest))
        self._writer.executemany("INSERT INTO audit (entry, hash) VALUES (?, ?)", chained)
