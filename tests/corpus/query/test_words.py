import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icu4py.breakers import WordBreaker

from corpus.query import oracle
from corpus.query._texts import any_texts, ascii_texts, awkward_texts
from venetic.corpus.query import WORDS_VERSION, index_text, normalise, spans, words
from venetic.corpus.query._emoji import EMOJI


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WORLD!", ["hello", "world"]),
        ("don't wor.ld 3.14 1,000 a_b _ __", ["don't", "wor.ld", "3.14", "1,000", "a_b"]),
        ("Straße CAFÉ cafe\u0301", ["strasse", "cafe", "cafe"]),
        ("Ёлка зимой", ["елка", "зимои"]),
        ("مُحَمَّد", ["محمد"]),
        ("東京都", ["東京", "都"]),
        ("ﬁne ｆｕｌｌ", ["fine", "full"]),
        ("👍🏽👍", ["👍", "👍"]),
        ("👨‍👩‍👧 ❤️ 1️⃣ 🇬🇧🇫🇷", ["👨\u200d👩\u200d👧", "❤", "1", "🇬🇧", "🇫🇷"]),
        ("john\u2069 co\u00adop a\u200bb a\u200db", ["john", "coop", "a", "b", "ab"]),
        ("a\x00b\x01c", ["a", "b", "c"]),
        ("x\ud800y", ["x", "y"]),
        ("!!! ... -- \u2069", []),
        ("", []),
    ],
)
def test_words_are_what_the_reference_says(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(any_texts)
@settings(max_examples=400)
@example("e\u200d\u0301")
@example("\u1100\u200d\u1161")
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_normalising_any_one_character_twice_changes_nothing() -> None:
    for point in range(0x110000):
        once = normalise(chr(point))
        assert once.isascii() or normalise(once) == once, hex(point)


@given(any_texts)
@settings(max_examples=500)
def test_words_agree_with_the_oracle(text: str) -> None:
    assert normalise(text) == oracle.normal_form(text)
    assert words(text) == oracle.cut(text)


@given(ascii_texts)
@settings(max_examples=1000)
@example("a.b a'b a:b 1.2 1,2 1;2 1'2 1:2 a,b a.1 1.a _.a a._ a..b a.b.c 1.2.3 __ _a a_ a_.b")
def test_the_fast_way_for_ascii_agrees_with_icu(text: str) -> None:
    segments = WordBreaker(text.lower(), "en")
    assert words(text) == [segment for segment in segments if any(map(str.isalnum, segment))]


@given(st.lists(st.one_of(st.none(), any_texts, ascii_texts), max_size=8))
@settings(max_examples=300)
@example(["é\r", "é\n", "\né", "é\r\n", "\u200d", "é"])
def test_a_batch_gives_what_each_text_gives_alone(texts: list[str | None]) -> None:
    lines = index_text(texts)
    assert lines == ["" if text is None else " ".join(words(text)) for text in texts]
    assert all(line.split() == [word for word in line.split(" ") if word] for line in lines)


@given(any_texts)
@settings(max_examples=500)
@example("ㄱㅏ")
@example("ｶﾞ か\u3099")
def test_spans_name_the_same_words_in_order_inside_the_text(text: str) -> None:
    found = spans(text)
    assert [span.word for span in found] == words(text)
    before = 0
    for span in found:
        assert before <= span.start < span.end <= len(text)
        before = span.start


@given(st.lists(st.sampled_from(["Straße", "ﬁt", "café", "дом", "👍🏽", "Ёж", "½", "𝐀b", "John\u2069"]), min_size=1))
def test_a_span_holds_the_characters_its_word_came_from(parts: list[str]) -> None:
    text = " ".join(parts)
    for span in spans(text):
        assert words(text[span.start : span.end]) == [span.word]


def test_the_emoji_table_is_the_one_icu_uses() -> None:
    flag_letters = set(range(0x1F1E6, 0x1F200))
    for point in {*range(0xA0, 0x3400), *range(0xFB00, 0xFFFF), *range(0x1F000, 0x1FFFE)} - flag_letters:
        assert (EMOJI.match(chr(point)) is not None) == oracle._pictographic(chr(point)), hex(point)


def test_the_version_names_both_tables() -> None:
    assert unicodedata.unidata_version in WORDS_VERSION
    assert "icu" in WORDS_VERSION


@given(awkward_texts)
@settings(max_examples=100)
def test_a_word_never_holds_white_space(text: str) -> None:
    assert not any(character.isspace() for word in words(text) for character in word)


@pytest.mark.timeout(30)
def test_a_long_text_without_a_break_is_cut_in_good_time() -> None:
    assert len(index_text(["東京都" * 20_000])[0]) > 20_000
