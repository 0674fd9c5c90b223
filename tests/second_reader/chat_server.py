"""A server on this machine that speaks chat completions as it is told to: answers, refusals, silence, nonsense."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server sends. `body` goes out as it is; `wait` seconds pass before."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0.0
    hang_up: bool = False


def says(content: str, *, finish: str = "stop", usage: tuple[int, int] | None = (1000, 50)) -> Reply:
    """A chat completion with this text."""
    body: dict[str, Any] = {
        "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": finish}]
    }
    if usage:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return Reply(body=json.dumps(body).encode())


def finds(**fields: str) -> Reply:
    """A well-formed answer; `seller__name` stands for `seller.name`."""
    values = [{"field": name.replace("__", "."), "text": text, "page": 1} for name, text in fields.items()]
    return says(json.dumps({"values": values}))


@dataclass
class Chat:
    """The running server: what it was asked, and what it says next; the last reply is said again and again."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], Reply] | None = None

    def next(self, body: dict[str, Any]) -> Reply:
        if self.answer is not None:
            return self.answer(body)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def chat_server(replies: Sequence[Reply] = ()) -> Iterator[Chat]:
    chat, lock = Chat(replies=list(replies)), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                chat.asked.append(body)
                chat.headers.append({name.lower(): value for name, value in self.headers.items()})
                reply = chat.next(body)
            time.sleep(reply.wait)
            if reply.hang_up:
                self.close_connection = True
                return
            self.send_response(reply.status if self.path == "/v1/chat/completions" else 404)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            with suppress(OSError):  # the client may have given up waiting
                self.wfile.write(reply.body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    chat.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
