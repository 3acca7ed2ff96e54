"""Lengths of time and amounts of bytes in words."""

from __future__ import annotations

from broadcaster.errors import Words


def duration(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def size(count: float) -> Words:
    """Bytes as `12,3 MB` or `81,8 GB` (powers of ten, as disks are sold); the decimal sign is the language's."""
    unit, name = (1e9, "GB") if count >= 1e9 else (1e6, "MB")
    amount = count / unit
    number = f"{amount:.1f}" if amount < 100 else f"{amount:.0f}"
    return Words(f"{number.replace('.', ',')} {name}", f"{number} {name}")
