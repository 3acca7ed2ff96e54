"""Which cues of a missed session go to the next one."""

from __future__ import annotations

from datetime import UTC, datetime

from broadcaster.model import (
    Cue,
    Item,
    ItemKind,
    LateKind,
    LateRule,
    Level,
    Occurrence,
    OccurrenceKey,
)
from broadcaster.station.rundowns import handed_on

NEXT = LateRule(kind=LateKind.NEXT_SESSION)
SKIP = LateRule(kind=LateKind.SKIP)
KEY = OccurrenceKey("lich/sang/2026-12-01")


def missed(late: LateRule) -> Occurrence:
    return Occurrence(
        key=KEY,
        title="Sáng",
        planned_at=datetime(2026, 12, 1, tzinfo=UTC),
        items=(),
        level=Level.PHIEN,
        zones=("tat_ca",),
        max_minutes=60,
        late=late,
    )


def cues(*items: Item) -> list[Cue]:
    return [
        Cue(item=item, name=item.name, title=item.name, id=n, occurrence=KEY, position=n, label=f"{n:02d}-{item.name}")
        for n, item in enumerate(items, 1)
    ]


def script(name: str, **how: object) -> Item:
    return Item(kind=ItemKind.SCRIPT, name=name, **how)  # type: ignore[arg-type]


CHIME = Item(kind=ItemKind.CHIME, name="chuong")
PAUSE = Item(kind=ItemKind.PAUSE, name="nghi", pause_s=2)


def test_chimes_and_pauses_at_the_ends_stay_behind():
    unheard = cues(CHIME, script("tin"), PAUSE, script("hai", late=NEXT), PAUSE)
    assert [cue.name for cue in handed_on(missed(NEXT), unheard)] == ["tin", "nghi", "hai"]


def test_only_cues_whose_rule_says_so_are_handed_on():
    unheard = cues(script("chao"), script("tin", late=NEXT))
    assert [cue.name for cue in handed_on(missed(SKIP), unheard)] == ["tin"]
    assert handed_on(missed(SKIP), cues(script("chao"))) == []


def test_what_was_handed_on_once_is_never_handed_on_again():
    unheard = cues(script("cu", joined_from=OccurrenceKey("lich/toi/2026-11-30")), script("moi"))
    assert [cue.name for cue in handed_on(missed(NEXT), unheard)] == ["moi"]
