"""The provider's own list of hashes: read as written, compared with what was sealed.

Formats: BagIt payload manifests (RFC 8493), the output of `sha256sum`, `md5sum` and their kin, the BSD form
`MD5 (name) = …`, bare hashes one a line, and CSV with a path and one or more hash columns.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from venetic.haul._names import shown, tidy
from venetic.haul._records import Entry, HashCheck, HashLine, Result, Sealing
from venetic.kernel import NotFound, Refusal, WrongUse

_ALGORITHMS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_SUM_LINE = re.compile(rb"(\\?)([0-9A-Fa-f]{32,128})[ \t]+\*?(.+)")
_BSD_LINE = re.compile(rb"(\\?)[A-Za-z0-9/-]+ ?\((.+)\) ?= ?([0-9A-Fa-f]{32,128})")
_BAG_NAME = re.compile(r"manifest-[a-z0-9]+\.txt", re.IGNORECASE)
_PATH_HEADERS = ("path", "file path", "filepath", "full path", "fullname", "filename", "file name", "file", "name")
_ESCAPES = re.compile(rb"\\([\\nr])")
_PERCENT = re.compile(rb"%(0[AaDd]|25)")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of their list; `name` is null in a list of bare hashes."""

    name: bytes | None
    algorithm: str
    digest: str


@dataclass(frozen=True, slots=True)
class TheirList:
    """Their list as read. `unread` are the numbers of lines that say nothing we can read."""

    file: str
    data: bytes
    lines: tuple[Listed, ...]
    unread: tuple[int, ...]
    is_bag: bool

    @property
    def algorithms(self) -> frozenset[str]:
        """Which hashes the list needs."""
        return frozenset(line.algorithm for line in self.lines)

    def refusals(self) -> Iterator[Refusal]:
        """A refusal for every line that could not be read."""
        for number in self.unread:
            what = "the line of the provider's list of hashes cannot be read"
            yield Refusal("unread_hash_line", what, shown(self.file.encode()), details={"line": number})


def read_list(path: Path) -> TheirList:
    """Read a list of hashes. Raises NotFound, and WrongUse when no line of it can be read."""
    try:
        data = path.read_bytes()
    except OSError:
        raise NotFound("the list of hashes cannot be opened", str(path)) from None
    text = _utf8(data)
    is_bag = _BAG_NAME.fullmatch(path.name) is not None
    lines, unread = _read_lines(text, is_bag=is_bag)
    if not lines:
        lines, unread = _read_csv(text)
    if not lines:
        raise WrongUse("no line of the list of hashes can be read", path.name)
    return TheirList(path.name, data, tuple(lines), tuple(unread), is_bag)


def compare(theirs: TheirList, sealing: Sealing, folder: bytes | None) -> tuple[HashCheck, list[HashLine]]:
    """Compare a list with what was sealed. `folder` is the name of the delivered folder, when there is one.

    Their paths are taken as they stand inside the delivery, under the delivered folder's name, or inside a delivered
    archive; failing that, once more without the folders that all of them share. Members of a listed archive, and the
    archive of listed members, are not extra.
    """
    found = _by_name(theirs, sealing, folder)
    hashes = {digest: at for at, known in enumerate(sealing.digests) for digest in known.values()}
    lines: list[HashLine] = []
    listed: set[int] = set()
    for line in theirs.lines:
        at = hashes.get(line.digest) if line.name is None else found.get(line.name)
        ours = None if at is None else sealing.digests[at][line.algorithm]
        if at is not None:
            listed.add(at)
        result: Result = "missing" if ours is None else "matched" if ours == line.digest else "differing"
        name = None if line.name is None else shown(line.name)
        lines.append(HashLine(result, name, line.algorithm, line.digest, ours))
    if theirs.lines[0].name is None:
        wanted = {line.digest for line in theirs.lines}
        listed |= {at for at, known in enumerate(sealing.digests) if not wanted.isdisjoint(known.values())}
    lines.extend(_extra(theirs, sealing, listed))
    counts = {name: sum(line.result == name for line in lines) for name in ("matched", "differing", "missing", "extra")}
    return HashCheck(**counts), lines


def _utf8(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _read_lines(text: bytes, *, is_bag: bool) -> tuple[list[Listed], list[int]]:
    lines: list[Listed] = []
    unread: list[int] = []
    for number, raw in enumerate(text.split(b"\n"), 1):
        line = raw.strip(b"\r") if is_bag else raw.removesuffix(b"\r")
        if not line.strip() or line.startswith((b"#", b";")):
            continue
        parsed = _read_line(line, is_bag=is_bag)
        if parsed is None:
            unread.append(number)
        else:
            lines.append(parsed)
    return lines, unread


def _read_line(line: bytes, *, is_bag: bool) -> Listed | None:
    if _HEX.fullmatch(line.strip()):
        return _listed(None, line.strip())
    if (sums := _SUM_LINE.fullmatch(line)) is not None:
        escaped, digest, name = sums.groups()
    elif (bsd := _BSD_LINE.fullmatch(line)) is not None:
        escaped, name, digest = bsd.groups()
    else:
        return None
    if escaped:
        name = _ESCAPES.sub(lambda found: {b"n": b"\n", b"r": b"\r"}.get(found[1], b"\\"), name)
    if is_bag:
        name = _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), name)
    return _listed(name, digest)


