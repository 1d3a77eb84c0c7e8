"""The pinned fonts set every script we promise, and no letter is lost between two of them."""

import re
from itertools import pairwise

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from venetic.packages.fonts import Run, families, font_folders, font_paths, missing_glyphs, runs

SAMPLES = {
    "Latin": "Žluťoučký kůň, café, Tiếng Việt, €£₿",
    "Cyrillic": "Привет, Ђорђе, Їжак",
    "Greek": "Καλημέρα κόσμε",
    "Arabic": "السلام عليكم، ٹ ڈ ے پشتو",
    "Hebrew": "שָׁלוֹם עולם",
    "Devanagari": "नमस्ते क्षत्रिय",
    "Thai": "สวัสดีชาวโลก",
    "Chinese": "你好，世界",
    "Japanese": "こんにちは カタカナ 漢字",
    "Korean": "안녕하세요 ㅋㅋㅋ",
    "emoji": "😀🔫💰🥷☎✈♥",
    "emoji in sequence": "👍🏽 👨\u200d👩\u200d👧 🇬🇧 ❤\ufe0f 1\ufe0f\u20e3",
}
UNCOVERED = "\u0710\u0f40\x01"  # Syriac, Tibetan, a control character
LOST_BY_TYPST = ("\u0644\u0301", "\u0915\u0308", "\u5b57\u0301", "\u0e01\u0301", "\u12ab\u0308", "a\u200d😀", "a🏽")


def escaped(text: str) -> str:
    """Write text as typst escapes."""
    return "".join(f"\\u{{{ord(char):x}}}" for char in text)


def glyphs(placed: list[Run]) -> list[str]:
    """Name the glyphs typst draws for runs, without letting it fall back to another family."""
    calls = "".join(f'#text(font: "{run.family}", "{escaped(run.text)}")' for run in placed if run.family)
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in font_folders()],
    )
    drawn = typst.Compiler(font_paths=fonts).compile(f"#set text(fallback: false)\n{calls}".encode(), format="svg")
    return re.findall(r'<use xlink:href="#(g[^"]+)"', drawn.decode())


@pytest.fixture(scope="module")
def empty_boxes() -> set[str]:
    """The glyphs our fonts draw for what they lack."""
    return {box for family in families() for box in glyphs([Run(family, "\u0710")])}


def test_every_pinned_file_is_installed_unchanged() -> None:
    assert len(font_paths()) == len({path.name for path in font_paths()}) == 24
    assert all(path.parent in font_folders() for path in font_paths())


def test_typst_finds_every_family_in_the_folders() -> None:
    found = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in font_folders()],
    ).families()
    assert set(families()) <= set(found)


@pytest.mark.parametrize("script", SAMPLES)
def test_a_promised_script_has_every_glyph(script: str, empty_boxes: set[str]) -> None:
    placed = runs(SAMPLES[script])
    assert missing_glyphs(SAMPLES[script]) == []
    assert all(run.family for run in placed)
    assert empty_boxes.isdisjoint(glyphs(placed))


def test_characters_without_a_font_are_listed_once_in_order() -> None:
    assert missing_glyphs(f"a{UNCOVERED}b{UNCOVERED}\n\t") == list(UNCOVERED)


def test_an_uncovered_character_is_a_run_without_family() -> None:
    assert runs("a\u0710b") == [Run("Noto Sans", "a"), Run(None, "\u0710"), Run("Noto Sans", "b")]


@pytest.mark.parametrize("text", LOST_BY_TYPST, ids=ascii)
def test_a_letter_survives_a_mark_of_another_font(text: str) -> None:
    letter = text[0]
    alone = glyphs(runs(letter))
    assert alone
    assert glyphs(runs(text))[: len(alone)] == alone or len(runs(text)) == 1


def test_a_letter_and_its_mark_stay_together_where_one_font_has_both() -> None:
    assert runs("\u0e08\u0331") == [Run("Noto Sans Thai", "\u0e08\u0331")]


def test_blanks_do_not_break_a_run() -> None:
    assert runs("السلام عليكم") == [Run("Noto Sans Arabic", "السلام عليكم")]


def test_empty_text_has_no_runs() -> None:
    assert runs("") == []


@given(st.text(max_size=40))
def test_runs_joined_are_the_text(text: str) -> None:
    assert "".join(run.text for run in runs(text)) == text


@given(st.text(alphabet="aל\u0644\u0301\u0308क字😀\u200d🏽\u0710 ,\n", max_size=12))
def test_neighbouring_runs_differ_in_family(text: str) -> None:
    placed = runs(text)
    assert all(one.family != two.family for one, two in pairwise(placed))
