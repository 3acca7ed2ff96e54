"""Finds the line of each key, table and list entry of a TOML text, which `tomllib` does not give."""

from __future__ import annotations

import tomllib

Keys = tuple[str | int, ...]
"""Path from the document's root: names of tables and keys, numbers (from 0) of list entries."""


def find_lines(text: str, first_line: int = 1) -> dict[Keys, int]:
    """Line of every key path of `text`, which `tomllib` has accepted and which begins on `first_line`.

    Tables that only their children name (`[a.b]` without `[a]`) get the line of the first child.
    """
    return _LineScan(text, first_line).lines


class _LineScan:
    """One walk over the text; `lines` is the result. As the text is valid, no check is repeated here."""

    def __init__(self, text: str, first_line: int) -> None:
        self.lines: dict[Keys, int] = {}
        self._text = text + "\n"
        self._at = 0
        self._line = first_line
        self._newest: dict[Keys, int] = {}
        """Newest index of each array of tables."""
        prefix: Keys = ()
        while self._skip_blank():
            if self._peek("["):
                prefix = self._header()
            else:
                self._entry(prefix)

    def _header(self) -> Keys:
        line = self._line
        many = self._peek("[[")
        self._at += 2 if many else 1
        written = self._key()
        self._at += 2 if many else 1
        path: Keys = ()
        for position, part in enumerate(written):
            path = (*path, part)
            last = position == len(written) - 1
            self.lines.setdefault(path, line)
            if last and many:
                self._newest[path] = self._newest.get(path, -1) + 1
            if path in self._newest:  # [a.b] below [[a]] belongs to a's newest entry
                path = (*path, self._newest[path])
        self.lines[path] = line
        return path

    def _entry(self, prefix: Keys) -> None:
        """`a.b = value`, anywhere."""
        line = self._line
        path = prefix
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._at += 1  # the =
        self._value(path)

    def _key(self) -> Keys:
        """A key, dotted or not, and the blanks around it; stops before = or ]."""
        parts: list[str] = []
        while True:
            self._skip_spaces()
            if self._peek('"') or self._peek("'"):
                start = self._at
                self._string()
                parts.append(tomllib.loads(f"k = {self._text[start : self._at]}")["k"])
            else:
                start = self._at
                while self._text[self._at] not in " \t.=]":
                    self._at += 1
                parts.append(self._text[start : self._at])
            self._skip_spaces()
            if not self._peek("."):
                return tuple(parts)
            self._at += 1

    def _value(self, path: Keys) -> None:
        self._skip_spaces()
        if self._peek('"') or self._peek("'"):
            self._string()
        elif self._peek("["):
            self._list(path)
        elif self._peek("{"):
            self._at += 1
            while self._skip_blank() and not self._peek("}"):
                if self._peek(","):
                    self._at += 1
                else:
                    self._entry(path)
            self._at += 1
        else:
            while self._text[self._at] not in ",]}#\n":
                self._at += 1

    def _list(self, path: Keys) -> None:
        self._at += 1
        index = 0
        while self._skip_blank() and not self._peek("]"):
            if self._peek(","):
                self._at += 1
                continue
            self.lines[(*path, index)] = self._line
            self._value((*path, index))
            index += 1
        self._at += 1

    def _string(self) -> None:
        quote = self._text[self._at]
        ends = quote * 3 if self._peek(quote * 3) else quote
        self._at += len(ends)
        while not self._peek(ends):
            if quote == '"' and self._peek("\\"):
                self._at += 1
            self._line += self._text[self._at] == "\n"
            self._at += 1
        self._at += len(ends)
        while len(ends) == 3 and self._peek(quote):  # a """string may end in its own quotes"""""
            self._at += 1

    def _skip_spaces(self) -> None:
        while self._text[self._at] in " \t":
            self._at += 1

    def _skip_blank(self) -> bool:
        """Past blanks, line ends and comments; False at the end of the text."""
        while self._at < len(self._text) and self._text[self._at] in " \t\r\n#":
            if self._peek("#"):
                self._at = self._text.index("\n", self._at)
            self._line += self._text[self._at] == "\n"
            self._at += 1
        return self._at < len(self._text)

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)
