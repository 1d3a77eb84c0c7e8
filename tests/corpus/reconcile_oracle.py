"""Reconciliation said again over plain dicts, slowly, from what is documented about it and with none of its SQL.

A record is a dict of the fields of READ_SCHEMA with `file`, `record`, `unit` (the file as one path of it tells it),
`path` (only where identity needs it) and `zone` (asserted for its file, or null).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from venetic.kernel import content_id, micros

Record = Mapping[str, Any]
NO_EDIT = (1, 0)
SHOWN = [
    "conversation_id",
    "service",
    "kind",
    "native_id",
    "sender",
    "receivers",
    "sent_at",
    "local_time",
    "zone",
    "body",
    "other_bodies",
    "reply_to",
    "edited_at",
    "records",
    "files",
    "copies",
    "versions",
    "marks",
    "possible_copies",
    "aliases",
    "link_key",
    "native",
    "place",
]


def record_id(record: Record) -> str:
    return content_id("record", record["file"], record["offset"], record["length"], record["path"])


def _list_parts(values: Iterable[str] | None) -> list[Any]:
    listed = sorted(values or [], key=lambda text: text.encode())
    return [len(listed), *listed]


def conversation_id(record: Record) -> str:
    if record["conversation"] is not None:
        return content_id("conversation", record["service"], record["conversation"])
    if record["sender"] is not None and record["receivers"]:
        members = {record["sender"], *record["receivers"]}
        return content_id("participants", record["service"], *_list_parts(members))
    return content_id("file", record["file"])


def native_key(record: Record) -> str | None:
    if record["native_id"] is None or record["id_scope"] == "source":
        return None
    inside = [conversation_id(record)] if record["id_scope"] == "conversation" else []
    return content_id("native", record["service"], record["id_scope"], *inside, record["native_id"])


def _us(moment: Any) -> int | None:
    if moment is None:
        return None
    return micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _own_key(record: Record) -> str | None:
    if record["sender"] is None or (record["sent_at"] is None and record["local_time"] is None):
        return None
    attached = [a["sha256"] or a["name"] or a["url"] or "" for a in record["attachments"] or []]
    return content_id(
        *("content", record["service"], conversation_id(record), record["sender"], *_list_parts(record["receivers"])),
        *(_us(record["sent_at"]), _us(record["local_time"]), record["time_precision"]),
        *(record["kind"], record["body"], *_list_parts(attached)),
    )


def _latest_first(record: Record) -> tuple[int, int]:
    return NO_EDIT if record["edited_at"] is None else (0, -_us(record["edited_at"]))  # type: ignore[operator]


def _keyed(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Give each record its content key and its number among the equal rows of its copy in its file."""
    rows = [dict(record) for record in records]
    copies: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        copies[row["unit"], row["copy"]].append(row)
    for copy in copies.values():
        by_row: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(copy, key=lambda row: row["offset"]):
            own = row["native_id"] is not None and row["id_scope"] == "source"
            by_row["id " + row["native_id"] if own else f"at {row['offset']}"].append(row)
        numbers: dict[str, int] = defaultdict(int)
        for versions in by_row.values():
            key = _own_key(min(versions, key=lambda row: (_latest_first(row), row["offset"])))
            native = native_key(versions[0])
            if native is None and key is not None:
                numbers[key] += 1
            for row in versions:
                row["key"], row["native_key"] = key, native
                row["ordinal"] = None if native is not None or key is None else numbers[key]
    return rows


def _zoned(record: Record) -> Any:
    """UTC of a wall-clock time in the asserted zone, where it names one instant."""
    local = record["local_time"]
    if record["zone"] is None or local is None:
        return None
    zone = ZoneInfo(record["zone"])
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    hits = [moment for moment in both if moment.astimezone(zone).replace(tzinfo=None) == local]
    return hits[0] if len(hits) == 1 else None


