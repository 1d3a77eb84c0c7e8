"""The typefaces a package is printed with: pinned font files, and which of them can set a text.

The files come from the distributions `manimgx-fonts` and `manimgx-fonts-cjk` (Noto, SIL Open Font License 1.1), held to
the digests below; fonts of the machine are never used. Chinese, Japanese and Korean share one file and are set in the
forms of mainland China; emoji are monochrome.

A letter and the marks on it must come from one font. Where typst finds the letter in one and the mark in another it
keeps the mark and loses the letter without a word (seen in 0.15.2: an Arabic letter under a Latin acute). So `runs`
chooses the family of every piece beforehand and leaves typst no choice.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont

from venetic.kernel import Corrupt, RunStopped


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that one family sets whole; `family` None: no font covers it, print it by number."""

    family: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Font:
    family: str
    file: str  # package folder / file name, as the distribution's wheel lays them out
    sha256: str


_FONTS = (  # in the order they are tried
    _Font(
        "Noto Sans",
        "manimgx_fonts/NotoSans[wght].ttf",
        "fb53504de62e767a54695416123d68d67f71c9b69722175184ad56e7dd13547b",
    ),
    _Font(
        "Noto Sans",
        "manimgx_fonts/NotoSans-Italic[wght].ttf",
        "28602f4b032ed8f5d91445e830585f34aba54ff9d3ac3e58c0b8834f3d6ae684",
    ),
    _Font(
        "Noto Sans Arabic",
        "manimgx_fonts/NotoSansArabic[wght].ttf",
        "3fae4d7239d1faa55b234bda8091019a5251ff79df40d5e29367d84bed2a8138",
    ),
    _Font(
        "Noto Sans Hebrew",
        "manimgx_fonts/NotoSansHebrew[wght].ttf",
        "9d81d81ad592644487b03843da73a87b99cd28a2c4da4a096e1db8fbd14fda61",
    ),
    _Font(
        "Noto Sans Devanagari",
        "manimgx_fonts/NotoSansDevanagari[wght].ttf",
        "bf99bf762743ff3259e73196852520ab0ffe8d384238bff3e4806a84b981e972",
    ),
    _Font(
        "Noto Sans Thai",
        "manimgx_fonts/NotoSansThai[wght].ttf",
        "13f52f79b04f01f2751a81052a5dee2df639fd4e13f4ac30821ab45c8dd5f7e7",
    ),
    _Font(
        "Noto Sans Armenian",
        "manimgx_fonts/NotoSansArmenian[wght].ttf",
        "e979dfaed56ddb4bfd05121958b25425eb7593253d64b6b3654c77c11c5cda94",
    ),
    _Font(
        "Noto Sans Georgian",
        "manimgx_fonts/NotoSansGeorgian[wght].ttf",
        "42f4a8bf4fe0af8afd91ee3c19e81e14f1bc74ddbd9b6a59a4182f67a596adb4",
    ),
    _Font(
        "Noto Sans Bengali",
        "manimgx_fonts/NotoSansBengali[wght].ttf",
        "dc9defe97bb041876b6609e9029d9e1e228a686259acde2fe2a9f99d793ee17d",
    ),
    _Font(
        "Noto Sans Gujarati",
        "manimgx_fonts/NotoSansGujarati[wght].ttf",
        "83d1bde74d64fb389f97a5e27b2699d8ee8bad4c15a02be347228e6c10011248",
    ),
    _Font(
        "Noto Sans Gurmukhi",
        "manimgx_fonts/NotoSansGurmukhi[wght].ttf",
        "8a3096ee2166f6383501e2df7b368fce88cfa4068c8d75bcb6af07da353a00ea",
    ),
    _Font(
        "Noto Sans Oriya",
        "manimgx_fonts/NotoSansOriya[wght].ttf",
        "37f482d0179d0a50e3128d004f007ff1c1741ad5f6b0b2bcc7238b257ef1caa0",
    ),
    _Font(
        "Noto Sans Tamil",
        "manimgx_fonts/NotoSansTamil[wght].ttf",
        "37e151cdec4a8cfb15c432f7bb164a83b98df69419d47e50b35aa7073963716b",
    ),
    _Font(
        "Noto Sans Telugu",
        "manimgx_fonts/NotoSansTelugu[wght].ttf",
        "6c06de88b2d420d899543724a13765994191cd29860c6226efca098b51fec64b",
    ),
    _Font(
        "Noto Sans Kannada",
        "manimgx_fonts/NotoSansKannada[wght].ttf",
        "b6b11505d76eddf916667d73adfec19095ec777742444dc662dae81471461f4e",
    ),
    _Font(
        "Noto Sans Malayalam",
        "manimgx_fonts/NotoSansMalayalam[wght].ttf",
        "94cddc94a03fa9a5e8d1784090ba97b267def6933d60762081eaa003751142c5",
    ),
    _Font(
        "Noto Sans Sinhala",
        "manimgx_fonts/NotoSansSinhala[wght].ttf",
        "3fd7c6a61cb6dfb8a2ca7af5b4078bd24e9c8ad9b55839a0177277db6e4d1326",
    ),
    _Font(
        "Noto Sans Lao",
        "manimgx_fonts/NotoSansLao[wght].ttf",
        "fc138d605aa998d8407789ee6a7f5554aae8b54f5cd98d66dd2c33e79d15b67e",
    ),
    _Font(
        "Noto Sans Khmer",
        "manimgx_fonts/NotoSansKhmer[wght].ttf",
        "56f89948a84cc0b01962ed6af573ac4ac885bd7bb6e7e40f9afc72a435728b70",
    ),
    _Font(
        "Noto Sans Myanmar",
        "manimgx_fonts/NotoSansMyanmar[wght].ttf",
        "e0b280aa3080aab922800c88fa9a2015a4bec3103bb8b70491a92e4a04f3a3a3",
    ),
    _Font(
        "Noto Sans Ethiopic",
        "manimgx_fonts/NotoSansEthiopic[wght].ttf",
        "93f223089e300b983dbfd693c7be619e0e76565a70d639e71a4fe0bfd72cf66f",
    ),
    _Font(
        "Noto Sans CJK SC",
        "manimgx_fonts_cjk/NotoSansCJK-VF.otf.ttc",
        "d3d8256cdec8dbcb3552284bc6b20c734dd60c2ee9df83b5758e34807c4bac32",
    ),
    _Font(
        "Noto Emoji",
        "manimgx_fonts/NotoEmoji[wght].ttf",
        "de6c18832938afc99caf132b39d6a30a19bac7f2e812e28db2535b4608d27551",
    ),
    _Font(
        "Noto Sans Symbols",
        "manimgx_fonts/NotoSansSymbols[wght].ttf",
        "63724daeff6755a45933b9a5e3a3b41df5df8fe925c0f4c991f2f68c08a4182d",
    ),
)
_PICTURES = frozenset({"Noto Emoji", "Noto Sans Symbols"})  # their digits, stars and blanks are not for prose
_LAYOUT = frozenset("\t\n\r")  # they move the pen and have no glyph
_SHAPERS = frozenset("\u200c\u200d")  # joiner and non-joiner: they shape their neighbours and need no glyph
_ZERO_WIDTH_JOINER = "\u200d"


