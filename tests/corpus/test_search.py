import base64
import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.operations import Workplace
from corpus.query.oracle import matches
from venetic.corpus import Results
from venetic.corpus import query as q
from venetic.corpus._matching import Matcher
from venetic.corpus._plan import plan
from venetic.corpus._results import Asked
from venetic.kernel import EVERYTHING, Compare, Predicate, WrongQuery, WrongUse
from venetic.kernel import Not as Without

QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
WORDS = [
    *("meet", "Meeting", "meetings", "ok", "OK.", "café", "CAFE", "naïve", "you", "the", "don't", "harbour", "harbor"),
    *(
        "привет",
        "Приветы",
        "пока",
        "مرحبا",
        "مرحبًا",
        "明天",
        "明天见",
        "東京都",
        "안녕",
        "👍",
        "👍🏽",
        "🔥",
        "12:30",
        "a",
        "b",
    ),
]
HANDLES = ["Anna.K", "bob@example.org", "Carl", "Ömer"]
START = datetime(2024, 3, 1, tzinfo=UTC)


def _row(random: random.Random, number: int) -> dict[str, Any]:
    moment = START + timedelta(hours=random.choice([0, 0, 5, 26, 49]), seconds=random.choice([0, 0, 0, number]))
    body = " ".join(random.choices(WORDS, k=random.choice([1, 1, 2, 3, 5, 8])))
    row: dict[str, Any] = {"body": body, "from": random.choice([*HANDLES, None]), "id": f"n{number}"}
    row["to"] = random.sample(HANDLES, random.choice([0, 1, 2]))
    row["at"] = random.choice([moment.isoformat(), moment.replace(tzinfo=None).isoformat(), None])
    row["in"] = random.choice(["The Wharf", "Family", None])
    row["kind"] = random.choice(["text", "text", "event"])
    row["files"] = random.choice([None, None, [{"name": "p.jpg"}], [{"name": "v", "mime": "audio/ogg"}]])
    return {key: value for key, value in row.items() if value is not None}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Workplace:
    """Three deliveries: the first indexed as a whole, the others small enough to stay beside the index."""
    made = Workplace(tmp_path_factory.mktemp("search"))
    seeded = random.Random(7)
    for first, last in ((0, 1100), (1100, 1160), (1160, 1180)):
        made.deliver({f"{first}.json": [_row(seeded, number) for number in range(first, last)]})
        made.ingest()
    made.deliver({"again.json": [_row(random.Random(7), number) for number in range(3)]})
    made.ingest()
    return made


@pytest.fixture(scope="module")
def told(place) -> "Told":
    """Every message as the oracle wants it."""
    with place.op.corpus.commits.lease() as lease:
        rows = lease.snapshot.scan("messages", ["has", "sources", "marks", *PLAIN]).read_all().to_pylist()
        files = lease.snapshot.scan("sources", ["source", "file"]).read_all().to_pylist()
        listed = lease.snapshot.scan("conversations", ["conversation", "name"]).read_all().to_pylist()
    names = {row["conversation"]: row["name"] for row in listed}
    hauls = {file.sha256: set(file.hauls) for file in place.op.haul.files()}
    of_source = {row["source"]: hauls[row["file"]] for row in files}
    return Told(
        {
            **row,
            "has": set(row["has"]),
            "hauls": set().union(*map(of_source.get, row["sources"])),
            "conversation": names[row["conversation_id"]],
        }
        for row in rows
    )


class Told(list[dict[str, Any]]):
    """Every message, printed short."""

    def __repr__(self) -> str:
        return f"{len(self)} messages"


PLAIN = ["message", "body", "sender", "receivers", "conversation", "conversation_id", "sent_at", "local_time"]
PLAIN += ["kind", "moment"]

