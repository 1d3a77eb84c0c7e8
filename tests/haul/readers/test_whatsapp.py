"""WhatsApp exports in the layouts phones write."""

import pytest

from haul.readers.goldens import wall
from venetic.haul.readers import read_source, reader_named, recognise

LAYOUTS = [
    ("31/12/2020, 23:59 - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("12/31/20, 11:59 PM - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("12/31/20, 12:01\u202fAM - Ann: hi", wall(2020, 12, 31, 0, 1), "min"),
    ("31/12/20, 12:05 p.\u00a0m. - Ann: hi", wall(2020, 12, 31, 12, 5), "min"),
    ("31.12.20, 23:59 - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("31-12-2020 23:59 - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("2020-12-31, 23:59 - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("2020/12/31 23:59 - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("31.12.2020 23.59 - Ann: hi", wall(2020, 12, 31, 23, 59), "min"),
    ("[31/12/2020, 23:59:58] Ann: hi", wall(2020, 12, 31, 23, 59, 58), "s"),
    ("[31.12.20, 23:59:58] Ann: hi", wall(2020, 12, 31, 23, 59, 58), "s"),
    ("\u200e[12/31/20, 11:59:58\u202fPM] Ann: hi", wall(2020, 12, 31, 23, 59, 58), "s"),
]


def read(deliver, text: str, path: str = "d/WhatsApp Chat with Ann.txt", reader: str = "whatsapp"):
    source = deliver(text.encode(), path)
    batches = list(read_source(reader_named(reader), source))
    return [row for batch in batches for row in batch.rows.to_pylist()], [r for b in batches for r in b.refusals]


@pytest.mark.parametrize(("line", "local", "precision"), LAYOUTS)
def test_each_layout_gives_wall_clock_time_without_zone(deliver, line, local, precision) -> None:
    (row,), refusals = read(deliver, line)
    assert (row["local_time"], row["time_precision"], row["sent_at"]) == (local, precision, None)
    assert (row["sender"], row["body"], row["conversation"], row["receivers"]) == ("Ann", "hi", "Ann", None)
    assert row["time_raw"] in line
    assert not refusals
    assert recognise(deliver(line.encode(), "d/c.txt")).info.name == "whatsapp"


def test_a_date_order_that_nothing_settles_leaves_times_null_until_it_is_stated(deliver) -> None:
    text = "01/02/20, 10:00 - Ann: a\n03/04/20, 10:01 - Bob: b\n"
    rows, _ = read(deliver, text)
    assert [(r["local_time"], r["time_raw"]) for r in rows] == [(None, "01/02/20, 10:00"), (None, "03/04/20, 10:01")]
    assert rows[0]["extra"] == '{"date_order":"undecided"}'
    assert read(deliver, text, reader="whatsapp:dmy")[0][0]["local_time"] == wall(2020, 2, 1, 10)
    assert read(deliver, text, reader="whatsapp:mdy")[0][0]["local_time"] == wall(2020, 1, 2, 10)


def test_a_day_above_twelve_anywhere_settles_the_whole_file(deliver) -> None:
    rows, _ = read(deliver, "01/02/20, 10:00 - Ann: a\n" * 3 + "13/02/20, 10:00 - Ann: a\n")
    assert rows[0]["local_time"] == wall(2020, 2, 1, 10)


def test_lines_without_stamp_continue_the_message_and_pasted_lines_of_another_layout_too(deliver) -> None:
    text = "31/12/20, 10:00 - Ann: one\n\n[31/12/20, 10:00:01] Bob: pasted\ntwo\n31/12/20, 10:01 - Bob: end\n"
    rows, _ = read(deliver, text)
    assert [r["body"] for r in rows] == ["one\n\n[31/12/20, 10:00:01] Bob: pasted\ntwo", "end"]


def test_system_lines_are_events_without_sender(deliver) -> None:
    text = (
        "[31/12/20, 10:00:00] Crew: \u200eMessages and calls are end-to-end encrypted.\n"
        "[31/12/20, 10:00:01] \u200eAnn added Bob\n[31/12/20, 10:00:02] Ann: yo\n"
    )
    rows, _ = read(deliver, text, "d/WhatsApp Chat - Crew.zip/_chat.txt")
    assert [(r["kind"], r["sender"]) for r in rows] == [("event", None), ("event", None), ("text", "Ann")]
    assert {r["conversation"] for r in rows} == {"Crew"}


@pytest.mark.parametrize(
    ("body", "kind", "names"),
    [
        ("<Media omitted>", "media", [None]),
        ("<Medien ausgeschlossen>", "media", [None]),
        ("\u200eimage omitted", "media", [None]),
        ("IMG-1.jpg (file attached)", "media", ["IMG-1.jpg"]),
        ("\u200e<attached: 00001-PHOTO.jpg>", "media", ["00001-PHOTO.jpg"]),
        ("\u200eThis message was deleted.", "deleted", None),
        ("image omitted by me", "text", None),
        ("time is 10:30", "text", None),
    ],
)
def test_media_marks_become_attachments_and_the_body_stays(deliver, body, kind, names) -> None:
    (row,), _ = read(deliver, f"31/12/20, 10:00 - Ann: {body}")
    assert (row["kind"], row["body"]) == (kind, body)
    assert (row["attachments"] and [a["name"] for a in row["attachments"]]) == names


def test_lines_before_the_first_message_are_refused(deliver) -> None:
    _, refusals = read(deliver, "hello\n31/12/20, 10:00 - Ann: a\n")
    assert [(r.offset, r.length, r.code) for r in refusals] == [(0, 5, "unmatched_line")]


def test_a_colon_inside_a_quoted_subject_makes_no_sender(deliver) -> None:
    (row,), _ = read(deliver, '31/12/20, 10:00 - Ann changed the subject to "Plan: B"')
    assert (row["kind"], row["sender"]) == ("event", None)
