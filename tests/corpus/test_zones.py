from datetime import UTC, datetime

import pytest

from corpus.operations import FACTS, Workplace
from venetic.haul import About, Said

SAID = Said(said_by="the provider", document="letter 7")


def line(at: str, body: str = "hello", **given) -> dict:
    return {"body": body, "from": "a", "to": ["b"], "in": "c", "at": at, **given}


@pytest.fixture
def place(tmp_path) -> Workplace:
    made = Workplace(tmp_path)
    lines = [
        line("2020-07-01T12:00:00", "summer"),
        line("2020-10-25T02:30:00", "twice"),
        line("2020-03-29T02:30:00", "never"),
    ]
    made.deliver({"one.json": [*lines, line("2020-07-01T12:00:00Z", "stated")]})
    made.ingest()
    return made


def times(place: Workplace) -> dict[str, tuple]:
    return {message.body: (message.sent_at, message.zone) for message in place.op.read("c").messages}


def say(place: Workplace, zone: str, haul: str = "H1") -> None:
    place.op.haul.assert_fact(place.op.actor, About("haul", haul, "zone"), zone, SAID)
    place.ingest()


def test_an_asserted_zone_gives_utc_where_the_wall_clock_names_one_instant(place) -> None:
    assert {body for body, (_, zone) in times(place).items() if zone == "not stated"} == {"summer", "twice", "never"}
    say(place, "Europe/Amsterdam")
    found = times(place)
    assert found["summer"] == (datetime(2020, 7, 1, 10, tzinfo=UTC), "asserted")
    assert found["twice"] == found["never"] == (None, "not stated")
    assert found["stated"] == (datetime(2020, 7, 1, 12, tzinfo=UTC), "stated")


def test_a_zone_superseded_is_a_zone_taken_back(place) -> None:
    say(place, "Europe/Amsterdam")
    say(place, "Etc/GMT-5")
    assert times(place)["summer"][0] == datetime(2020, 7, 1, 7, tzinfo=UTC)
    assert times(place)["never"][1] == "asserted"


def test_a_zone_taken_back_leaves_the_wall_clock_as_it_was(place) -> None:
    before = times(place)
    say(place, "Europe/Amsterdam")
    assert times(place) != before
    say(place, "none")
    assert times(place) == before


def test_an_asserted_zone_holds_whichever_copy_speaks_for_the_message(place) -> None:
    say(place, "Europe/Amsterdam")
    for number in range(4):  # the record that speaks is now one of these, now the first
        place.deliver({f"copy-{number}/more.json": [line("2020-07-01T12:00:00", "summer")]})
        place.ingest()
        assert times(place)["summer"] == (datetime(2020, 7, 1, 10, tzinfo=UTC), "asserted")


def test_bytes_received_again_without_a_word_on_their_zone_keep_it(place) -> None:
    say(place, "Europe/Amsterdam")
    again = place.folder / "parcel-operation-0"
    place.op.haul.receive([again], FACTS, place.op.actor)
    place.ingest()
    assert times(place)["summer"][1] == "asserted"
    say(place, "Europe/London", "H2")
    assert times(place)["summer"] == (None, "not stated"), "deliveries that disagree say nothing"
