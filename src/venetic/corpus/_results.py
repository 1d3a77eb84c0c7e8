"""The answer to one search at one commit: exact count, facets, pages without a ceiling, everything as a stream.

Order. By relevance: best first, equal scores by row. By time: oldest first, or newest first, messages without a time
last. A page's cursor names the commit, the last place and, since the index gives an arbitrary choice among equal
scores, which of those were shown; so the pages of a cursor together hold every hit exactly once.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from venetic.corpus._commits import Lease
from venetic.corpus._matching import Matcher
from venetic.corpus._plan import Plan
from venetic.corpus._shown import SHOWN_COLUMNS, Message, Shower
from venetic.corpus.query import After, And, Before, Node, Not, Or, Snippet, snippet
from venetic.kernel import EVERYTHING, Analytics, WrongUse, content_id

Sort = Literal["relevance", "time", "newest"]
SORTS: tuple[Sort, ...] = ("relevance", "time", "newest")
NO_ZONE = "not stated"
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
EXPORT_ROWS = 10_000  # messages held at once while streaming
INT_MAX = int(np.iinfo(np.int64).max)
FLOAT_MAX = float(np.finfo(np.float32).max)

FACETS_SQL = {
    "handle": "SELECT sender AS value, count(*) AS hits FROM hits GROUP BY 1",
    "day": "SELECT strftime(make_timestamp(moment), '%Y-%m-%d') AS value, count(*) AS hits FROM hits GROUP BY 1",
    "haul": """SELECT haul AS value, count(DISTINCT _rowid) AS hits FROM (SELECT _rowid, unnest(sources) AS source
               FROM hits) JOIN brought USING (source) GROUP BY 1""",
}
ALONE_SQL = """
SELECT _rowid, (len(list_filter(tokens, lambda t: list_contains($1, t))) / sqrt(len(tokens) + 1))::FLOAT AS _score
FROM (SELECT _rowid, string_split(words, ' ') AS tokens FROM hits)
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message found, the piece of its body to show, and its score, which orders one answer and means nothing else."""

    message: Message
    snippet: Snippet | None
    score: float
    version: int = 0  # which text the snippet is of: 0 the body, n the n-th of `other_bodies`

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the message's fields with `snippet`, `marked` (character ranges in it), `version`, `score`."""
        shown = self.snippet
        return {
            **self.message.to_dict(),
            "snippet": None if shown is None else shown.text,
            "marked": [] if shown is None else [list(span) for span in shown.spans],
            "version": self.version,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Some hits in order, and the cursor of the next page; null at the end."""

    hits: tuple[Hit, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: the query as typed, its tree and plan, and the order."""

    text: str
    node: Node
    plan: Plan
    sort: Sort
    words: tuple[str, ...]  # the words asked for, by which rows are ranked alone


class Results:
    """Lazy: nothing is read until asked for. Holds its commit open until closed."""

    def __init__(self, asked: Asked, matcher: Matcher, lease: Lease, analytics: Analytics) -> None:
        self.asked = asked
        self.commit = lease.commit.number
        self.matcher = matcher
        self._lease = lease
        self._analytics = analytics

    def close(self) -> None:
        """Let the commit go."""
        self._lease.close()

    @cached_property
    def _every(self) -> pa.Table:
        return self.matcher.every(self.asked.plan, ["sender", "moment", "sources"])

    def count(self) -> int:
        """Exact number of hits."""
        return int(self._every.num_rows)

    def by_wall_clock(self) -> int:
        """Hits of a query with `before:` or `after:` that were compared by a time whose zone is not stated."""
        if not _compares_days(self.asked.node):
            return 0
        zones = self.matcher.every(self.asked.plan, ["zone"]).column("zone")
        return sum(entry["counts"] for entry in zones.value_counts().to_pylist() if entry["values"] == NO_ZONE)

    def facets(self) -> dict[str, list[dict[str, Any]]]:
        """Exact counts of hits by `handle` (sender), `day` and `haul`: value and hits, most first; null is no value."""
        brought = [(source, haul) for source, hauls in self.matcher.names.hauls_of_sources().items() for haul in hauls]
        tables = {
            "hits": self._every,
            "brought": pa.table(
                {
                    "source": pa.array([source for source, _ in brought], pa.int32()),
                    "haul": pa.array([haul for _, haul in brought], pa.string()),
                }
            ),
        }
        with self._analytics.session() as session:
            return {
                name: session.run(f"{sql} ORDER BY hits DESC, value", tables).to_pylist()
                for name, sql in FACETS_SQL.items()
            }

    @cached_property
    def order(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[Any]]:
        """Every hit's row address in order, and what it is ordered by (score, or microseconds)."""
        table = self._every
        rows = table.column("_rowid").to_numpy()
        if self.asked.sort == "relevance":
            scores = self._alone() if self.matcher.allowed != EVERYTHING else table.column("_score").to_numpy()
            order = np.lexsort((rows, -scores))
            return rows[order], scores[order]
        last = np.iinfo(np.int64).max
        moments = _moments(table, last)
        keys = np.where(moments == last, last, -moments) if self.asked.sort == "newest" else moments
        order = np.lexsort((rows, keys))
        return rows[order], keys[order]

    def _alone(self) -> npt.NDArray[np.float32]:
        """Scores by each row's own words, so that rows that may not be read change nothing."""
        rows = self._every.column("_rowid")
        words = self.matcher.snapshot.take("messages", rows.to_pylist(), ["words"])
        scored = self._analytics.run(ALONE_SQL, {"hits": words.append_column("_rowid", rows)}, [list(self.asked.words)])
        by_row = dict(zip(scored.column(0).to_pylist(), scored.column(1).to_pylist(), strict=True))
        return np.array([by_row[row] for row in rows.to_pylist()], np.float32)

    def page(self, limit: int, cursor: str | None = None) -> Page:
        """The first `limit` hits, or those after a cursor of the same search. Raises WrongUse for another's cursor."""
        if cursor is None and self.asked.sort == "relevance":
            best = self.matcher.best(self.asked.plan, limit + 1)
            if best is not None:
                return self._first_page(best, limit)
        rows, keys = self.order
        start = 0
        shown: tuple[int, ...] = ()
        if cursor is not None:
            start, shown = self._after(_opened(cursor, self._id, self.asked.sort), rows, keys)
        chosen = [at for at in range(start, min(len(rows), start + limit + len(shown))) if int(rows[at]) not in shown]
        chosen = chosen[:limit]
        is_last = not chosen or all(int(row) in shown for row in rows[chosen[-1] + 1 :][: len(shown) + 1])
        following = None if is_last else self._cursor(keys[chosen[-1]].item(), int(rows[chosen[-1]]), shown)
        return Page(self._hits([int(rows[at]) for at in chosen], [keys[at] for at in chosen]), following)

    def _first_page(self, best: pa.Table, limit: int) -> Page:
        rows, scores = best.column("_rowid").to_numpy(), best.column("_score").to_numpy()
        order = np.lexsort((rows, -scores))[:limit]
        rows, scores = rows[order], scores[order]
        following = None
        if best.num_rows > limit:
            tied = [int(row) for row, score in zip(rows, scores, strict=True) if score == scores[-1]]
            following = self._cursor(float(scores[-1]), -1, tuple(tied))
        return Page(self._hits([int(row) for row in rows], list(scores)), following)

    def _after(
        self, place: dict[str, Any], rows: npt.NDArray[np.uint64], keys: npt.NDArray[Any]
    ) -> tuple[int, tuple[int, ...]]:
        """Where a cursor's page begins, and rows at its key that the first page showed out of order."""
        ordered = -keys if self.asked.sort == "relevance" else keys
        key = -place["key"] if self.asked.sort == "relevance" else place["key"]
        first, last = (int(np.searchsorted(ordered, np.asarray(key, ordered.dtype), side=side)) for side in _SIDES)
        tied = rows[first:last].astype(np.int64)  # a place before all rows is -1
        return first + int(np.searchsorted(tied, place["row"], side="right")), tuple(place["shown"])

    @property
    def _id(self) -> str:
        return content_id(self.asked.text, self.asked.sort)

    def _cursor(self, key: float, row: int, shown: Sequence[int]) -> str:
        place = {"commit": self.commit, "search": self._id, "key": key, "row": row, "shown": list(shown)}
        return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")

    def _hits(self, rows: Sequence[int], keys: Sequence[Any]) -> tuple[Hit, ...]:
        if not rows:
            return ()
        table = self.matcher.snapshot.take("messages", rows, SHOWN_COLUMNS)
        shown = Shower(self.matcher.snapshot).messages(table)
        ranked = self.asked.sort == "relevance"
        hits = []
        for message, key in zip(shown, keys, strict=True):
            piece, version = _best_snippet(message, self.asked.node)
            hits.append(Hit(message, piece, round(float(key), 6) if ranked else 0.0, version))
        return tuple(hits)

    def stream(self) -> Iterator[list[Message]]:
        """Every hit in order, EXPORT_ROWS at a time."""
        shower = Shower(self.matcher.snapshot)
        rows, _ = self.order
        for start in range(0, len(rows), EXPORT_ROWS):
            chunk = rows[start : start + EXPORT_ROWS].tolist()
            yield list(shower.messages(self.matcher.snapshot.take("messages", chunk, SHOWN_COLUMNS)))

    def to_arrow(self) -> pa.Table:
        """Every hit in order as a table; times are timestamps, `records` a list of locators."""
        rows, _ = self.order
        return self.matcher.snapshot.take("messages", rows.tolist(), [c for c in SHOWN_COLUMNS if c != "place"])


def _compares_days(node: Node) -> bool:
    match node:
        case Before() | After():
            return True
        case Not(part):
            return _compares_days(part)
        case And(parts) | Or(parts):
            return any(map(_compares_days, parts))
    return False


def _best_snippet(message: Message, node: Node) -> tuple[Snippet | None, int]:
    """The piece of the body, or of the first other text when only that has what was asked for."""
    first: Snippet | None = None
    for version, text in enumerate((message.body, *message.other_bodies)):
        piece = None if text is None else snippet(text, node)
        if piece is not None and piece.spans:
            return piece, version
        first = first or (piece if version == 0 else None)
    return first, 0


def commit_of(cursor: str) -> int:
    """The commit a cursor was made at. Raises WrongUse when it is no cursor."""
    return int(_decoded(cursor)["commit"])


def _opened(cursor: str, search: str, sort: Sort) -> dict[str, Any]:
    place = _decoded(cursor)
    if place["search"] != search or isinstance(place["key"], float) != (sort == "relevance"):
        raise WrongUse("this cursor is of another search: the query and the order must stay the same", "cursor")
    return place


def _decoded(cursor: str) -> dict[str, Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(place, dict) and _is_place(place):
            return place
    except (binascii.Error, ValueError):
        pass
    raise WrongUse("this is no cursor of ours: pass back `next` as it was given", "cursor")


def _is_place(place: dict[str, Any]) -> bool:
    key, shown = place.get("key"), place.get("shown")
    return (
        isinstance(place.get("search"), str)
        and (_is_whole(key) or (isinstance(key, float) and abs(key) <= FLOAT_MAX))
        and isinstance(shown, list)
        and all(_is_whole(number) for number in [place.get("commit"), place.get("row"), *shown])
    )


def _is_whole(value: object) -> bool:
    """Whether it is a number that a column of 64 bits can be compared with."""
    return type(value) is int and abs(value) <= INT_MAX


def _moments(table: pa.Table, missing: int) -> npt.NDArray[np.int64]:
    filled: npt.NDArray[np.int64] = table.column("moment").fill_null(missing).to_numpy()
    return filled
