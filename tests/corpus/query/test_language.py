from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.query._texts import any_texts
from venetic.corpus.query import (
    DEPTH_MAX,
    FIELDS,
    QUERY_MAX_CHARS,
    After,
    And,
    Before,
    Everything,
    From,
    Fuzzy,
    Has,
    Haul,
    In,
    Kind,
    Lang,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Regex,
    To,
    With,
    Word,
    parse,
    to_text,
)
from venetic.kernel import WrongQuery

A, B, C, D = (Word(letter) for letter in "abcd")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Everything()),
        (" \t\n", Everything()),
        ("Café", Word("cafe")),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("a b OR c d", Or((And((A, B)), And((C, D))))),
        ("a NOT b", And((A, Not(B)))),
        ("NOT a b", And((Not(A), B))),
        ("NOT a", Not(A)),
        ("NOT NOT (a OR b)", Not(Not(Or((A, B))))),
        ("(a (b c)) (d)", And((A, B, C, D))),
        ("and or not", And((Word("and"), Word("or"), Word("not")))),
        ('"a b"', Phrase(("a", "b"))),
        ("“a b”", Phrase(("a", "b"))),
        ('"a"', A),
        ("don't-stop", Phrase(("don't", "stop"))),
        ('"a b"~5', Near(("a", "b"), 5)),
        ('"a b a"~0', Near(("a", "b", "a"), 0)),
        ("Pre*", Prefix("pre")),
        ("hello~", Fuzzy("hello", 1)),
        ("friend~", Fuzzy("friend", 2)),
        ("hello~2", Fuzzy("hello", 2)),
        (r"/a\/b \(c/ d", And((Regex(r"a/b \(c"), D))),
        ("/OR/", Regex("OR")),
        ("from:Anna*", From("Anna", prefix=True)),
        ('to:"Big Joe"', To("Big Joe")),
        ('with:"x*"', With("x*")),
        ("in:#chan", In("#chan")),
        ('FROM:"say \\"hi\\""', From('say "hi"')),
        ("from:irc://x:1", From("irc://x:1")),
        ("has:Image lang:NL", And((Has("image"), Lang("nl")))),
        ("haul:h1 kind:event", And((Haul("H1"), Kind("event")))),
        ("http://example.org", Phrase(("http", "example.org"))),
        ("12:30", Phrase(("12", "30"))),
        ("👍🏽", Word("👍")),
    ],
)
def test_a_query_means_what_the_reference_says(text: str, expected: Node) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-02", datetime(2024, 2, 1, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-02-29T23:59", datetime(2024, 2, 29, 23, 59, tzinfo=UTC)),
        ("2024-02-29T23:59:58Z", datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)),
        ("0001", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_first_moment_in_utc(text: str, moment: datetime) -> None:
    assert parse(f"after:{text}") == After(moment)
    assert parse(f'before:"{text}"') == Before(moment)
    assert parse(to_text(After(moment))) == After(moment)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("x !!!", 2, "letter, number or emoji"),
        ('a "b', 2, "never closed"),
        ('from:"b', 5, "never closed"),
        ("a OR", 2, "OR needs something after"),
        ("a OR )", 2, "OR needs something after"),
        ("OR a", 0, "OR needs something before"),
        ("a (AND b)", 3, "AND needs something before"),
        ("a AND OR b", 2, "AND needs something after"),
        ("a NOT", 2, "NOT needs something after"),
        ("(a (b", 3, "never closed"),
        ("a)", 1, "no ( before"),
        ("a ()", 2, "nothing between"),
        ("a form:x", 2, "did you mean from:?"),
        ("zzz:x", 0, "the fields are from:"),
        ("a from:", 2, "needs a value"),
        ("from:(a)", 0, "needs a value"),
        ("after:2024-13", 6, "no such day"),
        ("after:0000", 6, "no such day"),
        ("before:yesterday", 7, "YYYY-MM-DD"),
        ("after:20240101", 6, "YYYY-MM-DD"),
        ("has:imge", 4, "image"),
        ("kind:x", 5, "undecryptable"),
        ("lang:!", 5, "language tag"),
        ("haul:x*", 6, "whole value"),
        ("haul:five", 5, "such as H1"),
        ("a /b(/", 2, "missing )"),
        ("/b(?=c)/", 0, "RE2"),
        ("/a{2000}/", 0, "repetition"),
        ("/((a{30}){30}){30}/", 0, "RE2"),
        ("/a", 0, "ends with a /"),
        ("/etc/passwd", 0, "ends with a /"),
        ("-b", 0, "NOT"),
        ("*", 0, "needs a word"),
        ("a*b", 1, "end of a word"),
        ("a**", 1, "end of a plain word"),
        ("~", 0, "needs a word"),
        ("a~3", 1, "1 or 2"),
        ("don't-stop*", 0, "one word"),
        ("don't-stop~", 0, "one word"),
        ('"a b"~', 6, "needs a number"),
        ('"a b"~999999', 6, "at most"),
        ('"a"~2', 0, "two words"),
        ("x" * (QUERY_MAX_CHARS + 1), QUERY_MAX_CHARS, "at most"),
        ("(" * 200 + "a" + ")" * 200, DEPTH_MAX, "inside one another"),
    ],
)
def test_a_wrong_query_says_where_and_what(text: str, position: int, says: str) -> None:
    with pytest.raises(WrongQuery) as caught:
        parse(text)
    assert caught.value.position == position
    assert says in caught.value.what


