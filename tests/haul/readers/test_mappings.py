"""Mappings: what they read, what they refuse, and what the check says."""

import re
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from haul.readers.goldens import FileOnDisk, wall
from venetic.haul.readers import MappingReader, check_mapping, decode_record, load_mapping, read_source, recognise
from venetic.kernel import NotFound, UnreadableHaul, WrongUse

ROOT = Path(__file__).resolve().parents[3]


def mapping(records: str, fields: str, more: str = "") -> MappingReader:
    text = f"name: own\nversion: '1'\nservice: s\nlayouts: [x]\n{more}\nrecords: {records}\nfields: {{{fields}}}\n"
    return MappingReader(text, "own.yaml")


def rows(reader: MappingReader, source: FileOnDisk) -> list[dict]:
    return [row for batch in read_source(reader, source) for row in batch.rows.to_pylist()]


def refusals(reader: MappingReader, source: FileOnDisk) -> list[tuple[int, int, str]]:
    return [(r.offset, r.length, r.code) for batch in read_source(reader, source) for r in batch.refusals]


def json_times(formats: str, zone: str = "none") -> MappingReader:
    return mapping("{json: {required: [t]}}", f"time: {{field: t, formats: [{formats}], zone: {zone}}}")


TIMES = [
    ("iso", "none", '"2020-06-21"', (wall(2020, 6, 21), None, "day")),
    ("iso", "none", '"2020-06-21T18"', (wall(2020, 6, 21, 18), None, "h")),
    ("iso", "none", '"2020-06-21 18:54"', (wall(2020, 6, 21, 18, 54), None, "min")),
    ("iso", "none", '"2020-06-21T18:54:36.1"', (wall(2020, 6, 21, 18, 54, 36, 100000), None, "ms")),
    ("iso", "none", '"2020-06-21T18:54:36.123456789"', (wall(2020, 6, 21, 18, 54, 36, 123456), None, "us")),
    (
        "iso",
        "none",
        '"2020-06-21T18:54:36+0200"',
        (wall(2020, 6, 21, 18, 54, 36), wall(2020, 6, 21, 16, 54, 36), "s"),
    ),
    (
        "iso",
        "utc",
        '"2020-06-21T18:54:36"',
        (wall(2020, 6, 21, 18, 54, 36), wall(2020, 6, 21, 18, 54, 36), "s"),
    ),
    (
        "iso",
        "Europe/London",
        '"2020-06-21T18:54:36"',
        (wall(2020, 6, 21, 18, 54, 36), wall(2020, 6, 21, 17, 54, 36), "s"),
    ),
    ("iso", "Europe/London", '"2020-10-25T01:30:00"', (wall(2020, 10, 25, 1, 30), None, "s")),
    ("iso", "Europe/London", '"2020-03-29T01:30:00"', (wall(2020, 3, 29, 1, 30), None, "s")),
    (
        "iso",
        "{field: z}",
        '"2020-06-21T18:54:36", "z": "Asia/Tokyo"',
        (wall(2020, 6, 21, 18, 54, 36), wall(2020, 6, 21, 9, 54, 36), "s"),
    ),
    ("iso", "{field: z}", '"2020-06-21T18:54:36", "z": "Nowhere"', (wall(2020, 6, 21, 18, 54, 36), None, "s")),
    ("epoch_s", "none", "1592765676", (None, wall(2020, 6, 21, 18, 54, 36), "s")),
    ("epoch_s", "none", "1592765676.250", (None, wall(2020, 6, 21, 18, 54, 36, 250000), "ms")),
    ("epoch_ms", "none", '"1592765676250"', (None, wall(2020, 6, 21, 18, 54, 36, 250000), "ms")),
    ("epoch_us", "none", "1592765676250001", (None, wall(2020, 6, 21, 18, 54, 36, 250001), "us")),
    (
        "mongo",
        "none",
        '{"$date": {"$numberLong": "1592765676250"}}',
        (None, wall(2020, 6, 21, 18, 54, 36, 250000), "ms"),
    ),
    ("'%d.%m.%Y %H:%M'", "none", '"21.06.2020 18:54"', (wall(2020, 6, 21, 18, 54), None, "min")),
    (
        "'%d.%m.%Y %H:%M:%S %z'",
        "none",
        '"21.06.2020 18:54:36 +0100"',
        (wall(2020, 6, 21, 18, 54, 36), wall(2020, 6, 21, 17, 54, 36), "s"),
    ),
]