def _listed(name: bytes | None, digest: bytes) -> Listed | None:
    algorithm = _ALGORITHMS.get(len(digest))
    if algorithm is None:
        return None
    return Listed(None if name is None else _relative(name), algorithm, digest.decode("ascii").lower())


def _relative(name: bytes) -> bytes:
    return tidy(name.replace(b"\\", b"/") if b"/" not in name else name)


def _read_csv(text: bytes) -> tuple[list[Listed], list[int]]:
    words = text.decode("utf-8", "surrogateescape")
    for delimiter in (",", ";", "\t"):
        try:
            rows = list(csv.reader(io.StringIO(words, newline=""), delimiter=delimiter))
        except csv.Error:
            continue
        first = next((at for at, row in enumerate(rows) if _hash_columns(row) and len(row) > 1), None)
        if first is not None:
            return _read_rows(rows, first)
    return [], []


def _read_rows(rows: Sequence[Sequence[str]], first: int) -> tuple[list[Listed], list[int]]:
    path_at = _path_column(rows[first - 1] if first else (), rows[first])
    columns = _hash_columns(rows[first])
    lines: list[Listed] = []
    unread: list[int] = []
    for number, row in enumerate(rows[first:], first + 1):
        if not any(cell.strip() for cell in row):
            continue
        hashes = [row[at].strip() for at in columns if at < len(row) and _is_hash(row[at])]
        if not hashes or path_at >= len(row) or not row[path_at]:
            unread.append(number)
            continue
        name = row[path_at].encode("utf-8", "surrogateescape")
        lines.extend(line for digest in hashes if (line := _listed(name, digest.encode())) is not None)
    return lines, unread


def _path_column(header: Sequence[str], row: Sequence[str]) -> int:
    titles = [cell.strip().lower() for cell in header]
    for title in _PATH_HEADERS:
        if title in titles:
            return titles.index(title)
    candidates = [
        at for at, cell in enumerate(row) if cell.strip() and not _is_hash(cell) and not cell.strip().isdigit()
    ]
    if len(candidates) != 1:
        raise WrongUse("the list of hashes does not say which column is the path: give it a header `path`")
    return candidates[0]


def _hash_columns(row: Sequence[str]) -> list[int]:
    return [at for at, cell in enumerate(row) if _is_hash(cell)]


def _is_hash(cell: str) -> bool:
    text = cell.strip()
    return len(text) in _ALGORITHMS and all(char in "0123456789abcdefABCDEF" for char in text)


def _by_name(theirs: TheirList, sealing: Sealing, folder: bytes | None) -> dict[bytes, int]:
    """Their names -> positions of entries, by the first reading of their paths that finds any entry."""
    names = [line.name for line in theirs.lines if line.name is not None]
    shared = _shared_folder(names)
    ours = list(_readings(sealing.entries, folder))
    for cut in (0, shared):
        for reading in ours:
            found = {name: reading[name[cut:]] for name in names if name[cut:] in reading}
            if found:
                return found
    return {}


def _readings(entries: Sequence[Entry], folder: bytes | None) -> Iterator[dict[bytes, int]]:
    yield {tidy(entry.raw_path): at for at, entry in enumerate(entries)}
    if folder is not None:
        yield {folder + b"/" + tidy(entry.raw_path): at for at, entry in enumerate(entries)}
    by_path = {entry.path: entry for entry in entries}
    inside = {}
    for at, entry in enumerate(entries):
        if (outer := _outermost(entry, by_path)) is not None:
            inside[tidy(entry.raw_path[len(outer.raw_path) :])] = at
    yield inside


def _outermost(entry: Entry, by_path: dict[str, Entry]) -> Entry | None:
    outer = None
    while entry.container is not None:
        entry = outer = by_path[entry.container]
    return outer


def _shared_folder(names: Sequence[bytes]) -> int:
    """How many first bytes, up to and with a `/`, all names share."""
    if not names:
        return 0
    low, high = min(names), max(names)
    same = next((at for at, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    return low[:same].rfind(b"/") + 1


def _extra(theirs: TheirList, sealing: Sealing, listed: set[int]) -> Iterator[HashLine]:
    entries = sealing.entries
    by_path = {entry.path: at for at, entry in enumerate(entries)}
    itself = hashlib.sha256(theirs.data).hexdigest()
    around: set[int] = set()
    for at in listed:
        around.update(_containers(entries, at, by_path))
    for at, entry in enumerate(entries):
        known = at in listed or at in around or any(up in listed for up in _containers(entries, at, by_path))
        outside_bag = theirs.is_bag and not _payload(entry)
        if not known and not outside_bag and entry.sha256 != itself:
            yield HashLine("extra", entry.path, "sha256", None, entry.sha256)


def _payload(entry: Entry) -> bool:
    return entry.path.startswith("data/") or "/data/" in entry.path


def _containers(entries: Sequence[Entry], at: int, by_path: dict[str, int]) -> Iterator[int]:
    container = entries[at].container
    while container is not None:
        up = by_path[container]
        yield up
        container = entries[up].container
