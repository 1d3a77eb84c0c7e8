import random

import pyarrow as pa
import pytest

from venetic.engine import LanceTables, _lance
from venetic.kernel import Compare, IndexSpec, NotFound, TableSpec, TextAll, TextAny, TextQuery, TokenRun, Tokens

SPEC = TableSpec(
    "messages",
    pa.schema([pa.field("id", pa.string(), nullable=False), ("words", pa.string()), ("moment", pa.int64())]),
    "id",
    (IndexSpec("words", "words"), IndexSpec("moment", "sorted")),
)
WORDS = ["tide", "wharf", "ok", "you", "the", "👍", "привет", "明天"]


def rows(first: int, count: int) -> pa.Table:
    seeded = random.Random(first)
    listed = [
        {"id": f"{number:05}", "words": " ".join(seeded.choices(WORDS, k=seeded.randint(0, 5))), "moment": number % 7}
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(listed, SPEC.schema)


def ids(table: pa.Table) -> list[str]:
    return sorted(table.column("id").to_pylist())


@pytest.fixture
def tables(tmp_path) -> LanceTables:
    made = LanceTables(str(tmp_path))
    made.create(SPEC)
    return made


def append(tables: LanceTables, first: int, count: int) -> int:
    return tables.append(SPEC, rows(first, count).to_reader())


def test_a_snapshot_does_not_see_later_writes(tables) -> None:
    version = append(tables, 0, 10)
    held = tables.snapshot({"messages": version})
    append(tables, 10, 10)
    tables.upsert(SPEC, rows(0, 1).set_column(1, "words", pa.array(["changed"])))
    tables.delete(SPEC, Compare("id", "=", "00003"))
    latest = tables.maintain(SPEC, full=True)
    assert held.scan("messages", ["id", "words", "moment"]).read_all().sort_by("id") == rows(0, 10)
    now = tables.snapshot({"messages": latest})
    assert now.count("messages") == 19
    assert now.scan("messages", ["words"], Compare("id", "=", "00000")).read_all().column(0).to_pylist() == ["changed"]


def test_rolling_back_brings_back_what_a_version_held(tables) -> None:
    version = append(tables, 0, 10)
    append(tables, 10, 10)
    tables.delete(SPEC, Compare("moment", "<", 5))
    back = tables.roll_back(SPEC, version)
    assert ids(tables.snapshot({"messages": back}).scan("messages", ["id"]).read_all()) == ids(rows(0, 10))
    assert tables.roll_back(SPEC, back) == back
    more = append(tables, 50, 1)
    assert tables.snapshot({"messages": more}).count("messages") == 11


def test_cleaning_spares_the_versions_kept_and_only_those(tables) -> None:
    versions = [append(tables, 10 * number, 10) for number in range(5)]
    tables.clean(SPEC, {versions[1]})
    assert tables.snapshot({"messages": versions[1]}).count("messages") == 20
    assert tables.snapshot({"messages": versions[-1]}).count("messages") == 50
    for gone in (versions[0], versions[2]):
        with pytest.raises(NotFound):
            tables.snapshot({"messages": gone}).count("messages")


QUERIES: list[TextQuery] = [
    Tokens(("tide",)),
    Tokens(("the",)),
    Tokens(("👍",)),
    Tokens(("tide", "ok")),
    Tokens(("tide", "明天"), every=False),
    TokenRun(("you", "the")),
    TextAll((Tokens(("ok",)),), (Tokens(("tide",)),)),
    TextAny((Tokens(("tide",)), TokenRun(("ok", "ok")))),
    Tokens(("absent",)),
]


def _holds(query: TextQuery, have: list[str]) -> bool:
    match query:
        case Tokens(tokens, every):
            return (all if every else any)(token in have for token in tokens)
        case TokenRun(tokens):
            return any(tuple(have[at : at + len(tokens)]) == tokens for at in range(len(have)))
        case TextAll(parts, without):
            return all(_holds(part, have) for part in parts) and not any(_holds(part, have) for part in without)
        case TextAny(parts):
            return any(_holds(part, have) for part in parts)


@pytest.mark.parametrize("maintained", ["before the last rows", "after all"])
def test_words_are_found_whether_their_rows_are_in_the_index_yet_or_not(tables, maintained) -> None:
    everything = [rows(0, 300), rows(300, 40)]
    version = tables.append(SPEC, everything[0].to_reader())
    if maintained == "before the last rows":
        tables.maintain(SPEC, full=True)
    version = tables.append(SPEC, everything[1].to_reader())
    if maintained == "after all":
        version = tables.maintain(SPEC, full=True)
    snapshot = tables.snapshot({"messages": version})
    listed = pa.concat_tables(everything).to_pylist()
    for query in QUERIES:
        for moment in (None, 3):
            wanted = [
                row["id"] for row in listed if _holds(query, row["words"].split()) and moment in (None, row["moment"])
            ]
            predicate = {} if moment is None else {"predicate": Compare("moment", "=", moment)}
            found = snapshot.search("messages", query, ["id"], **predicate)
            assert ids(found) == sorted(wanted), (maintained, query)
            best = snapshot.search("messages", query, ["id"], limit=5, **predicate)
            assert best.num_rows == min(5, len(wanted))
            assert set(best.column("id").to_pylist()) <= set(wanted)


def test_many_small_appends_stay_few_fragments(tables, tmp_path) -> None:
    version = 0
    for number in range(_lance.SMALL_FRAGMENTS + 20):
        append(tables, 10 * number, 10)
        version = tables.maintain(SPEC)
        tables.clean(SPEC, ())
    snapshot = tables.snapshot({"messages": version})
    assert snapshot.count("messages") == 10 * (_lance.SMALL_FRAGMENTS + 20)
    assert len(list((tmp_path / "messages.lance" / "data").iterdir())) <= _lance.SMALL_FRAGMENTS + 1
    assert len(list((tmp_path / "messages.lance" / "_versions").iterdir())) <= 3
