"""Foreign words as a voice needs them that knows Vietnamese spelling only: "livestream" → "lai trim".

Listeners' words stay as they are read (`Phrase.text`); this is their spelling for such a voice (`Phrase.plain`).
"""

from __future__ import annotations

import re

from broadcaster.text.glossary import Glossary

_WORD = re.compile(r"[^\W\d_]+")


def respelled(text: str, glossary: Glossary) -> str:
    """`text` with every foreign word that the table knows in Vietnamese spelling; "" when none stands in it."""
    plain = _WORD.sub(lambda word: glossary.spellings.get(word[0], word[0]), text)
    return "" if plain == text else plain
