"""The contract for scripts: one JSON object on standard output, kept names, exit statuses, errors as objects."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from cli.world import ALICE, BOB, MESSAGES, RECEIVED, RECORDS, jabber, run
from venetic.cli._progress import reported

ITEM = {"message", "conversation", "sent_at", "local_time", "sender", "receivers", "body", "snippet", "score"}


def test_receive_tells_haul_files_bytes_and_refused(world) -> None:
    value = world.received.value
    assert (value["haul"], value["files"], value["refused"]) == ("H1", 6, 0)
    assert value["bytes"] == sum(file.stat().st_size for file in world.delivery.rglob("*") if file.is_file())
    assert world.received.code == 0


def test_ingest_tells_records_messages_refusals_and_seconds(world) -> None:
    value = world.ingested.value
    assert (value["records"], value["messages"], value["refusals"]) == (RECORDS, MESSAGES, 2)
    assert value["seconds"] >= 0
    assert world.ingested.code == 0


def test_status_tells_the_same_totals_with_handles_conversations_and_media(world) -> None:
    value = world.run("status", "--json").value
    assert (value["records"], value["messages"], value["refusals"]) == (RECORDS, MESSAGES, 2)
    assert (value["files"], value["bytes"]) == (6, world.received.value["bytes"])
    assert (value["handles"], value["conversations"], value["media"]) == (4, 3, 1)
    assert value["operation"]["kind"] == "real"


def test_search_tells_hits_items_and_next(world) -> None:
    value = world.read("search", "parcel", "--json").value
    (item,) = value["items"]
    assert (value["hits"], value["next"]) == (1, None)
    assert item.keys() >= ITEM
    assert item["sent_at"] == "2020-04-01T10:22:33.000000Z"
    assert (item["sender"], item["receivers"]) == (ALICE, [BOB])
    assert item["snippet"] == item["body"] == "bring the parcel to Rotterdam harbour"


def test_a_time_without_zone_is_null_with_its_wall_clock_beside_it(world) -> None:
    (item,) = world.read("search", "happy", "--json").value["items"]
    assert item["sent_at"] is None
    assert datetime.fromisoformat(item["local_time"]) == datetime(2020, 12, 31, 23, 59)  # noqa: DTZ001


def test_count_tells_hits(world) -> None:
    assert world.read("search", "", "--count", "--json").value["hits"] == MESSAGES


def test_pages_by_cursor_hold_every_hit_once(world) -> None:
    seen, more = [], ()
    while True:
        value = world.read("search", "", "--limit", 4, "--sort", "time", *more, "--json").value
        seen += [item["message"] for item in value["items"]]
        if value["next"] is None:
            break
        more = ("--next", value["next"])
    assert len(seen) == len(set(seen)) == MESSAGES


def test_facets_count_by_handle_day_and_haul(world) -> None:
    facets = world.read("search", "", "--facets", "--json").value["facets"]
    assert {facet["value"]: facet["hits"] for facet in facets["haul"]} == {"H1": MESSAGES}
    assert sum(facet["hits"] for facet in facets["day"]) == MESSAGES
    assert {facet["value"] for facet in facets["handle"]} == {ALICE, BOB, "kim", "Ann"}


def test_context_stands_before_and_after_each_hit(world) -> None:
    (item,) = world.read("search", "привет", "--context", 1, "--json").value["items"]
    assert [message["body"] for message in item["context"]["before"]] == ["OK"]
    assert [message["body"][:6] for message in item["context"]["after"]] == ["=1+1 i"]


def test_days_compared_by_wall_clock_are_told(world) -> None:
    value = world.read("search", "after:2020-12-01", "--json").value
    assert value["hits"] == 1
    assert "no zone" in value["notes"][0]
    assert world.read("search", "after:2020-01-01 parcel", "--json").value["notes"] == []


def test_read_tells_the_conversation_with_its_messages(world) -> None:
    value = world.read("read", "harbour", "--json").value
    assert (value["name"], value["total"], value["before"], value["after"]) == ("harbour", 5, 0, 0)
    assert [message["native_id"] for message in value["messages"]] == ["m1", "m2", "m3", "m4", "m5"]


def test_read_around_takes_the_beginning_of_an_id_as_shown(world) -> None:
    (item,) = world.read("search", "привет", "--json").value["items"]
    value = world.read("read", "--around", item["message"][:8], "--before", 1, "--after", 0, "--json").value
    assert [message["body"] for message in value["messages"]] == ["OK", "привет, как дела"]


def test_read_newest_gives_the_last_messages(world) -> None:
    value = world.read("read", "harbour", "--newest", "--limit", 1, "--json").value
    assert ([message["native_id"] for message in value["messages"]], value["before"]) == (["m5"], 4)


def test_verify_tells_files_and_bad_and_a_changed_byte_exits_1(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("a")
    where = ("--operation", tmp_path / "op")
    run("init", tmp_path / "op", "--name", "x", "--kind", "real")
    run("receive", tmp_path / "a.txt", *RECEIVED, *where)
    good = run("verify", *where, "--json")
    assert (good.code, good.value["bad"]) == (0, [])
    (sealed,) = [
        file for file in (tmp_path / "op" / "evidence").rglob("*") if file.is_file() and file.stat().st_size == 1
    ]
    sealed.chmod(0o600)
    sealed.write_text("b")
    bad = run("verify", *where, "--json")
    assert (bad.code, bad.value["files"]) == (1, good.value["files"])
    assert bad.value["bad"][0]["file"] == "H1/a.txt"


@pytest.mark.parametrize("edit", ["UPDATE audit_entries SET action = 'x' WHERE seq = 1", "DELETE FROM audit_entries"])
def test_audit_verify_tells_entries_and_bad_and_an_edit_exits_1(tmp_path, edit) -> None:
    where = ("--operation", tmp_path / "op")
    run("init", tmp_path / "op", "--name", "x", "--kind", "real")
    good = run("audit", "verify", *where, "--json")
    assert (good.code, good.value["entries"], good.value["bad"]) == (0, 1, [])
    assert "checkpoint" in good.value["not_found"]
    (tmp_path / "head").write_text(good.value["head"])
    assert run("audit", "verify", *where, "--head", tmp_path / "head").code == 0
    with sqlite3.connect(tmp_path / "op" / "case.db") as database:
        database.execute(edit)
    bad = run("audit", "verify", *where, "--json")
    assert bad.code == 1
    assert bad.value["bad"]


def test_refused_entries_leave_exit_0(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "link").symlink_to("a.txt")
    run("init", tmp_path / "op", "--name", "x", "--kind", "real")
    received = run("receive", tmp_path / "in", *RECEIVED, "--operation", tmp_path / "op", "--json")
    assert (received.code, received.value["refused"], received.value["files"]) == (0, 1, 1)
    refused = run("refusals", "--operation", tmp_path / "op", "--json").value
    assert (refused["refused"], refused["entries"][0]["entry"]) == (1, "link")


def test_refusals_name_file_and_place(world) -> None:
    value = world.run("refusals", "--json").value
    assert {(found["path"].rpartition("/")[2], found["code"]) for found in value["ranges"]} == {
        ("blob.bin", "unread"),
        ("2020-04-01.json", value["ranges"][-1]["code"]),
    }


def test_deliveries_tell_the_custody_of_each(world) -> None:
    (delivery,) = world.run("deliveries", "--json").value["deliveries"]
    assert (delivery["provided_by"], delivery["authority"], delivery["stage"]) == ("Port police", "W-1", "stored")
    assert (delivery["period_from"], delivery["acquired_at"]) == ("2020-03-01", None)
    one = world.run("deliveries", "H1", "--entries", "--json").value
    assert len(one["entries"]) == delivery["files"]
    assert one["assertions"][0]["property"] == "stage"


def test_an_assertion_is_recorded_and_supersedes(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("a")
    where = ("--operation", tmp_path / "op")
    run("init", tmp_path / "op", "--name", "x", "--kind", "real")
    run("receive", tmp_path / "a.txt", *RECEIVED, *where)
    said = run("assert", "stage", "transit", "--haul", "H1", "--said-by", "Prosecutor", *where, "--json").value
    assert (said["assertion"]["value"], said["assertion"]["said_by"]) == ("transit", "Prosecutor")
    assert run("deliveries", *where, "--json").value["deliveries"][0]["stage"] == "transit"
    assert run("assert", "zone", "Nowhere/Land", "--haul", "H1", *where, "--json").code == 2
    assert run("assert", "evidential_use", "allowed", "--haul", "H1", *where, "--json").code == 2
    assert run("assert", "stage", "stored", *where, "--json").value["error"]["where"] == "--haul, --file"


def test_destroy_tells_what_went_and_a_hold_forbids_it(tmp_path) -> None:
    where = ("--operation", tmp_path / "op")
    (tmp_path / "log.json").write_text(jabber("10:00:00", "first") + jabber("10:01:00", "second"))
    run("init", tmp_path / "op", "--name", "x", "--kind", "real")
    run("receive", tmp_path / "log.json", *RECEIVED, *where)
    run("ingest", *where)
    (item,) = run("search", "second", *where, "--purpose", "p", "--json").value["items"]
    directed = ("--direction", "D-1", "--directed-by", "Judge", "--reason", "privilege", "--message", item["message"])
    held = run("hold", "place", "H1", "--reason", "appeal", *where, "--json").value["hold"]
    assert run("destroy", *directed, *where, "--json").value["error"]["code"] == "wrong_use"
    run("hold", "lift", held["number"], "--reason", "appeal over", *where)
    assert run("hold", "list", *where, "--json").value["holds"][0]["lift_reason"] == "appeal over"
    gone = run("destroy", *directed, *where, "--json").value
    assert (gone["messages"], gone["records"], gone["displayed"]) == (1, 1, 1)
    assert run("search", "", "--count", *where, "--purpose", "p", "--json").value["hits"] == 1
    assert run("status", *where, "--json").value["destroyed"] == 1
    (stone,) = run("tombstones", *where, "--json").value["tombstones"]
    assert (stone["message"], stone["direction"]) == (item["message"], "D-1")
    assert run("verify", *where, "--json").code == 0


def test_faults_tell_what_each_may_have_touched(world, tmp_path) -> None:
    assert world.run("faults", "--json").value["faults"] == []
    listed = """
