"""Counts the journal rows of a period: the log, totals by day, level and outcome, and airings of each content.

What is counted is the *item*: an item that was cut and went on afterwards has two lines in the log and is one airing,
and so has a notice that reached one zone after the other. Its minutes are those of all lines; it counts as aired when
every zone heard it to its end. Chimes and pauses are neither listed nor counted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from zoneinfo import ZoneInfo

from broadcaster.journal import Journal, OccurrenceRow
from broadcaster.model import Airing, ItemKind, Level, OccurrenceKey, Outcome, Request
from broadcaster.reasons import Reason, ReasonCode
from broadcaster.reports.period import Period
from broadcaster.scripts.library import within
from broadcaster.scripts.plan import Content

SYSTEM_CLOCK = "system"
"""Rows of any other clock are trials and never count."""
LONGEST_CONTENT = 160
"""Characters of a notice's own text in the log: enough to know it again, and still a line or two on paper."""
OUTSIDE_PLAN = "Ngoài kế hoạch"
_SOUND_CARD = "soundcard"
"""How the SPEC of a sound card begins; every other output is a file or a trial output."""
_SIGNALS = (ItemKind.CHIME, ItemKind.PAUSE)
"""Kinds of items, and the engines of their clips."""
_SIGNAL_ITEM = re.compile(r"\d+-(nhac_hieu|nghi)(#\d+)?")
"""A chime or pause that was never heard has no engine in its row. Where there is no cue either, its name tells."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the library says about a script."""

    title: str
    topic: str
    """Code of the plan's content it serves; empty: none."""


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of the sổ nhật ký: one attempt at one item. Times are local."""

    occurrence: OccurrenceKey
    item: str
    """Empty for an occurrence that ended without any item."""
    script: str | None
    level: Level
    planned_at: datetime
    started_at: datetime | None
    """None: it was never heard."""
    session: str
    """Title of the session; empty when the journal does not know it."""
    content: str
    """Title of the script, or the words or file that were asked for."""
    topic: str
    aired_s: float
    """Seconds of sound the output consumed."""
    outcome: Outcome | None
    """None while on air."""
    reason: Reason
    asked_by: str
    """`lich` (the timetable) or the operator's name."""
    voice: str
    """`engine: voice`; empty when nothing was spoken."""
    output: str
    zones: Mapping[str, Outcome | None]
    """How it ended in each zone; None while on air."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Items by how they ended, and how long they were heard."""

    aired: int = 0
    partly_aired: int = 0
    """Heard in part, whatever the outcome is called."""
    not_aired: int = 0
    on_air: int = 0
    """No verdict yet."""
    aired_s: float = 0.0
    """Seconds, those of partly aired items included."""

    @property
    def items(self) -> int:
        """All of them."""
        return self.aired + self.partly_aired + self.not_aired + self.on_air

    @property
    def minutes(self) -> float:
        """`aired_s` in minutes."""
        return self.aired_s / 60


@dataclass(frozen=True, kw_only=True)
class DayTotal:
    """One day of the period, silent ones too."""

    day: date
    tally: Tally


@dataclass(frozen=True, kw_only=True)
class ContentTotal:
    """One content of the propaganda plan, and the items that served it."""

    code: str
    title: str
    scripts: tuple[str, ...]
    """Ids of the scripts that were due, sorted."""
    tally: Tally
    reasons: tuple[tuple[ReasonCode, int], ...]
    """Why items were not aired, or not to their end: (code, items), most frequent first."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that a report says about a period."""

    period: Period
    tz: ZoneInfo
    """The station's; every time in the report is local to it."""
    made_at: datetime
    log: tuple[LogLine, ...]
    """In the order of time."""
    days: tuple[DayTotal, ...]
    levels: Mapping[Level, Tally]
    """Only levels that occurred, most urgent first."""
    outcomes: Mapping[Outcome, int]
    """Items by their verdict; only those that occurred."""
    total: Tally
    contents: tuple[ContentTotal, ...]
    """In the plan's order, also contents nobody was told about; then topics that the plan does not name."""
    contents_total: Tally
    unknown_scripts: tuple[str, ...]
    """Scripts that aired and are no longer in the library: their content is not known."""
    without_verdict: int
    """Occurrences whose time has passed and that have no outcome: on air, or the station has not run since."""
    beside_loudspeakers: int
    """Lines that some zone heard through an output that is no sound card."""
    trials_left_out: int
    """Rows of a test clock."""


