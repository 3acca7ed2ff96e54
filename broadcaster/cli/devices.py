"""`devices`: where sound can go."""

from __future__ import annotations

import dataclasses

from broadcaster.cli import console
from broadcaster.cli.command import command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import Words


@command(
    "devices",
    about=Words(
        'Các đường ra loa của máy. Ghi vào station.toml một phần của tên là đủ, ví dụ spec = "soundcard:USB"; dấu *'
        " là thiết bị mặc định. Không có loa nào thì mã thoát là 5.",
        'The machine\'s sound outputs. Part of a name is enough in station.toml, like spec = "soundcard:USB"; * is the'
        " default one. Exit code 5 when there is none.",
    ),
    examples="broadcaster devices\nbroadcaster run --output soundcard:USB",
)
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
def devices(invocation: Invocation, as_json: bool) -> None:
    """Print the outputs."""
    from broadcaster.service.sound_devices import require_devices

    found = require_devices()
    if as_json:
        console.print_json([dataclasses.asdict(device) for device in found])
        return
    console.print_table(
        [
            ("*" if device.default else " ", device.name, str(device.channels), str(device.rate_hz), device.host_api)
            for device in found
        ],
        heads=("", Words("Tên", "Name"), Words("Kênh", "Channels"), "Hz", Words("Qua", "Through")),
        right=(2, 3),
    )
