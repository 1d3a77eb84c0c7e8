"""The command: one JSON object on standard output, progress beside it, 2 for wrong use."""

import json

from typer.testing import CliRunner

from exercise._cli import app


def test_make_prints_one_json_object_and_progress_apart(tmp_path) -> None:
    result = CliRunner().invoke(app, ["make", "--seed", "3", "--size", "tiny", "--out", str(tmp_path / "x"), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert set(found) == {"out", "seed", "size", "messages", "records", "media", "files", "truth_sha256"}
    assert "people" in result.stderr


def test_an_unknown_size_is_wrong_use(tmp_path) -> None:
    result = CliRunner().invoke(app, ["make", "--seed", "1", "--size", "vast", "--out", str(tmp_path), "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "wrong_use"
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_left_as_it_is(tmp_path) -> None:
    (tmp_path / "haul").mkdir()
    kept = tmp_path / "haul" / "evidence.txt"
    kept.write_text("kept", encoding="utf-8")
    result = CliRunner().invoke(app, ["make", "--seed", "1", "--size", "tiny", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["haul", "evidence.txt"]
