"""The `gtts` engine: Google Translate's voice, through the gTTS library, when the line is up.

The library builds the requests (it follows Google's undocumented protocol); sending and reading are ours, because its
own have no time limit, do not verify the server's certificate, and leave half a file behind a failure.
"""

from __future__ import annotations

import base64
import binascii
import importlib.util
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from broadcaster.errors import Words
from broadcaster.speech.engine import Gender, Voice
from broadcaster.speech.network import (
    ANSWER_S,
    BUSY_SILENCE,
    CONNECT_S,
    LOGIN,
    READ_S,
    Fetch,
    NetworkEngine,
    Trouble,
    address_of,
)
from broadcaster.tomlfile import Table

PATH = "/_/TranslateWebserverUi/data/batchexecute"
CHUNK_LIMIT = 100
"""Characters Google takes at a time; the library would cut longer ones itself, at worse places."""
ANSWER_LIMIT_BYTES = 4_000_000
"""A sentence is about 50 kB; a portal that streams something else must not fill the memory."""
BUSY_WAIT_S = 2.0
"""Before asking again after "too many requests", when the server does not say how long."""
_READ_BYTES = 4096
_TOO_MANY, _SERVER_ERROR = 429, 500
_ANSWER = re.compile(r'"jQ1olc","((?:[^"\\]|\\.)*)"')
"""Google's frame around the sound: a JSON string that holds a JSON list of one base64 string."""
_NO_ANSWER = re.compile(r'"jQ1olc",null')
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class GttsEngine(NetworkEngine):
    """Google's Vietnamese voice (female, northern)."""

    name = "gtts"
    title = "Google"
    chunk_limit = CHUNK_LIMIT
    keeps_rate = False

    def __init__(self, station: Path, *, base_url: str = "https://translate.google.com") -> None:
        """`base_url`: scheme, host and port of the server, without a path."""
        super().__init__(station, base_url.rstrip("/"))
        self._base_url = base_url.rstrip("/")
        self.version = "1"

    @classmethod
    def from_options(cls, station: Path, options: Table) -> Self:
        tld = options.read(
            "tld", _domain, "com", Words("Phần cuối của tên miền Google, như com, com.vn", "Like com, com.vn")
        )
        base_url = options.read(
            "base_url",
            _secure_address,
            f"https://translate.google.{tld}",
            Words("Địa chỉ https://máy-chủ, không có đường dẫn", "An address https://host without a path"),
        )
        return cls(station, base_url=base_url)

    def voices(self) -> Sequence[Voice]:
        return (Voice(engine=self.name, name="vi", region="bắc", gender=Gender.FEMALE),)

    def _missing(self) -> Words | None:
        if importlib.util.find_spec("gtts") is None:
            return Words(
                "thiếu gói gtts. Cài: pip install gtts",
                "the package gtts is missing. Install it: pip install gtts",
            )
        return None

    def _address(self) -> tuple[str, int]:
        return address_of(self._base_url)

    @contextmanager
    def _conversation(self) -> Iterator[Fetch]:
        import requests

        with requests.Session() as session:
            yield lambda text, voice, _rate: self._fetch(session, text, voice)

    def _fetch(self, session: Any, text: str, voice: str) -> bytes:
        import requests
        from gtts import gTTS

        # No pre-processing: it might lengthen the text past the limit, and the words are already as spoken.
        (body,) = gTTS(text=text, lang=voice, lang_check=False, pre_processor_funcs=[]).get_bodies()
        try:
            with session.post(
                self._base_url + PATH,
                data=body,
                headers=gTTS.GOOGLE_TTS_HEADERS,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                _check_status(response)
                return _sound(_read(response))
        except requests.exceptions.SSLError as problem:
            raise Trouble(
                Words("chứng chỉ bảo mật của máy chủ không đúng", "the server's certificate is wrong"), cure=LOGIN
            ) from problem
        except (
            requests.exceptions.Timeout,
            requests.exceptions.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
        ) as problem:
            if _timed_out(problem):
                raise Trouble(
                    Words(f"máy chủ không trả lời (hết giờ sau {READ_S:.0f} giây)", f"no answer for {READ_S:.0f} s")
                ) from problem
            raise Trouble(Words("mạng đứt giữa chừng", "the connection broke in the middle"), again=True) from problem
        except requests.exceptions.RequestException as problem:
            raise Trouble(
                Words(f"không hỏi được máy chủ ({problem})", f"the server cannot be asked ({problem})")
            ) from problem


def _timed_out(problem: Exception) -> bool:
    """A time-out, whether before the answer or in its middle, which requests reports as a broken connection."""
    import requests
    import urllib3

    inside = problem.args[0] if problem.args else None
    return isinstance(problem, requests.exceptions.Timeout) or isinstance(inside, urllib3.exceptions.ReadTimeoutError)


def _check_status(response: Any) -> None:
    status: int = response.status_code
    if status == _TOO_MANY:
        after = response.headers.get("Retry-After", "")
        raise Trouble(
            Words("máy chủ báo hỏi quá nhiều (lỗi 429)", "too many requests (429)"),
            again=True,
            again_after_s=float(after) if after.isdigit() else BUSY_WAIT_S,
            silence=BUSY_SILENCE,
            cure=Words("Cài thêm giọng piper để khỏi phụ thuộc mạng", "Install a piper voice, which needs no network"),
        )
    if status >= _SERVER_ERROR:
        raise Trouble(Words(f"máy chủ báo lỗi {status}", f"the server says error {status}"), again=True)
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if 300 <= status < 400 or kind == "text/html":
        raise Trouble(
            Words("nhận về một trang web thay cho giọng đọc", "a web page came back instead of a voice"), cure=LOGIN
        )
    if status != 200:
        raise Trouble(
            Words(f"máy chủ từ chối (lỗi {status})", f"the server refused (error {status})"),
            cure=Words("Cập nhật: pip install -U gtts", "Update: pip install -U gtts"),
        )


def _read(response: Any) -> str:
    """The answer, bounded in size and, for the thread that was left behind, in time."""
    end = time.monotonic() + ANSWER_S
    parts: list[bytes] = []
    for part in response.iter_content(_READ_BYTES):
        parts.append(part)
        if sum(map(len, parts)) > ANSWER_LIMIT_BYTES or time.monotonic() > end:
            raise Trouble(Words("câu trả lời quá dài", "the answer is too long"))
    return b"".join(parts).decode("utf-8", "replace")


def _sound(answer: str) -> bytes:
    found = _ANSWER.search(answer)
    if found is None:
        if _NO_ANSWER.search(answer):
            raise Trouble(
                Words("máy chủ không đọc được câu này", "the server cannot speak this sentence"),
                silence=None,
                cure=Words("Xem lại chữ lạ trong câu", "Look for strange words in it"),
            )
        raise Trouble(
            Words("câu trả lời thiếu hoặc sai dạng", "the answer is incomplete or has another form"),
            again=True,
            cure=Words("Nếu mạng tốt, cập nhật: pip install -U gtts", "If the line is good: pip install -U gtts"),
        )
    try:
        (encoded,) = json.loads(json.loads(f'"{found[1]}"'))
        return base64.b64decode(encoded, validate=True)
    except (ValueError, TypeError, binascii.Error) as problem:
        raise Trouble(
            Words("câu trả lời hỏng, không giải mã được", "the answer is damaged, it cannot be decoded"), again=True
        ) from problem


def _domain(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[a-z]{2,3}(\.[a-z]{2})?", value) is None:
        raise ValueError(value)
    return value


def _secure_address(value: object) -> str:
    """https, or plain http to this very machine: the sound must come from the server that was asked."""
    parts = urlsplit(str(value))
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(value)
    return str(value).rstrip("/")
