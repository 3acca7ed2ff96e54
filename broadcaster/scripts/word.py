"""Reads the text of a .docx file, with the standard library only: a zip archive holding word/document.xml.

Takes what a reader sees: paragraphs in order, list items as "- …", table cells as paragraphs. Leaves out deleted text,
comments, footnotes, headers and footers. The file came by mail or Zalo from anywhere, so every size is bounded and
entity declarations are refused.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO
from xml.parsers import expat

from broadcaster.errors import ScriptError, Words

MAX_FILE_BYTES = 50 * 1024 * 1024
"""Bytes. A text with photographs stays well below this; a larger file is a mistake or an attack."""
MAX_XML_BYTES = 20 * 1024 * 1024
"""Bytes of the unpacked document.xml: about a thousand pages."""
MAX_TITLE_CHARS = 150
"""A longer first paragraph is text, not a title."""
_BLOCK_BYTES = 64 * 1024
_DOCUMENT = "word/document.xml"
_OLD_WORD = b"\xd0\xcf\x11\xe0"
_WORD_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
"""Transitional (what Word writes) and strict."""
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_OLD_FONTS = (".vn", "vni-")
"""Fonts of the TCVN3 and VNI encodings: their text is unreadable as Unicode."""
_TITLE_STYLES = ("title", "heading1", "tiêuđề", "tieude")


def import_docx(path: Path) -> tuple[str, str]:
    """(title, text) of a Word file: the title is the first heading or short first paragraph, and is not repeated.

    Paragraphs are separated by a blank line. Raises ScriptError in plain words when the file is not a readable .docx.
    """
    where = str(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(len(_OLD_WORD))
        if size > MAX_FILE_BYTES:
            raise _too_large(where)
        if start == _OLD_WORD:
            raise ScriptError(
                Words("tệp Word kiểu cũ (.doc) hoặc có mật khẩu", "an old Word file (.doc), or one with a password"),
                where=where,
                cure=Words("Mở bằng Word, chọn Lưu thành, kiểu .docx, không mật khẩu", "Save it as .docx in Word"),
            )
        with zipfile.ZipFile(path) as archive:
            # zipfile never unpacks more than the archive declares, so that the declaration is the bound.
            if archive.getinfo(_DOCUMENT).file_size > MAX_XML_BYTES:
                raise _too_large(where)
            with archive.open(_DOCUMENT) as xml:
                paragraphs = _read(xml, where)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise ScriptError(
            Words(f"không mở được tệp ({reason})", f"cannot open the file ({reason})"), where=where
        ) from problem
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, EOFError) as problem:
        # zipfile's own ways of saying: not a zip, no such member, unknown method, encrypted, cut short.
        raise _unreadable(where) from problem
    except expat.ExpatError as problem:
        raise _unreadable(where) from problem
    if not paragraphs:
        raise ScriptError(
            Words("tệp Word không có chữ nào", "the Word file holds no words"),
            where=where,
            cure=Words(
                "Nếu văn bản là ảnh chụp, hãy gõ lại thành chữ", "If it holds photographs of a text, type the text"
            ),
        )
    return _title_and_text(paragraphs, path)


class _Reader:
    """Collects paragraphs from expat's events."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.paragraphs: list[_Paragraph] = []
        self._stack: list[str] = []
        self._hidden_depth: int | None = None
        self._open: list[_Paragraph] = []
        self._text_of_run = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._stack.append(name)
        if self._hidden_depth is not None:
            return
        space, _, tag = name.rpartition(" ")
        if (space == _COMPATIBILITY and tag == "Fallback") or (
            space in _WORD_NAMESPACES and tag in ("del", "moveFrom")
        ):
            self._hidden_depth = len(self._stack)
            return
        if space not in _WORD_NAMESPACES:
            return
        if tag == "p":
            self._open.append(_Paragraph())
        elif tag == "t":
            self._text_of_run = True
        elif self._open:
            self._inside(tag, {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def _inside(self, tag: str, attributes: dict[str, str]) -> None:
        paragraph = self._open[-1]
        if tag == "pStyle":
            paragraph.style = attributes.get("val", "")
        elif tag == "numPr":
            paragraph.listed = True
        elif tag in ("tab", "br", "cr"):
            # w:tab is also a tab stop's definition, inside w:tabs.
            if "tabs" not in self._stack[-2]:
                paragraph.parts.append("\n" if tag in ("br", "cr") else " ")
        elif tag == "noBreakHyphen":
            paragraph.parts.append("-")
        elif tag == "rFonts":
            font = attributes.get("ascii") or attributes.get("hAnsi") or ""
            if font.lower().startswith(_OLD_FONTS):
                raise ScriptError(
                    Words(f"văn bản dùng phông chữ cũ «{font}»", f"the text uses the old font '{font}'"),
                    where=self.where,
                    cure=Words(
                        "Chuyển sang Unicode (phông Times New Roman) bằng Unikey rồi nhập lại",
                        "Convert it to Unicode first",
                    ),
                )

    def end(self, name: str) -> None:
        depth = len(self._stack)
        self._stack.pop()
        if self._hidden_depth is not None:
            if depth == self._hidden_depth:
                self._hidden_depth = None
            return
        space, _, tag = name.rpartition(" ")
        if space not in _WORD_NAMESPACES:
            return
        if tag == "t":
            self._text_of_run = False
        elif tag == "p":
            paragraph = self._open.pop()
            if paragraph.text.strip():
                self.paragraphs.append(paragraph)

    def words(self, data: str) -> None:
        if self._text_of_run and self._open and self._hidden_depth is None:
            self._open[-1].parts.append(data)

    def refuse_declarations(self, *_: object) -> None:
        raise _unreadable(self.where)


class _Paragraph:
    """One paragraph while it is being read."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.style = ""
        self.listed = False

    @property
    def text(self) -> str:
        """Its words, line breaks included."""
        return "".join(self.parts)

    @property
    def written(self) -> str:
        """Its lines without blank edges, a list item with its dash."""
        lines = (" ".join(line.split()) for line in self.text.split("\n"))
        text = "\n".join(line for line in lines if line)
        return f"- {text}" if self.listed and not text.startswith("-") else text


def _read(xml: IO[bytes], where: str) -> list[_Paragraph]:
    reader = _Reader(where)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.words
    # Word never writes a document type; entities are how a small file becomes gigabytes, or reads other files.
    parser.StartDoctypeDeclHandler = reader.refuse_declarations
    parser.EntityDeclHandler = reader.refuse_declarations
    while block := xml.read(_BLOCK_BYTES):
        parser.Parse(block, False)
    parser.Parse(b"", True)
    return reader.paragraphs


def _title_and_text(paragraphs: list[_Paragraph], path: Path) -> tuple[str, str]:
    first = paragraphs[0]
    title = " ".join(first.text.split())
    styled = first.style.lower().replace(" ", "").startswith(_TITLE_STYLES)
    if len(paragraphs) > 1 and not first.listed and (styled or len(title) <= MAX_TITLE_CHARS):
        paragraphs = paragraphs[1:]
    else:
        title = path.stem.replace("_", " ")
    return title, "\n\n".join(paragraph.written for paragraph in paragraphs)


def _too_large(where: str) -> ScriptError:
    return ScriptError(
        Words("tệp Word quá lớn", "the Word file is too large"),
        where=where,
        cure=Words("Chép riêng phần lời đọc sang một tệp mới", "Copy the words alone into a new file"),
    )


def _unreadable(where: str) -> ScriptError:
    return ScriptError(
        Words("không phải tệp Word (.docx) đọc được", "not a readable Word file (.docx)"),
        where=where,
        cure=Words("Mở bằng Word rồi lưu lại kiểu .docx", "Open it in Word and save it again as .docx"),
    )
