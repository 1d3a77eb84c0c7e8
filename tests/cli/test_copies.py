"""Exports through the command line: read back they equal the search, and each is a numbered copy in the register."""

import csv
import hashlib
import json

import pyarrow.parquet as pq
import pytest

from cli.world import MESSAGES

ONLY_IN_SEARCH = {"snippet", "marked", "version", "score"}


def hits(world, query: str) -> list[dict]:
    """The hits of a query as the search gives them."""
    items = world.read("search", query, "--sort", "time", "--limit", 1000, "--json").value["items"]
    return [{name: value for name, value in item.items() if name not in ONLY_IN_SEARCH} for item in items]


def cell(text: str, like: object) -> object:
    """Read one CSV cell back: lists are JSON, an apostrophe guards what a spreadsheet would run, empty is null."""
    if isinstance(like, list):
        return json.loads(text)
    if isinstance(like, int):
        return int(text)
    if like is None:
        return text or None
    return text.removeprefix("'")


def read_csv(file, wanted: list[dict]) -> list[dict]:
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        {"marking": row["marking"], **{name: cell(row[name], value) for name, value in like.items()}}
        for row, like in zip(rows, wanted, strict=True)
    ]


def read_jsonl(file, _: list[dict]) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def read_parquet(file, _: list[dict]) -> list[dict]:
    return pq.read_table(file).to_pylist()


READ = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}


@pytest.mark.parametrize("ending", READ)
def test_an_export_read_back_equals_the_search(world, tmp_path, ending) -> None:
    file = tmp_path / f"copy.{ending}"
    done = world.read("search", "", "--sort", "time", "--export", file, "--destroy-by", "2027-01-31", "--json").value
    wanted = hits(world, "")
    assert (done["rows"], done["file"]) == (MESSAGES, str(file))
    assert done["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    marking = f"OFFICIAL COPY {done['number']}"
    assert READ[ending](file, wanted) == [{**item, "marking": marking} for item in wanted]


def test_every_export_is_a_numbered_copy_in_the_register(world, tmp_path) -> None:
    done = world.read("search", "quay", "--export", tmp_path / "a.csv", "--destroy-by", "2027-01-31", "--json").value
    copy = world.run("copies", "--json").value["copies"][-1]
    assert (copy["number"], copy["sha256"], copy["count"]) == (done["number"], done["sha256"], done["rows"])
    assert (copy["selection"], copy["destination"]) == ("quay", str(tmp_path / "a.csv"))
    assert (copy["purpose"], copy["destroy_by"]) == ("test of the command line", "2027-01-31")


def test_an_export_never_replaces_a_file(world, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    ran = world.read("search", "quay", "--export", tmp_path / "a.csv", "--json")
    assert (ran.code, (tmp_path / "a.csv").read_text()) == (2, "mine")


def test_a_spreadsheet_runs_no_cell(world, tmp_path) -> None:
    world.read("search", "formula", "--export", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        cells = [value for row in csv.DictReader(stream) for value in row.values()]
    assert not [value for value in cells if value.startswith(("=", "+", "-", "@"))]
