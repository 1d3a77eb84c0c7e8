from datetime import UTC, datetime
from typing import Any

import pytest

from corpus.query.oracle import matches
from venetic.corpus.query import parse

_MESSAGE: dict[str, Any] = {
    "body": "We meet at the OLD wharf, Café №1. Bring cash 👍🏽",
    "sender": "Anna.K",
    "receivers": ["bob@example.org", "Carl"],
    "conversation": "The Wharf",
    "conversation_id": "c0ffee",
    "sent_at": datetime(2024, 3, 5, tzinfo=UTC),
    "local_time": datetime(2024, 3, 4, 19, 0),  # noqa: DTZ001 -- wall-clock time has no zone
    "has": {"attachment", "image"},
    "hauls": {"H1"},
    "kind": "text",
}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "cafe wharf",
        "we OR nothing",
        '"the old wharf"',
        '"wharf old the"~0',
        '"we wharf"~4',
        "brin*",
        "wharv~",
        "/old.wharf/",
        "👍",
        "NOT absent",
        "from:anna.k",
        "from:ANN*",
        "to:carl",
        "with:bob@example.org with:anna.k",
        'in:"the wharf"',
        "in:c0ffee",
        "after:2024-03-05",
        "before:2024-03-06",
        "has:image",
        "haul:h1",
        "kind:text",
    ],
)
def test_the_message_answers(query: str) -> None:
    assert matches(parse(query), _MESSAGE)
    assert not matches(parse(f"NOT ({query})" if query else "kind:event"), _MESSAGE)


@pytest.mark.parametrize(
    "query",
    [
        "wharf absent",
        '"old the"',
        '"we wharf"~3',
        '"we we"~40',
        "harf*",
        "whaarvv~1",
        "from:anna",
        "to:anna.k",
        "in:wharf",
        "before:2024-03-05",
        "after:2024-03-05T00:00:01",
        "has:video",
        "kind:event",
    ],
)
def test_the_message_does_not_answer(query: str) -> None:
    assert not matches(parse(query), _MESSAGE)


def test_without_a_zone_the_wall_clock_decides_and_without_a_time_nothing_does() -> None:
    local = {**_MESSAGE, "sent_at": None}
    assert matches(parse("before:2024-03-05"), local)
    timeless = {**local, "local_time": None}
    assert not matches(parse("before:2100 OR after:1900"), timeless)
