import re
from pathlib import Path

import pytest

from venetic.corpus.query import DEPTH_MAX, FIELDS, HAS_KINDS, MESSAGE_KINDS, QUERY_MAX_CHARS, parse, words
from venetic.kernel import WrongQuery

_REFERENCE = (Path(__file__).parents[3] / "docs" / "search.md").read_text(encoding="utf-8")
_LANGUAGE, _WORDS = _REFERENCE.split("## What a word is")
_ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in _LANGUAGE.splitlines() if line[:2] == "| "]
_EXAMPLES = [example for row in _ROWS for example in re.findall(r"`([^`]+)`", row[2])]
_FENCED = re.findall(r"```query\n(.*?)\n```", _REFERENCE, re.DOTALL)
_WORD_ROWS = re.findall(r"^\| `([^`]+)` \| ((?:`[^`]+` ?)+)\|", _WORDS, re.MULTILINE)


@pytest.mark.parametrize("example", [*_EXAMPLES, *_FENCED])
def test_every_example_is_a_query(example: str) -> None:
    parse(example)


@pytest.mark.parametrize(("text", "listed"), _WORD_ROWS)
def test_every_example_of_words_is_true(text: str, listed: str) -> None:
    assert words(text) == re.findall(r"`([^`]+)`", listed.replace("👨‍👩‍👧", "👨\u200d👩\u200d👧"))


def test_the_examples_are_found_on_the_page() -> None:
    assert len(_EXAMPLES) > 20
    assert len(_WORD_ROWS) > 8


@pytest.mark.parametrize("name", [*(f"{field}:" for field in FIELDS), *HAS_KINDS, *MESSAGE_KINDS])
def test_every_field_and_kind_is_documented(name: str) -> None:
    assert f"`{name}`" in _LANGUAGE


@pytest.mark.parametrize("text", ["-word", "form:anna", "!!!", "has:imge", "after:yesterday", '"a b"*', "f*o"])
def test_what_the_page_says_is_refused_is_refused(text: str) -> None:
    with pytest.raises(WrongQuery):
        parse(text)


def test_the_limits_are_the_documented_ones() -> None:
    assert f"{QUERY_MAX_CHARS:,} characters and {DEPTH_MAX} levels" in _REFERENCE


def test_operators_bind_as_the_page_says() -> None:
    assert parse("a b OR NOT c d") == parse("(a b) OR ((NOT c) d)")