faults:
  - {id: F1, changed: a made-up defect, component: jabber, versions: {from: "1"}, found: by its reader}
"""
    (tmp_path / "list.yaml").write_text(listed)
    ran = world.run("faults", "--list", tmp_path / "list.yaml", "--json")
    (fault,) = ran.value["faults"]
    assert (ran.code, fault["records"], len(fault["messages"])) == (1, 11, 6)
    assert "F1 jabber" in world.run("faults", "--list", tmp_path / "list.yaml").out


def test_a_package_is_drafted_as_a_numbered_copy_and_checked(world, tmp_path) -> None:
    drafted = world.read("package", "draft", "--handle", ALICE, "--out", tmp_path, "--json").value
    assert (drafted["extracts"], drafted["citations"]) == (6, 11)
    good = world.run("package", "check", drafted["json"], "--json")
    assert (good.code, good.value["citations"], good.value["bad"]) == (0, 11, [])
    assert world.run("copies", "--json").value["copies"][-1]["number"] == drafted["number"]
    with_wrong = Path(drafted["json"]).read_text(encoding="utf-8").replace("the parcel", "the parcels", 1)
    Path(drafted["json"]).write_text(with_wrong, encoding="utf-8")
    bad = world.run("package", "check", drafted["json"], "--json")
    assert bad.code == 1
    assert bad.value["bad"]
    assert "fault" in world.run("package", "check", drafted["json"]).out


WRONG = {
    "no purpose": (("search", "x"), "no_purpose"),
    "an empty purpose": (("search", "x", "--purpose", " "), "no_purpose"),
    "no purpose to read": (("read", "harbour"), "no_purpose"),
    "no purpose to export": (("search", "x", "--export", "x.csv"), "no_purpose"),
    "a bad query": (("search", "(a", "--purpose", "p"), "wrong_query"),
    "no such conversation": (("read", "nobody", "--purpose", "p"), "not_found"),
    "no such message": (("read", "--around", "0" * 32, "--purpose", "p"), "not_found"),
    "nothing to read": (("read", "--purpose", "p"), "wrong_use"),
    "another ending": (("search", "x", "--export", "x.docx", "--purpose", "p"), "wrong_use"),
    "a bad date": (("search", "x", "--export", "x.csv", "--destroy-by", "soon", "--purpose", "p"), "wrong_use"),
    "an export of a page": (("search", "x", "--export", "x.csv", "--next", "y", "--purpose", "p"), "wrong_use"),
    "a date without an export": (("search", "x", "--destroy-by", "2027-01-31", "--purpose", "p"), "wrong_use"),
    "no such haul": (("deliveries", "H9"), "not_found"),
    "no purpose to quote": (("package", "draft", "--handle", ALICE), "no_purpose"),
    "nothing to quote": (("package", "draft", "--search", "zebra", "--purpose", "p"), "wrong_use"),
    "no such package": (("package", "check", "nowhere.json"), "not_found"),
    "a bad cursor": (("search", "x", "--next", "zzz", "--purpose", "p"), "wrong_use"),
    "a limit of none": (("search", "x", "--limit", "0", "--purpose", "p"), "usage"),
    "an unknown order": (("search", "x", "--sort", "best", "--purpose", "p"), "usage"),
    "no query": (("search", "--purpose", "p"), "usage"),
    "an unknown command": (("serch",), "usage"),
    "an unknown option": (("status", "--colour"), "usage"),
    "an unknown reader": (("ingest", "--reader", "nobody"), "not_found"),
    "no such mapping": (("ingest", "--mapping", "nowhere.yaml"), "not_found"),
    "no such path": (("receive", "nowhere", *RECEIVED), "not_found"),
    "a bad period": (
        ("receive", ".", "--from", "a", "--authority", "b", "--stage", "stored", "--period", "x"),
        "wrong_use",
    ),
    "a time without zone": (("receive", ".", *RECEIVED, "--acquired-at", "2020-01-01"), "wrong_use"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_exits_2_with_one_error_object(world, case) -> None:
    arguments, code = WRONG[case]
    ran = world.run(*arguments, "--json")
    assert ran.value.keys() == {"error"}
    assert ran.value["error"].keys() == {"code", "what", "where"}
    assert (ran.code, ran.value["error"]["code"]) == (2, code)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_without_json_is_a_sentence_on_standard_error(world, case) -> None:
    ran = world.run(*WRONG[case][0])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("venetic: ")


def test_an_operation_that_is_not_there_is_not_found(tmp_path) -> None:
    ran = run("status", "--operation", tmp_path, "--json")
    assert (ran.code, ran.value["error"]["code"]) == (2, "not_found")


def test_an_operation_must_be_named() -> None:
    ran = run("status", "--json")
    assert (ran.code, ran.value["error"]["code"]) == (2, "usage")


def test_changed_facts_of_an_operation_stop_the_run(tmp_path) -> None:
    run("init", tmp_path / "op", "--name", "x", "--kind", "exercise")
    facts = json.loads((tmp_path / "op" / "operation.json").read_text())
    (tmp_path / "op" / "operation.json").write_text(json.dumps({**facts, "kind": "real"}))
    ran = run("status", "--operation", tmp_path / "op", "--json")
    assert (ran.code, ran.value["error"]["code"]) == (1, "corrupt")
    assert run("audit", "verify", "--operation", tmp_path / "op", "--json").code == 1


def test_an_unexpected_fault_is_a_bug_that_quotes_nothing(world, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret content")

    monkeypatch.setattr("venetic.corpus.CorpusRoom.totals", broken)
    ran = world.run("status", "--json")
    assert (ran.code, ran.value["error"]["code"]) == (1, "bug")
    assert "KeyError" in ran.value["error"]["what"]
    assert "secret content" not in ran.out + ran.err
    monkeypatch.setenv("VENETIC_DEBUG", "1")
    assert "secret content" in world.run("status", "--json").err


@pytest.mark.parametrize("engine_hides_it", [False, True])
def test_ctrl_c_exits_130_whatever_an_engine_makes_of_it(world, monkeypatch, engine_hides_it) -> None:
    def interrupted(*_: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            if not engine_hides_it:
                raise
            raise RuntimeError("query interrupted") from None

    monkeypatch.setattr("venetic.corpus.CorpusRoom.totals", interrupted)
    ran = world.run("status", "--json")
    assert (ran.code, ran.value["error"]["code"]) == (130, "interrupted")
    assert world.run("status").err.startswith("venetic: interrupted")


def test_progress_tells_rate_and_remaining_time_on_standard_error(monkeypatch, capsys) -> None:
    monkeypatch.setattr("venetic.cli._progress.LINE_EVERY_S", 0.0)
    with reported("ingesting") as report:
        time.sleep(0.01)
        report(5_000_000, 10_000_000, "7 source records")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert re.fullmatch(r"ingesting: 5.0 MB of 10.0 MB, .+/s, \d+ seconds? left; 7 source records\n", shown.err)


def test_the_environment_names_operation_purpose_and_actor(world, monkeypatch) -> None:
    monkeypatch.setenv("VENETIC_OPERATION", str(world.folder))
    monkeypatch.setenv("VENETIC_PURPOSE", "shift report")
    monkeypatch.setenv("VENETIC_ACTOR", "Insp. Lind")
    assert run("search", "quay", "--json").code == 0
    entry = run("audit", "show", "--limit", 10_000, "--json").value["entries"][-1]
    assert (entry["action"], entry["purpose"], entry["claimed"]) == ("search", "shift report", "Insp. Lind")
    assert entry["details"]["query"] == "quay"


def test_readers_are_listed_in_order() -> None:
    names = [reader["name"] for reader in run("readers", "--json").value["readers"]]
    assert names[0] == "whatsapp"
    assert {"jabber", "rocketchat", "irc", "csv"} <= set(names)


def test_mapping_check_needs_no_operation(world) -> None:
    file = world.delivery / "jabber" / "alice" / "2020-04-01.json"
    value = run("mapping", "check", file, "--mapping", "jabber", "--rows", 1, "--json").value
    fields = {field["name"]: field["value"] for field in value["rows"][0]["fields"]}
    assert fields["sender"] == ALICE
    assert run("mapping", "check", file, "--mapping", "jabber").out.count("sender") == 3
    assert run("mapping", "check", "nowhere", "--mapping", "jabber", "--json").code == 2


def venetic(*arguments: object, **more: object) -> subprocess.CompletedProcess:
    """Run a command in a process of its own."""
    code = "import sys; from venetic.cli import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=False, capture_output=True, **more)


def test_progress_and_errors_go_to_standard_error_alone(world) -> None:
    where = {**os.environ, "VENETIC_OPERATION": str(world.folder)}
    done = venetic("verify", "--json", env=where)
    assert done.returncode == 0
    assert json.loads(done.stdout).keys() >= {"files", "bad"}
    wrong = venetic("search", "x", env=where)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"purpose" in wrong.stderr


def test_a_pipe_nobody_reads_is_quiet(world) -> None:
    code = "import sys; from venetic.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "status", "--operation", str(world.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
