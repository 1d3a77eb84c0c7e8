"""An operation with one delivery, received and ingested through the command line, shared by the tests that read it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.world import RECEIVED, Ran, run, write_delivery


@dataclass(frozen=True)
class World:
    """The operation's folder, its delivery, and what receive and ingest said."""

    folder: Path
    delivery: Path
    received: Ran
    ingested: Ran

    def run(self, *arguments: object) -> Ran:
        """Run a command on the operation."""
        return run(*arguments, "--operation", self.folder)

    def read(self, *arguments: object) -> Ran:
        """Run a command that shows content."""
        return self.run(*arguments, "--purpose", "test of the command line")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    delivery = write_delivery(folder / "delivery")
    where = ("--operation", folder / "op")
    assert run("init", folder / "op", "--name", "Quay", "--kind", "real", "--marking", "OFFICIAL").code == 0
    received = run("receive", delivery, *RECEIVED, *where, "--json")
    ingested = run("ingest", *where, "--json")
    return World(folder / "op", delivery, received, ingested)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VENETIC_OPERATION", "VENETIC_PURPOSE", "VENETIC_ACTOR", "VENETIC_DEBUG"):
        monkeypatch.delenv(name, raising=False)
