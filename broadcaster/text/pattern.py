"""Regular expressions that are compiled when first used, and word lists inside them that people can read.

The passes hold some eighty patterns; compiling all at import would cost every command of the program 150 ms, and most
commands read no text. After its first use a `Pattern` is as fast as a compiled one: its methods are the compiled ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING


class Pattern:
    """Used like `re.compile(text, flags)`. A wrong expression raises at its first use: every one needs a test."""

    if TYPE_CHECKING:
        _compiled = re.compile("")
        search = _compiled.search
        match = _compiled.match
        fullmatch = _compiled.fullmatch
        sub = _compiled.sub
        split = _compiled.split
        findall = _compiled.findall
        finditer = _compiled.finditer

    def __init__(self, text: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.text = text
        self.flags = flags

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # noqa: ANN001, ANN204  (typed, it would hide misspelt methods from mypy)
            if name.startswith("_"):  # copy and pickle ask for these; they must not compile anything
                raise AttributeError(name)
            compiled = re.compile(self.text, self.flags)
            for method in ("search", "match", "fullmatch", "sub", "split", "findall", "finditer"):
                self.__dict__[method] = getattr(compiled, method)
            return getattr(compiled, name)


def one_of(words: str) -> str:
    """A group that matches any of the words between commas, the longest first. Words may hold regular expressions."""
    listed = sorted((word.strip() for word in words.split(",")), key=len, reverse=True)
    return f"(?:{'|'.join(word for word in listed if word)})"


class Before:
    """A question about the text before a position: does it end in one of these words, with at most `gap` after it?"""

    def __init__(self, words: str, *, reach: int = 32, gap: str = r"[\s:(\"']*") -> None:
        self._pattern = Pattern(rf"(?<![^\W_]){one_of(words)}{gap}$", re.IGNORECASE)
        self._reach = reach

    def __call__(self, text: str, position: int) -> bool:
        """Whether text[:position] ends in one of the words."""
        return self._pattern.search(text[max(0, position - self._reach) : position]) is not None


class After:
    """The same about the text after a position. A word counts whole; one that ends in * may go on."""

    def __init__(self, words: str, *, gap: str = r"\s*") -> None:
        whole = ", ".join(word.strip() for word in words.split(",") if not word.strip().endswith("*"))
        begun = ", ".join(word.strip().rstrip("*") for word in words.split(",") if word.strip().endswith("*"))
        begun_group = f"|{one_of(begun)}" if begun else ""
        self._pattern = Pattern(rf"{gap}(?:{one_of(whole)}(?![^\W_]){begun_group})", re.IGNORECASE)

    def __call__(self, text: str, position: int) -> bool:
        """Whether text[position:] begins with one of the words."""
        return self._pattern.match(text, position) is not None
