"""Office Vietnamese read aloud: how many cases come out exactly right, and how many sentences a second, beside peers.

The peers are the normalisers of sea-g2p (Rust) and vietnormalizer, pinned in the extra `bench`. A case counts when the
words equal one accepted reading after folding what nobody hears (case, marks, tone placement, i/y), as in tests/text.
The cases are ours, so ours does well on them; `--cases FILE.jsonl` takes others: a line each with `written`, `spoken`
(a list) and `category`. Speed is CPU time over all cases, best of the runs, so that a loaded machine matters little.

    .venv/bin/python benchmarks/bench_reading.py [--cases FILE.jsonl] [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import figures

from broadcaster.text import spoken_line

TESTS = Path(__file__).resolve().parent.parent / "tests" / "text"
sys.path.insert(0, str(TESTS))
from heard import heard, lines  # noqa: E402  (the tests' own way of comparing)

Read = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One written line and what may be heard."""

    kind: str
    written: str
    readings: frozenset[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=Path, help="JSON lines; without it the cases of tests/text")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    cases = from_json_lines(chosen.cases) if chosen.cases else from_tests()
    if not cases:
        print("no cases", file=sys.stderr)
        return 1
    load_before = figures.load_average()
    readers = {"broadcaster": lambda written: spoken_line(written)[0], **peers()}
    right = {name: accuracy(read, cases) for name, read in readers.items()}
    rates = {name: sentences_per_second(read, cases, chosen.runs) for name, read in readers.items()}

    totals = Counter(case.kind for case in cases)
    rows = [
        [kind, str(total), *(f"{100 * right[name][kind] / total:.1f}" for name in readers)]
        for kind, total in sorted(totals.items())
    ]
    everything = [f"{100 * sum(right[name].values()) / len(cases):.1f}" for name in readers]
    print(figures.table(["exactly right, %", "cases", *readers], [*rows, ["**all**", str(len(cases)), *everything]]))
    print()
    print(
        figures.table(
            ["speed", *readers],
            [
                ["sentences a second of CPU", *(f"{rate:.0f}" for rate in rates.values())],
                ["ours is so many times as fast", *(f"{rates['broadcaster'] / rate:.1f}" for rate in rates.values())],
            ],
        )
    )
    print(f"\nbest of {chosen.runs} runs; load average {load_before:.2f} before; {figures.machine()} after")
    return 0


def from_tests() -> list[Case]:
    return [
        Case(kind=path.stem, written=written, readings=frozenset(heard(reading) for reading in readings))
        for path in sorted(TESTS.glob("*.tsv"))
        for _, written, readings in lines(path)
    ]


def from_json_lines(path: Path) -> list[Case]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Case(
            kind=row.get("category", "all"),
            written=row["written"],
            readings=frozenset(heard(reading) for reading in row["spoken"]),
        )
        for row in rows
    ]


def peers() -> dict[str, Read]:
    """The installed ones; a missing one is named on stderr and left out."""
    found: dict[str, Read] = {}
    try:
        from sea_g2p import Normalizer

        found["sea-g2p"] = Normalizer().normalize
    except ImportError:
        print("sea-g2p is not installed: pip install 'broadcaster[bench]'", file=sys.stderr)
    try:
        from vietnormalizer import VietnameseNormalizer

        found["vietnormalizer"] = VietnameseNormalizer().normalize
    except ImportError:
        print("vietnormalizer is not installed: pip install 'broadcaster[bench]'", file=sys.stderr)
    return found


def accuracy(read: Read, cases: list[Case]) -> Counter[str]:
    return Counter(case.kind for case in cases if heard(read(case.written)) in case.readings)


def sentences_per_second(read: Read, cases: list[Case], runs: int) -> float:
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        for case in cases:
            read(case.written)
        best = min(best, time.process_time() - start)
    return len(cases) / best


if __name__ == "__main__":
    sys.exit(main())
