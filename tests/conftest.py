"""What every test shares: where shared data lies, and the rule that nothing is skipped quietly.

Under continuous integration (`CI=true`) a skip for anything but absent shared data fails the run.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED_SKIP = "shared data absent"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of sample data beside the project; the test is skipped when it is not there."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{ALLOWED_SKIP}: no folder shared/data beside the project")
    return folder


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason a skipped test gave."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")


def unwanted_skips(config: pytest.Config) -> list[str]:
    """Name the tests of this run that were skipped for a reason that is not allowed."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    skipped = terminal.stats.get("skipped", []) if terminal else []
    return [
        f"{report.nodeid}: {skip_reason(report)}"
        for report in skipped
        if not skip_reason(report).startswith(ALLOWED_SKIP)
    ]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session):
    """Turn unwanted skips into a failed run, under continuous integration and in the process that reports."""
    is_worker = hasattr(session.config, "workerinput")
    if os.environ.get("CI") == "true" and not is_worker and unwanted_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which skips failed the run."""
    if os.environ.get("CI") == "true":
        for skip in unwanted_skips(config):
            terminalreporter.write_line(f"skipped under CI, which fails the run: {skip}", red=True)
