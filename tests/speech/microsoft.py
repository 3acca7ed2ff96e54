"""A local server that speaks the read-aloud WebSocket protocol of edge-tts, faults included.

It proves our side and the library's; that Microsoft still speaks like this can be seen only against Microsoft.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from .sounds import reading_mp3

Fault = Callable[["MicrosoftServer", web.WebSocketResponse, str], Awaitable[None]]


class MicrosoftServer:
    """`texts` are the requests in order; `statuses` refuse handshakes; `faults` answer in place of the voice."""

    def __init__(self):
        self.texts: list[str] = []
        self.rates: list[str] = []
        self.voices: list[str] = []
        self.statuses: list[int] = []
        self.faults: list[Fault] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/edge/v1?TrustedClientToken=x"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_get("/edge/v1", self._serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    async def _serve(self, request):
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), text="no")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type == WSMsgType.TEXT and "Path:ssml" in message.data:
                ssml = message.data.partition("\r\n\r\n")[2]
                self.voices.append(re.search(r"name='[^']*, (\w+)\)'", ssml)[1])
                self.rates.append(re.search(r"rate='([^']*)'", ssml)[1])
                text = re.search(r"<prosody[^>]*>(.*)</prosody>", ssml)[1]
                self.texts.append(text)
                fault = self.faults.pop(0) if self.faults else whole
                await fault(self, socket, text)
        return socket


async def whole(server, socket, text):
    speed = 1 + int(server.rates[-1].removesuffix("%")) / 100
    await start(socket)
    await sound(socket, reading_mp3(round(len(text) / speed)))
    await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")


async def start(socket):
    await socket.send_str("X-RequestId:1\r\nPath:turn.start\r\n\r\n{}")
    await socket.send_str("X-RequestId:1\r\nPath:response\r\n\r\n{}")


async def sound(socket, data: bytes):
    header = b"X-RequestId:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n"
    for place in range(0, len(data), 1440):
        await socket.send_bytes(len(header).to_bytes(2, "big") + header + data[place : place + 1440])


async def breaks_off(server, socket, text):
    """The connection closes after half of the sound, between two MP3 frames: the library itself notices nothing."""
    await start(socket)
    await sound(socket, reading_mp3(round(len(text) * 0.7)))
    await socket.close()


async def half_mp3(server, socket, text):
    await start(socket)
    data = reading_mp3(len(text))
    await sound(socket, data[: len(data) // 2 + 5])
    await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")


async def no_sound(server, socket, text):
    await start(socket)
    await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")


async def nonsense(server, socket, text):
    await socket.send_str("X-RequestId:1\r\nPath:advertisement\r\n\r\n<html>")


async def hang(server, socket, text):
    await start(socket)
    await asyncio.sleep(30)
