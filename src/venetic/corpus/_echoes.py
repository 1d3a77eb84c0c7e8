"""Where else a destroyed message was shown or quoted: audit entries and the register of copies."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from venetic.audit import AuditLog
from venetic.corpus._tables import copies
from venetic.corpus.query import (
    And,
    From,
    Fuzzy,
    In,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Regex,
    To,
    With,
    Word,
    fold_name,
    parse,
    snippet,
)
from venetic.kernel import CaseState, CaseTransaction, WrongQuery, rfc3339

_QUOTING = ("query", "selection")  # details of audit entries that hold a query as typed


@dataclass(frozen=True, slots=True)
class Shown:
    """Audit entries that displayed one of some messages, and those that kept no list of ids and may have."""

    displayed: int
    untold: int


@dataclass(frozen=True, slots=True)
class CopyOutside:
    """A numbered copy that holds a destroyed message: outside the operation, for people to recall."""

    number: int
    at: datetime
    account: str
    kind: str
    destination: str
    sha256: str | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {name: getattr(self, name) for name in _COPY_FIELDS} | {"at": rfc3339(self.at)}


_COPY_FIELDS = tuple(CopyOutside.__dataclass_fields__)


def entries_showing(audit: AuditLog, messages: Iterable[str]) -> Shown:
    """Count audit entries by the ids they list."""
    wanted = set(messages)
    displayed = untold = 0
    for entry in audit.entries():
        details = entry["details"] or {}
        listed = details.get("ids", ())
        if listed is None:
            untold += 1
        elif not wanted.isdisjoint(map(str, listed)):
            displayed += 1
    return Shown(displayed, untold)


def copies_holding(case: CaseState, messages: Iterable[str]) -> tuple[CopyOutside, ...]:
    """Copies in the register that hold any of these messages, and those begun whose content nobody noted."""
    wanted = set(messages)
    with case.read() as tx:
        rows = tx.execute(select(copies).order_by(copies.c.number)).mappings()
        return tuple(
            CopyOutside(**{name: row[name] for name in _COPY_FIELDS})
            for row in rows
            if row["sha256"] is None or not wanted.isdisjoint(row["messages"].split("\n"))
        )


def entries_quoting(audit: AuditLog, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Numbers of audit entries whose query matches one of these records in the words and names it asks for."""
    return [
        entry["seq"]
        for entry in audit.entries()
        if any(quotes(str((entry["details"] or {}).get(key) or ""), rows) for key in _QUOTING)
    ]


def strike_selections(tx: CaseTransaction, rows: Sequence[Mapping[str, Any]], reference: str) -> None:
    """Replace the selections of copies whose query matches one of these records."""
    for number, selection in tx.execute(select(copies.c.number, copies.c.selection)).all():
        if quotes(selection, rows):
            struck = f"destroyed under {reference}"
            tx.execute(update(copies).where(copies.c.number == number).values(selection=struck))


def quotes(query: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a query matches a record (sender, receivers, conversation, body). One that cannot be read is text."""
    if not query.strip():
        return False
    try:
        node = parse(query)
    except WrongQuery:
        return any(query in (row["body"] or "") for row in rows)
    return any(_meets(node, row) is True for row in rows)


def _meets(node: Node, row: Mapping[str, Any]) -> bool | None:
    """Null for a part that quotes nothing: a time, a kind, a NOT."""
    match node:
        case And(parts):
            met = [found for part in parts if (found := _meets(part, row)) is not None]
            return all(met) if met else None
        case Or(parts):
            return any(_meets(part, row) for part in parts)
        case Not():
            return None
        case Word() | Phrase() | Near() | Prefix() | Fuzzy() | Regex():
            return row["body"] is not None and bool(snippet(row["body"], node).spans)
        case From() | To() | With() | In():
            return _names(node, row)
    return None


def _names(node: From | To | With | In, row: Mapping[str, Any]) -> bool:
    asked = fold_name(node.value)
    fits: Callable[[str], bool] = (lambda name: name.startswith(asked)) if node.prefix else (lambda name: name == asked)
    sender, receivers = [row["sender"]], list(row["receivers"] or ())
    named = {From: sender, To: receivers, With: sender + receivers, In: [row["conversation"]]}[type(node)]
    return any(fits(fold_name(name)) for name in named if name is not None)
