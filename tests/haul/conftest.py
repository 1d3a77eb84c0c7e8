"""A haul room on real stores: objects in a folder, case state in SQLite."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event

from venetic.audit import Actor, AuditLog
from venetic.engine._objects import open_objects
from venetic.haul import DeliveryFacts, HaulRoom, Limits
from venetic.kernel import ObjectStore, case_metadata


class SqliteCase:
    """Case state in one SQLite file, writers serialised."""

    def __init__(self, file: Path) -> None:
        self.engine = create_engine(f"sqlite:///{file}")

        @event.listens_for(self.engine, "connect")
        def _manual(connection, _record) -> None:
            connection.isolation_level = None

        case_metadata.create_all(self.engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection


class Operation:
    """Everything a test needs of one operation."""

    def __init__(self, folder: Path, limits: Limits | None = None, kind: str = "real") -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.store = folder / "objects"
        self.objects: ObjectStore = open_objects(self.store)
        self.case = SqliteCase(folder / "case.db")
        self.audit = AuditLog(self.case, folder / "audit.head")
        self.room = HaulRoom(
            objects=self.objects,
            case=self.case,
            audit=self.audit,
            limits=limits or Limits(),
            software="venetic 0.1.0",
            kind=kind,
        )

    def receive(self, *paths: Path, **options):
        return self.room.receive(list(paths), FACTS, ACTOR, **options)

    def paths(self, haul: str = "H1") -> list[str]:
        return [entry.path for entry in self.room.entries(haul)]

    def codes(self, haul: str | None = None) -> dict[str, str]:
        return {refusal.entry: refusal.code for _, refusal in self.room.refusals(haul)}

    def content(self, path: str, haul: str = "H1") -> bytes:
        entry = next(entry for entry in self.room.entries(haul) if entry.path == path)
        with self.room.open_source(entry.sha256).open() as stream:
            return stream.read()

    def every_byte(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.store.rglob("*") if file.is_file())


FACTS = DeliveryFacts("Unit A", "Order 7", "stored")
ACTOR = Actor("tester", purpose="test")


@pytest.fixture
def operation(tmp_path: Path) -> Operation:
    return Operation(tmp_path / "operation")


@pytest.fixture
def make_operation(tmp_path: Path) -> Callable[..., Operation]:
    def make(name: str = "other", **options) -> Operation:
        return Operation(tmp_path / name, **options)

    return make


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    return folder