_words = st.sampled_from(sorted({word for text in WORDS for word in q.words(text)} | {"absent", "meet"}))
_moments = st.sampled_from([START, START + timedelta(hours=5), START + timedelta(days=1)])
_names = st.sampled_from([*HANDLES, "anna.k", "b", "öm", "the wharf", "fam", "Anna.K, Carl"])
_leaves = st.one_of(
    *([st.builds(q.Word, _words)] * 3),
    st.builds(q.Prefix, _words.map(lambda word: word[:2])),
    st.builds(q.Fuzzy, _words, st.integers(1, 2)),
    st.builds(q.Phrase, st.lists(_words, min_size=2, max_size=3).map(tuple)),
    st.builds(q.Near, st.lists(_words, min_size=2, max_size=3).map(tuple), st.integers(0, 4)),
    st.builds(q.Regex, st.sampled_from(["meet.*ok", "[éе]", "ПРИВ", "^a$", "明", "don't"])),
    *(st.builds(kind, _names, st.booleans()) for kind in (q.From, q.To, q.With, q.In)),
    st.builds(q.Before, _moments),
    st.builds(q.After, _moments),
    st.builds(q.Has, st.sampled_from(["attachment", "image", "audio", "video"])),
    st.builds(q.Haul, st.sampled_from(["H1", "H2", "H4"])),
    st.builds(q.Kind, st.sampled_from(["event", "text", "media"])),
    st.just(q.Everything()),
)
trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(q.Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: q.And(_flat(parts, q.And))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: q.Or(_flat(parts, q.Or))),
    ),
    max_leaves=6,
)


def _flat(parts: list[q.Node], kind: type) -> tuple[q.Node, ...]:
    return tuple(leaf for part in parts for leaf in (part.parts if isinstance(part, kind) else (part,)))


def ask(place: Workplace, node: q.Node, sort: str = "relevance", allowed: Predicate = EVERYTHING) -> Results:
    """The results of a query's tree."""
    corpus = place.op.corpus
    lease = corpus.commits.lease()
    names = corpus._names_at(lease)
    asked = Asked(q.to_text(node), node, plan(node, names), sort, ("meet", "ok"))
    return Results(asked, Matcher(lease.snapshot, names, allowed), lease, corpus.parts.analytics)


def pages(results: Results, limit: int) -> Iterator[Any]:
    """The hits page by page."""
    page = results.page(limit)
    yield from page.hits
    while page.next is not None:
        page = results.page(limit, page.next)
        assert page.hits
        yield from page.hits


def check_query(place, told, node, sort, limit) -> None:
    expected = {row["message"]: row for row in told if matches(node, row)}
    results = ask(place, node, sort)
    assert results.count() == len(expected)
    hits = list(pages(results, limit))
    assert Counter(hit.message.message for hit in hits) == Counter(expected.keys())
    if sort == "relevance":
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
    else:
        sign = 1 if sort == "time" else -1
        keys = [
            (row["moment"] is None, sign * (row["moment"] or 0))
            for row in (expected[hit.message.message] for hit in hits)
        ]
        assert keys == sorted(keys)
    assert [hit.message.message for hit in hits] == [
        m.message for chunk in results.stream() for m in chunk
    ] or sort == "relevance"
    facets = results.facets()
    days = Counter(None if row["moment"] is None else _day(row["moment"]) for row in expected.values())
    assert {f["value"]: f["hits"] for f in facets["day"]} == days
    assert {f["value"]: f["hits"] for f in facets["handle"]} == Counter(row["sender"] for row in expected.values())
    assert {f["value"]: f["hits"] for f in facets["haul"]} == Counter(
        h for row in expected.values() for h in row["hauls"]
    )
    results.close()


def _day(moment: int) -> str:
    return (datetime(1970, 1, 1) + timedelta(microseconds=moment)).strftime("%Y-%m-%d")  # noqa: DTZ001 -- a day of either clock


SORT = st.sampled_from(["relevance", "relevance", "time", "newest"])


@settings(max_examples=60, derandomize=True, **QUIET)
@given(trees, SORT, st.sampled_from([7, 50, 400, 2000]))
def test_any_query_finds_what_the_oracle_finds_on_pages_without_a_gap(place, told, node, sort, limit) -> None:
    check_query(place, told, node, sort, limit)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=5_000, **QUIET)
@given(trees, SORT, st.sampled_from([1, 7, 50, 400, 2000]))
def test_many_queries_find_what_the_oracle_finds(place, told, node, sort, limit) -> None:
    check_query(place, told, node, sort, limit)


def test_a_search_goes_on_at_the_commit_it_began_at_while_others_ingest(tmp_path) -> None:
    made = Workplace(tmp_path)
    made.deliver({"a.json": [{"body": "tide", "from": "a", "id": f"a{number}"} for number in range(30)]})
    made.ingest()
    corpus, actor = made.op.corpus, made.op.actor
    first = corpus.search("tide", actor, "time")
    hits, page = corpus.show(first, actor, 8)
    seen = [hit.message.native_id for hit in page.hits]
    first.close()
    while page.next is not None:
        made.deliver({"b.json": [{"body": "tide", "from": "a", "id": f"b{len(seen)}"}]})
        made.ingest()
        results = corpus.search("tide", actor, "time", page.next)
        again, page = corpus.show(results, actor, 8, page.next)
        results.close()
        assert again == hits == 30
        seen += [hit.message.native_id for hit in page.hits]
    assert Counter(seen) == Counter(f"a{number}" for number in range(30))


