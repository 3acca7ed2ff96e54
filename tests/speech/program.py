"""A speaking program for the `command` engine: a tone for every letter. Faults by first argument.

python program.py {good|fail|silent|nothing|half|hang|fork|raw} OUT.wav [TEXT_FILE]
"""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import time
import wave
from pathlib import Path

RATE_HZ = 16_000


def main(fault: str, out: str, text_file: str = "", *_ignored: str) -> None:
    text = Path(text_file).read_text("utf-8") if text_file else sys.stdin.buffer.read().decode("utf-8")
    if fault == "fail":
        sys.exit("giấy phép hết hạn")
    if fault == "nothing":
        return
    if fault == "hang":
        time.sleep(60)
    if fault == "fork":  # a grandchild that holds the output open and outlives the program
        subprocess.Popen([sys.executable, "-c", f"import time; open({out + '.pid'!r}, 'w').close(); time.sleep(60)"])
        while not Path(out + ".pid").exists():
            time.sleep(0.01)
    frames = int(len(text) * 0.065 * RATE_HZ * (0.1 if fault == "half" else 1)) + RATE_HZ // 10
    level = 0 if fault == "silent" else 9000
    samples = [int(level * math.sin(i * 0.08)) for i in range(frames)]
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{frames}h", *samples))


if __name__ == "__main__":
    main(*sys.argv[1:])
