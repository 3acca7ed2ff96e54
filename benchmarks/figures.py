"""Output of the benchmarks: percentiles, Markdown tables, how busy the machine was."""

from __future__ import annotations

import json
import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Many trials of one thing."""

    n: int
    median: float
    p95: float
    p99: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Nearest-rank percentiles. Of no values at all everything is not-a-number."""
        ranked = sorted(values) or [math.nan]

        def rank(share: float) -> float:
            return ranked[min(len(ranked) - 1, math.ceil(share * len(ranked)) - 1)]

        return cls(
            n=len(values),
            median=statistics.median(ranked),
            p95=rank(0.95),
            p99=rank(0.99),
            low=ranked[0],
            high=ranked[-1],
        )

    def over(self, other: Spread) -> str:
        """How many times the other's median this one's is, or "-"."""
        return f"{self.median / other.median:.2f}" if other.n and other.median > 0 else "-"


def number(value: float | None, digits: int = 1) -> str:
    """For a table; "-" where there is none."""
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column is words, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def load_average() -> float:
    """Of the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    """One line that makes figures comparable, without naming a host."""
    return f"{len(os.sched_getaffinity(0))} cores, load average {load_average():.2f}"


def save(path: Path | None, results: dict[str, Any]) -> None:
    """Everything measured, as JSON, for whoever wants to draw it."""
    if path is not None:
        path.write_text(json.dumps(results, indent=1, default=vars) + "\n", encoding="utf-8")
