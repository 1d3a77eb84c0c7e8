"""JSON objects, whole and broken: every byte is accounted for, and reading resumes at the earliest record."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venetic.haul.readers import Limits, load_mapping, read_source
from venetic.haul.readers._json_objects import json_objects

REQUIRED = frozenset({"a"})
GOOD = b'{"a":1,"b":"x"}'


def scan(data: bytes, chunk: int = 262_144, largest: int = 1 << 26) -> tuple[list, list, int]:
    """Ranges of records, refusals as (offset, length, code), and separator bytes."""
    records, refusals, separators = [], [], 0
    for found in json_objects(io.BytesIO(data), Limits(chunk, largest, 7), REQUIRED):
        records += zip(found.offsets, found.lengths, strict=True)
        refusals += [(r.offset, r.length, r.code) for r in found.refusals]
        separators += found.separator_bytes
    assert sum(n for _, n in records) + sum(n for _, n, _ in refusals) + separators == len(data)
    return records, refusals, separators


def is_record(text: str) -> bool:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) >= REQUIRED


def earliest_record(text: str, start: int) -> int:
    """The first place from `start` where some stretch of text is a record, by trying them all."""
    for begin in range(start, len(text)):
        if text[begin] == "{":
            for end in range(begin + 1, len(text) + 1):
                if text[end - 1] == "}" and is_record(text[begin:end]):
                    return begin
    return len(text)


def oracle(text: str) -> list[tuple[int, int]]:
    """Records by brute force: a whole object where reading stands, else on from the earliest later record."""
    records, at = [], 0
    while at < len(text):
        if text[at] in " \t\r\n,\x1e":
            at += 1
            continue
        for end in range(at + 1, len(text) + 1):
            try:
                value = json.loads(text[at:end], strict=False)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                if set(value) >= REQUIRED:
                    records.append((at, end - at))
                at = end
                break
        else:
            at = earliest_record(text, at + 1)
            continue
    return records


pieces = st.sampled_from(
    [
        '{"a":1}',
        '{"a":"{"}',
        '{"b":{"a":2}}',
        "{",
        "}",
        '"',
        "[",
        "]",
        ":",
        ",",
        "\\",
        " ",
        "x",
        '{"a":',
        '"a"',
        "\n",
        "{}",
        "é",
    ]
)


@settings(max_examples=600, deadline=None)
@given(text=st.lists(pieces, max_size=12).map("".join), chunk=st.integers(1, 40))
def test_reading_resumes_at_the_earliest_place_where_a_record_stands(text: str, chunk: int) -> None:
    data = text.encode()
    at_bytes = [(len(text[:at].encode()), len(text[at : at + n].encode())) for at, n in oracle(text)]
    assert scan(data, chunk)[0] == at_bytes
    assert scan(data)[0] == at_bytes


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=80), chunk=st.integers(1, 20), largest=st.integers(1, 40))
def test_any_bytes_are_accounted_for_at_any_chunk_size(data: bytes, chunk: int, largest: int) -> None:
    scan(data, chunk)
    scan(GOOD + data + GOOD, chunk, largest)
    assert scan(data, chunk)[0] == scan(data)[0]


@settings(max_examples=200, deadline=None)
@given(garbage=st.text(st.sampled_from('{}[]":,\\ab1 \n'), max_size=20))
def test_records_before_garbage_are_always_read_and_those_after_unless_it_opens_a_string_or_bracket(
    garbage: str,
) -> None:
    records = scan(GOOD + garbage.encode() + GOOD * 3)[0]
    assert records[0] == (0, len(GOOD))
    assert len(records) >= 2


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 15, 16, 17, 64])
def test_a_broken_object_is_one_refusal_with_its_range(chunk: int) -> None:
    broken = '{"a": "ünfinished, "b"'.encode()
    records, refusals, _ = scan(GOOD + broken + GOOD, chunk)
    assert records == [(0, len(GOOD)), (len(GOOD) + len(broken), len(GOOD))]
    assert refusals == [(len(GOOD), len(broken), "bad_json")]


def test_a_truncated_tail_is_one_refusal() -> None:
    assert scan(GOOD + GOOD[:-4])[1] == [(len(GOOD), len(GOOD) - 4, "truncated")]


def test_a_whole_object_without_the_required_fields_is_refused_alone() -> None:
    assert scan(b'{"b":1}' + GOOD)[1] == [(0, 7, "missing_fields")]


def test_an_object_beyond_the_size_limit_is_refused_and_reading_goes_on() -> None:
    large = b'{"a":"' + b"x" * 5000 + b'"}'
    records, refusals, _ = scan(GOOD + large + GOOD, 100, 1000)
    assert len(records) == 2
    assert refusals == [(len(GOOD), len(large), "record_too_large")]


@pytest.mark.parametrize(
    "odd",
    [
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a":NaN}',
        b'{"a":1,"a":2}',
        b'{"a":"\\ud800"}',
        b'{"a":"\x00\x1f\\u0000"}',
        b'{"a":1e999999}',
    ],
)
def test_odd_but_whole_values_are_kept(odd: bytes) -> None:
    assert len(scan(odd + GOOD)[0]) == 2


def test_deep_nesting_is_a_refusal() -> None:
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    records, refusals, _ = scan(GOOD + deep[:-5000] + GOOD)
    assert records[0] == (0, len(GOOD))
    assert [code for _, _, code in refusals] == ["too_deep"]


@pytest.mark.parametrize("unit", [b"{", b'{"a', b'{"a":', b'{"', b'{"\\"', b'{":{', b'{"b":[', b"{ ", b'{"b" '])
@pytest.mark.timeout(20)
def test_hostile_repetition_ends_in_one_refusal(unit: bytes) -> None:
    assert len(scan(unit * (300_000 // len(unit)))[1]) == 1


def test_a_lone_surrogate_and_bad_utf8_become_replacement_characters(deliver) -> None:
    data = b'{"ts":"2020-01-01T00:00:00","from":"a","to":"b","body":"\\ud800\xff"}'
    (batch,) = read_source(load_mapping("jabber"), deliver(data))
    assert batch.rows.column("body").to_pylist() == ["\ufffd\ufffd"]
    assert batch.rows.column("length").to_pylist() == [len(data)]


def test_white_space_behind_a_refusal_is_a_separator_unless_the_file_ends_in_a_string() -> None:
    assert scan(GOOD + b"{x \n, " + GOOD)[1:] == ([(len(GOOD), 2, "bad_json")], 4)
    assert scan(GOOD + b'{"a":"b  ')[1:] == ([(len(GOOD), 9, "truncated")], 0)
