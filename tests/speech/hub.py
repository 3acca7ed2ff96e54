"""A local server in the place of the Piper catalogue's hub: ranges, redirects to a content server, faults."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub(ThreadingHTTPServer):
    """`files`: path → content. `cut_after`: bytes of a body after which connections break, one entry each."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.ranges: list[str | None] = []
        self.cut_after: list[int] = []
        self.statuses: list[int] = []
        self.knows_ranges = True
        self.closing = threading.Event()
        self.hang = False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/resolve/main"

    def add_voice(self, name: str, model: bytes, config: bytes) -> None:
        language, speaker, quality = name.split("-")
        folder = f"{language.partition('_')[0]}/{language}/{speaker}/{quality}"
        entries = {f"{folder}/{name}.onnx": model, f"{folder}/{name}.onnx.json": config}
        self.files |= entries
        index = json.loads(self.files.get("voices.json", b"{}"))
        index[name] = {
            "files": {
                path: {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}
                for path, content in entries.items()
            }
        }
        self.files["voices.json"] = json.dumps(index).encode()

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self):
        if self.path.startswith("/resolve/main/"):  # as the hub does: large files live on another host
            self.send_response(302)
            self.send_header("Location", self.path.replace("/resolve/main/", "/content/"))
            self.end_headers()
            return
        if self.server.statuses:
            self.send_error(self.server.statuses.pop(0))
            return
        content = self.server.files.get(self.path.removeprefix("/content/"))
        if content is None:
            self.send_error(404)
            return
        start = 0
        if self.path.endswith(".onnx"):
            self.server.ranges.append(self.headers["Range"])
            if self.headers["Range"] and self.server.knows_ranges:
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        body = content[start:]
        if self.server.cut_after and self.path.endswith(".onnx"):
            body = body[: self.server.cut_after.pop(0)]
        self.wfile.write(body)
        if self.server.hang:
            self.wfile.flush()
            self.server.closing.wait(30)

    def log_message(self, *arguments):
        """Quiet."""
