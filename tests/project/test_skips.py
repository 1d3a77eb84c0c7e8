"""A skip is a hole in the evidence: under continuous integration only absent shared data may cause one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parent.parent / "conftest.py"


def run_pytest(folder: Path, body: str, *options: str, ci: str = "true") -> subprocess.CompletedProcess[str]:
    """Run one small test file under our conftest, in a project of its own."""
    tests = folder / "tests"
    tests.mkdir()
    shutil.copy(CONFTEST, tests / "conftest.py")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (tests / "test_it.py").write_text(f"import pytest\n{body}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "tests"],
        cwd=folder,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


PLAIN_SKIP = "def test_a(): pass\ndef test_it(): pytest.skip('no browser here')"


def test_a_plain_skip_fails_the_run_under_ci(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, PLAIN_SKIP)
    assert done.returncode == 1
    assert "which fails the run: tests/test_it.py::test_it: no browser here" in done.stdout


def test_a_skip_in_a_worker_process_fails_the_run_too(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, PLAIN_SKIP, "-n", "1").returncode == 1


def test_a_skipped_module_fails_the_run_too(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, "pytest.importorskip('no_such_module_of_ours')").returncode == 1


def test_a_plain_skip_passes_outside_ci(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, PLAIN_SKIP, ci="").returncode == 0


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "workers"])
def test_absent_shared_data_is_a_fair_reason(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run_pytest(tmp_path, "def test_a(): pass\ndef test_it(shared_data): pass", *options)
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
