"""The same seed gives the same bytes, and the manifest holds the exercise to them."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from exercise import make, size_named, truth

# Of haul/manifest.json for seed 1, tiny; the manifest holds the hash of every file and of the truth. After a change
# that is meant: raise VERSION and take the new value from `sha256sum OUT/haul/manifest.json`.
GOLDEN = "11eecc235756969c34551d8f435677cae8e86a8ab83890e930f1520eb49a7649"


def hashes(folder: Path) -> dict[bytes, str]:
    return {
        os.fsencode(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def make_elsewhere(out: Path, hash_seed: str) -> dict[bytes, str]:
    command = [sys.executable, "-c", "from exercise import main; main()", "make", "--json"]
    command += ["--seed", "1", "--size", "tiny", "--out", str(out)]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    return hashes(out)


def test_the_manifest_of_the_tiny_exercise_is_the_golden_one(tiny) -> None:
    assert hashlib.sha256((tiny.haul / "manifest.json").read_bytes()).hexdigest() == GOLDEN


def test_haul_and_truth_are_the_same_bytes_under_another_hash_seed(tiny, tmp_path) -> None:
    here = hashes(tiny.haul.parent)
    assert make_elsewhere(tmp_path / "a", "1") == here
    assert make_elsewhere(tmp_path / "b", "4242") == here


def test_another_seed_gives_another_haul(tiny, tmp_path) -> None:
    other = make(2, size_named("tiny"), tmp_path, lambda line: None)
    assert other.truth_sha256 != tiny.made.truth_sha256
    assert 1_950 <= other.messages <= 2_200


def test_the_manifest_lists_every_file_with_its_hash_and_size(tiny) -> None:
    manifest = json.loads((tiny.haul / "manifest.json").read_text(encoding="utf-8"))
    listed = {
        bytes.fromhex(row["raw_path"]) if "raw_path" in row else row["path"].encode(): row["sha256"]
        for row in manifest["files"]
    }
    found = hashes(tiny.haul)
    del found[b"manifest.json"]
    assert listed == found
    sizes = sum(path.stat().st_size for path in tiny.haul.rglob("*") if path.is_file() and path.name != "manifest.json")
    assert manifest["counts"] == {"files": len(found), "bytes": sizes}


def test_the_manifest_commits_to_the_truth(tiny) -> None:
    manifest = json.loads((tiny.haul / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["truth_sha256"] == hashlib.sha256((tiny.truth / "summary.json").read_bytes()).hexdigest()
    summary = truth.summary(tiny.truth)
    assert set(summary["tables"]) == set(truth.SCHEMAS)
    for name, claim in summary["tables"].items():
        table = truth.table(tiny.truth, name)
        assert claim == {"rows": table.num_rows, "sha256": truth.digest_of(table)}


def test_everything_says_exercise(tiny) -> None:
    manifest = json.loads((tiny.haul / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["marking"]) == ("exercise", "EXERCISE")
    assert (tiny.haul / "EXERCISE.txt").read_text(encoding="utf-8").startswith("EXERCISE\n")
