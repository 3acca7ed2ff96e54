"""Messages to the person in charge, who is not there: at 05:30 nobody looks at the console.

What a person must come for (no output, a session that was not heard or will not be, a disk, a clock) is given to the
program of `[alarm]` in station.toml, in the background: a script for a modem, Zalo, mail, a buzzer. What became of the
message is journalled. Without a program nobody is told; the journal and `status` say everything all the same.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from broadcaster.clock import Clock
from broadcaster.errors import Words
from broadcaster.model import ALARM_CODES, EventKind
from broadcaster.outside_program import filled, run_to_end
from broadcaster.settings import Settings

TEXT, KIND = "{text}", "{kind}"
LIMIT_S = 60.0
"""Real seconds for one message: a modem that has to dial, a gateway on a weak line."""
MOST_TOLD = 5
"""Events in one message; after a month without power there are sixty missed sessions."""
MOST_WAITING = 200
"""Events that wait for a slow program; the journal has them all."""
TRIAL = "[THỬ] "
"""Before a message of a station under a test clock."""


@dataclass(frozen=True, kw_only=True)
class AlarmEvent:
    """Something that a person must know of."""

    kind: EventKind
    text: Words


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of a message."""

    delivered: bool
    """The program ended with 0. Whether the telephone was switched on, it alone knows."""
    line: Words
    """In one line, for the journal."""


class Alarm:
    """Messages to the program of station.toml. `sound` returns at once; `news` says what has become of earlier ones.

    What happens while the program is at work goes out together, as one message. Messages are Vietnamese.
    """

    def __init__(self, settings: Settings, clock: Clock, on_news: Callable[[], None], *, silent: bool = False) -> None:
        """`on_news` is called from another thread when `news` has something. `silent`: rehearsals, single orders."""
        self._settings = settings
        self._clock = clock
        self._on_news = on_news
        self._silent = silent or not settings.alarm.command
        self._last: dict[AlarmEvent, float] = {}
        self._waiting: queue.Queue[AlarmEvent | None] = queue.Queue(MOST_WAITING)
        self._news: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def sound(self, kind: EventKind, text: Words) -> None:
        """Tell it, unless the very same was told lately."""
        event = AlarmEvent(kind=kind, text=text)
        if self._silent or self._told_lately(event):
            return
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            why = Words("còn quá nhiều tin báo đang chờ", "too many messages are waiting")
            self._news.put(_failed(why, text.vi))
            return
        if self._thread is None:
            # A daemon: a message under way never holds up the end of the program.
            self._thread = threading.Thread(target=self._send_all, name="alarm", daemon=True)
            self._thread.start()

    def _told_lately(self, event: AlarmEvent) -> bool:
        now = self._clock.monotonic()
        quiet_s = self._settings.alarm.again_after_min * 60
        self._last = {known: at for known, at in self._last.items() if now - at < quiet_s}
        if event in self._last:
            return True
        self._last[event] = now
        return False

    def news(self) -> list[Sent]:
        """What became of messages since the last call."""
        found = []
        while not self._news.empty():
            found.append(self._news.get())
        return found

    def close(self, patience_s: float) -> None:
        """Let what waits go out, for `patience_s` real seconds at most. Nothing may be sounded afterwards."""
        if self._thread is not None and not self._waiting.full():
            self._waiting.put(None)
            self._thread.join(patience_s)
        if self._thread is not None and self._thread.is_alive():
            why = Words("đài dừng trước khi chương trình xong", "the station stopped before the program had ended")
            self._news.put(_failed(why, "xem các dòng trước trong nhật ký"))
        self._silent = True

    def _send_all(self) -> None:
        while True:
            events = [self._waiting.get()]
            while not self._waiting.empty():
                events.append(self._waiting.get())
            real = [event for event in events if event is not None]
            if real:
                self._news.put(send(self._settings, real[0].kind, message(self._settings, self._clock, real)))
                self._on_news()
            if None in events:
                return


def message(settings: Settings, clock: Clock, events: list[AlarmEvent]) -> str:
    """What somebody reads on a telephone: which station, when, what."""
    texts = [event.text.vi for event in events[:MOST_TOLD]]
    if len(events) > MOST_TOLD:
        texts.append(f"và {len(events) - MOST_TOLD} việc nữa, xem nhật ký của đài")
    trial = "" if clock.label == "system" else TRIAL
    return f"{trial}{settings.name}, {clock.now().astimezone(settings.tz):%H:%M %d/%m}: " + "; ".join(texts)


def send(settings: Settings, kind: EventKind, text: str) -> Sent:
    """Run the program of station.toml and wait for its end."""
    arguments = filled(settings.alarm.command, {KIND: ALARM_CODES.get(kind, str(kind)), TEXT: text})
    try:
        ended = run_to_end(arguments, folder=settings.folder, text=f"{text}\n", limit_s=LIMIT_S)
    except (OSError, ValueError) as problem:  # ValueError: a NUL character
        told = getattr(problem, "strerror", None) or problem
        return _failed(Words(f"không chạy được chương trình ({told})", f"the program cannot be run ({told})"), text)
    if ended.code is None:
        return _failed(
            Words(f"chương trình chưa xong sau {LIMIT_S:.0f} giây", f"the program had not ended after {LIMIT_S:.0f} s"),
            text,
        )
    if ended.code != 0:
        told = ended.told or "–"
        return _failed(
            Words(f"chương trình báo lỗi {ended.code} ({told})", f"the program failed with {ended.code} ({told})"), text
        )
    return Sent(delivered=True, line=Words(f"đã gửi tin báo: {text}", f"message sent: {text}"))


def _failed(why: Words, text: str) -> Sent:
    return Sent(
        delivered=False,
        line=Words(f"không gửi được tin báo, {why.vi}: {text}", f"message not sent, {why.en}: {text}"),
    )
