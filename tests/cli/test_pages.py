"""Pages for people: the banner on each, both counts, times as they are known, hostile text made harmless."""

import json

import pytest

from cli.world import HOSTILE, RECEIVED, run
from venetic.cli._plain import json_text, plain, plain_line

PAGES = (
    ("status",),
    ("verify",),
    ("deliveries",),
    ("deliveries", "H1"),
    ("refusals",),
    ("search", "parcel"),
    ("search", "parcel", "--count"),
    ("search", "parcel", "--facets", "--context", "2"),
    ("read", "harbour"),
    ("copies",),
    ("audit", "verify"),
    ("audit", "show"),
    ("ingest",),
)
CONTROLS = [chr(point) for point in (*range(32), *range(127, 160)) if chr(point) != "\n"]
TURNS = [
    chr(point) for point in (0x200B, 0x200E, 0x2028, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0xE0041)
]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_page_begins_with_the_marking(world, page) -> None:
    ran = world.read(*page) if page[0] in ("search", "read") else world.run(*page)
    assert ran.out.startswith("OFFICIAL  Quay  (real operation)\n")


def test_every_page_of_an_exercise_says_so(tmp_path) -> None:
    where = ("--operation", tmp_path / "op")
    made = run("init", tmp_path / "op", "--name", "x", "--kind", "exercise", "--marking", "OFFICIAL")
    for ran in (
        made,
        run("status", *where),
        run("search", "", *where, "--purpose", "p"),
        run("audit", "verify", *where),
    ):
        assert ran.out.startswith("EXERCISE OFFICIAL  x")


@pytest.mark.parametrize("page", [("status",), ("search", "parcel"), ("read", "harbour"), ("search", "a", "--count")])
def test_messages_and_source_records_are_both_counted(world, page) -> None:
    out = (world.read(*page) if page[0] != "status" else world.run(*page)).out
    assert "message" in out
    assert "source record" in out


def test_times_are_shown_as_far_as_they_are_known(world) -> None:
    assert "2020-04-01 10:22:33Z" in world.read("search", "parcel").out
    assert "2020-12-31 23:59 zone not stated" in world.read("search", "happy").out
    assert "no zone" in world.read("search", "after:2020-12-01").out


def test_a_conversation_shows_replies_edits_attachments_and_kinds(world) -> None:
    out = world.read("read", "harbour").out
    assert "── 2020-04-02 ──" in out
    assert "↪ answers kim: the crane on quay nine is free" in out
    assert "edited 2020-04-02 09:00:00Z" in out
    assert "⎘ quay.png, image/png, /file-upload/quay.png" in out
    assert "[undecryptable]" in out
    assert "\n    two\n    lines\n" in out


def test_a_time_that_could_not_be_read_and_an_edited_text_are_said_to_be(tmp_path) -> None:
    where = ("--operation", tmp_path / "op")
    stated = ("--from", "P", "--authority", "A", "--stage", "stored", "--period", "..")
    run("init", tmp_path / "op", "--name", "x", "--kind", "real")
    for number, text in enumerate(("before the edit", "after it")):
        row = {"_id": "m", "rid": "room", "msg": text, "ts": "2020-04-02T08:00:00Z", "u": {"username": "kim"}}
        (tmp_path / f"{number}.json").write_text(json.dumps({"messages": [row]}))
    (tmp_path / "WhatsApp Chat with Eve.txt").write_text("1/2/24, 13:05 - Eve: either\n1/3/24, 13:06 - Eve: or\n")
    run("receive", *tmp_path.glob("*.*"), *where, *stated)
    run("ingest", *where)

    eve = run("read", "Eve", *where, "--purpose", "p").out
    assert "time not read, written as 1/2/24, 13:05  Eve" in eve
    assert "not stated" not in eve
    assert (
        "\n    2 versions of the text, one shown; 2 source records\n"
        in run("read", "room", *where, "--purpose", "p").out
    )


def test_repeats_and_source_records_are_marked(world) -> None:
    out = world.read("search", "ok").out
    assert out.count("possible repeat") == 2
    assert "2 source records" in out


def test_hostile_bodies_are_shown_harmlessly(world) -> None:
    for page in (("search", "markup"), ("read", "--around", message_of(world, "markup"))):
        out = world.read(*page).out
        assert not [sign for sign in (*CONTROLS, *TURNS) if sign in out]
        assert "[red]markup[/red]" in out
        assert ":smile:" in out
        assert "⟨U+202E⟩" in out
        assert "␛[31mred" in out


def test_hostile_bodies_are_whole_in_json_and_the_json_is_harmless_too(world) -> None:
    ran = world.read("search", "markup", "--json")
    assert ran.value["items"][0]["body"] == HOSTILE
    assert not [sign for sign in (*CONTROLS, *TURNS) if sign in ran.out]


@pytest.mark.parametrize("sign", [*CONTROLS, *TURNS, "\ud800"], ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_character_that_a_terminal_obeys_is_made_visible(sign) -> None:
    assert sign not in plain_line(f"a{sign}b")
    assert sign in "\t" or sign not in plain(f"a{sign}b")
    assert json_text(f"a{sign}b").isprintable()


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "می‌خواهم", "e\u0301", "日本語", "a\nb"])
def test_what_people_write_is_left_alone(text) -> None:
    assert plain(text) == text


def test_names_of_operations_and_files_are_no_markup(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "[bold]a\x1b[2J.txt").symlink_to("x")
    run("init", tmp_path / "op", "--name", "[red]\x1b[31m", "--kind", "real")
    ran = run("receive", tmp_path / "in", *RECEIVED, "--operation", tmp_path / "op")
    assert "[bold]a\\u001b[2J.txt" in ran.out
    assert "[red]␛[31m" in ran.out
    assert "\x1b" not in ran.out


def message_of(world, query: str) -> str:
    """The id of the one hit of a query."""
    (item,) = world.read("search", query, "--json").value["items"]
    return item["message"]
