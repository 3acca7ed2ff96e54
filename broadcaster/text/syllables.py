"""Decides whether a word is Vietnamese, by the structure of the syllable: onset, rime, tone. It needs no dictionary.

A syllable that closes with p, t, c or ch carries only the tones sắc or nặng: this alone shows that "cat" and "hot" are
not Vietnamese. Both tone placements are accepted (hoà and hòa, thuý and thúy).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from broadcaster.text.pattern import Pattern

LETTERS = frozenset("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
"""Of the Vietnamese alphabet, in composed form. (f, j, w, z occur in foreign words only.)"""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Combining grave, acute, tilde, hook above, dot below."""
_STOPPED_TONES = ("\u0301", "\u0323")

_ONSET = "ngh|ng|nh|n|gh|gi|g|kh|k|ch|c|th|tr|t|ph|p|b|d|đ|h|l|m|r|s|v|x|"
_RIMES = (
    # one vowel, open or closed
    "a ac ach ai am an ang anh ao ap at au ay "
    "ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich im in inh ip it iu y yt ych ynh ym yn yp "
    "o oc oi om on ong op ot oong ooc ô ôc ôi ôm ôn ông ôp ôt ôông ôôc ơ ơi ơm ơn ơp ơt "
    "u ua uc ui um un ung up ut ư ưa ưc ưi ưm ưn ưng ưt ưu "
    # two vowels
    "iêc iêm iên iêng iêp iêt iêu yêm yên yêng yêt yêu "
    "uôc uôi uôm uôn uông uôt ươc ươi ươm ươn ương ươp ươt ươu "
    # glide o/u before the vowel
    "oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeng oeo oet oây "
    "uân uâng uât uây uê uêch uên uênh uêt uêu uơ uơn uy uya uych uyn uynh uyp uyt uyu uyên uyêt"
).split()
_AFTER_Q = (
    "ua uac uach uai uam uan uang uanh uao uap uat uau uay uăc uăm uăn uăng uăp uăt uân uâng uât uây "
    "ue uen ueo uet uê uêch uên uênh uêt uêu ui uit uich uinh uy uych uyn uynh uyt uyu uya uyên uyêt uơ uơn uơi uôc uôn"
).split()
_AFTER_GI = "êc êm ên êng êp êt êu".split()
_TONELESS = Pattern(
    f"(?:(?:{_ONSET})(?:{'|'.join(_RIMES)})|q(?:{'|'.join(_AFTER_Q)})|gi(?:{'|'.join(_AFTER_GI)})?|g(?:in|im|ip|iêng|i))"
)
_STOPPED = Pattern(r"(?:[cpt]|ch)$")


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Whether a lower-case NFC word can be one Vietnamese syllable."""
    if not 1 <= len(word) <= 7 or not LETTERS.issuperset(word):
        return False
    tone = ""
    bare = []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            if tone:
                return False
            tone = char
        else:
            bare.append(char)
    toneless = unicodedata.normalize("NFC", "".join(bare))
    if not _TONELESS.fullmatch(toneless):
        return False
    if len(toneless) == 1 and toneless not in "aeiouyêôơưăâ":
        return False
    return not (_STOPPED.search(toneless) and tone not in _STOPPED_TONES)