@pytest.mark.parametrize(("formats", "zone", "text", "expected"), TIMES)
def test_a_time_is_read_as_far_as_it_states_itself(deliver, formats, zone, text, expected) -> None:
    (row,) = rows(json_times(formats, zone), deliver(f'{{"t": {text}}}'.encode()))
    local, sent, precision = expected
    assert (row["local_time"], row["time_precision"]) == (local, precision)
    assert row["sent_at"] == (sent and sent.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        '"soon"',
        '"2020-13-01"',
        '"2020-06-21T24:00"',
        '"2020-06-21T10:00:60"',
        "true",
        "[]",
        "1e400",
        "9" * 400,
        '"0001-01-01T00:00+23:00"',
    ],
)
def test_a_time_that_fits_no_format_is_kept_as_text_with_a_null_time(deliver, text) -> None:
    (row,) = rows(json_times("iso, epoch_s, mongo"), deliver(f'{{"t": {text}}}'.encode()))
    assert (row["local_time"], row["sent_at"], row["time_precision"]) == (None, None, None)
    assert row["time_raw"]


def test_values_that_are_no_text_become_text(deliver) -> None:
    reader = mapping("{json: {required: [b]}}", "sender: s, body: b, receivers: r, extra: [x]")
    data = '{"b": 1.50, "s": 7, "r": ["a", 2, null]}{"b": true, "s": "", "r": [], "x": {"k": "\\ud800"}}'
    data += '{"b": {"y":[1]}, "r": "z"}'
    read = rows(reader, deliver(data.encode()))
    assert [r["body"] for r in read] == ["1.50", "true", '{"y":[1]}']
    assert [r["sender"] for r in read] == ["7", None, None]
    assert [r["receivers"] for r in read] == [["a", "2"], None, ["z"]]
    assert read[1]["extra"] == '{"x":{"k":"\ufffd"}}'


def test_xml_elements_are_read_with_their_ranges(deliver) -> None:
    reader = mapping(
        "{xml: {element: sms, required: ['@date']}}",
        "time: {field: '@date', formats: [epoch_ms]}, sender: '@from', body: text, receivers: to",
    )
    one = '<sms date="1592765676250" from="ann"><text>a &lt; ü</text><to>b</to><to>c</to></sms>'
    data = f'<?xml version="1.0"?>\n<all> {one}<!-- note --><sms from="x"/>\n<sms date="1"/></all>\n'.encode()
    source = deliver(data)
    read = rows(reader, source)
    assert (read[0]["sender"], read[0]["body"], read[0]["receivers"]) == ("ann", "a < ü", ["b", "c"])
    assert [data[r["offset"] : r["offset"] + r["length"]] for r in read] == [one.encode(), b'<sms date="1"/>']
    assert [code for _, _, code in refusals(reader, source)] == ["missing_fields"]
    again = decode_record("own", one.encode(), head=data, mapping_text=reader.text)
    assert (again.sender, again.body, again.time_raw) == ("ann", "a < ü", "1592765676250")


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l><m>&b;</m></l>'
OUTSIDE = b'<!DOCTYPE l SYSTEM "file:///etc/hostname"><l><m>x</m></l>'


@pytest.mark.parametrize("data", [LAUGHS, OUTSIDE, b"not xml", b""])
def test_xml_with_a_dtd_or_none_at_all_is_not_read(deliver, data) -> None:
    with pytest.raises(UnreadableHaul):
        rows(mapping("{xml: {element: m, required: ['.']}}", "body: '.'"), deliver(data))


def test_xml_that_breaks_is_refused_from_the_last_record_on(deliver) -> None:
    reader = mapping("{xml: {element: m, required: ['.']}}", "body: '.'")
    source = deliver(b"<l><m>a</m> <m>b</m><m>c</l>")
    assert [r["body"] for r in rows(reader, source)] == ["a", "b"]
    assert refusals(reader, source) == [(20, 8, "bad_xml")]


def test_an_array_may_stand_inside_other_arrays(deliver) -> None:
    reader = mapping("{json: {array: 'chats.list[].m[]', required: [b]}}", "body: b")
    data = b'{"m":[{"b":0}],"chats":{"n":"]","list":[{"m":[{"b":"x"},{"b":"y"}]},{"q":[[]],"m":[{"b":"z"}]}]}}'
    assert [r["body"] for r in rows(reader, deliver(data))] == ["x", "y", "z"]
    with pytest.raises(UnreadableHaul, match="no array at"):
        rows(reader, deliver(b'{"messages":[]}'))