def test_messages_at_the_edge_of_the_calendar_are_paged_without_a_gap(tmp_path) -> None:
    made = Workplace(tmp_path)
    late = [{"body": "late", "from": "a", "id": f"n{at}", "at": f"9999-12-31T23:59:59.{at:06}Z"} for at in range(40)]
    made.deliver({"a.json": [*late, *({**row, "id": f"{row['id']}+", "at": "0001-01-01T00:00:00Z"} for row in late)]})
    made.ingest()
    for sort in ("time", "newest"):
        hits = list(pages(ask(made, q.Word("late"), sort), 3))
        assert len({hit.message.message for hit in hits}) == len(hits) == 80


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "bm90IGpzb24",
        "W10",
        "eyJjb21taXQiOiAxfQ",
        base64.urlsafe_b64encode(
            json.dumps({"commit": 1, "search": "", "key": "a", "row": 0, "shown": []}).encode()
        ).decode(),
    ],
)
def test_what_is_no_cursor_is_refused(place, cursor) -> None:
    with pytest.raises(WrongUse):
        place.op.corpus.search("ok", place.op.actor, cursor=cursor)


@pytest.mark.parametrize("sort", ["relevance", "time"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("key", value) for value in (10**400, 2**63, 1e308, float("nan"), float("inf"), -1e39, 5, 0.5)),
        *((field, value) for field in ("commit", "row") for value in (2**63, -(2**64), True, 0.5)),
        *(("shown", value) for value in ([2**63], [0.5], {}, None)),
    ],
)
def test_a_forged_cursor_is_refused_or_leads_to_some_page(place, sort, field, value) -> None:
    corpus, actor = place.op.corpus, place.op.actor
    with closing(corpus.search("ok", actor, sort)) as results:
        cursor = results.page(2).next
    forged = {**json.loads(base64.urlsafe_b64decode(f"{cursor}==")), field: value}
    text = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode()
    fits = field == "key" and value == {"relevance": 0.5, "time": 5}[sort]
    with nullcontext() if fits else pytest.raises(WrongUse):  # noqa: SIM117 -- opening may refuse it too
        with closing(corpus.search("ok", actor, sort, text)) as results:
            results.page(2, text)


def test_rows_that_may_not_be_read_change_no_count_order_score_snippet_or_facet(tmp_path) -> None:
    seeded = random.Random(3)
    lines = [_row(seeded, number) for number in range(160)]
    secret = [{**row, "from": "Hidden"} for row in lines[100:]] + [
        {"body": "ok ok meet 👍", "from": "Hidden", "id": "x"}
    ]
    answers = []
    for name, listed in (("open", lines[:100]), ("mixed", [*secret, *lines[:100]])):
        made = Workplace(tmp_path, name)
        made.deliver({"a.json": listed})
        made.ingest()
        visible = Without(Compare("sender", "=", "Hidden"))
        answers.append(
            [_answer(ask(made, q.parse(text), sort, visible)) for text in ASKED for sort in ("relevance", "time")]
        )
    assert answers[0] == answers[1]
    assert any(answers[0])


ASKED = [
    "ok",
    "meet OR ok",
    "NOT ok",
    '"meet ok"~5',
    "me*",
    "meat~",
    "/o.*k/",
    "from:hidden",
    "with:carl ok",
    "👍",
    "haul:h1",
]


def _answer(results: Results) -> Any:
    hits = list(pages(results, 7))
    facets = results.facets()
    shown = sorted((hit.score, hit.message.message, hit.snippet and hit.snippet.text) for hit in hits)
    results.close()
    return [results.count(), shown, facets, [hit.score for hit in hits]]


def test_a_haul_is_searched_by_its_number_and_one_never_ingested_is_said_to_be(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.deliver({"1.json": [{"body": "once"}]})
    place.ingest()

    assert [place.op.search(query).count() for query in ("haul:H1", "haul:h1", "NOT haul:h1")] == [1, 1, 0]
    with pytest.raises(WrongQuery, match="H2"):
        place.op.search("haul:H2").count()
