"""A receiver of webhooks: a program, whose end in the benchmark is `Receiver`.

It responds to each POST with 204, counts it, and notes when the first byte of an order's first webhook arrived. Other
requests are for the benchmark: GET /count, GET /arrivals and DELETE /.
"""

import asyncio
import json
import re
import sys
import time

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Record:
    """What has arrived. Times are those of the monotonic clock, which all processes share."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.webhooks = 0
        self.arrivals: dict[str, float] = {}
        self.last = 0.0

    def take(self, body: bytes, arrival: float):
        self.webhooks += 1
        order_id = json.loads(body)["order"]["uuid"]
        if order_id not in self.arrivals:
            self.arrivals[order_id] = arrival
            self.last = arrival

    def counts(self) -> dict:
        return {"webhooks": self.webhooks, "orders": len(self.arrivals), "last": self.last}


class Connection(asyncio.Protocol):
    def __init__(self, record: Record):
        self.record = record
        self.buffer = b""
        self.arrival = 0.0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data: bytes):
        now = time.monotonic()
        if not self.buffer:
            self.arrival = now
        self.buffer += data
        while self.take_request():
            self.arrival = now

    def take_request(self) -> bool:
        """Takes a complete request from the buffer. Returns whether there was one."""
        end = self.buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return False
        length = CONTENT_LENGTH.search(self.buffer, 0, end)
        total = end + (int(length[1]) if length else 0)
        if len(self.buffer) < total:
            return False
        if self.buffer.startswith(b"POST"):
            self.record.take(self.buffer[end:total], self.arrival)
            self.transport.write(NO_CONTENT)
        else:
            self.respond(self.buffer.split(b" ", 2)[:2])
        self.buffer = self.buffer[total:]
        return True

    def respond(self, request: list[bytes]):
        if request == [b"DELETE", b"/"]:
            self.record.clear()
            self.transport.write(NO_CONTENT)
            return
        values = self.record.arrivals if request[1] == b"/arrivals" else self.record.counts()
        body = json.dumps(values).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def serve():
    record = Record()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(record), "127.0.0.1", 0, backlog=1024)
    print(f"Listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    # Standard input ends when the benchmark does, however that happens.
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
