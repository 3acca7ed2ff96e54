"""systemd's readiness and watchdog protocol (sd_notify(3)): one datagram to $NOTIFY_SOCKET, nothing elsewhere."""

from __future__ import annotations

import os
import socket


def notify(message: str) -> None:
    """Send `READY=1`, `WATCHDOG=1`, `STOPPING=1` or `STATUS=…`. Without a supervisor it does nothing."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.sendto(message.encode(), address)


def watchdog_s() -> float | None:
    """How often the supervisor wants a sign of life (half its limit); None: it does not."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    return int(limit) / 2e6 if limit.isdigit() and int(limit) > 0 else None
