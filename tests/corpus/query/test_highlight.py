import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icu4py.breakers import CharacterBreaker

from corpus.query import oracle
from corpus.query._texts import AWKWARD
from venetic.corpus.query import parse, snippet
from venetic.kernel import WrongQuery

_LONG = "meet me tomorrow " * 20 + "by the old Banana Wharf at nine, bring cash 👍🏽 " + "and so on " * 40


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("banana", ["Banana"]),
        ('"banana wharf"', ["Banana Wharf"]),
        ('"cash banana"~4', ["Banana", "cash"]),
        ('"cash banana"~3', []),
        ("wha*", ["Wharf"]),
        ("bananna~", ["Banana"]),
        ("/n[io]ne/", ["nine"]),
        ("/old b/ banana", ["old Banana"]),
        ("👍", ["👍🏽"]),
        ("banana NOT wharf", ["Banana"]),
        ("banana NOT (NOT wharf)", ["Banana", "Wharf"]),
        ("from:banana", []),
        ("/x*/", []),
        ("", []),
    ],
)
def test_what_is_asked_for_is_marked(query: str, marked: list[str]) -> None:
    shown = snippet(_LONG, parse(query))
    assert [shown.text[start:end] for start, end in shown.spans] == marked
    assert len(shown.text) <= 160
    assert shown.text == _LONG[shown.start : shown.end]


def test_the_piece_with_most_parts_of_the_query_is_chosen() -> None:
    body = "cash cash cash cash " + "x " * 200 + "cash at the wharf" + " y" * 200
    assert "cash at the wharf" in snippet(body, parse("cash wharf")).text


def test_a_piece_starts_with_a_whole_word_when_one_is_near() -> None:
    shown = snippet(_LONG, parse("banana"))
    assert shown.start > 0
    assert _LONG[shown.start - 1].isspace()


def test_a_short_body_is_shown_whole() -> None:
    shown = snippet("Straße ﬁn", parse("strasse OR fin"))
    assert (shown.text, shown.spans) == ("Straße ﬁn", ((0, 6), (7, 9)))


def test_a_mark_longer_than_the_piece_is_clipped_to_it() -> None:
    shown = snippet("ab" * 500, parse("/(ab)+/"), width=20)
    assert shown.spans == ((0, 20),)


_bodies = st.lists(st.sampled_from([c for c in AWKWARD if not 0xD800 <= ord(c[0]) < 0xE000]), max_size=60).map("".join)
_queries = st.sampled_from(
    ["a", "東 OR 京 OR 都", '"a b"~3', "z*", "aa~", "/./", "/[^a-z]+/", "/e/ 👍", "NOT a", "/a.?/ OR 0"]
)


@given(_bodies, _queries, st.integers(1, 40))
@settings(max_examples=600)
def test_a_snippet_is_a_whole_piece_of_the_body_with_places_inside_it(body: str, query: str, width: int) -> None:
    shown = snippet(body, parse(query), width)
    assert shown.text == body[shown.start : shown.end]
    assert shown.text or not body
    edges = {0}
    for cluster in CharacterBreaker(body, "en"):
        edges.add(max(edges) + len(cluster))
    assert {shown.start, shown.end} <= edges
    before = 0
    for start, end in shown.spans:
        assert before <= start < end <= len(shown.text)
        assert {shown.start + start, shown.start + end} <= edges
        before = end


@given(_bodies, st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=4).map("".join))
@settings(max_examples=400)
def test_something_is_marked_exactly_when_the_oracle_finds_the_word(body: str, wanted: str) -> None:
    try:
        node = parse('"' + wanted.replace('"', "").replace("\\", "") + '"')
    except WrongQuery:
        return
    shown = snippet(body, node, width=10_000)
    assert bool(shown.spans) == oracle.matches(node, {"body": body})
