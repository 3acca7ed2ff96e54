"""A real station, killed for real: `broadcaster run` under the test clock, with `log:` as the witness.

The world's time runs on while the station is dead, as it does in a commune: each life of the program gets a
BROADCASTER_CLOCK that goes on where the world is. What was done to it depends on the seed alone; when exactly it hit
depends on the machine, so a seed that fails is told with its history.

Every life writes a witness file of its own, and a new part of it each time the output was unplugged. Witness and
stderr are beside the station's folder, not in it: the disk of the station may be full. `KilledStation(…).run()` lets it
happen; `evidence.py` judges.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.audio.cache import samples_sha256
from broadcaster.clock import ScaledClock
from broadcaster.errors import JournalError
from broadcaster.journal import Journal
from broadcaster.model import Level, RequestKind
from broadcaster.settings import Settings, load_settings
from broadcaster.station.doorbell import ask_status, nudge
from broadcaster.station.lock import running
from tests.disks import fill
from tests.faults.model_station import BROADCASTER, EMERGENCIES, NOTICES, START, TIMETABLE, ZONE, sounds
from tests.faults.nursery import ForkedLife, Nursery

START_BOUND_S = 30.0
"""A loaded machine starts Python and the station in three seconds."""
STOP_BOUND_S = 15.0
"""SIGTERM: two seconds of fade at most, then the files are closed; rendering processes see their pipe close."""
PEACE_BOUND_S = 45.0
"""At the end everything that waits airs within minutes of station time, which are seconds here."""
WITNESS_WAIT_S = 1.5
"""Longer than most items last at these speeds."""
MOST_LIVES = 8
PAUSE_S = 0.02
"""Between two looks at a process."""


class Lateness(threading.Thread):
    """How late this machine, which does other things too, wakes somebody who only wants to look at the clock."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.worst_s = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        """Until `stop`."""
        before = time.monotonic()
        while not self._over.wait(PAUSE_S):
            now = time.monotonic()
            self.worst_s = max(self.worst_s, now - before - PAUSE_S)
            before = now

    def stop(self) -> None:
        """`worst_s` stays."""
        self._over.set()
        self.join()


@dataclass(kw_only=True)
class Life:
    """One process."""

    number: int
    process: subprocess.Popen[bytes] | ForkedLife
    began: datetime
    """What its clock was told."""
    witness: Path
    trusted: bool
    """Whether its clock began after everything the journal can have seen."""
    ran: bool = False
    """Whether its loop has gone round once."""
    unplugged: int = 0
    """How often its output was taken away."""
    silent_s: float | None = None
    """Real seconds from the last line of its witness to its SIGKILL."""
    ended: datetime | None = None

    @property
    def parts(self) -> list[Path]:
        """The files of its witness, in order."""
        earlier = [self.witness.with_suffix(f".{part}") for part in range(self.unplugged)]
        return [*earlier, *([self.witness] if self.witness.is_file() else [])]


@dataclass(kw_only=True)
class KilledStation:
    """One seed, one history of about `real_s` seconds."""

    folder: Path
    seed: int
    real_s: float = 3.0
    nursery: Nursery | None = None
    """Where lives are forked; without one each is started from the disk."""
    fills_disk: bool = False
    """Whether the folder is a disk of its own, and is filled now and then."""
    history: list[str] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Broken promises that are seen while it happens: exit codes, surviving processes."""
    asked_in: dict[int, int] = field(default_factory=dict)
    """Request → the life that was running, or the next one."""
    known_sounds: set[str] = field(default_factory=set)
    """Hashes of all sounds that were in the cache undamaged."""
    alive_since: datetime | None = None
    """When a station first ran: before that nothing was owed."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.lateness = Lateness()
        self.speed = self.random.choice([30.0, 60.0, 60.0, 90.0, 90.0])
        self._world = ScaledClock(START, self.speed)
        self._ahead = timedelta(0)
        self._latest = START
        self._learn_sounds()

    @property
    def kills(self) -> int:
        """How often SIGKILL ended it."""
        return sum("SIGKILL" in line for line in self.history)

    @property
    def settings(self) -> Settings:
        """As on disk."""
        return load_settings(self.folder)

    @property
    def journal_clock(self) -> ScaledClock:
        """The world's time for the journal, which keeps test clocks apart from the real one."""
        return ScaledClock(self.now(), self.speed)

    def now(self) -> datetime:
        """The world's time."""
        return (self._world.now() + self._ahead).astimezone(ZONE)

    # --- lives and deaths --------------------------------------------------------------------------------------

    def run(self) -> KilledStation:
        """Live and die until the time is over, then make peace."""
        end = time.monotonic() + self.real_s
        self.lateness.start()
        try:
            while time.monotonic() < end and len(self.lives) < MOST_LIVES:
                if self.random.random() < 0.15:
                    self.die_young()
                elif self.fills_disk and self.random.random() < 0.2:
                    self.boot_on_a_full_disk()
                    self.die()
                else:
                    self.boot()
                    for _ in range(self.random.randint(0, 5)):
                        time.sleep(min(1.0, self.random.expovariate(1 / 0.25)))
                        self.random.choice(self._mischief())()
                    time.sleep(min(1.0, self.random.expovariate(1 / 0.3)))
                    self.die()
                self.be_off()
            self._make_peace()
            self._nobody_survives()
        finally:
            self.lateness.stop()
            self._note(f"this machine was {self.lateness.worst_s:.3f} s late at worst")
            if self.lives and self.lives[-1].process.poll() is None:
                self.lives[-1].process.kill()
                self.lives[-1].process.wait(STOP_BOUND_S)
            self._learn_sounds()
        return self

    def boot(self) -> None:
        """A new process; returns when its loop has gone round once."""
        life = self._spawn()
        give_up = time.monotonic() + START_BOUND_S
        while not self._status(life):
            assert life.process.poll() is None, f"the station did not start:\n{self.stderr()}"
            assert time.monotonic() < give_up, "the station does not say that it runs"
            time.sleep(PAUSE_S)
        life.ran = True
        # One that died young may have journalled a later time already, and nothing before that is owed.
        self.alive_since = self.alive_since or max(self.now(), self._latest)

    def die_young(self) -> None:
        """A power cut, or systemd's patience, ends it while it starts."""
        life = self._spawn()
        time.sleep(self.random.uniform(0, 0.5))
        self._note("SIGKILL while starting")
        life.process.kill()
        life.process.wait(STOP_BOUND_S)
        self._bury(life)

    def die(self) -> None:
        """SIGKILL mostly, SIGTERM sometimes."""
        life = self.lives[-1]
        if self.random.random() < 0.75:
            if self.random.random() < 0.5:
                self._await_witness(life)
            self._note("SIGKILL")
            life.process.kill()
            life.process.wait(STOP_BOUND_S)
            if life.witness.is_file():
                life.silent_s = time.time() - life.witness.stat().st_mtime
        else:
            self._terminate(life)
        self._bury(life)

    def _await_witness(self, life: Life) -> None:
        """Until an item has just begun or ended, if anything plays: that is where a kill hurts."""
        if not self._sounding(life) or not life.witness.is_file():
            return
        size, give_up = life.witness.stat().st_size, time.monotonic() + WITNESS_WAIT_S
        while life.witness.stat().st_size == size and time.monotonic() < give_up:
            time.sleep(0.002)
        time.sleep(self.random.choice([0.0, 0.0, 0.005, 0.03]))

    def _sounding(self, life: Life) -> bool:
        """Whether the last line of its witness is a start."""
        lines = life.parts[-1].read_text(encoding="utf-8").splitlines() if life.parts else []
        return bool(lines) and '"event": "start"' in lines[-1]

    def _spawn(self) -> Life:
        began = self.now()
        number = len(self.lives)
        witness = self.folder.parent / "witness" / f"{number:03d}.jsonl"
        trusted = began >= self._latest
        self._latest = max(self._latest, began)
        self._note(f"start {number}")
        arguments = ["--station", str(self.folder), "run", "--output", f"log:{witness}"]
        env = {"BROADCASTER_CLOCK": f"{began.isoformat()} x{self.speed:g}"}
        process = self._process(arguments, env)
        self.lives.append(Life(number=number, process=process, began=began, witness=witness, trusted=trusted))
        return self.lives[-1]

    def _process(self, arguments: list[str], env: dict[str, str]) -> subprocess.Popen[bytes] | ForkedLife:
        said = self.folder.parent / "stderr.txt"
        if self.nursery is not None:
            return self.nursery.start(arguments, env=env, stderr=said)
        with said.open("ab") as stderr:
            return subprocess.Popen(
                [BROADCASTER, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
                env={**os.environ, **env},
            )

    def _terminate(self, life: Life) -> None:
        self._note("SIGTERM")
        life.process.send_signal(signal.SIGTERM)
        try:
            code = life.process.wait(STOP_BOUND_S)
        except subprocess.TimeoutExpired:
            self.problems.append(f"SIGTERM did not end it within {STOP_BOUND_S} s")
            life.process.kill()
            code = life.process.wait(STOP_BOUND_S)
        if code != 0:
            self.problems.append(f"SIGTERM: exit code {code}\n{self.stderr()}")

    def _bury(self, life: Life) -> None:
        life.ended = self.now()
        self._latest = max(self._latest, life.ended)

    def _nobody_survives(self) -> None:
        """The rendering processes of every dead station have seen their pipe close, and ended."""
        give_up = time.monotonic() + STOP_BOUND_S
        left = [life.process.pid for life in self.lives]
        while left and time.monotonic() < give_up:
            left = [group for group in left if _alive(group)]
            time.sleep(PAUSE_S)
        for group in left:
            self.problems.append(f"a process of the killed station {group} lives on")
            os.killpg(group, signal.SIGKILL)

    def be_off(self) -> None:
        """Without power for a while: often until just before the next session; sometimes the clock comes back wrong."""
        off = self.random.choice(["moment", "moment", "minutes", "hours", "session", "session", "session", "back"])
        if self._sounding(self.lives[-1]) and self.random.random() < 0.6:
            off = "moment"  # what was cut is young enough to be taken up again
        self._ahead += {
            "moment": timedelta(seconds=self.random.uniform(0, 20)),
            "minutes": timedelta(minutes=self.random.uniform(1, 15)),
            "hours": timedelta(hours=self.random.uniform(1, 14)),
            "session": self._until_next_session() - timedelta(seconds=self.random.uniform(-60, 40)),
            "back": -timedelta(minutes=self.random.uniform(1, 200)),
        }[off]
        for chance, mischief in ((0.2, self.damage_cache), (0.15, self.edit_timetable), (0.1, self.stop_order)):
            if self.random.random() < chance:
                mischief()

    def _until_next_session(self) -> timedelta:
        now = self.now()
        marks = [
            now.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=day)
            for day in (0, 1)
            for hour, minute in ((3, 15), (5, 30), (8, 0), (11, 15), (17, 0), (20, 59))
        ]
        return min(mark for mark in marks if mark > now + timedelta(minutes=1)) - now

    # --- what is done to it ------------------------------------------------------------------------------------

    def _mischief(self) -> list[Callable[[], None]]:
        return [
            self.say,
            self.say,
            self.say,
            self.emergency,
            self.emergency,
            self.cancel_emergency,
            self.storm,
            self.stop_order,
            self.resume_order,
            self.resume_order,
            self.skip,
            self.edit_timetable,
            self.remove_clip,
            self.unplug,
            *([self.fill_disk] * 4 if self.fills_disk else []),
        ]

    def say(self) -> None:
        """An announcement, sometimes for later."""
        words = self.random.choice(NOTICES)
        level = self.random.choice([Level.THONG_THUONG, Level.THONG_THUONG, Level.UU_TIEN])
        payload = {"text": words, "level": level, "repeat": self.random.choice([1, 1, 2])}
        if self.random.random() < 0.2:
            payload["after"] = self.random.choice(["now", "item"])
        if self.random.random() < 0.2:
            payload["at"] = (self.now() + timedelta(seconds=self.random.uniform(0, 90))).isoformat()
        self._ask(RequestKind.SAY, payload)

    def emergency(self) -> None:
        """Once, twice, or until cancelled."""
        reason = self.random.choice(["lũ về", "lũ về", ""])
        payload = {"text": self.random.choice(EMERGENCIES), "level": Level.KHAN_CAP, "reason": reason}
        self._ask(RequestKind.SAY, {**payload, "repeat": self.random.choice([0, 1, 2])})

    def cancel_emergency(self) -> None:
        """Every one of them."""
        self._ask(RequestKind.CANCEL, {"id": "khan_cap"})

    def storm(self) -> None:
        """Several doors at once."""
        for _ in range(self.random.randint(3, 8)):
            self.say()

    def stop_order(self) -> None:
        """Silence."""
        self._ask(RequestKind.STOP, {})

    def resume_order(self) -> None:
        """Lift it, and sometimes say that the clock is right."""
        self._ask(RequestKind.RESUME, {"clock": self.random.random() < 0.5})

    def skip(self) -> None:
        """The item on air, if there is one."""
        self._ask(RequestKind.SKIP, {})

    def edit_timetable(self) -> None:
        """A session moved, one renamed, or a mistake."""
        path = self.folder / "schedules" / "hang_ngay.toml"
        new = self.random.choice(
            [
                TIMETABLE,
                TIMETABLE.replace('"17:00"', '"17:01"'),
                TIMETABLE.replace("[session.trua]", "[session.trua_moi]"),
                TIMETABLE.replace('time = "05:30"', "time = 25"),
            ]
        )
        self._note("timetable edited")
        temporary = path.with_suffix(".new")
        temporary.write_text(new, encoding="utf-8")
        temporary.replace(path)

    def damage_cache(self) -> None:
        """Bits rot while the machine is off: a sound of the right length and the wrong samples, or half of it."""
        self._learn_sounds()
        found = list(sounds(self.folder))
        if not found:
            return
        sound = self.random.choice(found)
        data = bytearray(sound.read_bytes())
        middle = len(data) // 2
        if self.random.random() < 0.7:
            data[middle : middle + 200] = bytes(byte ^ 0x55 for byte in data[middle : middle + 200])
        else:
            del data[middle:]
        self._note(f"damaged {sound.name[:8]}")
        sound.write_bytes(data)

    def remove_clip(self) -> None:
        """Somebody tidies up while the station runs."""
        self._learn_sounds()
        found = list(sounds(self.folder))
        if found:
            sound = self.random.choice(found)
            self._note(f"removed {sound.name[:8]}")
            sound.unlink()

    def unplug(self) -> None:
        """The output vanishes in the middle of whatever it does, and is back soon; or the next life finds it again."""
        life = self.lives[-1]
        self._note("output unplugged")
        if not life.witness.is_file():
            return
        life.witness.rename(life.witness.with_suffix(f".{life.unplugged}"))
        life.unplugged += 1
        try:
            life.witness.mkdir()
        except FileExistsError:
            return  # the station was quicker, and plays on in a new part
        if self.random.random() < 0.8:
            time.sleep(self.random.uniform(0.05, 0.5))
            life.witness.rmdir()
            self._note("output plugged in")

    def fill_disk(self) -> None:
        """Not a byte is left on the station's disk, while it goes on and is asked for things; then there is room again.

        It is not killed meanwhile: what a full disk does not take, no program can keep.
        """
        with self._full_disk():
            for _ in range(self.random.randint(0, 3)):
                time.sleep(self.random.uniform(0, 0.3))
                self.random.choice([self.say, self.emergency, self.stop_order, self.resume_order, self.unplug])()
            time.sleep(self.random.uniform(0, 0.4))
        self._await_the_record()

    def boot_on_a_full_disk(self) -> None:
        """It starts, and airs what is due, although nothing can be written."""
        with self._full_disk():
            self.boot()
            time.sleep(self.random.uniform(0, 0.5))
        self._await_the_record()

    @contextlib.contextmanager
    def _full_disk(self) -> Iterator[None]:
        self._note("disk full")
        junk = fill(self.folder)
        try:
            yield
        finally:
            junk.unlink()
            self._note("disk has room")

    def _await_the_record(self) -> None:
        """Until what was kept in memory is in the journal's file. The step it is at may not know of it yet."""
        life, moments = self.lives[-1], set()
        give_up = time.monotonic() + PEACE_BOUND_S
        while True:
            status = self._status(life)
            moments.add(status.get("now"))
            if len(moments) > 2 and status.get("journal", {}).get("ok"):
                return
            told = "\n".join(self.history)
            assert time.monotonic() < give_up, f"the record never came back to the disk:\n{told}\n{self.stderr()}"
            if (holder := running(self.settings.lock_path)) is not None:
                nudge(holder)
            time.sleep(PAUSE_S)

    def _learn_sounds(self) -> None:
        for sound, promised in sounds(self.folder, all_of_them=True).items():
            if promised not in self.known_sounds:
                with contextlib.suppress(OSError, EOFError):  # the station has just found it damaged, and removed it
                    self.known_sounds.update({promised} & {samples_sha256(sound)})

    def _ask(self, kind: RequestKind, payload: dict[str, object]) -> None:
        try:
            journal = Journal(self.settings.journal_path, self.journal_clock, durable=False)
            try:
                request = journal.ask_raw(kind, json.dumps(payload), "Chị Lan")
            finally:
                journal.close()
        except JournalError as refusal:  # a full disk: who asks is told so at once
            self._note(f"refused: {kind}: {refusal.line()}")
            return
        alive = self.lives and self.lives[-1].ended is None
        self.asked_in[request] = len(self.lives) - 1 if alive else len(self.lives)
        self._note(f"{request}: {kind} {payload.get('level', '')}{payload.get('id', '')} {payload.get('repeat', '')}")
        holder = running(self.settings.lock_path)
        if holder is not None:
            nudge(holder)

    # --- the end -----------------------------------------------------------------------------------------------

    def _make_peace(self) -> None:
        """Right clock, sound timetable, no STOP, at once or half a day later: everything that waits airs or ends."""
        self._note("peace")
        pause = self.random.choice([timedelta(seconds=5), timedelta(hours=13)])
        self._ahead += max(timedelta(0), self._latest - self.now()) + pause
        (self.folder / "schedules" / "hang_ngay.toml").write_text(TIMETABLE, encoding="utf-8")
        self.boot()
        self._ask(RequestKind.RESUME, {"clock": True})
        self._ask(RequestKind.CANCEL, {"id": "khan_cap"})
        self._wait_until_quiet()
        self._terminate(self.lives[-1])
        self._bury(self.lives[-1])

    def _wait_until_quiet(self) -> None:
        give_up = time.monotonic() + PEACE_BOUND_S
        quiet = 0
        while quiet < 3:
            status = self._status(self.lives[-1])
            assert time.monotonic() < give_up, f"it never comes to rest: {status}"
            waiting = [entry for entry in status.get("queue", []) if entry["state"] != "planned"]
            # On a busy machine the status may be older than what was asked last.
            idle = status and status["on_air"] is None and not waiting and self._all_answered()
            quiet = quiet + 1 if idle else 0
            time.sleep(0.1)

    def _all_answered(self) -> bool:
        journal = Journal(self.settings.journal_path, self.journal_clock, durable=False)
        try:
            return not journal.new_requests() and not journal.open_requests()
        finally:
            journal.close()

    def _status(self, life: Life) -> dict:
        """What that process says of itself; empty while it says nothing."""
        holder = running(self.settings.lock_path)
        answer = ask_status(holder) if holder is not None and holder.pid == life.process.pid else None
        return json.loads(answer) if answer else {}

    def _note(self, what: str) -> None:
        self.history.append(f"{self.now():%d/%m %H:%M:%S} {what}")

    def stderr(self) -> str:
        """The end of what all lives have said there."""
        path = self.folder.parent / "stderr.txt"
        return path.read_text(encoding="utf-8")[-3000:] if path.exists() else ""


def _alive(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
