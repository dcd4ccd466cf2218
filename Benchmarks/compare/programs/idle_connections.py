"""Opens connections, sends one request on each, and leaves them open until standard input ends.

Usage: idle_connections.py PORT COUNT PATH, with the access token in the environment as TOKEN. Opens fewer if the limit
of open files is lower. Prints "Open N".
"""

import os
import resource
import socket
import sys

RESERVED = 64  # files for Python itself


def raise_file_limit() -> int:
    """Raises the limit of open files as far as the system allows. Returns it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def open_connection(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(request)
    response = connection.recv(65536)
    if not response.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"unexpected response: {response[:200]!r}")
    return connection


def main(port: str, count: str, path: str):
    limit = raise_file_limit() - RESERVED
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {os.environ['TOKEN']}\r\n\r\n".encode()
    connections = [open_connection(int(port), request) for _ in range(min(int(count), limit))]
    print(f"Open {len(connections)}", flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