def messages(records: Iterable[Record], window_s: int, hours_from_letters: int) -> dict[str, dict[str, Any]]:
    """Every message by its id."""
    rows = _keyed(records)
    natives: dict[str, set[str]] = defaultdict(set)
    most: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["key"] is not None and row["native_key"] is not None:
            natives[row["key"]].add(row["native_key"])
        if row["ordinal"] is not None:
            most[row["key"]] = max(most[row["key"]], row["ordinal"])
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        row["alias"], row["ambiguous"] = None, False
        if row["native_key"] is not None:
            home = row["native_key"]
        elif row["key"] is None:
            own = row["native_id"] is not None and row["id_scope"] == "source"
            home = content_id("row", row["file"], row["copy"], row["native_id"]) if own else row["record"]
        else:
            home = content_id("message", row["key"], row["ordinal"])
            row["ambiguous"] = len(natives[row["key"]]) > 1
            if len(natives[row["key"]]) == 1 and row["ordinal"] == 1:
                row["alias"], (home,) = home, tuple(natives[row["key"]])
        row["repeated"] = row["ordinal"] is not None and most[row["key"]] > 1
        groups[home].append(row)
    found = {home: _message(group) for home, group in groups.items()}
    _link(found, window_s, hours_from_letters)
    return found


def _message(group: list[dict[str, Any]]) -> dict[str, Any]:
    lead = min(group, key=lambda row: (row["native_key"] is None, _latest_first(row), row["record"]))
    bodies = {row["body"] for row in group if row["body"] is not None}
    zones = {row["zone"] for row in group if row["zone"] is not None}
    asserted = None if lead["sent_at"] is not None or len(zones) != 1 else _zoned({**lead, "zone": zones.pop()})
    sent_at = lead["sent_at"] or asserted
    marks = [("ambiguous_copy", any(row["ambiguous"] for row in group))]
    marks += [("possible_repeat", any(row["repeated"] for row in group)), ("versions", len(bodies) > 1)]
    linkable = lead["sender"] is not None and lead["body"] is not None and (sent_at or lead["local_time"])
    link_parts = ("link", lead["service"], conversation_id(lead), lead["sender"], *_list_parts(lead["receivers"]))
    if lead["sent_at"] is not None:
        zone = "stated"
    elif asserted is not None:
        zone = "asserted"
    else:
        zone = "no time" if lead["local_time"] is None else "not stated"
    return {
        **{name: lead[name] for name in SHOWN if name in lead},
        "conversation_id": conversation_id(lead),
        "sent_at": sent_at,
        "moment": _us(sent_at) if sent_at is not None else _us(lead["local_time"]),
        "zone": zone,
        "records": sorted((row["record"], row["offset"], row["length"]) for row in group),
        "files": {row["file"] for row in group},
        "copies": sorted({row["copy"] if row["copy"] is not None else row["file"] for row in group}),
        "versions": max(len(bodies), 1),
        "other_bodies": sorted(bodies - {lead["body"]}),
        "marks": {name for name, holds in marks if holds},
        "possible_copies": [],
        "aliases": sorted({row["alias"] for row in group if row["alias"] is not None}),
        "link_key": content_id(*link_parts, lead["body"]) if linkable else None,
        "native": any(row["native_key"] is not None for row in group),
        "place": min(f"{row['file'][:16]}{row['offset']:016x}" for row in group),
    }


def _link(found: dict[str, dict[str, Any]], window_s: int, hours_from_letters: int) -> None:
    for (one, a), (other, b) in combinations(found.items(), 2):
        if a["link_key"] is None or a["link_key"] != b["link_key"] or (a["native"] and b["native"]):
            continue
        apart_s = abs(a["moment"] - b["moment"]) / 1e6
        skewed = 1800 <= apart_s <= 14 * 3600 and abs(apart_s - round(apart_s / 3600) * 3600) <= 2
        close = apart_s <= window_s or (skewed and len(a["body"]) >= hours_from_letters)
        if close and not set(a["copies"]) & set(b["copies"]):
            a["possible_copies"].append(other)
            b["possible_copies"].append(one)
    for message in found.values():
        message["possible_copies"].sort()
        if message["possible_copies"]:
            message["marks"].add("possible_copy")
