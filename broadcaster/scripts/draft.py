"""Writes a new script file, with a comment for every header key, so that nobody has to look the format up."""

from __future__ import annotations

import json
from pathlib import Path

from broadcaster.errors import ScriptError, Words
from broadcaster.scripts.library import FENCE, is_id
from broadcaster.scripts.plan import PLAN_FILE
from broadcaster.slug import slug

_TEMPLATE = """\
{fence}
# Phần đầu: mỗi dòng một mục, viết là  tên = "giá trị".  Dòng bắt đầu bằng # là ghi chú, máy bỏ qua.
id = {id}
title = {title}
# Mã nội dung trong kế hoạch tuyên truyền (xem {plan}). Bỏ trống nếu không thuộc nội dung nào.
topic = {topic}
# Mức: thong_thuong (thông thường), uu_tien (ưu tiên), khan_cap (khẩn cấp, phát ngay).
level = "thong_thuong"
# Chỉ phát trong thời hạn này (tính cả hai ngày). Bỏ dấu # để dùng.
# valid_from = 2026-12-01
# valid_to = 2026-12-31
# Đọc mấy lần liền nhau (1 đến 10).
repeat = 1
# Người viết.
author = {author}
# Giọng đọc riêng cho bản tin này. Không ghi thì dùng giọng chung trong station.toml.
# voice = "gtts"
# Có tệp ghi âm sẵn thì ghi tên tệp trong thư mục của đài; máy phát tệp này sau lời đọc (không có lời đọc thì chỉ
# phát tệp). Có thể ghi nhiều tệp: ["ghi_am/tieng_tay.mp3", "ghi_am/tieng_nung.mp3"]
# audio = "ghi_am/ten_tep.mp3"
{fence}

{text}
"""

_SAMPLE_TEXT = """\
Kính thưa bà con xã {ten_xa}!

Viết lời đọc ở đây: câu ngắn, nói như nói chuyện với bà con, mỗi câu một ý. Lần đầu dùng chữ viết tắt thì viết đủ trước.

{nghỉ 1s}

Cần hỏi thêm, bà con gọi đường dây nóng của xã, số {duong_day_nong}. Xin cảm ơn bà con đã chú ý lắng nghe."""


def new_script(
    folder: Path, script_id: str, title: str, topic: str = "", *, text: str | None = None, author: str = ""
) -> Path:
    """Write `folder`/`script_id`.txt, ready to be edited, and return its path. Never overwrites.

    `text` is plain words (as `import_docx` gives them): their braces are doubled; None writes a sample text with
    placeholders. Raises ScriptError when the id is not one, or when the file exists or cannot be written.
    """
    if not is_id(script_id):
        proposed = slug(script_id) or "thong_bao"
        raise ScriptError(
            Words(
                f"id «{script_id}» chỉ được gồm chữ thường không dấu, số và _",
                f"id '{script_id}' may only hold a-z, 0-9 and _",
            ),
            cure=Words(f"Có thể đặt {proposed}", f"For example {proposed}"),
        )
    content = _TEMPLATE.format(
        fence=FENCE,
        id=_quoted(script_id),
        title=_quoted(title),
        topic=_quoted(topic),
        author=_quoted(author),
        plan=PLAN_FILE,
        text=_SAMPLE_TEXT if text is None else text.replace("{", "{{").replace("}", "}}"),
    )
    path = folder / f"{script_id}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except FileExistsError as problem:
        raise ScriptError(
            Words("đã có tệp này", "this file exists already"),
            where=str(path),
            cure=Words("Đặt id khác; tệp cũ được giữ nguyên", "Choose another id; the old file is kept"),
        ) from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise ScriptError(
            Words(f"không ghi được tệp ({reason})", f"cannot write the file ({reason})"), where=str(path)
        ) from problem
    return path


def _quoted(value: str) -> str:
    """A TOML basic string on one line; JSON's escapes are all valid in TOML."""
    return json.dumps(" ".join(value.split()), ensure_ascii=False)
