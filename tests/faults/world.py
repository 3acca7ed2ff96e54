"""A model station in a hostile world: simulated days, and everything that goes wrong in a commune.

The station, its loop, queue, gate, timetable, journal file and late rules are the real ones; the clock is moved by
hand, the outputs are `memory`, and clips are stand-ins of the expected length, so a year passes in seconds. A *kill*
drops the station without a word and closes its journal in the middle of whatever it was; a *power cut* adds time.

`World(seed).run()` lets it happen; `promises.py` compares the journal with what the loudspeakers received.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ManualClock
from broadcaster.journal import Journal
from broadcaster.model import Clip, Level, RenderRequest, RequestKind, Sha256
from broadcaster.settings import Hours, Settings
from broadcaster.speakers.memory import Heard, MemorySpeaker
from broadcaster.station import Station
from broadcaster.station.rehearsal import RehearsalStudio

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 11, 25, 0, 0, tzinfo=ZONE)
NOTICED_S = 5.0
"""The loop looks at the clock at least this often; in the simulation an event wakes the loop after it."""
STOP_BOUND_S = 0.2
"""STOP must silence within this."""
SCARCE_MINUTES = 8.0
"""Daily maximum in some worlds: less than the timetable wants."""

TIMETABLE = """
[session.sang]
title = "Buổi sáng"
time = "05:30"
days = "daily"
max_minutes = 12
late = "play 10m"
items = [ { chime = true }, { script = "chao" }, { topic = "II.1", count = 2 }, { script = "ket_thuc" } ]

[session.thu_am]
title = "Bài dài"
time = "08:00"
days = ["T3", "T5", "T7"]
late = "play 30m"
items = [ { script = "dai" }, { script = "ket_thuc" } ]

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
max_minutes = 4
late = "play 20m"
items = [ { chime = true }, { topic = "II.1", count = 3 }, { script = "ket_thuc", late = "skip" } ]

[session.khuya]
title = "Đặt nhầm giờ"
time = "03:15"
days = "daily"
items = [ { script = "tin_1" } ]
"""
SYLLABLES = {"chao": 20, "ket_thuc": 25, "dai": 900} | {f"tin_{n}": 60 * n + 40 for n in range(1, 5)}
"""`dai` lasts seven minutes and `tin_4` two: long enough to go on where they were cut."""


def make_folder(folder: Path) -> None:
    """A small station: seven scripts, five sessions, one of them set to 3:15 a.m. by mistake."""
    (folder / "schedules").mkdir(parents=True)
    (folder / "scripts_vi").mkdir()
    (folder / "station.toml").write_text('[station]\nname = "Đài thử"\ncommune = "xã Thử"\n', encoding="utf-8")
    (folder / "schedules" / "hang_ngay.toml").write_text(TIMETABLE, encoding="utf-8")
    for name in SYLLABLES:
        write_script(folder, name, "bà con")


def write_script(folder: Path, name: str, words: str) -> None:
    """One script of its usual length, made of `words`."""
    topic = f"II.1.{name[-1]}" if name.startswith("tin") else "0"
    header = f'+++\nid = "{name}"\ntitle = "{name}"\ntopic = "{topic}"\n+++\n'
    text = " ".join([words] * (SYLLABLES[name] // 2))
    (folder / "scripts_vi" / f"{name}.txt").write_text(f"{header}{text}.\n", encoding="utf-8")


class WorldStudio(RehearsalStudio):
    """Stand-ins that differ where the text differs, so that an approval is of one text only."""

    def ready(self, request: RenderRequest, *, verify: bool = False) -> Clip | None:
        # Nothing is rendered here: no look into the cache, a year of them would take a minute.
        return dataclasses.replace(self._estimate(request), audio_sha256=sound_of(request.text))


def sound_of(text: str) -> Sha256:
    """The hash that stands for the sound of a text."""
    return Sha256(hashlib.sha256(text.encode()).hexdigest())


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """Wall time against simulated time, between two steps of the wall clock."""

    since: float
    wall_at_zero: datetime

    def wall(self, monotonic: float) -> datetime:
        """What the wall clock shows."""
        return self.wall_at_zero + timedelta(seconds=monotonic)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as its asker remembers it."""

    number: int
    at: float
    """Simulated second."""
    level: str
    cuts: bool
    """Whether it was to cut in."""
    answered: bool
    """Whether a station was running."""


