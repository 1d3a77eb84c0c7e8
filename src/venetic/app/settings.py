"""All settings in one table, each with default, unit and reason; read from the operation's `settings.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model
from pydantic.config import ConfigDict

from venetic.kernel import WrongUse

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, default, unit and the reason for the default."""

    name: str
    default: int | str
    unit: str
    reason: str


SETTINGS = (
    Setting("workers", 2, "processes", "Readers running at once; more than the machine has cores gains nothing."),
    Setting("threads", 2, "threads", "Threads of one reconciliation; as above."),
    Setting("memory_mb", 1_500, "MiB", "What one reconciliation holds before it spills to disk."),
    Setting("step_mb", 256, "MiB", "Delivered bytes read between two commits: a kill loses at most this much work."),
    Setting("copy_window_s", 90, "seconds", "Equal texts this close in two copies are linked as possible copies."),
    Setting(
        "copy_hours_from", 12, "characters", "Texts this long are also linked when whole hours apart (wrong zones)."
    ),
    Setting("archive_ratio", 200, "times", "Expanded over packed bytes; chat text packs 10 to 1, a bomb 1,000 to 1."),
    Setting("archive_gb", 1_024, "GiB", "What one delivered archive may expand to."),
    Setting("archive_members", 2_000_000, "entries", "Entries of one delivered archive; each costs about 1 KiB."),
    Setting("archive_depth", 5, "levels", "An archive in an archive in an archive …"),
    Setting("document_zone", "Europe/London", "zone", "The zone a package prints beside UTC; no claim about a sender."),
    Setting("evidence", "", "URL", "Where sealed bytes are kept; empty is the operation's own folder."),
)


class Settings:
    """The settings of one operation, by name."""

    def __init__(self, values: dict[str, int | str]) -> None:
        self._values = values

    def number(self, name: str) -> int:
        """A setting that is a number."""
        return int(self._values[name])

    def text(self, name: str) -> str:
        """A setting that is a text."""
        return str(self._values[name])


def read_settings(file: Path) -> Settings:
    """Read and check a settings file; what it does not name has its default. Raises WrongUse naming the setting."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"the settings cannot be read: {error}", file.name) from error
    fields: dict[str, Any] = {setting.name: (type(setting.default), setting.default) for setting in SETTINGS}
    model = create_model("SettingsModel", __config__=ConfigDict(extra="forbid", strict=True), **fields)
    try:
        return Settings(model(**document).model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongUse(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", file.name) from error


def settings_text() -> str:
    """A settings file with every setting commented out at its default."""
    lines = ["# Settings of this operation; see the reference. Uncomment to change.", ""]
    for setting in SETTINGS:
        value = f'"{setting.default}"' if isinstance(setting.default, str) else setting.default
        lines += [f"# {setting.reason} [{setting.unit}]", f"# {setting.name} = {value}", ""]
    return "\n".join(lines)
