"""Conversations as people read them: in order of time, the place in the source settling equal times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from venetic.corpus._plan import Names
from venetic.corpus._shown import SHOWN_COLUMNS, Message, Shower
from venetic.corpus.query import fold_name
from venetic.kernel import ID_CHARS, All, Compare, NotFound, Predicate, Snapshot, WrongUse, both

SHORT_ID = 8  # characters of an id that stand for it; fewer are more likely a mistyped name


@dataclass(frozen=True, slots=True)
class Reading:
    """A window of a conversation: `before` and `after` messages of it are not in the window; `total` counts all."""

    conversation: str
    name: str
    service: str
    total: int
    before: int
    after: int
    messages: tuple[Message, ...]


class Conversations:
    """Reads conversations at one snapshot, for somebody who may read the rows of `allowed`."""

    def __init__(self, snapshot: Snapshot, names: Names, allowed: Predicate) -> None:
        self._snapshot = snapshot
        self._names = names
        self._allowed = allowed
        self._orders: dict[str, tuple[list[str], list[int]]] = {}

    def find(self, named: str) -> str:
        """The id of a conversation given by id, by the first 8 or more characters of it, or by name.

        Raises NotFound, or WrongUse naming the ids when several are so named.
        """
        folded = fold_name(named)
        found = {out for name, out in self._names.conversations if name == folded}
        if not found and len(named) >= SHORT_ID:
            found = {out for _, out in self._names.conversations if out.startswith(named)}
        if not found:
            raise NotFound("no conversation has this id or name", named)
        if len(found) > 1:
            raise WrongUse(f"several conversations are so named: {', '.join(sorted(found))}", named)
        return found.pop()

    def message_row(self, message: str) -> tuple[str, str]:
        """(id, conversation) of a message by its id, the first 8 or more characters of it, or an id it had before.

        Raises NotFound, or WrongUse naming the ids when several begin so.
        """
        columns = ["message", "conversation_id"]
        for predicate in (Compare("message", "=", message), Compare("aliases", "has", message), *_begins(message)):
            rows = self._snapshot.scan("messages", columns, both(predicate, self._allowed)).read_all().to_pylist()
            if len(rows) > 1:
                raise WrongUse(f"several messages begin so: {', '.join(row['message'] for row in rows)}", message)
            if rows:
                return rows[0]["message"], rows[0]["conversation_id"]
        raise NotFound("no message has this id", message)

    def order(self, conversation: str) -> tuple[list[str], list[int]]:
        """Message ids of a conversation in reading order, and their row addresses."""
        if conversation not in self._orders:
            predicate = both(Compare("conversation_id", "=", conversation), self._allowed)
            rows = self._snapshot.scan("messages", ["message", "moment", "place"], predicate, with_row=True).read_all()
            last = np.iinfo(np.int64).max
            moments = rows.column("moment").fill_null(last).to_numpy()
            order = np.lexsort((rows.column("place").to_numpy(zero_copy_only=False).astype(str), moments))
            ordered = rows.take(pa.array(order))
            self._orders[conversation] = (ordered.column("message").to_pylist(), ordered.column("_rowid").to_pylist())
        return self._orders[conversation]

    def window(self, conversation: str, start: int, stop: int) -> Reading:
        """Messages `start` to `stop` (excluded) of a conversation, in reading order."""
        ids, rows = self.order(conversation)
        start, stop = max(0, start), min(len(ids), stop)
        facts = self._snapshot.scan("conversations", ["service", "name"], Compare("conversation", "=", conversation))
        known = facts.read_all().to_pylist()[0]
        return Reading(
            conversation,
            known["name"],
            known["service"],
            len(ids),
            start,
            len(ids) - stop,
            self.messages(rows[start:stop]),
        )

    def around(self, message: str, before: int, after: int) -> Reading:
        """The window of a message's conversation that holds it and some before and after it."""
        known, conversation = self.message_row(message)
        at = self.order(conversation)[0].index(known)
        return self.window(conversation, at - before, at + after + 1)

    def messages(self, rows: Sequence[int]) -> tuple[Message, ...]:
        """The messages at row addresses, in their order."""
        if not rows:
            return ()
        table = self._snapshot.take("messages", list(rows), SHOWN_COLUMNS)
        return tuple(Shower(self._snapshot).messages(table))


def _begins(message: str) -> tuple[Predicate, ...]:
    """Messages whose ids begin so; none is asked for when it is no beginning of an id."""
    if not SHORT_ID <= len(message) < ID_CHARS or set(message) - set("0123456789abcdef"):
        return ()
    return (All((Compare("message", ">=", message), Compare("message", "<", message + "g"))),)
