"""Installs a Piper voice: from the catalogue with resume and checksum, or offline from a USB stick.

Procedure: know the two files' sizes and checksums; bring each to NAME.part beside its place, going on where an
earlier attempt stopped; compare; only then rename, the configuration last: a voice counts as installed when both are
there.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from broadcaster.errors import NotFoundError, SpeechError, Words
from broadcaster.speech.catalogue import (
    CONFIG_ENDING,
    HUB,
    INDEX,
    MODEL_ENDING,
    VOICES,
    CatalogueVoice,
    VoiceFile,
    path_of,
)

Progress = Callable[[str, int, int], None]
"""(file name, bytes there, bytes in all): called about once for each megabyte, and at both ends of a file."""

CONNECT_S = 10.0
READ_S = 20.0
"""Longest silence of the hub; a commune's line stalls, and the rest of the file is asked for then."""
TRIES = 5
"""In a row without one new byte. While bytes come, it goes on: 60 MB over a slow line take an hour."""
BLOCK_BYTES = 1 << 14
"""What is lost, at most, when a connection breaks."""
REPORT_BYTES = 1 << 20
INDEX_LIMIT_BYTES = 5_000_000
"""voices.json has 0.2 MB."""
ROOM_BYTES = 20_000_000
"""Left free on the disk besides the voice."""
_AGAIN = Words(
    "Kiểm tra đường mạng rồi chạy lại lệnh này, đài tải tiếp phần còn thiếu; hoặc chép hai tệp sang USB và thêm --from",
    "Check the line and run the command again, it goes on where it stopped; or bring both files with --from",
)


def install_voice(
    name: str,
    into: Path,
    *,
    source: Path | None = None,
    base_url: str = HUB,
    progress: Progress = lambda _file, _done, _total: None,
) -> Path:
    """Install voice `name` into the folder `into`; the path of its model.

    `source`: a folder that holds NAME.onnx and NAME.onnx.json, or the .onnx itself (then `name` may be ""), instead of
    the hub. Already installed and undamaged: nothing is done. Raises NotFoundError for an unknown name or file and
    SpeechError when the voice cannot be brought whole.
    """
    if source is not None:
        return _install_from(name, into, source, progress)
    voice = VOICES.get(name) or _look_up(name, base_url)
    with _disk_errors(into):
        into.mkdir(parents=True, exist_ok=True)
        missing = [file for file in (voice.model, voice.config) if not _is_whole(into / file.name, file)]
        _require_room(into, sum(file.size_bytes for file in missing))
        parts = [(_download(base_url, file, into, progress), into / file.name) for file in missing]
        for part, place in parts:
            part.replace(place)
    return into / voice.model.name


def _install_from(name: str, into: Path, source: Path, progress: Progress) -> Path:
    model = source if source.is_file() else source / f"{name}{MODEL_ENDING}"
    if source.is_file():
        name = name or source.name.removesuffix(MODEL_ENDING)
    config = model.with_name(model.name + ".json")
    for file in (model, config):
        if not file.is_file():
            raise NotFoundError(
                Words("không có tệp này", "no such file"),
                where=str(file),
                cure=Words(
                    f"Một giọng gồm hai tệp đi với nhau: {name}{MODEL_ENDING} và {name}{CONFIG_ENDING}",
                    f"A voice is two files: {name}{MODEL_ENDING} and {name}{CONFIG_ENDING}",
                ),
            )
    _require_piper_config(config)
    known = VOICES.get(name)
    with _disk_errors(into):
        into.mkdir(parents=True, exist_ok=True)
        _require_room(into, model.stat().st_size)
        parts: list[tuple[Path, Path]] = []
        for file, ending in ((model, MODEL_ENDING), (config, CONFIG_ENDING)):
            place = into / f"{name}{ending}"
            part = _copy(file, place.with_name(place.name + ".part"), progress)
            if known is not None:
                _require_whole(part, known.model if ending == MODEL_ENDING else known.config, where=str(file))
            parts.append((part, place))
        for part, place in parts:
            part.replace(place)
    return into / f"{name}{MODEL_ENDING}"