def figures(
    journal: Journal,
    period: Period,
    tz: ZoneInfo,
    *,
    made_at: datetime,
    subjects: Mapping[str, Subject],
    plan: Sequence[Content] = (),
) -> Report:
    """Count a period. `journal` must be opened with the machine's clock; `subjects` is the library by script id.

    A row belongs to the local day of its planned time. A period without rows is a report like any other.
    """
    start, end = period.bounds(tz)
    rows = list(journal.airings(start, end))
    real = [row for row in rows if row.clock == SYSTEM_CLOCK]
    listed = [row for row in real if not _is_signal(row, journal)]
    occurrences = {occurrence.key: occurrence for occurrence in journal.occurrences(start, end)}
    asked = {key: _asked_for(journal, occurrence) for key, occurrence in occurrences.items()}
    log = [_line(row, occurrences.get(row.occurrence), asked.get(row.occurrence, ""), subjects, tz) for row in listed]
    with_rows = {row.occurrence for row in real}
    log += [
        _verdict_only(occurrence, asked[key], tz)
        for key, occurrence in occurrences.items()
        if occurrence.outcome is not None and key not in with_rows
    ]
    log = _in_order_of_time(log)
    items = _items(log)
    return Report(
        period=period,
        tz=tz,
        made_at=made_at.astimezone(tz),
        log=tuple(log),
        days=tuple(
            DayTotal(day=day, tally=_tally(item for item in items if item[-1].planned_at.date() == day))
            for day in period.days()
        ),
        levels={
            level: _tally(of_level)
            for level in Level
            if (of_level := [item for item in items if item[-1].level is level])
        },
        outcomes={
            outcome: count
            for outcome in Outcome
            if (count := sum(_deciding(item).outcome is outcome for item in items))
        },
        total=_tally(items),
        contents=_contents(items, plan),
        contents_total=_tally(item for item in items if item[-1].topic),
        unknown_scripts=tuple(sorted({line.script for line in log if line.script and line.script not in subjects})),
        without_verdict=sum(o.outcome is None and o.planned_at < made_at for o in occurrences.values()),
        beside_loudspeakers=sum(_is_beside_loudspeakers(row) for row in listed),
        trials_left_out=len(rows) - len(real),
    )


def _in_order_of_time(log: Iterable[LogLine]) -> list[LogLine]:
    """Lines in the order in which they were written → in the order in which people would have heard them.

    What was never heard stands where it would have stood: after what its occurrence had aired until then.
    """
    reached: dict[OccurrenceKey, datetime] = {}
    placed = []
    for line in log:
        moment = line.started_at or reached.get(line.occurrence, line.planned_at)
        reached[line.occurrence] = moment
        placed.append((moment, line))
    placed.sort(key=lambda entry: entry[0])
    return [line for _, line in placed]


def _is_signal(row: Airing, journal: Journal) -> bool:
    if row.engine is not None:
        return row.engine in _SIGNALS
    cue = journal.cue(row.cue) if row.cue is not None else None
    if cue is not None:
        return cue.item.kind in _SIGNALS
    return row.script is None and _SIGNAL_ITEM.fullmatch(row.item) is not None


def _asked_for(journal: Journal, occurrence: OccurrenceRow) -> str:
    """The words or the file of an operator's request, as the journal keeps it; empty for a session."""
    row = journal.request(occurrence.request_id) if occurrence.request_id is not None else None
    if row is None:
        return ""
    payload = _payload(row.request)
    text = " ".join(str(payload.get("text") or "").split())
    if len(text) > LONGEST_CONTENT:
        text = text[: LONGEST_CONTENT - 1].rstrip() + "…"
    return text or PurePath(str(payload.get("file") or "")).name


