"""Reads 16-bit stereo 48 kHz sound on stdin no faster than real time, as a sound card would: paced_sink.py OUT.raw"""

import contextlib
import fcntl
import os
import sys
import time
from pathlib import Path

FRAME_BYTES = 4
BLOCK_FRAMES = 480
F_SETPIPE_SZ = 1031

with contextlib.suppress(OSError):
    fcntl.fcntl(0, F_SETPIPE_SZ, 4096)  # a small pipe is a small latency
began = None
frames = 0
with Path(sys.argv[1]).open("wb", buffering=0) as out:
    while True:
        block = b""
        while len(block) < BLOCK_FRAMES * FRAME_BYTES:
            piece = os.read(0, BLOCK_FRAMES * FRAME_BYTES - len(block))
            if not piece:
                break
            block += piece
        out.write(block)
        if len(block) < BLOCK_FRAMES * FRAME_BYTES:
            break
        now = time.monotonic()
        began = now if began is None else began
        frames += BLOCK_FRAMES
        due = began + frames / 48_000
        if now < due:
            time.sleep(due - now)
        else:
            began += now - due  # an underrun: the clock waits
