"""Text from evidence made harmless to look at, and times as people read them.

A terminal obeys some characters of the text it shows. In what people read, each such character is replaced by a
visible sign, so that no message can move the cursor, change colours, hide its neighbours or turn a line around.
"""

import json
import re
from datetime import datetime

LINE_CHARS = 60  # of a quoted message: enough to know it by

# Characters a terminal obeys or does not draw: controls, line separators, marks and overrides of direction, invisible
# joiners and tags, lone surrogates. The joiners of emoji and Persian (U+200C, U+200D) stay.
_OBEYED = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff"
)
_IN_TEXT = re.compile(f"[{_OBEYED}]")
_IN_LINE = re.compile(f"[{_OBEYED}\t\n]")
_PICTURES = 0x2400  # Unicode draws each control character of ASCII at this distance
_DELETE, _DELETE_PICTURE = 0x7F, "\u2421"
_SPACE = 0x20


def plain(text: str) -> str:
    """Text of several lines with every character that a terminal would obey made visible; CR LF is a line end."""
    return _IN_TEXT.sub(_visible, text.replace("\r\n", "\n"))


def plain_line(text: str) -> str:
    """The same on one line: line ends and tabs are made visible too."""
    return _IN_LINE.sub(_visible, text)


def quoted(text: str) -> str:
    """The beginning of a text on one line."""
    line = plain_line(text[: LINE_CHARS + 1])
    return f"{line[:LINE_CHARS]}…" if len(line) > LINE_CHARS else line


def json_text(value: object) -> str:
    """A value as one JSON object that any terminal shows harmlessly and any encoding of Unicode can carry."""
    text = json.dumps(value, ensure_ascii=False, indent=None)
    return _IN_TEXT.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _visible(found: re.Match[str]) -> str:
    point = ord(found[0])
    if point < _SPACE:
        return chr(_PICTURES + point)
    return _DELETE_PICTURE if point == _DELETE else f"⟨U+{point:04X}⟩"


def utc(moment: datetime | None) -> str:
    """`2020-04-01 10:22:33Z`; a null time is a dash."""
    return "–" if moment is None else f"{_clock(moment, 'us')}Z"


def message_time(sent_at: datetime | None, local_time: datetime | None, zone: str, precision: str | None) -> str:
    """When a message was sent, as far as its source says: UTC, or wall-clock time with `zone not stated`."""
    if sent_at is not None:
        return f"{_clock(sent_at, precision)}Z" + (" (zone asserted)" if zone == "asserted" else "")
    if local_time is None:
        return "time not stated"
    said = "no single UTC time in the asserted zone" if zone == "asserted" else "zone not stated"
    return f"{_clock(local_time, precision)} {said}"


def _clock(moment: datetime, precision: str | None) -> str:
    day = f"{moment.year:04}-{moment.month:02}-{moment.day:02}"
    if precision == "day":
        return day
    if precision in ("min", "h"):
        return f"{day} {moment:%H:%M}"
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{day} {moment:%H:%M:%S}{fraction}"


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 message`, `1,250 messages`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def sized(size: int) -> str:
    """Bytes as people read them, in steps of 1,000: `1.2 GB`."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1_000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1_000
    return f"{value:,.1f} TB"