def _look_up(name: str, base_url: str) -> CatalogueVoice:
    """A voice that this program does not list, from the hub's own index."""
    unknown = NotFoundError(
        Words(f"không có giọng «{name}»", f"there is no voice '{name}'"),
        cure=Words(
            f"Giọng tiếng Việt: {', '.join(VOICES)}. Giọng khác thì thêm --from TỆP.onnx",
            f"Vietnamese voices: {', '.join(VOICES)}. For another one add --from FILE.onnx",
        ),
    )
    try:
        folder = path_of(name)
    except ValueError as problem:
        raise unknown from problem
    entry = _index(base_url).get(name)
    if entry is None:
        raise unknown
    try:
        model, config = (
            VoiceFile(
                path=path, size_bytes=int(entry["files"][path]["size_bytes"]), md5=entry["files"][path]["md5_digest"]
            )
            for path in (f"{folder}/{name}{MODEL_ENDING}", f"{folder}/{name}{CONFIG_ENDING}")
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise _failed(base_url, "danh mục giọng sai dạng", "the index has another form") from problem
    return CatalogueVoice(name=name, model=model, config=config)


def _index(base_url: str) -> dict[str, Any]:
    import requests

    address = f"{base_url}/{INDEX}"
    try:
        with requests.get(address, timeout=(CONNECT_S, READ_S), stream=True) as response:
            response.raise_for_status()
            content = b"".join(_limited(response.iter_content(BLOCK_BYTES), INDEX_LIMIT_BYTES))
        index = json.loads(content)
    except requests.exceptions.RequestException as problem:
        raise _failed(address, "không tải được danh mục giọng", "the index cannot be loaded") from problem
    except ValueError as problem:
        raise _failed(address, "danh mục giọng sai dạng", "the index has another form") from problem
    if not isinstance(index, dict):
        raise _failed(address, "danh mục giọng sai dạng", "the index has another form")
    return index


def _limited(blocks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > limit:
            raise ValueError("too long")
        yield block


def _download(base_url: str, file: VoiceFile, into: Path, progress: Progress) -> Path:
    """The whole, checked file as FILE.part in `into`. What an earlier attempt brought is kept."""
    import requests

    address = f"{base_url}/{file.path}"
    part = into / f"{file.name}.part"
    idle = 0
    while (have := part.stat().st_size if part.exists() else 0) != file.size_bytes:
        if have > file.size_bytes:
            part.unlink()
            continue
        progress(file.name, have, file.size_bytes)
        try:
            _receive(address, part, have, file, progress)
        except requests.exceptions.HTTPError as problem:
            raise _failed(address, f"kho giọng báo lỗi {problem}", f"the hub says: {problem}") from problem
        except requests.exceptions.RequestException as problem:
            idle = idle + 1 if _size(part) <= have else 0
            if idle >= TRIES or isinstance(problem, requests.exceptions.SSLError):
                raise _failed(
                    address,
                    f"mạng đứt, mới tải được {_size(part) / 1e6:.0f} trong {file.size_bytes / 1e6:.0f} MB",
                    f"the line broke at {_size(part) / 1e6:.0f} of {file.size_bytes / 1e6:.0f} MB",
                ) from problem
    progress(file.name, file.size_bytes, file.size_bytes)
    _require_whole(part, file, where=address)
    return part


def _receive(address: str, part: Path, have: int, file: VoiceFile, progress: Progress) -> None:
    """Append what one request brings to `part`, which holds `have` bytes."""
    import requests

    headers = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(address, headers=headers, timeout=(CONNECT_S, READ_S), stream=True) as response:
        response.raise_for_status()
        goes_on = response.status_code == 206 and _range_start(response.headers.get("Content-Range", "")) == have
        reported = have if goes_on else 0  # 200: the hub sends it from the beginning
        with part.open("ab" if goes_on else "wb") as target:
            done = reported
            for block in response.iter_content(BLOCK_BYTES):
                done += len(block)
                if done > file.size_bytes:
                    raise _failed(address, "kho gửi thừa dữ liệu", "the hub sends too much")
                target.write(block)
                if done - reported >= REPORT_BYTES:
                    progress(file.name, done, file.size_bytes)
                    reported = done
    if _size(part) <= have:  # a complete answer that brought nothing new: a portal, or an empty file
        raise requests.exceptions.ConnectionError("nothing new")


def _range_start(header: str) -> int | None:
    match = re.match(r"bytes (\d+)-", header)
    return int(match[1]) if match else None


def _copy(source: Path, part: Path, progress: Progress) -> Path:
    total, done = source.stat().st_size, 0
    with source.open("rb") as reader, part.open("wb") as writer:
        while block := reader.read(REPORT_BYTES):
            writer.write(block)
            done += len(block)
            progress(source.name, done, total)
    return part


def _is_whole(path: Path, file: VoiceFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size_bytes and _md5(path) == file.md5


def _require_whole(part: Path, file: VoiceFile, *, where: str) -> None:
    if not _is_whole(part, file):
        part.unlink()  # going on from damaged bytes would fail for ever
        raise _failed(where, "tệp hỏng: sai mã kiểm tra", "the file is damaged: wrong checksum")


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(REPORT_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _require_piper_config(config: Path) -> None:
    try:
        data = json.loads(config.read_text(encoding="utf-8"))
        whole = int(data["audio"]["sample_rate"]) > 0 and bool(data["phoneme_id_map"])
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise _failed(
            str(config), "không phải tệp cấu hình của một giọng Piper", "not the configuration of a Piper voice"
        )


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + ROOM_BYTES:
        raise SpeechError(
            Words(
                f"ổ đĩa còn {free / 1e6:.0f} MB, cần {(needed + ROOM_BYTES) / 1e6:.0f} MB",
                f"{free / 1e6:.0f} MB free, {(needed + ROOM_BYTES) / 1e6:.0f} MB needed",
            ),
            where=str(folder),
            cure=Words("Xóa bớt tệp, ví dụ «broadcaster cache prune»", "Free some, e.g. 'broadcaster cache prune'"),
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    import requests

    try:
        yield
    except requests.exceptions.RequestException:  # an OSError too, but not the disk's
        raise
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise SpeechError(
            Words(f"không ghi được ({reason})", f"cannot be written ({reason})"),
            where=str(folder),
            cure=Words("Kiểm tra ổ đĩa và quyền ghi của thư mục", "Check the disk and the folder's permissions"),
        ) from problem


def _failed(where: str, vietnamese: str, english: str) -> SpeechError:
    return SpeechError(Words(vietnamese, english), where=where, cure=_AGAIN)