class World:
    """One seed, one history."""

    def __init__(self, folder: Path, seed: int, *, days: float = 2.0, faults_a_day: float = 8.0) -> None:
        make_folder(folder)
        self.folder = folder
        self.random = random.Random(seed)
        self.days = days
        self.faults_a_day = faults_a_day
        self.approvals = self.random.random() < 0.25
        self.scarce = self.random.random() < 0.25
        self.spare = self.random.random() < 0.4
        self.settings = Settings(
            folder=folder,
            name="Đài thử",
            commune="xã Thử",
            engines=("tone",),
            approval_required=self.approvals,
            hours=Hours(daily_max_minutes=SCARCE_MINUTES) if self.scarce else Hours(),
        )
        self.clock = ManualClock(START)
        self.epochs = [Epoch(since=0.0, wall_at_zero=START)]
        self.heard: list[Heard] = []
        self.history: list[str] = []
        """What was done to the station, for the message of a failed run."""
        self.stops: list[tuple[float, float]] = []
        """[silent from, until) of every STOP that was acted on."""
        self.down: list[tuple[float, float]] = []
        """Spans without a running station."""
        self.away: list[tuple[float, float]] = []
        """Spans in which an output could not be opened."""
        self.kills = 0
        self.asked: list[Asked] = []
        self.station: Station | None = None
        self.speakers: list[MemorySpeaker] = []
        if self.approvals:
            self._approve_some()

    # --- the station's life ------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start the station."""
        journal = Journal(self._journal_path, self.clock, durable=False)
        specs = ["memory", "memory-du-phong"] if self.spare else ["memory"]
        self.speakers = [MemorySpeaker(self.clock, check_files=False, spec=spec) for spec in specs]
        self.station = Station(
            self.settings,
            clock=self.clock,
            journal=journal,
            cards=[self.speakers],
            studio=WorldStudio(self.settings, self.clock),
        )
        self.station.start()

    def kill(self) -> None:
        """SIGKILL: no verdicts, no last words; the sound stops where it was."""
        assert self.station is not None
        for speaker in self.speakers:
            speaker.close()
        self.station.jobs.stop()  # its thread ends with the process
        self.kills += 1
        journal = self.station.journal
        self._forget()
        journal.close()

    def quit(self) -> None:
        """SIGTERM."""
        assert self.station is not None
        self.station.stop()
        self._forget()

    def _forget(self) -> None:
        for speaker in self.speakers:
            self.heard += speaker.heard
        self.station = None
        self.speakers = []

    def pass_time(self, seconds: float) -> None:
        """Let the station live through it, if there is one."""
        end = self.clock.monotonic() + seconds
        while (left := end - self.clock.monotonic()) > 0:
            if self.station is None:
                self.clock.advance(left)
                return
            wait_s = self.station.step()
            self.clock.wait(self.station.wake, min(wait_s, left))

    # --- what happens to it ------------------------------------------------------------------------------------

    def run(self) -> World:
        """All of it."""
        self.boot()
        end = self.days * 86_400.0
        while self.clock.monotonic() < end:
            gap = self.random.expovariate(self.faults_a_day / 86_400.0)
            self.pass_time(min(self._interesting(gap), max(0.0, end - self.clock.monotonic())))
            self.random.choice(self._faults())()
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
            for h, m in ((5, 30), (8, 0), (11, 15), (17, 0))
        ]
        ahead = [mark for mark in marks if mark > now]
        near = (ahead[0] - now).total_seconds() + self.random.uniform(-60, 600)
        return near if near > 0 else gap

    def _faults(self) -> list[Callable[[], None]]:
        return [
            self.power_cut,
            self.power_cut,
            self.kill_near_the_end,
            self.restart,
            self.lose_output,
            self.output_away,
            self.clock_jump,
            self.say,
            self.say,
            self.storm,
            self.flood,
            self.stop_and_resume,
            self.skip_or_cancel,
            self.edit_timetable,
            self.edit_script,
        ]

    def power_cut(self) -> None:
        """A minute, or a night."""
        seconds = self.random.choice([1, 30, 240, 1500, 7200, 40_000]) * self.random.uniform(0.5, 1.5)
        self._note(f"kill for {seconds:.0f} s")
        if self.station is not None:
            self.kill()
        self._down_for(seconds)

    def kill_near_the_end(self) -> None:
        """Around an item's last sample, before its verdict: whoever heard it must not hear it again."""
        self.say()
        give_up = self.clock.monotonic() + 60.0
        while self.station is not None and self.clock.monotonic() < give_up:
            on_air = next(iter(self.station.player.on_air), None)
            if on_air is None or not on_air.playback.frames_played or on_air.left_s > 1.0:
                self.pass_time(1.0 if on_air is None else max(0.05, on_air.left_s - 0.9))
                continue
            self.pass_time(on_air.left_s - 0.05)
            self.clock.advance(self.random.uniform(0.0, 0.1))  # without a step: the program is too slow for its verdict
            self._note(f"kill {on_air.left_s:.3f} s before the end of {on_air.item}")
            self.kill()
            self._down_for(self.random.uniform(5, 400))
            return

    def restart(self) -> None:
        """Somebody restarts it properly."""
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
        """In the middle of something."""
        self._note("output lost during the next item")
        for speaker in self.speakers[:1]:
            speaker.lose_after_s = self.random.uniform(0.5, 60)

    def output_away(self) -> None:
        """The first output is unplugged; a spare, where there is one, speaks meanwhile."""
        seconds = self.random.uniform(5, 900)
        self._note(f"output away for {seconds:.0f} s")
        if self.station is None:
            return
        first = self.speakers[0]
        began = self.clock.monotonic()
        first.fail_open = True
        first.lose_after_s = 0.5
        self.pass_time(seconds)
        first.fail_open = False
        self.away.append((began, self.clock.monotonic() + 120.0))

    def clock_jump(self) -> None:
        """NTP, a flat battery, or a thumb."""
        by = self.random.choice([-3600, -90, -10, 10, 90, 1200, 7200]) * self.random.uniform(0.5, 1.5)
        self._note(f"wall clock stepped by {by:.0f} s")
        self.clock.step_wall(timedelta(seconds=by))
        last = self.epochs[-1]
        self.epochs.append(Epoch(since=self.clock.monotonic(), wall_at_zero=last.wall_at_zero + timedelta(seconds=by)))
        if self.station is not None:
            self.clock.call_later(self.random.uniform(0, NOTICED_S), self.station.wake.set)
            self.pass_time(NOTICED_S)

    def say(self) -> None:
        """An announcement, of any level."""
        level = self.random.choice([Level.THONG_THUONG, Level.UU_TIEN, Level.KHAN_CAP])
        words = "bà con chú ý " * self.random.randint(3, 60)
        payload = {"text": words, "level": level, "reason": "thử", "repeat": self.random.choice([1, 1, 2])}
        if self.random.random() < 0.3:
            payload["after"] = self.random.choice(["now", "item", "session"])
        self._ask(RequestKind.SAY, payload)

    def storm(self) -> None:
        """Several, within minutes."""
        for _ in range(self.random.randint(3, 12)):
            self.say()
            self.pass_time(self.random.uniform(0, 20))

    def flood(self) -> None:
        """An emergency that is repeated until somebody cancels it, sometimes a second one beside it."""
        for _ in range(self.random.choice([1, 1, 2])):
            words = "lũ lên nhanh " * self.random.randint(3, 20)
            payload = {"text": words, "level": Level.KHAN_CAP, "reason": self.random.choice(["lũ", "lũ", ""])}
            self._ask(RequestKind.SAY, {**payload, "repeat": 0})
            self.pass_time(self.random.uniform(1, 60))
        if self.random.random() < 0.3:
            self.power_cut()
        self.pass_time(self.random.uniform(1, 900))
        self._ask(RequestKind.CANCEL, {"id": "khan_cap"})
        self.pass_time(1.0)

    def stop_and_resume(self) -> None:
        """Silence for a while, also across a kill."""
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
        """An order that may hit something, or nothing."""
        if self.random.random() < 0.5:
            self._ask(RequestKind.SKIP, {})
        else:
            self._ask(RequestKind.CANCEL, {"id": self.random.choice(["khan_cap", "1", "5", "9"])})

    def edit_timetable(self) -> None:
        """Another time, another name, or a mistake."""
        path = self.folder / "schedules" / "hang_ngay.toml"
        old, new = self.random.choice(
            [
                ("", ""),
                ('"17:00"', '"17:20"'),
                ("[session.trua]", "[session.trua_moi]"),
                ('time = "05:30"', "time = 25"),
            ]
        )
        self._note(f"timetable edited: {new}")
        path.write_text(TIMETABLE.replace(old, new), encoding="utf-8")
        self._let_it_notice()

    def edit_script(self) -> None:
        """Other words: what was approved of the old ones is void. Sometimes a mistake, mended at the next edit."""
        name = self.random.choice(sorted(SYLLABLES))
        words = self.random.choice(["bà con", "xóm làng", "{khong_co} nhé"])
        self._note(f"{name} is now «{words}»")
        write_script(self.folder, name, words)
        self._let_it_notice()

    def _let_it_notice(self) -> None:
        if self.station is not None:
            self.clock.call_later(NOTICED_S, self.station.wake.set)
            self.pass_time(NOTICED_S + 1)

    def _approve_some(self) -> None:
        """The chairman has approved most of the scripts, as they were in the beginning."""
        journal = Journal(self._journal_path, self.clock, durable=False)
        for name, syllables in SYLLABLES.items():
            if self.random.random() < 0.7:
                text = " ".join(["bà con"] * (syllables // 2)) + "."
                journal.approve(name, sound_of(text), sound_of(text), "Chủ tịch xã")
        journal.close()

    @property
    def _journal_path(self) -> Path:
        return self.folder / "journal" / "journal.sqlite3"

    def journal(self) -> Journal:
        """The journal, for whoever judges."""
        return Journal(self._journal_path, self.clock, durable=False)

    def _ask(self, kind: RequestKind, payload: dict) -> None:
        journal = self.journal()
        number = journal.ask_raw(kind, json.dumps(payload), "Chị Lan")
        journal.close()
        level = payload.get("level", "")
        self._note(f"{number}: {kind} {level}{payload.get('id', '')} {payload.get('after', '')}")
        self.asked.append(
            Asked(
                number=number,
                at=self.clock.monotonic(),
                level=level,
                cuts=payload.get("after", "now") == "now",
                answered=self.station is not None,
            )
        )
        if self.station is not None:
            self.station.wake.set()

    def _make_peace(self) -> None:
        """The faults are over: clock confirmed, STOP lifted, time for everything to end."""
        if self.station is None:
            self.boot()
        self._ask(RequestKind.RESUME, {"clock": True})
        self._ask(RequestKind.CANCEL, {"id": "khan_cap"})
        self.pass_time(3 * 3600.0)
        self.quit()

    def _note(self, what: str) -> None:
        self.history.append(f"{self.clock.now().astimezone(ZONE):%d/%m %H:%M:%S} ({self.clock.monotonic():.0f}) {what}")
