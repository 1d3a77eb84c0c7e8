"""Small worlds of source records, and a corpus that they are written to step by step."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from corpus.reconcile_oracle import SHOWN, record_id
from venetic.corpus import LinkRule
from venetic.corpus._staging import STAGED_SCHEMA, Job, Staged
from venetic.corpus._steps import StepInput, StepWriter
from venetic.corpus._tables import MEDIA, SOURCES, TABLES
from venetic.corpus.query import index_text
from venetic.engine import DuckAnalytics, LanceTables

RULE = LinkRule(window_s=90, hours_from_letters=12)
NOON = datetime(2020, 4, 1, 12, tzinfo=UTC)
WALL = NOON.replace(tzinfo=None)
LONG = "bring the parcel tomorrow"


@dataclass(frozen=True)
class WorldFile:
    """A sealed file as identity sees it: its hash, the path where a field is read from it, and its rows."""

    name: str
    by_path: str | None
    rows: tuple[Mapping[str, Any], ...]
    zone: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    def records(self) -> list[dict[str, Any]]:
        listed = []
        for at, row in enumerate(self.rows):
            record = {**row, "file": self.sha256, "path": self.by_path, "offset": at * 100, "length": 90}
            record |= {"unit": (self.sha256, self.by_path), "zone": self.zone}
            listed.append({**record, "record": record_id(record)})
        return listed


def _times(*moments: tuple[int, str]) -> list[dict[str, Any]]:
    listed = []
    for offset_s, precision in moments:
        apart = timedelta(seconds=offset_s)
        listed.append({"sent_at": NOON + apart, "local_time": WALL + apart, "time_precision": precision})
        listed.append({"sent_at": None, "local_time": WALL + apart, "time_precision": precision})
    return listed


NO_TIME = {"sent_at": None, "local_time": None, "time_precision": None}
TIMES = _times((0, "s"), (0, "min"), (60, "s"), (3600, "s"), (-7200, "s"))
PICTURE = {"name": "p.jpg", "mime": None, "url": None, "sha256": None}


PLAIN = {"kind": "text", "conversation": "c1", "sender": "a", "receivers": ["b"], "body": LONG}
VARIED: Mapping[str, list[Any]] = {
    "kind": ["event"],
    "conversation": [None, "c2"],
    "copy": ["a", "a", "b"],
    "sender": ["b", None],
    "receivers": [["b", "é"], [], None],
    "body": ["ok", "no", None],
    "edited_at": [NOON, NOON + timedelta(hours=1)],
    "attachments": [[PICTURE], []],
    "time": [*TIMES, NO_TIME],
    "native_id": ["n2", None, None],
}


@st.composite
def rows(draw: st.DrawFn, service: str, scope: str | None) -> dict[str, Any]:
    """A row that differs little from every other, so that they often meet."""
    chosen = {
        name: draw(st.sampled_from(VARIED[name])) for name in draw(st.sets(st.sampled_from([*VARIED]), max_size=2))
    }
    time = chosen.pop("time", TIMES[0])
    native_id = chosen.pop("native_id", "n1") if scope else None
    known = {"native_id": native_id, "id_scope": None if native_id is None else scope, "service": service}
    return {**dict.fromkeys(STAGED_SCHEMA.names), **PLAIN, **time, **chosen, **known}


@st.composite
def worlds(draw: st.DrawFn, most_files: int = 4, most_rows: int = 5) -> list[WorldFile]:
    """Files of one or two services, ids of every scope and none, copies and repeats."""
    files = []
    for number in range(draw(st.integers(1, most_files))):
        service = draw(st.sampled_from(["jabber"] * 7 + ["irc"]))
        scope = draw(st.sampled_from([None, None, None, "global", "global", "conversation", "source"]))
        listed = tuple(draw(st.lists(rows(service, scope), min_size=1, max_size=most_rows)))
        name, by_path = draw(st.sampled_from([(f"f{number}", None), (f"f{number}", None), ("shared", f"p{number}")]))
        if name == "shared" and (twin := next((file for file in files if file.name == name), None)) is not None:
            listed = twin.rows
        zone = draw(st.sampled_from([None, None, None, "Europe/Amsterdam"]))
        twin_zone = [file.zone for file in files if file.name == name]
        files.append(WorldFile(name, by_path, listed, twin_zone[0] if twin_zone else zone))
    return files


class Written:
    """A corpus in a folder, written to by steps of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.tables = LanceTables(str(folder / "corpus"))
        analytics = DuckAnalytics(folder / "scratch", 400, 1)
        self.writer = StepWriter(self.tables, analytics, RULE, {spec.name: self.tables.create(spec) for spec in TABLES})
        self.numbers: dict[tuple[str, str | None], int] = {}
        self.zones: dict[int, str] = {}
        self.shas: dict[int, str] = {}

    def step(self, files: Sequence[WorldFile]) -> None:
        """Ingest files that are not there yet, as one step."""
        new = {(file.sha256, file.by_path): file for file in files}
        staged = [self._staged(file) for at, file in new.items() if at not in self.numbers]
        if staged:
            self.writer.write(StepInput(staged, SOURCES.schema.empty_table(), MEDIA.schema.empty_table()), self.zones)

    def _staged(self, file: WorldFile) -> Staged:
        number = len(self.numbers) + 1
        self.numbers[file.sha256, file.by_path] = number
        self.shas[number] = file.sha256
        if file.zone is not None:
            self.zones[number] = file.zone
        constants = {"file": file.sha256, "source": number, "reader": "test@1", "told_by_path": file.by_path}
        words = index_text([row["body"] for row in file.rows])
        listed = [
            {**row, **constants, "id_name": file.name, "offset": at * 100, "length": 90, "words": words[at]}
            for at, row in enumerate(file.rows)
        ]
        target = self.folder / f"{number}.arrow"
        with pa.OSFile(str(target), "wb") as out, pa.ipc.new_file(out, STAGED_SCHEMA) as ipc:
            ipc.write_table(pa.Table.from_pylist(listed, STAGED_SCHEMA))
        return Staged(Job(None, number, "test", False, target), "test@1", len(listed), 0, 0, 0)  # type: ignore[arg-type]

    def messages(self) -> dict[str, dict[str, Any]]:
        """Every message by its id, in the oracle's words."""
        table = self.tables.snapshot(self.writer.versions).scan("messages", MESSAGE_COLUMNS).read_all()
        listed = table.to_pylist()
        assert len({row["message"] for row in listed}) == len(listed)
        for row in listed:
            row["files"] = {self.shas[source] for source in row.pop("sources")}
            row["records"] = sorted((ref["record"], ref["offset"], ref["length"]) for ref in row["records"])
            row["marks"] = set(row["marks"])
            texts = index_text([row["body"], *row["other_bodies"]])
            assert row["words"] == " \u241f ".join(text for text in texts if text)
        return {row["message"]: {name: row[name] for name in (*SHOWN, "moment")} for row in listed}


MESSAGE_COLUMNS = ["message", "words", "sources", "moment", *(name for name in SHOWN if name != "files")]
