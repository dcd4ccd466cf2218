"""What the equal variant does besides the work of the bare one."""

import asyncio
import logging
import time
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models import AuditEntry
from store import LoggedRequest, Store

RATE_LIMIT = 1_000_000  # requests per second, and the largest burst; so high that no benchmark reaches it
WRITE_INTERVAL = 1  # seconds between writes of collected audit entries and logged requests

logger = logging.getLogger("duties")


class TokenBucket:
    """The rate limit of one tenant."""

    def __init__(self) -> None:
        self._tokens: float = RATE_LIMIT
        self._filled = time.monotonic()

    def take(self) -> bool:
        """Takes a token. Returns false if there is none."""
        now = time.monotonic()
        self._tokens = min(RATE_LIMIT, self._tokens + (now - self._filled) * RATE_LIMIT)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """X-RateLimit-Reset is the time when the bucket is full again."""
        full_at = time.time() + (RATE_LIMIT - self._tokens) / RATE_LIMIT
        return [
            (b"x-ratelimit-limit", b"%d" % RATE_LIMIT),
            (b"x-ratelimit-remaining", b"%d" % self._tokens),
            (b"x-ratelimit-reset", b"%d" % (full_at + 1)),
        ]


class Duties:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._buckets: dict[str, TokenBucket] = {}
        self._entries: list[AuditEntry] = []
        self._requests: list[LoggedRequest] = []

    def bucket(self, tenant: str) -> TokenBucket:
        return self._buckets.setdefault(tenant, TokenBucket())

    def audit(self, entry: AuditEntry) -> None:
        self._entries.append(entry)

    def log_request(self, request: LoggedRequest) -> None:
        self._requests.append(request)

    async def write_periodically(self) -> None:
        while True:
            await asyncio.sleep(WRITE_INTERVAL)
            await self.write_collected()

    async def write_collected(self) -> None:
        entries, self._entries = self._entries, []
        requests, self._requests = self._requests, []
        if not entries and not requests:
            return
        try:
            await self._store.add_collected(entries, requests)
        except Exception:
            logger.exception("%d audit entries and %d logged requests are lost", len(entries), len(requests))


class DutiesMiddleware:
    """Identifies and logs each request, and adds the headers of the rate limit to its response."""

    def __init__(self, app: ASGIApp, duties: Duties) -> None:
        self._app = app
        self._duties = duties

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/constant":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = str(uuid4())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
                if "bucket" in state:
                    message["headers"].extend(state["bucket"].headers)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            path = scope["route"].path if "route" in scope else ""
            duration = int((time.perf_counter() - started) * 1_000_000)
            self._duties.log_request(LoggedRequest(request_id, scope["method"], path, status, duration))