def test_an_unclosed_quotation_mark_costs_one_line(deliver) -> None:
    reader = mapping("{csv: {}}", "body: b")
    source = deliver(b'a,b\n1,x\n2,"y\n3,z\n')
    assert [r["body"] for r in rows(reader, source)] == ["x", "z"]
    assert refusals(reader, source) == [(8, 4, "bad_row")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_are_read_in_their_encoding_with_exact_ranges(deliver, encoding) -> None:
    reader = mapping("{csv: {encoding: cp1252}}", "sender: who, body: text")
    text = 'who,text\r\nJürgen,"a\r\nb"\r\nZoë,é'
    data = text.encode(encoding)
    read = rows(reader, deliver(data))
    assert [(r["sender"], r["body"]) for r in read] == [("Jürgen", "a\r\nb"), ("Zoë", "é")]
    for row in read:
        raw = data[row["offset"] : row["offset"] + row["length"]]
        again = decode_record("own", raw, head=data, mapping_text=reader.text)
        assert (again.sender, again.body) == (row["sender"], row["body"])


def test_a_record_may_continue_over_lines(deliver) -> None:
    reader = mapping(
        "{lines: {continuation: true, patterns: [{match: '(?P<n>\\w+)> (?P<t>.*)'}]}}", "sender: n, body: t"
    )
    read = rows(reader, deliver(b"ann> one\r\ntwo\r\n\r\nbob> three\r\n"))
    assert [(r["offset"], r["length"], r["body"]) for r in read] == [(0, 15, "one\ntwo\n"), (17, 10, "three")]


def test_values_come_from_the_path_or_are_constant(deliver) -> None:
    more = "path_pattern: 'of (?P<who>[a-z]+)/'\n"
    reader = mapping(
        "{json: {required: [b]}}", "body: b, copy: {file_path: who}, conversation: {const: hall}, stage: s", more
    )
    (row,) = rows(reader, deliver(b'{"b":"x","s":"transit"}', "logs of ann/1.json"))
    assert (row["copy"], row["conversation"], row["stage"]) == ("ann", "hall", "transit")
    assert reader.info.path_fields == ("copy",)
    assert rows(reader, deliver(b'{"b":"x","s":"?"}', "1.json"))[0]["copy"] is None


WRONG = [
    ("{json: {required: []}}", "body: b", "", "records.json.required"),
    ("{json: {required: [a]}, csv: {}}", "body: b", "", "records"),
    ("{json: {required: [a]}}", "bodi: b", "", "fields.bodi"),
    ("{json: {required: [a]}}", "time: {field: t, formats: [sometime]}", "", "fields.time.formats.0"),
    ("{json: {required: [a]}}", "time: {field: t, zone: Mars/Base}", "", "fields.time.zone"),
    ("{json: {required: [a]}}", "native_id: i", "", "fields"),
    ("{json: {required: [a]}}", "copy: {file_path: who}", "", "path_pattern has no group called who"),
    ("{json: {required: [a]}}", "sender: {field: a, const: b}", "", "fields.sender"),
    ("{lines: {patterns: [{match: '('}]}}", "body: b", "", "records.lines.patterns.0.match"),
    ("{csv: {encoding: klingon}}", "body: b", "", "records.csv.encoding"),
    ("{csv: {header: false}}", "body: '1'", "", "records.csv"),
    ("[", "", "", "not YAML"),
]


@pytest.mark.parametrize(("records", "fields", "more", "named"), WRONG)
def test_a_wrong_mapping_is_refused_with_the_key_at_fault(records, fields, more, named) -> None:
    with pytest.raises(WrongUse, match=re.escape(named)) as caught:
        mapping(records, fields, more)
    assert caught.value.where.startswith("own.yaml")


def test_a_mapping_file_that_is_absent_or_no_text_is_refused(tmp_path) -> None:
    with pytest.raises(NotFound):
        load_mapping(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"\xff")
    with pytest.raises(WrongUse):
        load_mapping(tmp_path / "bad.yaml")


def test_the_check_shows_values_problems_and_unmapped_keys(deliver) -> None:
    reader = mapping("{json: {required: [a]}}", "sender: a, body: b.c, time: {field: t, formats: [iso]}")
    data = b'{"a":"x","b":{"c":"y","d":1},"t":"2020-01-01T00:00:00Z","e":[1]}{"a":"x","t":"noon"}{"q":1}'
    check = check_mapping(deliver(data), reader, rows=2)
    assert (check.reader, check.records, check.unmapped) == ("own@1", 2, {"b.d": 1, "e": 1})
    fields = [{field.name: (field.value, field.problem) for field in row.fields} for row in check.rows]
    assert fields[0]["body"] == ("y", None)
    assert fields[0]["sent_at"] == ("2020-01-01T00:00:00+00:00", None)
    assert fields[1]["body"] == (None, "no value at b.c")
    assert fields[1]["time_raw"] == ("noon", "the time fits none of: iso")
    assert [refusal.code for refusal in check.refusals] == ["missing_fields"]


@pytest.mark.parametrize(("day", "events"), [("2004-11-15_03", 173), ("2005-06-27_12", 232), ("2008-12-11_11", 16)])
def test_the_irc_days_are_read_whole(shared_data, day, events) -> None:
    file = shared_data / "chat" / f"{day}.ascii.txt"
    source = FileOnDisk(file, file.name)
    reader = recognise(source)
    read = rows(reader, source)
    assert (reader.info.name, len(read)) == ("irc", 1250)
    assert Counter(row["kind"] for row in read) == {"event": events, "text": 1250 - events}
    assert {row["local_time"].date().isoformat() for row in read if row["kind"] == "text"} == {day[:10]}
    assert not refusals(reader, source)
    data = file.read_bytes()
    for row in read:
        again = decode_record("irc", data[row["offset"] : row["offset"] + row["length"]])
        assert (again.sender, again.body) == (row["sender"], row["body"])


def documented_mapping() -> MappingReader:
    page = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")
    return MappingReader(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1], "docs/mappings.md")


