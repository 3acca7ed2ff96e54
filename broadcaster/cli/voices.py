"""`voices`: what can speak, why something cannot, trying them all, and installing another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broadcaster.cli import console
from broadcaster.cli.command import Group, argument, command, option
from broadcaster.cli.invocation import Invocation
from broadcaster.errors import SpeechError, UsageError, Words
from broadcaster.service import voices as service
from broadcaster.service.amounts import size

if TYPE_CHECKING:
    from broadcaster.service.voices import KnownEngine, Trial
    from broadcaster.speech import Voice


class _Voices(Group):
    """`voices` alone lists; `voices install` is a command of its own."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        pieces = super().collect_usage_pieces(ctx)
        return [*pieces[:-1], f"[{pieces[-1]}]"]


@click.command(
    "voices",
    cls=_Voices,
    about=Words(
        "Các bộ đọc theo thứ tự của đài, giọng của từng bộ, bộ nào đang dùng được, không dùng được thì vì sao.\n\n"
        "--try đọc thử một câu bằng mọi giọng dùng được, mỗi giọng một tệp wav, kèm thời gian và độ to.",
        "The station's engines in its order, the voices of each, which can speak now, and why one cannot.\n\n"
        "--try speaks one sentence with every usable voice, one wav file each, with seconds and loudness.",
    ),
    examples='broadcaster voices\nbroadcaster voices --try "Kính thưa bà con." --out thu_giong\n'
    "broadcaster voices install vi_VN-vais1000-medium",
    invoke_without_command=True,
)
@option("--try", "sentence", metavar="TEXT", words=Words("Câu đọc thử.", "A sentence to try."))
@option(
    "--out", "folder", metavar="DIR", default=Path("thu_giong"), type=click.Path(file_okay=False, path_type=Path),
    words=Words("Thư mục cho --try (mặc định: thu_giong).", "Folder for --try (default: thu_giong)."),
)  # fmt: skip
@option("--json", "as_json", is_flag=True, words=Words("In dạng JSON.", "Print as JSON."))
@click.pass_context
def voices(ctx: click.Context, sentence: str | None, folder: Path, as_json: bool) -> None:
    """List, or try."""
    if ctx.invoked_subcommand is not None:
        if sentence is not None:
            raise UsageError(Words("--try không đi với lệnh con", "--try does not go with a subcommand"))
        return
    invocation = ctx.ensure_object(Invocation)
    if sentence is not None:
        _try_all(invocation, sentence, folder, as_json)
    else:
        _list(invocation, as_json)


@command(
    "install",
    group=voices,
    short=Words("Cài một giọng tự nhiên (Piper)", "Install a natural voice (Piper)"),
    about=Words(
        "Cài một giọng Piper vào thư mục voices/ của đài. Tải từ kho giọng trên mạng (đứt mạng thì chạy lại, máy tải"
        " tiếp), hoặc --from: từ thư mục hay tệp .onnx trên USB. Tệp nào cũng được kiểm tra. Giọng tiếng Việt: xem"
        " «broadcaster voices».",
        "Install a Piper voice into the station's voices/ folder: from the hub (run it again after a broken line, it"
        " goes on where it stopped), or --from a folder or .onnx file on a USB stick. Every file is checked."
        " Vietnamese voices: see 'broadcaster voices'.",
    ),
    examples="broadcaster voices install vi_VN-vais1000-medium\n"
    "broadcaster voices install vi_VN-vais1000-medium --from /media/usb",
)
@argument("name", metavar="NAME")
@option(
    "--from", "source", metavar="DIR|FILE", type=click.Path(exists=True, path_type=Path),
    words=Words("Thư mục hoặc tệp .onnx, không cần mạng.", "A folder or .onnx file; no network needed."),
)  # fmt: skip
@option("--hub", metavar="URL", hidden=True, words=Words("Kho giọng khác.", "Another hub."))
def install(invocation: Invocation, name: str, source: Path | None, hub: str | None) -> None:
    """Bring one voice."""
    from broadcaster.speech.catalogue import HUB

    with console.Progress(total=1.0) as bar:
        model = service.install(
            invocation.settings,
            name,
            source=source,
            base_url=hub or HUB,
            progress=lambda file, done, total: bar.show(
                done / max(1, total), f"{file}  {console.told(size(done))} / {console.told(size(total))}"
            ),
        )
    console.print_line(Words(f"Đã cài {model}.", f"Installed {model}."))
    if "piper" not in invocation.settings.engines:
        console.print_line(
            Words(
                'Để dùng giọng này, thêm "piper" vào đầu engines trong [voice] của station.toml.',
                'To use it, put "piper" first into engines of [voice] in station.toml.',
            )
        )


