import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.reconcile_oracle import SHOWN, messages
from corpus.worlds import NOON, PLAIN, RULE, TIMES, WALL, WorldFile, Written, worlds
from venetic.corpus._staging import STAGED_SCHEMA

DEFAULT = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
SOAK = settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck))


def expected(files: list[WorldFile]) -> dict[str, dict[str, Any]]:
    """What the oracle says of the files, each once per path that tells something."""
    units = {(file.sha256, file.by_path): file for file in files}
    records = [record for file in units.values() for record in file.records()]
    found = messages(records, RULE.window_s, RULE.hours_from_letters)
    return {name: {key: row[key] for key in (*SHOWN, "moment")} for name, row in found.items()}


def differences(left: dict[str, dict[str, Any]], right: dict[str, dict[str, Any]]) -> list[str]:
    said = [f"{name} only on one side" for name in left.keys() ^ right.keys()]
    for name in left.keys() & right.keys():
        said += [
            f"{name}.{key}: {left[name][key]!r} != {right[name][key]!r}"
            for key in left[name]
            if left[name][key] != right[name][key]
        ]
    return said


def check(files: list[WorldFile], order: list[int], cuts: list[bool]) -> None:
    """Ingest the files in an order, cut into steps; after every step the messages are what the oracle says."""
    folder = Path(tempfile.mkdtemp())
    try:
        corpus, shown, done, step = Written(folder / "corpus"), set[str](), list[WorldFile](), list[WorldFile]()
        for at, number in enumerate(order):
            step.append(files[number % len(files)])
            if at == len(order) - 1 or cuts[at % len(cuts)]:
                corpus.step(step)
                done, step = [*done, *step], []
                found = corpus.messages()
                assert differences(found, expected(done)) == []
                shown |= found.keys()
        known = found.keys() | {alias for row in found.values() for alias in row["aliases"]}
        assert shown <= known, "an id once shown stays resolvable"
    finally:
        shutil.rmtree(folder)


orders = st.lists(st.integers(0, 3), min_size=1, max_size=7)


@DEFAULT
@given(worlds(), orders, st.lists(st.booleans(), min_size=1, max_size=5))
def test_any_order_split_and_repetition_gives_the_messages_of_the_oracle(files, order, cuts) -> None:
    check(files, order, cuts)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@SOAK
@given(worlds(most_files=5, most_rows=7), orders, st.lists(st.booleans(), min_size=1, max_size=5))
def test_many_worlds_give_the_messages_of_the_oracle(files, order, cuts) -> None:
    check(files, order, cuts)


def row(**given: Any) -> dict[str, Any]:
    """A row that is a message of a to b at noon, but for what is given."""
    return {**dict.fromkeys(STAGED_SCHEMA.names), **PLAIN, **TIMES[0], "service": "jabber", **given}


NATIVE = {"native_id": "n1", "id_scope": "global"}


def test_a_repeat_stays_marked_when_the_message_it_joined_is_edited() -> None:
    repeated = WorldFile("repeats", None, (row(), row()))
    exported = WorldFile("export", None, (row(**NATIVE),))
    edited = WorldFile("later", None, (row(**NATIVE, body="edited", edited_at=NOON),))
    check([repeated, exported, edited], [0, 1, 2], [True])


def test_a_possible_copy_is_let_go_when_the_message_it_equalled_is_edited() -> None:
    exported = WorldFile("export", None, (row(**NATIVE),))
    minute_later = {"sent_at": NOON + timedelta(minutes=1), "local_time": WALL + timedelta(minutes=1)}
    copied = WorldFile("copy", None, (row(**minute_later),))
    edited = WorldFile("later", None, (row(**NATIVE, body="edited", edited_at=NOON),))
    check([exported, copied, edited], [0, 1, 2], [True])


def test_messages_without_a_sender_meet_a_corpus() -> None:
    nameless = WorldFile("nameless", None, (row(sender=None),))
    check([nameless, WorldFile("more", None, (row(sender=None, body=None),))], [0, 1], [True])