def test_the_documented_mapping_reads_what_the_page_says(deliver) -> None:
    (row,) = rows(documented_mapping(), deliver(b'ham\tsay "hi\n'))
    assert (row["body"], row["extra"]) == ('say "hi', '{"label":"ham"}')


def test_the_sms_file_is_read_whole_through_the_documented_mapping(shared_data) -> None:
    file = shared_data / "chat" / "sms.tsv"
    source = FileOnDisk(file, "sms.tsv")
    read = rows(documented_mapping(), source)
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    assert [row["body"] for row in read] == [line.split("\t", 1)[1] for line in lines]
    assert (len(read), len({row["body"] for row in read})) == (5574, 5171)
    assert not refusals(documented_mapping(), source)


@pytest.mark.parametrize("path", ["jabber/\udce9/1.json", "WhatsApp Chat with \udce9.txt"])
def test_a_path_that_is_not_utf8_gives_replacement_characters(deliver, path) -> None:
    data = {"j": b'{"ts":"2020-01-01","from":"a","to":"b","body":"c"}', "W": b"31/12/2020, 23:59 - a: b"}[path[0]]
    source = FileOnDisk(deliver(data).file, path)
    (row,) = rows(recognise(source), source)
    assert "\ufffd" in {row["copy"], row["conversation"]}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_line_break_inside_a_quoted_field_stays_as_written(deliver, ending: str) -> None:
    text = ending.join(["time,from,body", f'2020-04-01T10:00:00Z,anna,"one{ending}two"', ""])
    found = rows(load_mapping("csv"), deliver(text.encode(), "log.csv"))
    assert [row["body"] for row in found] == [f"one{ending}two"]


@pytest.mark.parametrize("value", ["2020-99-99", "2001-12-14t21:59:43.10-99:99", "9" * 5000])
def test_a_value_that_python_cannot_hold_is_a_wrong_mapping(value) -> None:
    with pytest.raises(WrongUse, match="in quotes"):
        MappingReader(f"name: test\nversion: {value}\n", "odd.yaml")


def test_a_mapping_without_required_fields_does_not_fit_a_file_of_which_it_reads_nothing(deliver) -> None:
    reader = mapping("{csv: {delimiter: ';'}}", "sender: Van, body: Tekst")
    assert reader.refusal(deliver(b"31/12/2023, 23:59 - Ann: one\n31/12/2023, 23:59 - Ben: two\n")) is not None
    assert reader.refusal(deliver(b"Van;Tekst\nAnn;\n")) is None
