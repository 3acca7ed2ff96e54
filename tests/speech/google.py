"""A local server that answers as Google Translate does (/_/TranslateWebserverUi/data/batchexecute), faults included."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from .sounds import reading_mp3

Fault = Callable[["Handler", str], None]


class GoogleServer(ThreadingHTTPServer):
    """`texts` are the requests in order; each entry of `faults` answers one request in place of the voice."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.texts: list[str] = []
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: GoogleServer
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        ((rpc,),) = json.loads(body["f.req"][0])
        assert self.path == "/_/TranslateWebserverUi/data/batchexecute"
        assert rpc[0] == "jQ1olc"
        text, language, _speed, _null = json.loads(rpc[1])
        assert language == "vi"
        assert len(text) <= 100
        with self.server.lock:
            self.server.texts.append(text)
            fault = self.server.faults.pop(0) if self.server.faults else None
        if fault is None:
            self.send(framed(reading_mp3(len(text))))
        else:
            fault(self, text)

    def send(self, content: bytes, *, status=200, kind="application/json; charset=utf-8", length=None, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        """Quiet."""


def framed(sound: bytes | None) -> bytes:
    """Google's framing: a guard line, a length, one JSON list over several lines."""
    inner = json.dumps([base64.b64encode(sound).decode()]) if sound is not None else None
    head = json.dumps(["wrb.fr", "jQ1olc", inner, None, None, None, "generic"], separators=(",", ":"))
    chunk = f'[{head}\n,["di",88]\n,["af.httprm",87,"-5367",6]\n]'
    return f""")]}}'\n\n{len(chunk)}\n{chunk}\n25\n[["e",4,null,null,131]]\n""".encode()


def html(handler: Handler, text: str) -> None:
    handler.send("<html>Đăng nhập WiFi</html>".encode(), kind="text/html; charset=utf-8")


def redirect(handler: Handler, text: str) -> None:
    handler.send(b"", status=302, headers=[("Location", "http://127.0.0.1:9/login")])


def no_voice(handler: Handler, text: str) -> None:
    handler.send(framed(None))


def half_mp3(handler: Handler, text: str) -> None:
    sound = reading_mp3(len(text))
    handler.send(framed(sound[: len(sound) // 2 // 4 * 4 + 2]))


def half_mp3_at_a_frame(handler: Handler, text: str) -> None:
    handler.send(framed(reading_mp3(len(text) // 3)))


def half_answer(handler: Handler, text: str) -> None:
    content = framed(reading_mp3(len(text)))
    handler.send(content[: len(content) // 2], length=len(content))
    handler.close_connection = True


def half_json(handler: Handler, text: str) -> None:
    content = framed(reading_mp3(len(text)))
    handler.send(content[: len(content) // 2])


def not_mp3(handler: Handler, text: str) -> None:
    handler.send(framed(b"RIFF and nothing else, not even a whole header" * 50))


def silent_mp3(handler: Handler, text: str) -> None:
    import io

    import numpy as np
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.zeros(24_000 * 3), 24_000, format="MP3")
    handler.send(framed(file.getvalue()))


def status(code: int, **headers: str) -> Fault:
    def answer(handler: Handler, text: str) -> None:
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        handler.send(b"busy", status=code, kind="text/plain", headers=pairs)

    return answer


def hang(handler: Handler, text: str) -> None:
    handler.server.closing.wait(30)


def stall(handler: Handler, text: str) -> None:
    content = framed(reading_mp3(len(text)))
    handler.send(content[:1000], length=len(content))
    handler.server.closing.wait(30)


def drip(handler: Handler, text: str) -> None:
    """One byte now and then, so that no single wait is long."""
    handler.send(b")", length=100_000)
    end = time.monotonic() + 30
    while time.monotonic() < end and not handler.server.closing.wait(0.1):
        handler.wfile.write(b"x")
