"""A model station in a hostile world: simulated days, and everything that goes wrong in a commune.

The station, its loop, queue, gate, timetable, journal file and late rules are the real ones; the clock is moved by
hand, the output is `memory`, and clips are stand-ins of the expected length, so a year passes in seconds. A *kill*
drops the station without a word and closes its journal in the middle of whatever it was; a *power cut* adds time.

`World(seed).run()` lets it happen, `World.complaints()` compares the journal with what the loudspeakers received.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.model import STATION_RATE_HZ, Level, Outcome, RequestKind
from broadcaster.playout.gate import Gate
from broadcaster.schedule import expand, load_timetables
from broadcaster.settings import Settings
from broadcaster.speakers import PlaybackState
from broadcaster.speakers.memory import Heard, MemorySpeaker
from broadcaster.station import Station
from broadcaster.station.rehearsal import RehearsalStudio

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 11, 25, 0, 0, tzinfo=ZONE)
NOTICED_S = 5.0
"""The ticker looks at the clock at least this often; in the simulation an event wakes the loop after it."""
STOP_BOUND_S = 0.2
"""STOP must silence within this."""

TIMETABLE = """
[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
max_minutes = 12
late = "play 10m"
items = [ { chime = true }, { script = "chao" }, { topic = "II.1", count = 2 }, { script = "ket_thuc" } ]

[session.trua]
title = "Buổi trưa"
time = "11:15"
days = ["T2", "T4", "T6"]
late = "next_session"
items = [ { script = "chao" }, { script = "tin_2" } ]

[session.chieu]
title = "Buổi chiều"
time = "17:00"
days = "daily"
max_minutes = 15
late = "play 20m"
items = [ { chime = true }, { topic = "II.1", count = 3 }, { script = "ket_thuc", late = "skip" } ]

[session.khuya]
title = "Đặt nhầm giờ"
time = "03:15"
days = "daily"
items = [ { script = "tin_1" } ]
"""


def make_folder(folder: Path) -> None:
    """A small station: five scripts, four sessions, one of them set to 3:15 a.m. by mistake."""
    (folder / "schedules").mkdir(parents=True)
    (folder / "scripts_vi").mkdir()
    (folder / "station.toml").write_text('[station]\nname = "Đài thử"\ncommune = "xã Thử"\n', encoding="utf-8")
    (folder / "schedules" / "hang_ngay.toml").write_text(TIMETABLE, encoding="utf-8")
    texts = {"chao": ("", 20), "ket_thuc": ("", 25)} | {f"tin_{n}": (f"II.1.{n}", 60 * n + 40) for n in range(1, 5)}
    for name, (topic, syllables) in texts.items():
        header = f'+++\nid = "{name}"\ntitle = "{name}"\ntopic = "{topic or "0"}"\n+++\n'
        words = "bà con " * (syllables // 2)
        (folder / "scripts_vi" / f"{name}.txt").write_text(f"{header}{words.strip()}.\n", encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """Wall time against simulated time, between two steps of the wall clock."""

    since: float
    wall_at_zero: datetime
    trusted: bool = True

    def wall(self, monotonic: float) -> datetime:
        return self.wall_at_zero + timedelta(seconds=monotonic)


class World:
    """One seed, one history."""

    def __init__(self, folder: Path, seed: int, *, days: float = 2.0, faults_a_day: float = 8.0) -> None:
        make_folder(folder)
        self.folder = folder
        self.random = random.Random(seed)
        self.days = days
        self.faults_a_day = faults_a_day
        self.settings = Settings(folder=folder, name="Đài thử", commune="xã Thử", engines=("tone",))
        self.clock = ManualClock(START)
        self.epochs = [Epoch(since=0.0, wall_at_zero=START)]
        self.heard: list[Heard] = []
        self.history: list[str] = []
        """What was done to the station, for the message of a failed run."""
        self.stops: list[tuple[float, float]] = []
        """[silent from, until) of every STOP that was acted on."""
        self.down: list[tuple[float, float]] = []
        self.station: Station | None = None
        self.speaker: MemorySpeaker | None = None

    # --- the station's life ------------------------------------------------------------------------------------

    def boot(self) -> None:
        journal = Journal(self.folder / "journal" / "journal.sqlite3", self.clock, output="memory", durable=False)
        self.speaker = MemorySpeaker(self.clock, check_files=False)
        self.station = Station(
            self.settings,
            clock=self.clock,
            journal=journal,
            speakers=[self.speaker],
            studio=RehearsalStudio(self.settings, self.clock),
        )
        self.station.start()

    def kill(self) -> None:
        """SIGKILL: no verdicts, no last words; the sound stops where it was."""
        assert self.station is not None and self.speaker is not None
        self.speaker.close()
        self.heard += self.speaker.heard
        self.station.journal.close()
        self.station = self.speaker = None

    def quit(self) -> None:
        """SIGTERM."""
        assert self.station is not None and self.speaker is not None
        self.station.stop()
        self.heard += self.speaker.heard
        self.station = self.speaker = None

    def pass_time(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while (left := end - self.clock.monotonic()) > 0:
            if self.station is None:
                self.clock.advance(left)
                return
            wait_s = self.station.step()
            self.clock.wait(self.station.wake, min(wait_s, left))

    # --- what happens to it ------------------------------------------------------------------------------------

    def run(self) -> World:
        self.boot()
        end = self.days * 86_400.0
        while self.clock.monotonic() < end:
            gap = self.random.expovariate(self.faults_a_day / 86_400.0)
            self.pass_time(min(self._interesting(gap), max(0.0, end - self.clock.monotonic())))
            self.random.choice(self._faults())()
        if self.station is None:
            self.boot()
        self._make_peace()
        return self

    def _interesting(self, gap: float) -> float:
        """Half of the faults strike around a session, where they hurt."""
        if self.random.random() < 0.5:
            return gap
        now = self.clock.now().astimezone(ZONE)
        marks = [
            now.replace(hour=h, minute=m, second=0, microsecond=0) + timedelta(days=d)
            for d in (0, 1)
            for h, m in ((5, 30), (11, 15), (17, 0))
        ]
        ahead = [mark for mark in marks if mark > now]
        near = (ahead[0] - now).total_seconds() + self.random.uniform(-60, 600)
        return near if near > 0 else gap

    def _faults(self) -> list[Callable[[], None]]:
        return [
            self.power_cut,
            self.power_cut,
            self.restart,
            self.lose_output,
            self.output_away,
            self.clock_jump,
            self.say,
            self.say,
            self.storm,
            self.stop_and_resume,
            self.skip_or_cancel,
            self.edit_timetable,
        ]

    def power_cut(self) -> None:
        seconds = self.random.choice([1, 30, 240, 1500, 7200, 40_000]) * self.random.uniform(0.5, 1.5)
        self._note(f"kill for {seconds:.0f} s")
        if self.station is not None:
            self.kill()
        self._down_for(seconds)

    def restart(self) -> None:
        self._note("restart")
        if self.station is not None:
            self.quit()
        self._down_for(self.random.uniform(1, 300))

    def _down_for(self, seconds: float) -> None:
        began = self.clock.monotonic()
        self.pass_time(seconds)
        self.down.append((began, self.clock.monotonic()))
        self.boot()

    def lose_output(self) -> None:
        self._note("output lost during the next item")
        if self.speaker is not None:
            self.speaker.lose_after_s = self.random.uniform(0.5, 60)

    def output_away(self) -> None:
        seconds = self.random.uniform(5, 900)
        self._note(f"output away for {seconds:.0f} s")
        speaker, station = self.speaker, self.station
        if speaker is None or station is None:
            return
        speaker.fail_open = True
        speaker.lose_after_s = 0.5
        self.pass_time(seconds)
        speaker.fail_open = False

    def clock_jump(self) -> None:
        by = self.random.choice([-3600, -90, -10, 10, 90, 1200, 7200]) * self.random.uniform(0.5, 1.5)
        self._note(f"wall clock stepped by {by:.0f} s")
        self.clock.step_wall(timedelta(seconds=by))
        last = self.epochs[-1]
        self.epochs.append(Epoch(since=self.clock.monotonic(), wall_at_zero=last.wall_at_zero + timedelta(seconds=by)))
        if self.station is not None:
            self.clock.call_later(self.random.uniform(0, NOTICED_S), self.station.wake.set)
            self.pass_time(NOTICED_S)

    def say(self) -> None:
        level = self.random.choice([Level.THONG_THUONG, Level.UU_TIEN, Level.KHAN_CAP])
        words = "bà con chú ý " * self.random.randint(3, 60)
        payload = {"text": words, "level": level, "reason": "thử", "repeat": self.random.choice([1, 1, 2])}
        if self.random.random() < 0.3:
            payload["after"] = self.random.choice(["now", "item", "session"])
        self._ask(RequestKind.SAY, payload)

    def storm(self) -> None:
        for _ in range(self.random.randint(3, 12)):
            self.say()
            self.pass_time(self.random.uniform(0, 20))

    def stop_and_resume(self) -> None:
        self._ask(RequestKind.STOP, {})
        began = self.clock.monotonic()
        self.pass_time(1.0)
        acted = began + 1.0 if self.station is None else began
        self.pass_time(self.random.uniform(5, 3000))
        if self.random.random() < 0.3 and self.station is not None:
            self.kill()
            self._down_for(self.random.uniform(1, 100))
        self.stops.append((acted + STOP_BOUND_S, self.clock.monotonic()))
        self._ask(RequestKind.RESUME, {"clock": True})
        self.pass_time(1.0)

    def skip_or_cancel(self) -> None:
        if self.random.random() < 0.5:
            self._ask(RequestKind.SKIP, {})
        else:
            self._ask(RequestKind.CANCEL, {"id": self.random.choice(["khan_cap", "1", "5", "9"])})

    def edit_timetable(self) -> None:
        path = self.folder / "schedules" / "hang_ngay.toml"
        new = self.random.choice(
            [
                TIMETABLE,
                TIMETABLE.replace('"17:00"', '"17:20"'),
                TIMETABLE.replace("[session.trua]", "[session.trua_moi]"),
                TIMETABLE.replace('time = "05:30"', "time = 25"),
            ]
        )
        self._note("timetable edited")
        path.write_text(new, encoding="utf-8")
        if self.station is not None:
            self.clock.call_later(NOTICED_S, self.station.wake.set)
            self.pass_time(NOTICED_S + 1)

    def _ask(self, kind: RequestKind, payload: dict) -> None:
        self._note(f"{kind} {payload.get('level', '')}{payload.get('id', '')}")
        journal = Journal(self.folder / "journal" / "journal.sqlite3", self.clock, durable=False)
        journal.ask(kind, "Chị Lan", payload)
        journal.close()
        if self.station is not None:
            self.station.wake.set()

    def _make_peace(self) -> None:
        """The faults are over: clock confirmed, STOP lifted, time for everything to end."""
        self._ask(RequestKind.RESUME, {"clock": True})
        self.pass_time(3 * 3600.0)
        self.quit()

    def _note(self, what: str) -> None:
        self.history.append(f"{self.clock.now().astimezone(ZONE):%d/%m %H:%M:%S} {what}")

    # --- what must hold ----------------------------------------------------------------------------------------

    def complaints(self) -> list[str]:
        """Every broken promise, in words; empty: none."""
        journal = Journal(self.folder / "journal" / "journal.sqlite3", self.clock, durable=False)
        try:
            return [
                *self._each_owed_occurrence_has_one_verdict(journal),
                *self._every_request_ended(journal),
                *self._the_journal_agrees_with_the_loudspeakers(journal),
                *self._nothing_airs_twice(),
                *self._nothing_at_three_in_the_morning(),
                *self._one_voice_at_a_time(),
                *self._stop_is_silence(),
            ]
        finally:
            journal.close()

    def _each_owed_occurrence_has_one_verdict(self, journal: Journal) -> list[str]:
        now = self.clock.now()
        rows = {row.key: row for row in journal.occurrences(START - timedelta(days=3), now + timedelta(days=3))}
        wrong = [
            f"{key} has no verdict ({row.state})"
            for key, row in rows.items()
            if row.outcome is None and row.planned_at < now - timedelta(minutes=30)
        ]
        wrong += [f"{key} ended without a reason" for key, row in rows.items() if row.outcome and not row.reason]
        timetables = load_timetables(self.folder / "schedules", default_late=self.settings.late, zones=("tat_ca",))
        if not any("trua_moi" in key or "stepped" in line for key in rows for line in self.history):
            owed = expand(timetables.timetables, START, now - timedelta(minutes=30), ZONE)
            wrong += [f"{o.key} was owed and is not in the journal" for o in owed if o.key not in rows]
        items = Counter(
            (a.occurrence, a.item)
            for a in journal.airings()
            if a.outcome not in (Outcome.ABANDONED, Outcome.PREEMPTED, Outcome.FAILED, Outcome.PARTLY_AIRED)
        )
        wrong += [f"{key}: {count} final rows" for key, count in items.items() if count > 1]
        wrong += [f"{a.occurrence} {a.item} is still on air" for a in journal.airings() if a.outcome is None]
        return wrong

    def _every_request_ended(self, journal: Journal) -> list[str]:
        left = [*journal.new_requests(), *journal.open_requests()]
        return [f"request {request.id} ({request.kind}) has no verdict" for request in left]

    def _the_journal_agrees_with_the_loudspeakers(self, journal: Journal) -> list[str]:
        wrong = []
        heard = Counter((h.job.occurrence, h.job.item) for h in self.heard if h.frames)
        rows = Counter((a.occurrence, a.item) for a in journal.airings() if a.engine is not None)
        wrong += [
            f"{key} was heard {count}× but has {rows[key]} rows" for key, count in heard.items() if rows[key] < count
        ]
        full = {(h.job.occurrence, h.job.item) for h in self.heard if _whole(h)}
        wrong += [
            f"{a.occurrence} {a.item} is journalled as aired but was not heard whole"
            for a in journal.airings()
            if a.outcome is Outcome.AIRED and (a.occurrence, a.item) not in full and a.start_frame == 0
        ]
        return wrong

    def _nothing_airs_twice(self) -> list[str]:
        whole = Counter((h.job.occurrence, h.job.item) for h in self.heard if _whole(h))
        return [f"{key} was heard whole {count} times" for key, count in whole.items() if count > 1]

    def _nothing_at_three_in_the_morning(self) -> list[str]:
        gate = Gate(hours=self.settings.hours, zone=ZONE)
        wrong = []
        for heard in self.heard:
            if heard.job.level == Level.KHAN_CAP or not heard.frames:
                continue
            for moment in (heard.start, max(heard.start, heard.end - NOTICED_S - 1)):
                wall = self._wall(moment)
                if gate.outside(wall):
                    wrong.append(f"{heard.job.occurrence} {heard.job.item} was heard at {wall:%d/%m %H:%M:%S}")
        return wrong

    def _one_voice_at_a_time(self) -> list[str]:
        ordered = sorted((h for h in self.heard if h.frames), key=lambda h: h.start)
        return [
            f"{b.job.item} began {a.end - b.start:.3f} s before {a.job.item} ended"
            for a, b in pairwise(ordered)
            if b.start < a.end - 1e-6
        ]

    def _stop_is_silence(self) -> list[str]:
        return [
            f"{heard.job.item} was heard during STOP ({heard.start:.1f}–{heard.end:.1f} in {start:.1f}–{end:.1f})"
            for start, end in self.stops
            for heard in self.heard
            if heard.frames and heard.start < end and heard.end > start
        ]

    def _wall(self, monotonic: float) -> datetime:
        epoch = max((e for e in self.epochs if e.since <= monotonic + 1e-6), key=lambda e: e.since)
        return epoch.wall(monotonic).astimezone(ZONE)


def _whole(heard: Heard) -> bool:
    complete = heard.job.start_frame + heard.frames >= heard.job.clip.frames
    return heard.state is PlaybackState.ENDED and complete and heard.frames > 0.5 * STATION_RATE_HZ
