"""Regular expressions that are compiled when first used.

The passes hold some eighty of them; compiling all at import would cost every command of the program 150 ms, and most
commands read no text. After its first use a `Pattern` is as fast as a compiled one: its methods are the compiled ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING


class Pattern:
    """Stands for `re.compile(text, flags)`; write only patterns that the tests reach, since an error shows late."""

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

        def __getattr__(self, name):  # noqa: ANN001, ANN204
            compiled = re.compile(self.text, self.flags)
            for method in ("search", "match", "fullmatch", "sub", "split", "findall", "finditer"):
                self.__dict__[method] = getattr(compiled, method)
            return getattr(compiled, name)