def font_paths() -> list[Path]:
    """Return the pinned font files, the first tried first, each checked against its digest.

    Raises RunStopped when a file is not installed, Corrupt when one differs from its pin.
    """
    return list(_checked_paths())


def font_folders() -> list[Path]:
    """Return the folders of `font_paths()`: what typst takes as font paths (it does not take files)."""
    return list(dict.fromkeys(path.parent for path in _checked_paths()))


def families() -> tuple[str, ...]:
    """Return the family names in the order they are tried."""
    return tuple(dict.fromkeys(font.family for font in _FONTS))


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of `text` that no font covers, each once, in order of first appearance.

    Looks at characters one by one; whether a letter and its marks can be set together is said by `runs`. Tab, line
    feed and carriage return need no glyph; other control characters have none and are listed. Variation selectors
    and joiners choose a form and are never listed.
    """
    covered = _coverage().values()
    return [
        char
        for char in dict.fromkeys(text)
        if not (char in _LAYOUT or _is_shaper(char) or any(ord(char) in points for points in covered))
    ]


def runs(text: str) -> list[Run]:
    """Split `text` into pieces that one family sets whole; joined again they are `text`.

    A letter keeps its marks where one family has them all. Where none does, the letter keeps what its best family
    has and the rest are pieces of family None. Blanks and punctuation stay with the piece before them.
    """
    if _covers(families()[0], text):
        return [Run(families()[0], text)] if text else []
    placed: list[Run] = []
    for cluster in _clusters(text):
        placed.extend(_place(cluster, placed[-1].family if placed else None))
    return [
        Run(family, "".join(run.text for run in group)) for family, group in groupby(placed, key=lambda run: run.family)
    ]


@cache
def _checked_paths() -> tuple[Path, ...]:
    return tuple(_checked(font) for font in _FONTS)


def _checked(font: _Font) -> Path:
    name = font.file.partition("/")[0].replace("_", "-")
    try:
        path = Path(str(distribution(name).locate_file(font.file)))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (PackageNotFoundError, OSError):
        raise RunStopped("a font to print with is not installed; run make setup", font.file) from None
    if digest != font.sha256:
        raise Corrupt("an installed font differs from the pinned one; run make setup", font.file)
    return path


@cache
def _coverage() -> dict[str, frozenset[int]]:
    """Code points by family; about 60,000 of them, read once, since the files are pinned."""
    found: dict[str, frozenset[int]] = {}
    for font, path in zip(_FONTS, _checked_paths(), strict=True):
        if font.family not in found:  # an italic covers what its upright does
            with TTFont(path, fontNumber=0, lazy=True) as opened:  # every face of the collection covers the same
                found[font.family] = frozenset(opened.getBestCmap())
    return found


def _covers(family: str, text: str) -> bool:
    points = _coverage()[family]
    return all(char in _LAYOUT or _is_shaper(char) or ord(char) in points for char in text)


def _is_shaper(char: str) -> bool:
    return char in _SHAPERS or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _clusters(text: str) -> Iterator[str]:
    """Yield each letter with what the shaper ties to it: marks, selectors, joiners, skin tones, tags."""
    start = 0
    for place in range(1, len(text)):
        if not _is_tied(text[place - 1], text[place]):
            yield text[start:place]
            start = place
    yield text[start:]


def _is_tied(before: str, char: str) -> bool:
    if unicodedata.category(char)[0] == "M" or _is_shaper(char):
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True
    return before == _ZERO_WIDTH_JOINER and unicodedata.category(char) == "So"


def _place(cluster: str, before: str | None) -> list[Run]:
    stays = unicodedata.category(cluster[0])[0] in "ZP" and before not in _PICTURES
    if before and stays and _covers(before, cluster):
        return [Run(before, cluster)]
    family = next((name for name in families() if _covers(name, cluster)), None)
    if family or len(cluster) == 1:
        return [Run(family, cluster)]
    best = max(families(), key=lambda name: (_covers(name, cluster[0]), sum(_covers(name, char) for char in cluster)))
    return [Run(best if _covers(best, char) else _alone(char), char) for char in cluster]


def _alone(char: str) -> str | None:
    """The family of a character parted from its cluster; a mark has nothing to stand on, so none."""
    if unicodedata.category(char)[0] == "M":
        return None
    return next((name for name in families() if _covers(name, char)), None)
