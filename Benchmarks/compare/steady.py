"""A client that sends requests at an even rate, whatever the responses take."""

import asyncio
import dataclasses
import json
import time
import urllib.parse

from .failures import MeasurementError

CONNECTIONS = 16


@dataclasses.dataclass(frozen=True)
class Request:
    """A POST request whose header is complete but for the Idempotency-Key and the length."""

    url: str
    token: str
    body: bytes
    key: str

    def encoded(self, number: int) -> bytes:
        parts = urllib.parse.urlsplit(self.url)
        header = [
            f"POST {parts.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            f"Idempotency-Key: {self.key}-{number}",
            f"Content-Length: {len(self.body)}",
        ]
        return "\r\n".join([*header, "", ""]).encode() + self.body


async def open_connections(request: Request, count: int) -> asyncio.Queue:
    parts = urllib.parse.urlsplit(request.url)
    free = asyncio.Queue()
    for _ in range(count):
        free.put_nowait(await asyncio.open_connection(parts.hostname, parts.port))
    return free


async def send(data: bytes, free: asyncio.Queue) -> tuple[str, float]:
    """Sends a request on a free connection. Returns the id of the order, and when its 201 was received."""
    reader, writer = await free.get()
    writer.write(data)
    header = await reader.readuntil(b"\r\n\r\n")
    received = time.monotonic()
    lines = header.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    body = await reader.readexactly(int(fields["content-length"]))
    if not lines[0].startswith("HTTP/1.1 201 "):
        raise MeasurementError(f"{lines[0]}: {body.decode(errors='replace')}")
    free.put_nowait((reader, writer))
    return json.loads(body)["data"]["uuid"], received


async def send_all(request: Request, rate: int, count: int) -> dict[str, float]:
    free = await open_connections(request, CONNECTIONS)
    start = time.monotonic() + 0.1
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(count):
            await asyncio.sleep(start + number / rate - time.monotonic())
            tasks.append(group.create_task(send(request.encoded(number), free)))
    while not free.empty():
        free.get_nowait()[1].close()
    return dict(task.result() for task in tasks)


def place_orders(request: Request, rate: int, count: int) -> dict[str, float]:
    """Places orders at a rate each second. Returns when the 201 of each was received, by the order's id."""
    try:
        return asyncio.run(send_all(request, rate, count))
    except ExceptionGroup as group:
        # The first failure ends the others.
        raise MeasurementError(f"orders at an even rate: {group.exceptions[0]!r}") from None
