"""The truth against the bytes, read here by code that shares nothing with the writers."""

import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

from exercise import BadTruth, truth

STAMP = re.compile(
    "^\u200e?(?:\\[(?P<id>\\d+)[./](?P<im>\\d+)[./](?P<iy>\\d+), (?P<ih>\\d+):(?P<imin>\\d+):(?P<is>\\d+)\\] "
    "|(?P<d>\\d+)(?P<sep>[./-])(?P<m>\\d+)[./-](?P<y>\\d+), (?P<h>\\d+):(?P<min>\\d+)(?: (?P<half>[AP]M))? - )"
)


def whatsapp_time(text: str) -> tuple[datetime, str]:
    found = STAMP.match(text)
    assert found, "a record that does not begin with a stamp"
    part = found.groupdict()
    rest = text[found.end() :]
    if part["id"]:
        day, month, year, hour = int(part["id"]), int(part["im"]), int(part["iy"]), int(part["ih"])
        minute, second = int(part["imin"]), int(part["is"])
    else:
        day, month, year, hour = int(part["d"]), int(part["m"]), int(part["y"]), int(part["h"])
        minute, second = int(part["min"]), 0
        if part["half"]:
            day, month = month, day
            hour = hour % 12 + (12 if part["half"] == "PM" else 0)
    return datetime(year + (2000 if year < 100 else 0), month, day, hour, minute, second), rest  # noqa: DTZ001 - no zone


@pytest.fixture(scope="module")
def by_file(tiny):
    """For each file with records or refusals: its row, bytes and ranges in file order."""
    ranges = defaultdict(list)
    for table in (truth.records(tiny.truth), truth.refusals(tiny.truth)):
        for row in table.to_pylist():
            ranges[row["path"]].append(row)
    files = {row["path"]: row for row in truth.files(tiny.truth).to_pylist()}
    return {
        path: (files[path], tiny.data(path, files[path]["raw_path"]), sorted(rows, key=lambda row: row["offset"]))
        for path, rows in ranges.items()
    }


@pytest.fixture(scope="module")
def messages(tiny):
    return {row["uid"]: row for row in truth.messages(tiny.truth).to_pylist()}


def records_of(by_file, shape):
    for file, data, rows in by_file.values():
        if file["shape"] == shape:
            for row in rows:
                if "why" not in row:
                    yield row, data[row["offset"] : row["offset"] + row["length"]]


def test_every_jabber_record_holds_its_message(by_file, messages) -> None:
    for row, data in records_of(by_file, "jabber"):
        found, message = json.loads(data), messages[row["uid"]]
        assert set(found) == {"ts", "from", "to", "body"}
        assert found["body"] == message["body"] == row["written_body"]
        assert found["from"] == message["sender"] + "@chat.example"
        assert [found["to"]] == [receiver + "@chat.example" for receiver in message["receivers"]]
        late = datetime.fromisoformat(found["ts"]) - message["sent_at"]
        skewed = row["degradation"] == "clock of the receiving device differs"
        assert timedelta(seconds=1) <= late <= timedelta(seconds=4) if skewed else late == timedelta(0)
        assert row["copy"] in {message["sender"], *message["receivers"]}
        assert row["copy"] in row["path"].split("/")


def test_every_rocketchat_record_holds_its_message(by_file, messages) -> None:
    for row, data in records_of(by_file, "rocketchat"):
        found, message = json.loads(data), messages[row["uid"]]
        assert found["_id"] == row["native_id"]
        assert found["u"]["username"] == message["sender"]
        ts = found["ts"]["$date"] if isinstance(found["ts"], dict) else found["ts"]
        sent_ms = round(message["sent_at"].timestamp() * 1000)
        assert ts == sent_ms if isinstance(ts, int) else datetime.fromisoformat(ts) == message["sent_at"]
        match message["kind"]:
            case "undecryptable":
                assert found["t"] == "e2e"
                assert message["body"] not in found["msg"]
            case "event":
                assert found["t"] in {"uj", "ul"}
            case "media":
                assert found["attachments"][0].get("description", "") == message["body"]
            case _:
                assert found["msg"] == (message["edited_body"] if row["is_edited"] else message["body"])
                assert ("editedAt" in found) == row["is_edited"]


def test_every_whatsapp_record_holds_its_message(tiny, by_file, messages) -> None:
    offsets = {row["phone"]: row["utc_offset_minutes"] for row in truth.persons(tiny.truth).to_pylist()}
    for row, data in records_of(by_file, "whatsapp"):
        message = messages[row["uid"]]
        at, rest = whatsapp_time(data.decode())
        local = (message["sent_at"] + timedelta(minutes=offsets[row["copy"]])).replace(tzinfo=None)
        assert at == (local if len(row["written_time"]) == 19 else local.replace(second=0))
        if message["kind"] == "event":
            assert rest == row["written_body"]
            assert rest.lstrip("\u200e") == message["body"]
            assert ": " not in rest
        else:
            assert rest.partition(": ")[2] == row["written_body"]
            assert row["written_body"].endswith(message["body"])


