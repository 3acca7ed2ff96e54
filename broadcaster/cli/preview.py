"""`preview`: hear exactly what would air, on the operator's own device; or save, see or read it."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadcaster.cli import console
from broadcaster.cli.command import argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.cli.reading import unsure_line
from broadcaster.clock import SystemClock
from broadcaster.errors import SpeakerError, UsageError, Words
from broadcaster.model import EVERYWHERE, STATION_RATE_HZ, Clip, Item, ItemKind, Level, Occurrence, OccurrenceKey

if TYPE_CHECKING:
    from broadcaster.settings import Settings
    from broadcaster.studio import RenderRequest, Studio

OWN_DEVICE = "soundcard"
"""The default device of whoever listens, not the station's output."""
WORDY = (".txt", ".docx")
_LOOK_S = 0.1


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
    text_only: bool,
    voice: str | None,
    output: str | None,
) -> None:
    """Render one order, then play, save or show it."""
    from broadcaster.cli.sounds import open_studio, rendered_one
    from broadcaster.cli.wiring import output_spec

    if bool(what) == bool(text):
        raise UsageError(
            Words("ghi id kịch bản, tên tệp, hoặc --text", "give a script id, a file, or --text"),
            cure=Words("Xem id: broadcaster scripts list", "For ids: broadcaster scripts list"),
        )
    with open_studio(invocation) as studio:
        order = _order(invocation, studio, what, text)
        if voice:
            order = dataclasses.replace(order, voice=voice)
        if text_only:
            _print_words(studio, order)
            return
        clip = rendered_one(studio, order)
    _tell(clip)
    _save(clip, invocation.settings, wav=wav, mp3=mp3, picture=picture)
    if wav is mp3 is picture is None:
        _play(clip, output_spec(output, invocation.settings) if output else OWN_DEVICE, invocation.settings)


def _order(invocation: Invocation, studio: Studio, what: str | None, text: str | None) -> RenderRequest:
    from broadcaster.cli.sounds import script_orders

    if what is None:
        assert text is not None
        return studio.text_request(text)
    file = Path(what)
    if not file.is_file():
        return script_orders(invocation, studio, what)[0]
    if file.suffix.lower() in WORDY:
        return studio.text_request(_words_of_file(file, invocation.settings))
    (line,) = studio.orders(_recording(file, invocation))
    if line.order is None:
        assert line.problem is not None
        raise line.problem
    return line.order


def _words_of_file(file: Path, settings: Settings) -> str:
    """A Word file's text, a script's with its placeholders filled, or a plain text."""
    from broadcaster.errors import FileError
    from broadcaster.scripts import fill, import_docx
    from broadcaster.scripts.library import FENCE, load_script
    from broadcaster.tomlfile import read_text

    if file.suffix.lower() == ".docx":
        return import_docx(file)[1]
    written = read_text(file, FileError)
    if not written.lstrip().startswith(FENCE):
        return written
    script, problems = load_script(file)
    if script is None:
        raise problems[0]
    return fill(script, settings.placeholders)


def _recording(file: Path, invocation: Invocation) -> Occurrence:
    return Occurrence(
        key=OccurrenceKey("preview"),
        title=file.stem,
        planned_at=invocation.clock.now(),
        items=(Item(kind=ItemKind.RECORDING, name=str(file.resolve())),),
        level=Level.THONG_THUONG,
        zones=(EVERYWHERE,),
        max_minutes=60,
        late=invocation.settings.late,
    )


def _print_words(studio: Studio, order: RenderRequest) -> None:
    words = studio.words(order.text)
    for phrase in words.phrases:
        if phrase.text:
            console.say(phrase.text)
    for one in words.unsure:
        console.notice(unsure_line(one))


def _tell(clip: Clip) -> None:
    voice = f"{clip.engine}:{clip.voice}" if clip.voice else clip.engine
    facts = (
        f"{console.duration(clip.duration_s)}, {clip.loudness_lufs:.1f} LUFS, {clip.true_peak_dbtp:.1f} dBTP, {voice}"
    )
    console.say(f"{clip.title}: {facts}")


def _save(clip: Clip, settings: Settings, *, wav: Path | None, mp3: Path | None, picture: Path | None) -> None:
    if wav is not None:
        from broadcaster.audio.export import export_wav

        export_wav(clip, wav)
    if mp3 is not None:
        from broadcaster.audio.export import export_mp3

        export_mp3(clip, mp3, artist=settings.name)
    if picture is not None:
        from broadcaster.audio.mastering import Target
        from broadcaster.audio.picture import draw

        target = Target(loudness_lufs=settings.sound.loudness_lufs, true_peak_dbtp=settings.sound.true_peak_dbtp)
        picture.write_bytes(draw(clip.path, title=clip.title, target=target, lang=console.language()))
    for file in (wav, mp3, picture):
        if file is not None:
            console.say(Words(f"Đã lưu {file}", f"Saved {file}"))


def _play(clip: Clip, spec: str, settings: Settings) -> None:
    """Through a speaker of this command's own. Raises SpeakerError when it cannot be heard."""
    from broadcaster.speakers import Job, PlaybackState, open_speaker

    clock, changed = SystemClock(), threading.Event()
    speaker = open_speaker(spec, clock, latency_s=settings.output.latency_s)
    speaker.open()
    try:
        playback = speaker.play(Job(source=clip), changed.set)
        with console.Progress(clip.duration_s) as progress:
            while not playback.state.final:
                position = playback.frames_played / STATION_RATE_HZ
                progress.show(position, f"{console.duration(position)} / {console.duration(clip.duration_s)}")
                clock.wait(changed, _LOOK_S)
        if playback.state is not PlaybackState.ENDED:
            raise SpeakerError(
                Words(f"mất đường ra giữa chừng ({playback.reason.vi})", f"the output was lost ({playback.reason.en})")
            )
    finally:
        speaker.close()