def _payload(request: Request) -> Mapping[str, object]:
    """What was asked; empty when the row was not written by a door of ours."""
    try:
        payload = json.loads(request.payload)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _line(
    row: Airing, occurrence: OccurrenceRow | None, asked: str, subjects: Mapping[str, Subject], tz: ZoneInfo
) -> LogLine:
    subject = subjects.get(row.script) if row.script else None
    return LogLine(
        occurrence=row.occurrence,
        item=row.item,
        script=row.script,
        level=row.level,
        planned_at=row.planned_at.astimezone(tz),
        started_at=row.started_at.astimezone(tz) if row.started_at else None,
        session=occurrence.title if occurrence and occurrence.request_id is None else "",
        content=(subject.title if subject else "") or asked or row.script or row.item.partition("-")[2] or row.item,
        topic=subject.topic if subject else "",
        aired_s=row.duration_s,
        outcome=row.outcome,
        reason=row.reason,
        asked_by=row.asked_by,
        voice=": ".join(part for part in (row.engine, row.voice if row.voice != row.engine else None) if part),
        output=row.output,
        zones={**dict.fromkeys(row.zones, row.outcome), **{got.zone: got.outcome for got in row.deliveries}},
    )


def _verdict_only(occurrence: OccurrenceRow, asked: str, tz: ZoneInfo) -> LogLine:
    """The line of an occurrence that ended before any of its items had a row."""
    return LogLine(
        occurrence=occurrence.key,
        item="",
        script=None,
        level=occurrence.level,
        planned_at=occurrence.planned_at.astimezone(tz),
        started_at=None,
        session=occurrence.title if occurrence.request_id is None else "",
        content=asked or occurrence.title,
        topic="",
        aired_s=0.0,
        outcome=occurrence.outcome,
        reason=occurrence.reason,
        asked_by=occurrence.asked_by,
        voice="",
        output="",
        zones=dict.fromkeys(occurrence.zones, occurrence.outcome),
    )


_Attempts = list[LogLine]
"""All lines of one item, oldest first; never empty."""


def _items(log: Iterable[LogLine]) -> list[_Attempts]:
    """The log by item. `sang/2026-11-25` has one `02-dich_vu_cong`, however often it was cut; rounds are `…#2`."""
    items: dict[tuple[str, str], _Attempts] = {}
    for line in log:
        items.setdefault((line.occurrence, line.item), []).append(line)
    return list(items.values())


def _tally(items: Iterable[_Attempts]) -> Tally:
    counts: Counter[str] = Counter()
    aired_s = 0.0
    for item in items:
        aired_s += sum(line.aired_s for line in item)
        counts[_ending(item)] += 1
    return Tally(**counts, aired_s=aired_s)


def _deciding(item: _Attempts) -> LogLine:
    """The line that says how it ended: the last in which a zone was left without the whole, or simply the last."""
    final = {zone: (place, outcome) for place, line in enumerate(item) for zone, outcome in line.zones.items()}
    short = [place for place, outcome in final.values() if outcome is not Outcome.AIRED]
    return item[max(short, default=-1)]


def _ending(item: _Attempts) -> str:
    """The field of `Tally` it counts in. Judged by what was heard: a cancelled item may have been heard in part."""
    match _deciding(item).outcome:
        case None:
            return "on_air"
        case Outcome.AIRED:
            return "aired"
    return "partly_aired" if any(line.aired_s > 0 for line in item) else "not_aired"


def _contents(items: Sequence[_Attempts], plan: Sequence[Content]) -> tuple[ContentTotal, ...]:
    """Items by the nearest content of the plan at or above their topic."""
    by_code: dict[str, list[_Attempts]] = {content.code: [] for content in plan}
    titles = {content.code: content.title for content in plan}
    for item in items:
        topic = item[-1].topic
        if topic:
            code = max((code for code in titles if within(topic, code)), key=len, default=topic)
            by_code.setdefault(code, []).append(item)
    return tuple(_content(code, titles.get(code, OUTSIDE_PLAN), served) for code, served in by_code.items())


def _content(code: str, title: str, items: Sequence[_Attempts]) -> ContentTotal:
    causes = Counter(_deciding(item).reason.code for item in items if _ending(item) in ("partly_aired", "not_aired"))
    return ContentTotal(
        code=code,
        title=title,
        scripts=tuple(sorted({script for item in items if (script := item[-1].script)})),
        tally=_tally(items),
        reasons=tuple(causes.most_common()),
    )


def _is_beside_loudspeakers(row: Airing) -> bool:
    """Whether a zone heard it, but through an output that is no sound card."""
    heard = [got.output for got in row.deliveries if got.heard_s > 0]
    if not row.deliveries and row.duration_s > 0:  # on air
        heard = row.output.split(",")
    return any(not output.startswith(_SOUND_CARD) for output in heard)
