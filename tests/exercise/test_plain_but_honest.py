"""What the people of an exercise do is varied enough to be of use, and what is planted is there."""

import io
from collections import Counter, defaultdict

from PIL import Image

from exercise import DAYS, truth
from exercise._draws import Draws
from exercise._inventory import LANGUAGES, inventory


def test_a_tiny_exercise_has_about_two_thousand_messages_and_fifty_pictures(tiny) -> None:
    messages = truth.messages(tiny.truth).to_pylist()
    said = [row for row in messages if row["kind"] != "event"]
    assert 1_950 <= len(said) <= 2_050
    assert sum(row["kind"] == "media" for row in said) == 50


def test_few_long_messages_are_word_for_word_the_same(tiny) -> None:
    bodies = [row["body"] for row in truth.messages(tiny.truth).to_pylist()]
    long = Counter(body for body in bodies if len(body.split()) >= 5 and not body.startswith("Messages to this chat"))
    assert long.total() > 1_000
    assert long.total() - len(long) < long.total() // 50
    assert Counter(bodies)["👍"] > 3


def test_every_language_is_spoken_and_people_answer_each_other(tiny) -> None:
    authors, languages = defaultdict(set), set()
    for row in truth.messages(tiny.truth).to_pylist():
        languages.add(row["language"])
        if row["label"] != "harmless" or row["kind"] == "text":
            authors[row["conversation"]].add(row["author"])
    assert languages == set(LANGUAGES)
    assert all(len(found) >= 2 for found in authors.values())


def test_harm_is_rare_and_has_harmless_lookalikes(tiny) -> None:
    messages = truth.messages(tiny.truth).to_pylist()
    labels = Counter(row["label"] for row in messages)
    assert 0 < labels["threat"] < labels["supply"] < labels["harmless"] // 10
    assert {row["label"] for row in messages if row["hard_negative"]} == {"harmless"}


def test_messages_fall_within_the_period_and_follow_the_day(tiny) -> None:
    times = truth.messages(tiny.truth)["sent_at"].to_pylist()
    days = {time.date() for time in times}
    assert (min(days).isoformat(), max(days).isoformat()) <= ("2020-04-01", "2020-06-13")
    assert len(days) == DAYS
    hours = Counter(time.hour for time in times)
    assert hours[1] + hours[2] + hours[3] < hours[17] + hours[18] + hours[19]


def test_pictures_open_and_exif_is_there_where_the_truth_says_so(tiny) -> None:
    media = truth.media(tiny.truth).to_pylist()
    for row in media:
        picture = Image.open(io.BytesIO(tiny.data(row["path"])))
        picture.load()
        assert picture.get_format_mimetype() == row["mime"]
        assert bool(picture.getexif()) == row["has_exif"]
    assert {row["has_exif"] for row in media} == {True, False}


def test_every_kind_of_degradation_is_planted(tiny) -> None:
    assert set(truth.degradation(tiny.truth)["what"].to_pylist()) == {
        "receiver's copy dropped",
        "lost with the end of a file",
        "repeated in one copy",
        "clock of the receiving device differs",
        "cut off",
        "garbled",
        "truncated",
        "random bytes",
        "file delivered again",
        "whole file delivered after a truncated one",
        "name is not UTF-8",
        "day and month cannot be told apart in this file",
    }
    records = truth.records(tiny.truth).to_pylist()
    assert any(row["degradation"] == "delivered again" for row in records)
    assert any(row["is_edited"] for row in records)
    assert any(row["kind"] == "undecryptable" for row in records)


def test_handles_change_hands_in_time_but_never_belong_to_two_people(tiny) -> None:
    owners = defaultdict(set)
    for row in truth.handles(tiny.truth).to_pylist():
        owners[(row["service"], row["handle"])].add(row["person"])
    assert all(len(people) == 1 for people in owners.values())


def test_every_template_of_every_language_can_be_filled() -> None:
    for language in LANGUAGES:
        words = inventory(language)
        for topic in words.topics:
            for template in (*topic.ask, *topic.answer, *topic.more, *words.tail):
                assert "{" not in words.filled(template, Draws("fill", template))


def test_draws_depend_on_their_names_and_nothing_else() -> None:
    first, again = Draws(1, "a", "bc"), Draws(1, "a", "bc")
    assert [first.below(1000) for _ in range(20)] == [again.below(1000) for _ in range(20)]
    assert Draws(1, "ab", "c").below(2**60) != Draws(1, "a", "bc").below(2**60)
    assert sorted(Draws(3).shuffled(range(50))) == list(range(50))
    assert all(len(Draws(3).bytes(count)) == count for count in (0, 1, 31, 32, 33))
    assert {Draws("w", n).weighted("ab", (1, 3)) for n in range(50)} == {"a", "b"}