def _list(invocation: Invocation, as_json: bool) -> None:
    from broadcaster.speech.catalogue import VOICES
    from broadcaster.speech.engine import GENDER_WORDS

    found = service.known_engines(invocation.settings)
    if as_json:
        console.print_json({"engines": [_document(engine) for engine in found], "installable": list(VOICES)})
        return
    rows = []
    for engine in found:
        state = console.told(engine.why or Words("sẵn sàng", "ready"))
        names = ", ".join(_voice_words(voice) for voice in engine.voices) or "–"
        in_use = console.told(Words("dùng", "used")) if engine.in_use else "–"
        rows.append((engine.name, in_use, names, state))
    heads = (Words("Bộ đọc", "Engine"), Words("Đài", "Station"), Words("Giọng", "Voices"), Words("Tình trạng", "State"))
    console.print_table(rows, heads=heads)
    console.print_line()
    console.print_line(Words("Giọng cài thêm được («broadcaster voices install TÊN»):", "Voices to install:"))
    for voice in VOICES.values():
        gender = console.told(GENDER_WORDS[voice.gender])
        told = f"{console.told(size(voice.size_bytes))}  {gender}  {console.told(voice.note)}"
        console.print_line(f"  {voice.name}  {told}".rstrip())


def _document(engine: KnownEngine) -> dict[str, Any]:
    from broadcaster.speech.engine import GENDER_WORDS, REGION_WORDS

    return {
        "engine": engine.name,
        "in_use": engine.in_use,
        "available": engine.available,
        "why": console.told(engine.why) if engine.why else "",
        "reach": engine.reach,
        "voices": [
            {
                "name": voice.name,
                "region": console.told(REGION_WORDS[voice.region]),
                "gender": console.told(GENDER_WORDS[voice.gender]),
                "language": voice.language,
            }
            for voice in engine.voices
        ],
    }


def _voice_words(voice: Voice) -> str:
    from broadcaster.speech.engine import GENDER_WORDS, REGION_WORDS

    told = (console.told(REGION_WORDS[voice.region]), console.told(GENDER_WORDS[voice.gender]))
    facts = " ".join(fact for fact in told if fact and fact != "–")
    return f"{voice.name} ({facts})" if facts else voice.name


def _try_all(invocation: Invocation, sentence: str, folder: Path, as_json: bool) -> None:
    from broadcaster.cli.say import warn_unsure
    from broadcaster.service.reading import words_of

    warn_unsure(invocation, sentence)
    phrases = words_of(sentence, invocation.settings).phrases
    trials = list(service.try_all(invocation.settings, invocation.clock, phrases, folder))
    if as_json:
        console.print_json([_trial_document(trial) for trial in trials])
    else:
        _print_trials(trials)
    if not any(trial.file for trial in trials):
        raise SpeechError(Words("không bộ đọc nào đọc được", "no engine could speak"))


def _trial_document(trial: Trial) -> dict[str, Any]:
    return {
        "engine": trial.engine,
        "voice": trial.voice,
        "file": str(trial.file) if trial.file else None,
        "length_s": round(trial.length_s, 3),
        "took_s": round(trial.took_s, 3),
        "rtf": None if trial.rtf is None else round(trial.rtf, 4),
        "loudness_lufs": None if trial.loudness_lufs is None else round(trial.loudness_lufs, 1),
        "problem": console.told(trial.problem) if trial.problem else "",
    }


def _print_trials(trials: Sequence[Trial]) -> None:
    rows = [
        (
            trial.engine,
            trial.voice,
            f"{trial.length_s:.1f}" if trial.file else "–",
            f"{trial.took_s:.2f}" if trial.file else "–",
            f"{trial.rtf:.3f}" if trial.rtf is not None else "–",
            f"{trial.loudness_lufs:.1f}" if trial.loudness_lufs is not None else "–",
            str(trial.file) if trial.problem is None else console.told(trial.problem),
        )
        for trial in trials
    ]
    heads = (
        Words("Bộ đọc", "Engine"),
        Words("Giọng", "Voice"),
        Words("Dài (s)", "Length (s)"),
        Words("Mất (s)", "Took (s)"),
        "RTF",
        "LUFS",
        Words("Tệp", "File"),
    )
    console.print_table(rows, heads=heads, right=(2, 3, 4, 5))
