"""`preview`: hear exactly what would air, on the operator's own device; or save, see or read it."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import UsageError, Words
from broadcaster.service.amounts import duration
from broadcaster.service.reading import unsure_words

if TYPE_CHECKING:
    from broadcaster.model import Clip, Spoken
    from broadcaster.settings import Settings


def _seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """`90`, `1:30` or `1:02:03` in seconds."""
    if value is None:
        return None
    if not re.fullmatch(r"(\d+:){0,2}\d+([.,]\d+)?", value):
        raise UsageError(
            Words(f"không hiểu thời gian «{value}»", f"cannot read the time '{value}'"),
            cure=Words("Viết như 90 hoặc 1:30", "Write it like 90 or 1:30"),
        )
    seconds = 0.0
    for part in value.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


@command(
    "preview",
    about=Words(
        "Nghe trước đúng bản thu sẽ phát, qua loa hoặc tai nghe của chính máy này, không qua đường ra của đài. Cho id"
        " kịch bản, tệp (.txt, .docx, ghi âm), hoặc --text. Hoặc lưu lại: --wav, --mp3 (để gửi Zalo, Facebook);"
        " --picture vẽ dạng sóng kèm độ to; --text-only in lời mà giọng đọc sẽ nói, và những chỗ chưa chắc.",
        "Hear exactly what would air, on this machine's own device and not through the station's output. Give a"
        " script id, a file (.txt, .docx, a recording) or --text. Or save it: --wav, --mp3 (to post it); --picture"
        " draws the waveform with its loudness; --text-only prints the words that the voice will speak, and what is"
        " unsure.",
    ),
    examples="broadcaster preview cchc_01_y_nghia\n"
    "broadcaster preview ghi_am/hop_dan.wav --from 12:30 --for 20\n"
    "broadcaster preview cchc_01_y_nghia --mp3 bai.mp3 --picture bai.png\n"
    'broadcaster preview --text "Họp dân lúc 7h30 tối nay." --text-only',
)
@argument("what", required=False, metavar="[SCRIPT_ID|FILE]")
@option("--text", metavar="T", words=Words("Nghe trước lời này.", "Preview this text."))
@option(
    "--wav", metavar="F", type=click.Path(dir_okay=False, path_type=Path),
    words=Words("Lưu wav, không phát.", "Save as wav; nothing is played."),
)  # fmt: skip
@option(
    "--mp3", metavar="F", type=click.Path(dir_okay=False, path_type=Path),
    words=Words("Lưu mp3, không phát.", "Save as mp3; nothing is played."),
)  # fmt: skip
@option(
    "--picture", metavar="F.png", type=click.Path(dir_okay=False, path_type=Path),
    words=Words("Vẽ dạng sóng và độ to, không phát.", "Draw the waveform and its loudness; nothing is played."),
)  # fmt: skip
@option(
    "--from", "start", metavar="TIME", callback=_seconds,
    words=Words("Nghe từ giây hoặc phút:giây này của bản thu.", "Begin at this second, or minute:second, of the clip."),
)  # fmt: skip
@option(
    "--for", "length", metavar="TIME", callback=_seconds,
    words=Words("Chỉ nghe chừng này giây, hoặc phút:giây.", "Only so many seconds, or minutes:seconds."),
)  # fmt: skip
@option("--text-only", is_flag=True, words=Words("Chỉ in lời sẽ nói.", "Only print the words."))
@option("--voice", metavar="V", words=Words("Thử giọng khác.", "Try another voice."))
@option("--output", metavar="SPEC", words=Words("Nghe qua thiết bị khác.", "Another device to hear it on."))
def preview(
    invocation: Invocation,
    what: str | None,
    text: str | None,
    wav: Path | None,
    mp3: Path | None,
    picture: Path | None,
    start: float | None,
    length: float | None,
    text_only: bool,
    voice: str | None,
    output: str | None,
) -> None:
    """Render it, then play, save or show it."""
    from broadcaster.audio.excerpt import excerpt
    from broadcaster.service.preview import OWN_DEVICE, request_for
    from broadcaster.service.running import checked_spec
    from broadcaster.service.sound import Sounds

    if bool(what) == bool(text):
        raise UsageError(
            Words("ghi id kịch bản, tên tệp, hoặc --text", "give a script id, a file, or --text"),
            cure=Words("Xem id: broadcaster scripts list", "For ids: broadcaster scripts list"),
        )
    with Sounds(invocation.settings, invocation.clock) as sounds:
        request = request_for(sounds, what, text)
        if voice:
            request = dataclasses.replace(request, voice=voice)
        if text_only:
            _print_words(sounds.studio.words(request.text))
            return
        with console.Progress() as bar:
            bar.show(0, Words("đang đọc thành tiếng…", "speaking…"))
            clip = sounds.rendered(request)
    _tell(clip)
    _save(clip, invocation.settings, wav=wav, mp3=mp3, picture=picture)
    if wav is mp3 is picture is None:
        spec = checked_spec(output) if output else OWN_DEVICE
        with tempfile.TemporaryDirectory() as folder:
            if start is not None or length is not None:
                clip = excerpt(clip, Path(folder) / "doan.wav", start_s=start or 0.0, length_s=length)
            _play(clip, spec, invocation.settings)


def _print_words(words: Spoken) -> None:
    for phrase in words.phrases:
        if phrase.text:
            console.print_line(phrase.text)
    for one in words.unsure:
        console.notice(unsure_words(one))


def _tell(clip: Clip) -> None:
    voice = f"{clip.engine}:{clip.voice}" if clip.voice else clip.engine
    facts = f"{duration(clip.duration_s)}, {clip.loudness_lufs:.1f} LUFS, {clip.true_peak_dbtp:.1f} dBTP, {voice}"
    console.print_line(f"{clip.title}: {facts}")


def _save(clip: Clip, settings: Settings, *, wav: Path | None, mp3: Path | None, picture: Path | None) -> None:
    if wav is not None:
        from broadcaster.audio.export import export_wav

        export_wav(clip, wav)
    if mp3 is not None:
        from broadcaster.audio.export import export_mp3

        export_mp3(clip, mp3, artist=settings.name)
    if picture is not None:
        from broadcaster.service.preview import draw

        picture.write_bytes(draw(clip, settings, console.language()))
    for file in (wav, mp3, picture):
        if file is not None:
            console.print_line(Words(f"Đã lưu {file}", f"Saved {file}"))


def _play(clip: Clip, spec: str, settings: Settings) -> None:
    from broadcaster.service.preview import play

    length = duration(clip.duration_s)
    with console.Progress(clip.duration_s) as bar:
        play(clip, spec, settings, lambda position_s: bar.show(position_s, f"{duration(position_s)} / {length}"))
