import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venetic.audit import Actor, AuditLog, parse_head
from venetic.engine import SqlCase

ACTOR = Actor("anna", "Anna", "a test")
ENTRIES = 7
APPEND = """
import sys
from contextlib import suppress
from pathlib import Path
from venetic.audit import Actor, AuditLog
from venetic.engine import SqlCase
folder = Path(sys.argv[1])
case = SqlCase(folder / "case.db")
log = AuditLog(case, folder / "audit.head")
for at in range(int(sys.argv[2])):
    with case.write() as tx:
        log.record(tx, Actor(sys.argv[3]), "search", {"at": at})
    log.keep_head()
"""


def make(folder: Path, entries: int = ENTRIES) -> tuple[SqlCase, AuditLog]:
    case = SqlCase(folder / "case.db")
    case.create()
    log = AuditLog(case, folder / "audit.head")
    for at in range(entries):
        with case.write() as tx:
            log.record(tx, ACTOR, "search", {"query": f"q{at}", "ids": [str(at)]})
    log.keep_head()
    return case, log


@pytest.fixture(scope="module")
def chain(tmp_path_factory) -> tuple[Path, AuditLog, list[tuple[Any, ...]]]:
    folder = tmp_path_factory.mktemp("audit")
    _, log = make(folder)
    assert log.verify() == (ENTRIES, [])
    with sqlite3.connect(folder / "case.db") as db:
        return folder, log, db.execute("SELECT * FROM audit_entries ORDER BY seq").fetchall()


EDITS = {
    "account": st.sampled_from(["bob", "", "anna ", b"anna"]),
    "claimed": st.sampled_from([None, "Bob"]),
    "purpose": st.sampled_from([None, "other"]),
    "action": st.just("read"),
    "details": st.sampled_from(["{}", '{"ids":["0"],"query":"other"}', "not json", "[" * 2000, b"{}"]),
    "salt": st.sampled_from([b"0" * 16, "salt"]),
    "details_digest": st.just("0" * 64),
    "before": st.just("0" * 63 + "1"),
    "hash": st.just("f" * 64),
    "at": st.sampled_from([0, 1, 2**60, "noon", b"x"]),
    "seq": st.sampled_from([0, 100, -1]),
}
changes = st.one_of(
    st.tuples(st.just("edit"), st.integers(1, ENTRIES), st.sampled_from([*EDITS])).flatmap(
        lambda edit: EDITS[edit[2]].map(lambda value: (*edit, value))
    ),
    st.tuples(st.just("remove"), st.integers(1, ENTRIES)),
    st.tuples(st.just("swap"), st.integers(1, ENTRIES), st.integers(1, ENTRIES)).filter(
        lambda swap: swap[1] != swap[2]
    ),
    st.tuples(st.just("cut"), st.integers(1, ENTRIES)),
    st.tuples(st.just("copy"), st.integers(1, ENTRIES), st.integers(1, ENTRIES)).filter(
        lambda copy: copy[1] != copy[2]
    ),
)


def _apply(db: sqlite3.Connection, change: tuple[Any, ...]) -> None:
    match change:
        case ("edit", seq, column, value):
            db.execute(f"UPDATE audit_entries SET {column} = ? WHERE seq = ?", (value, seq))
        case ("remove", seq):
            db.execute("DELETE FROM audit_entries WHERE seq = ?", (seq,))
        case ("cut", seq):
            db.execute("DELETE FROM audit_entries WHERE seq >= ?", (seq,))
        case ("swap", one, other):
            for old, new in ((one, -9), (other, one), (-9, other)):
                db.execute("UPDATE audit_entries SET seq = ? WHERE seq = ?", (new, old))
        case ("copy", one, other):
            db.execute(
                "UPDATE audit_entries SET (action, details, salt, details_digest) = (SELECT action, details, salt,"
                " details_digest FROM audit_entries WHERE seq = ?) WHERE seq = ?",
                (one, other),
            )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(changes, min_size=1, max_size=3))
def test_any_change_to_the_chain_is_found(chain, listed) -> None:
    folder, log, rows = chain
    with sqlite3.connect(folder / "case.db") as db:
        db.execute("DELETE FROM audit_entries")
        db.executemany(f"INSERT INTO audit_entries VALUES ({', '.join('?' * len(rows[0]))})", rows)
        for change in listed:
            with suppress(sqlite3.IntegrityError):  # the table itself refuses it
                _apply(db, change)
        changed = db.execute("SELECT * FROM audit_entries ORDER BY seq").fetchall() != rows
    seen, bad = log.verify()
    assert bool(bad) == changed
    assert seen <= ENTRIES


def test_details_destroyed_still_verify_and_details_put_back_are_found(tmp_path) -> None:
    case, log = make(tmp_path)
    with case.write() as tx:
        log.destroy_details(tx, [2, 5])
    assert log.verify() == (ENTRIES, [])
    assert [entry["seq"] for entry in log.entries() if entry["details"] is None] == [2, 5]
    with sqlite3.connect(tmp_path / "case.db") as db:
        db.execute("UPDATE audit_entries SET details = '{}' WHERE seq = 2")
    assert log.verify()[1] == ["the details of entry 2 were edited"]


def test_a_chain_cut_together_with_its_head_shows_against_a_head_kept_elsewhere(tmp_path) -> None:
    _, log = make(tmp_path)
    kept = parse_head((tmp_path / "audit.head").read_text())
    with sqlite3.connect(tmp_path / "case.db") as db:
        db.execute("DELETE FROM audit_entries WHERE seq > 4")
    assert log.verify()[1] != []
    (tmp_path / "audit.head").unlink()
    log.keep_head()
    assert log.verify() == (4, [])
    assert log.verify(kept)[1] != []


def test_what_is_done_after_a_cut_does_not_hide_it(tmp_path) -> None:
    case, log = make(tmp_path)
    with sqlite3.connect(tmp_path / "case.db") as db:
        db.execute("DELETE FROM audit_entries WHERE seq > 4")
    for times in range(ENTRIES):
        assert any("kept beside the database" in fault for fault in log.verify()[1]), times
        with case.write() as tx:
            log.record(tx, Actor("anna", None, "a purpose"), "search", {})
        log.keep_head()
    assert any("rewritten" in fault for fault in log.verify()[1])


def test_a_head_that_is_gone_or_unreadable_is_a_fault(tmp_path) -> None:
    _, log = make(tmp_path)
    (tmp_path / "audit.head").write_text("7:x")
    assert log.verify()[1] != []
    (tmp_path / "audit.head").unlink()
    assert log.verify()[1] != []


def test_two_processes_append_to_one_chain(tmp_path) -> None:
    _, log = make(tmp_path)
    commands = [[sys.executable, "-c", APPEND, str(tmp_path), "40", name] for name in ("anna", "bob")]
    started = [subprocess.Popen(command) for command in commands]
    assert [child.wait() for child in started] == [0, 0]
    assert log.verify() == (ENTRIES + 80, [])
    assert len([entry for entry in log.entries() if entry["account"] == "bob"]) == 40
