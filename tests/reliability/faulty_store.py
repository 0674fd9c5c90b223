"""A proxy between a client and an S3 server that breaks a share of the calls in the ways that real networks do."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import urlsplit

KINDS = ("slow_down", "reset", "stall", "truncated", "flipped", "lost_answer")
_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Faults:
    """Which faults are injected, and how many were.

    Attributes:
        share: Part of the calls that meet a fault, 0 to 1.
        seed: The same seed gives the same sequence of faults (calls themselves may come in another order).
        stall_seconds: How long a stalled call hangs before it goes on.
    """

    share: float
    seed: int = 1
    stall_seconds: float = 5.0
    kinds: tuple[str, ...] = KINDS
    calls: int = 0
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Method, path with query, and the body of POST requests, of every call."""
    injected: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def draw(self, method: str, ranged: bool, listing: bool) -> str | None:
        """The fault that a call meets. A body is flipped only where it is one whole object."""
        with self._lock:
            self.calls += 1
            if self._random.random() >= self.share:
                return None
            kinds = [k for k in self.kinds if k != "flipped" or (method == "GET" and not ranged and not listing)]
            kinds = [k for k in kinds if k != "truncated" or method == "GET"]
            kinds = [k for k in kinds if k != "lost_answer" or method in ("PUT", "POST", "DELETE")]
            return self._random.choice(kinds) if kinds else None

    def count(self, kind: str) -> None:
        with self._lock:
            self.injected[kind] += 1

    def place(self, size: int) -> int:
        with self._lock:
            return self._random.randrange(size)


@contextmanager
def faulty_store(upstream: str, faults: Faults) -> Iterator[str]:
    """Serve `upstream` with faults; yields the address to use instead."""
    handler = type("Handler", (_Handler,), {"upstream": urlsplit(upstream).netloc, "faults": faults})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the exercise."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    faults: Faults

    def log_message(self, *_: object) -> None:
        """Silence: every call would be a line."""

    def _handle(self) -> None:
        body = self._read_body()
        self.faults.requests.append((self.command, self.path, body if self.command == "POST" else b""))
        path = urlsplit(self.path)
        listing = "list-type" in path.query or path.path.count("/") < 2
        kind = self.faults.draw(self.command, "Range" in self.headers, listing)
        if kind == "slow_down":
            self.faults.count(kind)
            self._answer(503, [("Content-Type", "application/xml")], _SLOW_DOWN)
            return
        if kind == "reset":
            self.faults.count(kind)
            self._hang_up()
            return
        if kind == "stall":
            self.faults.count(kind)
            time.sleep(self.faults.stall_seconds)
        status, headers, answer = self._forward(body)
        if kind == "lost_answer":
            self.faults.count(kind)
            self._hang_up()
        elif kind == "truncated" and len(answer) > 1:
            self.faults.count(kind)
            self._answer(status, headers, answer, cut=len(answer) // 2)
        elif kind == "flipped" and answer and status == 200:
            self.faults.count(kind)
            at = self.faults.place(len(answer))
            self._answer(status, headers, answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :])
        else:
            self._answer(status, headers, answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 - the names that the base class calls

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            headers["Content-Length"] = str(len(body))
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            length = answer.headers.get("Content-Length")
            kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP]
            if self.command == "HEAD" and length:
                kept.append(("X-Length", length))
            return answer.status, kept, answer.read()
        finally:
            upstream.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, cut: int | None = None) -> None:
        self.send_response_only(status)
        length = next((v for k, v in headers if k == "X-Length"), str(len(body)))
        for name, value in headers:
            if name != "X-Length":
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        """Close with a reset, as a broken network does."""
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
