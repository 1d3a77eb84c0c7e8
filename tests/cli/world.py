"""One small operation to drive the command line on: every shape, a repeat, an edit, a picture, hostile bodies."""

import contextlib
import io
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from venetic.cli import main

HOSTILE = "ev\u202eil \x1b[31mred\x1b[0m [red]markup[/red] \x07 :smile:\rover\u2066"
ALICE, BOB = "alice@a.example", "bob@b.example"


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> dict:
        """The one JSON object on standard output."""
        lines = self.out.splitlines()
        assert len(lines) == 1, f"not one line: {self.out!r} {self.err!r}"
        value = json.loads(lines[0])
        assert isinstance(value, dict)
        return value


def run(*arguments: object) -> Ran:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def jabber(sent: str, body: str, sender: str = ALICE, receiver: str = BOB) -> str:
    """One entry of a Jabber log."""
    return json.dumps({"ts": f"2020-04-01T{sent}.000000Z", "from": sender, "to": receiver, "body": body})


def rocketchat() -> str:
    """A channel: a message, an answer to it, an edit with a picture, one nobody can decrypt, one of two lines."""

    def message(native: str, second: int, text: str, **more: object) -> dict:
        sent = f"2020-04-02T08:00:{second:02}.000Z"
        return {"_id": native, "rid": "harbour", "msg": text, "ts": sent, "u": {"username": "kim"}, **more}

    picture = {"title": "quay.png", "title_link": "/file-upload/quay.png", "image_type": "image/png"}
    rows = [
        message("m1", 1, "the crane on quay nine is free"),
        message("m2", 2, "then quay nine it is", tmid="m1"),
        message("m3", 3, "look", editedAt="2020-04-02T09:00:00.000Z", attachments=[picture]),
        message("m4", 4, "", t="e2e"),
    ]
    rows.append(message("m5", 5, "two\nlines"))
    return json.dumps({"messages": rows, "success": True})


def write_delivery(folder: Path) -> Path:
    """Write a delivery: both parties' Jabber logs, a channel, a phone's export, a picture, a file nothing reads."""
    said = [
        jabber("10:22:33", "bring the parcel to Rotterdam harbour"),
        jabber("10:23:00", "OK", BOB, ALICE),
        jabber("10:24:00", "привет, как дела", BOB, ALICE),
        jabber("10:25:00", "=1+1 is a formula, 'quoted' and so on"),
        jabber("10:26:00", HOSTILE),
    ]
    files = {
        "jabber/alice/2020-04-01.json": "".join(said).encode(),
        "jabber/bob/2020-04-01.json": ("".join(said) + said[1] + '{"ts": "x').encode(),
        "rocket/harbour.json": rocketchat().encode(),
        "phone/WhatsApp Chat with Ann.txt": b"31/12/2020, 23:59 - Ann: happy new year\n",
        "media/dot.png": dot_png(),
        "other/blob.bin": bytes(range(256)),
    }
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def dot_png() -> bytes:
    """A picture of one dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


RECEIVED = ("--from", "Port police", "--authority", "W-1", "--stage", "stored", "--period", "2020-03-01..2020-12-31")
MESSAGES = 12  # 5 said once or twice, 1 possible repeat, 5 of the channel, 1 of the phone
RECORDS = 17