def test_parts_know_where_they_stand() -> None:
    text = 'say "good day" OR NOT from:Anna* after:2024'
    node = parse(text)
    assert isinstance(node, Or)
    both, rest = node.parts
    assert isinstance(both, And)
    assert isinstance(rest, And)
    placed = [text[part.start : part.end] for part in (*both.parts, *rest.parts)]
    assert placed == ["say", '"good day"', "NOT from:Anna*", "after:2024"]


_PIECES = [
    *("a", "b ", " ", "(", ")", '"', "OR ", "AND ", "NOT ", "*", "~", "~2", "/", "\\", "from:", "after:2024 ", "has:"),
    *("x:", "“", "”", "東京都", "👍🏽", "-", "don't-stop", "/a.c/ ", '"a b"~3 ', "image", "é", "\x00", "\ud800"),
]


def _read(text: str) -> Node | int:
    """The tree, or the place where the query is wrong."""
    try:
        return parse(text)
    except WrongQuery as wrong:
        return wrong.position


@given(st.one_of(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join), any_texts))
@settings(max_examples=1200)
@example("/\\\\\\//")
@example('from:"\\\\"')
@example("from:a\\")
def test_any_text_is_a_query_that_prints_and_reads_back_or_a_wrong_query(text: str) -> None:
    node = _read(text)
    if isinstance(node, int):
        assert 0 <= node <= len(text)
    else:
        again = parse(to_text(node))
        assert again == node
        assert to_text(again) == to_text(node)


_letters = st.text("abcé", min_size=1, max_size=4).map(lambda text: text.replace("é", "z"))
_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
_moments = st.datetimes().map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
_leaves = st.one_of(
    st.builds(Word, _letters),
    st.builds(Prefix, _letters),
    st.builds(Fuzzy, _letters, st.integers(1, 2)),
    st.builds(Phrase, st.lists(_letters, min_size=2, max_size=4).map(tuple)),
    st.builds(Near, st.lists(_letters, min_size=2, max_size=4).map(tuple), st.integers(0, 99)),
    st.builds(Regex, st.text("ab./ ", min_size=1, max_size=5)),
    *(st.builds(kind, _names, st.booleans()) for kind in (From, To, With, In)),
    st.builds(Before, _moments),
    st.builds(After, _moments),
    st.builds(Has, st.sampled_from(["image", "audio"])),
    st.builds(Haul, st.integers(1, 999_999_999).map(lambda number: f"H{number}")),
    st.builds(Kind, st.just("event")),
)


def _joined(parts: list[Node], kind: type[And] | type[Or]) -> Node:
    flat = tuple(leaf for part in parts for leaf in (part.parts if isinstance(part, kind) else (part,)))
    return kind(flat)


_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: _joined(parts, And)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: _joined(parts, Or)),
    ),
    max_leaves=8,
)


@given(_trees)
@settings(max_examples=400)
def test_any_tree_prints_as_a_query_that_means_it(tree: Node) -> None:
    assert parse(to_text(tree)) == tree


def test_every_field_is_in_the_message_about_unknown_ones() -> None:
    with pytest.raises(WrongQuery) as caught:
        parse("qqqqqq:1")
    assert all(f"{name}:" in caught.value.what for name in FIELDS)