def test_what_lies_between_records_and_refusals_is_separators_only(by_file) -> None:
    between = {"jabber": rb"\s*", "whatsapp": rb"\n?", "noise": rb"", "rocketchat": rb"\{\"messages\":\[|,?\n?|\].*|"}
    for file, data, rows in by_file.values():
        end = 0
        for row in [*rows, {"offset": len(data), "length": 0}]:
            assert row["offset"] >= end
            assert re.fullmatch(between[file["shape"]], data[end : row["offset"]]), file["path"]
            end = row["offset"] + row["length"]


def test_a_reader_that_resumes_finds_the_truths_jabber_records_and_no_others(by_file) -> None:
    for file, data, rows in by_file.values():
        if file["shape"] != "jabber":
            continue
        text, at, found = data.decode("latin-1"), 0, []
        while (at := text.find("{", at)) >= 0:
            try:
                row, end = json.JSONDecoder().raw_decode(text, at)
            except json.JSONDecodeError:
                at += 1
                continue
            assert set(row) == {"ts", "from", "to", "body"}
            found.append((at, end - at))
            at = end
        assert found == [(row["offset"], row["length"]) for row in rows if "why" not in row]


def test_every_planted_break_really_does_not_parse(by_file) -> None:
    seen = Counter()
    for _, data, rows in by_file.values():
        for row in rows:
            if "why" not in row:
                continue
            seen[row["why"]] += 1
            broken = data[row["offset"] :]
            for tried in (broken, broken[: row["length"]]):
                with pytest.raises(json.JSONDecodeError):
                    json.JSONDecoder().raw_decode(tried.decode("utf-8", errors="replace"))
    assert set(seen) == {"cut off", "garbled", "truncated", "random bytes"}


def test_expected_messages_are_what_a_separate_count_gives(tiny, by_file) -> None:
    most, ids = Counter(), set()
    for path in {row["path"] for row, _ in records_of(by_file, "jabber")}:
        _, data, rows = by_file[path]
        found = [json.loads(data[r["offset"] : r["offset"] + r["length"]]) for r in rows if "why" not in r]
        for key, count in Counter((f["from"], f["to"], f["ts"], f["body"]) for f in found).items():
            most[key] = max(most[key], count)
    for _, data in records_of(by_file, "rocketchat"):
        ids.add(json.loads(data)["_id"])
    expected = truth.summary(tiny.truth)["expected_messages_by_service"]
    assert (expected["jabber"], expected["rocketchat"]) == (most.total(), len(ids))


def test_a_copy_is_called_proved_only_where_another_copy_of_the_message_says_the_same(tiny) -> None:
    groups, of_uid = defaultdict(list), Counter()
    rows = truth.records(tiny.truth).to_pylist()
    for row in rows:
        groups[(row["expected_message"], row["uid"])].append(row)
        of_uid[row["uid"]] += 1
    for row in rows:
        is_proved = len(groups[(row["expected_message"], row["uid"])]) > 1
        assert is_proved == (row["identity"] in {"native id", "equal content"})
        assert (row["identity"] == "only copy") == (of_uid[row["uid"]] == 1)


def test_counts_of_the_files_and_the_summary_agree(tiny, by_file) -> None:
    summary = truth.summary(tiny.truth)
    assert sum(file["records"] for file in summary["files"]) == summary["records"] == tiny.made.records
    assert sum(file["refusals"] for file in summary["files"]) == summary["refusals"]
    for file, _, rows in by_file.values():
        broken = sum("why" in row for row in rows)
        assert (file["records"], file["refusals"]) == (len(rows) - broken, broken)


def test_no_uid_of_the_truth_stands_in_the_haul(tiny, messages) -> None:
    for path in tiny.haul.rglob("*"):
        if path.is_file():
            assert messages.keys().isdisjoint(re.findall(r"m[0-9a-f]{20}", path.read_bytes().decode("latin-1")))
            assert messages.keys().isdisjoint(re.findall(r"m[0-9a-f]{20}", str(path)))


def test_a_truth_folder_without_its_tables_is_refused(tmp_path) -> None:
    with pytest.raises(BadTruth, match=r"messages\.parquet"):
        truth.messages(tmp_path)
    with pytest.raises(BadTruth, match=r"summary\.json"):
        truth.summary(tmp_path)
