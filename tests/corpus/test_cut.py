"""A re-sealed file is read as if its destroyed records had never stood in it, every other record at its old place."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpus.test_destroy import comma_separated, jabber, whatsapp
from venetic.corpus._cut import CutSource, cut, cut_bytes
from venetic.haul import load_mapping, read_source, reader_named, recognise
from venetic.kernel import Misuse

IRC = "\n".join(f"[10:{at:02}] <anna> line {at}" for at in range(9)).encode() + b"\n"
ROCKET = json.dumps(
    {
        "messages": [
            {"_id": str(at), "rid": "r", "msg": f"m{at}", "ts": "2020-09-01T10:00:00.000Z", "u": {"username": "anna"}}
            for at in range(5)
        ],
        "count": 5,
    },
    indent=1,
).encode()
XML = b"<log>\n" + b"".join(b'<m from="anna" at="2020-09-01T10:00:00Z">b%d</m>\n' % at for at in range(5)) + b"</log>"
XML_MAPPING = (
    'name: marks\nversion: "1"\nservice: x\nlayouts: [x]\nrecords: {xml: {element: m, required: ["@from"]}}\n'
    'fields: {sender: "@from", time: {field: "@at", formats: [iso]}, body: "."}\n'
)
WIDE = comma_separated().decode().encode("utf-16")


@dataclass(frozen=True)
class Held:
    """A sealed file in memory."""

    data: bytes
    path: str
    sha256: str = "f" * 64

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)

    def head(self, size: int = 65_536) -> bytes:
        return self.data[:size]


FILES = {
    "jabber": Held(jabber(), "2020-09-01.json"),
    "csv": Held(comma_separated(), "table.csv"),
    "csv in UTF-16": Held(WIDE, "table.csv"),
    "csv with carriage returns at the end only": Held(comma_separated().rstrip(), "table.csv"),
    "whatsapp": Held(whatsapp(), "WhatsApp Chat with Anna.txt"),
    "irc": Held(IRC, "#c/2020-09-01.txt"),
    "rocketchat": Held(ROCKET, "export.json"),
    "xml": Held(XML, "log.xml"),
}


def rows_of(source, reader) -> list[dict]:
    rows: list[dict] = []
    for read in read_source(reader, source):
        batch = source.placed(read) if isinstance(source, CutSource) else read
        assert batch.refusals == ()
        rows += batch.rows.to_pylist()
    return rows


def blanked(file: Held, rows: list[dict]) -> Held:
    data = bytearray(file.data)
    for row in rows:
        data[row["offset"] : row["offset"] + row["length"]] = b" " * row["length"]
    return Held(bytes(data), file.path)


@pytest.mark.parametrize("which", [slice(0, 1), slice(1, 2), slice(-1, None), slice(3), slice(None, None, 2)], ids=str)
@pytest.mark.parametrize("name", FILES)
def test_what_is_left_reads_as_before(name: str, which: slice, tmp_path: Path) -> None:
    file = FILES[name]
    (tmp_path / "xml.yaml").write_text(XML_MAPPING)
    reader = load_mapping(tmp_path / "xml.yaml") if name == "xml" else recognise(file)
    rows = rows_of(file, reader)
    gone = rows[which]
    left = [row for row in rows if row not in gone]
    destroyed = {file.sha256: tuple((row["offset"], row["length"]) for row in gone)}
    source = cut(blanked(file, gone), destroyed)
    assert reader.refusal(source) is None
    assert rows_of(source, reader) == left
    assert source.size + cut_bytes(source) == file.size


def test_a_file_that_lost_nothing_is_itself() -> None:
    file = FILES["irc"]
    assert cut(file, {"0" * 64: ((0, 1),)}) is file
    assert cut_bytes(file) == 0


def test_a_file_that_lost_everything_is_empty() -> None:
    file = FILES["irc"]
    source = cut(file, {file.sha256: ((0, file.size),)})
    assert (source.size, source.head()) == (0, b"")
    assert reader_named("irc").refusal(source) is not None


def test_a_cut_file_can_be_read_from_anywhere() -> None:
    data = bytes(range(97, 123))
    file = Held(data, "x")
    source = cut(file, {file.sha256: ((0, 2), (5, 3), (4, 2), (25, 1))})
    expected = data[2:4] + data[8:25]
    with source.open() as stream:
        assert stream.read() == expected
        for at in range(len(expected) + 2):
            stream.seek(at)
            assert (stream.tell(), stream.read(3)) == (at, expected[at : at + 3])
        stream.seek(-2, io.SEEK_END)
        assert stream.read() == expected[-2:]
    with source.open() as stream, pytest.raises((Misuse, ValueError, OSError)):
        stream.seek(-1)
