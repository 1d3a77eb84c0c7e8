from collections.abc import Mapping
from typing import Any

import duckdb
import lance
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, create_engine, insert, select

from venetic.engine import predicate_clause, predicate_sql
from venetic.kernel import EVERYTHING, NOTHING, All, AnyOf, Compare, Misuse, Not, Predicate

TEXTS = [
    "",
    "a",
    "A",
    "it's",
    "'",
    "''",
    '"',
    "%",
    "\\",
    "a\\'b",
    "é",
    "e\u0301",
    "👍",
    "null",
    "a; DROP TABLE t",
    "a\nb",
]
NUMBERS = [-(2**40), -1, 0, 1, 2, 2**53 + 1]
SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("moment", pa.int64()),
        pa.field("offset", pa.int64()),
        pa.field("native", pa.bool_()),
        pa.field("receivers", pa.list_(pa.string())),
        pa.field("sources", pa.list_(pa.int32())),
    ]
)
_SMALL = [-1, 0, 1, 2]
_rows = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, *TEXTS]),
        "kind": st.sampled_from([None, "text", "event"]),
        "moment": st.sampled_from([None, *NUMBERS]),
        "offset": st.sampled_from([None, *NUMBERS]),
        "native": st.sampled_from([None, True, False]),
        "receivers": st.none() | st.lists(st.sampled_from(TEXTS), max_size=3),
        "sources": st.none() | st.lists(st.sampled_from(_SMALL), max_size=3),
    }
)


def _compares(texts: Any, numbers: Any, lists: bool) -> Any:
    infix = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    text, number = st.sampled_from(texts), st.sampled_from(numbers)
    kinds = [
        st.builds(Compare, st.sampled_from(["name", "kind"]), infix, text),
        st.builds(Compare, st.sampled_from(["moment", "offset"]), infix, number),
        st.builds(Compare, st.just("native"), st.sampled_from(["=", "!="]), st.booleans()),
        st.builds(Compare, st.sampled_from(["name", "kind"]), st.just("in"), st.lists(text, max_size=3).map(tuple)),
        st.builds(
            Compare, st.sampled_from(["moment", "offset"]), st.just("in"), st.lists(number, max_size=3).map(tuple)
        ),
        st.builds(Compare, st.sampled_from(["name", "moment", "native"]), st.sampled_from(["is_null", "not_null"])),
    ]
    if lists:
        small = st.sampled_from(_SMALL)
        kinds += [
            st.builds(Compare, st.just("receivers"), st.just("has"), text),
            st.builds(Compare, st.just("receivers"), st.just("has_any"), st.lists(text, max_size=3).map(tuple)),
            st.builds(Compare, st.just("sources"), st.just("has"), small),
            st.builds(Compare, st.just("sources"), st.just("has_any"), st.lists(small, max_size=3).map(tuple)),
        ]
    return st.one_of(*kinds, st.sampled_from([EVERYTHING, NOTHING]))


def _predicates(lists: bool) -> Any:
    return st.recursive(
        _compares(TEXTS, NUMBERS, lists),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        ),
        max_leaves=6,
    )


def holds(predicate: Predicate, row: Mapping[str, Any]) -> bool:
    """What the kernel says a predicate means, over a dict."""
    match predicate:
        case All(parts):
            return all(holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
    value, wanted = row[predicate.column], predicate.value
    if predicate.operator in {"is_null", "not_null"}:
        return (value is None) == (predicate.operator == "is_null")
    if value is None:
        return False
    answers = {
        "=": lambda: value == wanted,
        "!=": lambda: value != wanted,
        "<": lambda: _bytes(value) < _bytes(wanted),
        "<=": lambda: _bytes(value) <= _bytes(wanted),
        ">": lambda: _bytes(value) > _bytes(wanted),
        ">=": lambda: _bytes(value) >= _bytes(wanted),
        "in": lambda: value in wanted,
        "has": lambda: wanted in value,
        "has_any": lambda: bool(set(wanted) & set(value)),
    }
    return bool(answers[predicate.operator]())


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
_worlds = st.tuples(
    st.lists(_rows, max_size=12), st.lists(_predicates(lists=True), min_size=4, max_size=8), st.booleans()
)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{"row": at, **row} for at, row in enumerate(rows)], SCHEMA)


def check_lance_and_duckdb(folder, rows: list[dict[str, Any]], predicates: list[Predicate], indexed: bool) -> None:
    held = _table(rows)
    dataset = lance.write_dataset(held, str(folder / "t.lance"), mode="overwrite")
    if indexed and rows:
        for column in ("name", "moment"):
            dataset.create_scalar_index(column, "BTREE")
        for column in ("receivers", "sources"):
            dataset.create_scalar_index(column, "LABEL_LIST")
        lance.write_dataset(
            _table(rows).set_column(0, "row", pa.array(range(100, 100 + len(rows)))), dataset.uri, mode="append"
        )
        dataset = lance.dataset(dataset.uri)
    for predicate in predicates:
        expected = {at for at, row in enumerate(rows) if holds(predicate, row)}
        where = predicate_sql(predicate, "duckdb")
        found = duckdb.sql(f"SELECT row FROM held WHERE {where}").fetchall()
        assert {at for (at,) in found} == expected, where
        where = predicate_sql(predicate, "lance")
        read = dataset.scanner(columns=["row"], filter=where, prefilter=True).to_table().column(0).to_pylist()
        assert {at % 100 for at in read} == expected, where
        assert len(read) == (2 if indexed and rows else 1) * len(expected)
        assert dataset.count_rows(filter=where) == len(read)


@settings(max_examples=40, **QUIET)
@given(_worlds)
def test_lance_and_duckdb_find_the_rows_of_a_predicate(tmp_path_factory, world) -> None:
    check_lance_and_duckdb(tmp_path_factory.mktemp("t"), *world)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))
@given(_worlds)
def test_lance_and_duckdb_find_the_rows_of_many_predicates(tmp_path_factory, world) -> None:
    check_lance_and_duckdb(tmp_path_factory.mktemp("t"), *world)


_METADATA = MetaData()
_CASE = Table(
    "t",
    _METADATA,
    Column("row", Integer, primary_key=True),
    Column("name", String),
    Column("kind", String),
    Column("moment", Integer),
    Column("offset", Integer),
    Column("native", Boolean),
)


@settings(max_examples=150, **QUIET)
@given(st.lists(_rows, max_size=10), st.lists(_predicates(lists=False), min_size=4, max_size=8))
def test_case_state_finds_the_rows_of_a_predicate(rows, predicates) -> None:
    engine = create_engine("sqlite://")
    _METADATA.create_all(engine)
    known = {column.name for column in _CASE.columns}
    with engine.begin() as connection:
        for at, row in enumerate(rows):
            connection.execute(insert(_CASE).values(row=at, **{name: row[name] for name in row if name in known}))
        for predicate in predicates:
            found = connection.execute(select(_CASE.c.row).where(predicate_clause(predicate, _CASE))).scalars()
            assert set(found) == {at for at, row in enumerate(rows) if holds(predicate, row)}
    engine.dispose()


@pytest.mark.parametrize(
    "wrong",
    [
        Compare("name; --", "=", "a"),
        Compare("na me", "=", "a"),
        Compare("", "=", "a"),
        Compare("name", "=", None),
        Compare("name", "in", "a"),
        Compare("name", "=", ("a",)),
        Compare("name", "in", (None,)),
    ],
)
def test_what_is_no_predicate_is_misuse(wrong) -> None:
    for dialect in ("lance", "duckdb"):
        with pytest.raises(Misuse):
            predicate_sql(wrong, dialect)
