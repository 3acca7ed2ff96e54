"""Respells foreign words for a voice that knows Vietnamese spelling only: "livestream" → "lai trim".

`Phrase.text` keeps the words; `Phrase.plain` has them in this spelling.
"""

from __future__ import annotations

import re

from broadcaster.text.glossary import Glossary

_WORD = re.compile(r"[^\W\d_]+")


def respelled(text: str, glossary: Glossary) -> str:
    """`text` with every foreign word that the table knows in Vietnamese spelling; "" when it holds none."""
    plain = _WORD.sub(lambda word: glossary.spellings.get(word[0], word[0]), text)
    return "" if plain == text else plain
