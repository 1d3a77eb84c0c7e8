"""Names as delivered and names as shown. A shown name is safe to print and stands for exactly one raw name."""

import re
import unicodedata

_DRIVE = re.compile(rb"^[A-Za-z]:")


def shown(raw: bytes) -> str:
    r"""A raw path as text: UTF-8 where it is, `\xNN` for a byte that is not, `\\` for a backslash.

    Control characters, format characters (a right-to-left override could make a name lie) and line separators are
    escaped as `\uNNNN`, so two raw names never show as one.
    """
    text = raw.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _UNSAFE else char for char in text)


_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def tidy(raw: bytes) -> bytes:
    """A member's raw name without the empty and `.` parts that archives put before it."""
    return b"/".join(part for part in raw.split(b"/") if part not in (b"", b"."))


def fault_in(raw: bytes) -> tuple[str, str] | None:
    """Why a member's name cannot be admitted, as (code, sentence); null when it can.

    Both separators count: an archive made on one system may be opened on another.
    """
    slashed = raw.replace(b"\\", b"/")
    if slashed.startswith(b"/") or _DRIVE.match(slashed):
        return "absolute_path", "the entry's name is an absolute path"
    if b".." in slashed.split(b"/"):
        return "path_traversal", "the entry's name leads out of its archive"
    if not tidy(slashed):
        return "empty_name", "the entry has no name"
    return None
