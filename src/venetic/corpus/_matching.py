"""Find the rows of a plan: exactly, with no ceiling, as row addresses of one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from venetic.corpus._plan import Names, Plan, row_predicate, text_query
from venetic.corpus.query import And, Near, Node, Not, Or, Regex, near_places
from venetic.kernel import EVERYTHING, Misuse, Predicate, Snapshot, TextAll, TextAny, TextQuery, TokenRun, Tokens, both

Rows = npt.NDArray[np.uint64]
CHECK_ROWS = 50_000  # rows whose text is held at once while it is checked


@dataclass(frozen=True, slots=True)
class Matcher:
    """Answers plans over one snapshot, for somebody who may read the rows of `allowed`."""

    snapshot: Snapshot
    names: Names
    allowed: Predicate

    def best(self, plan: Plan, limit: int, columns: Sequence[str]) -> pa.Table | None:
        """The `limit` best rows with `_rowid` and `_score`, when the index alone can tell; null when it cannot.

        It cannot when something is left to check, and when rows are hidden: the index ranks by how often words occur
        anywhere, which would tell of rows that may not be read.
        """
        if plan.text is None or plan.checks or self.allowed != EVERYTHING:
            return None
        if (text := _possible(plan.text)) is None:
            return None
        return self.snapshot.search("messages", text, columns, plan.predicate, limit)

    def every(self, plan: Plan, columns: Sequence[str]) -> pa.Table:
        """All rows with `_rowid` and `_score`; the score is 0 where nothing ranks them."""
        predicate = both(plan.predicate, self.allowed)
        table = self._found(plan, predicate, columns)
        keep: Rows | None = None
        if plan.text is None:
            for text in plan.without:
                rows = _rows(table) if keep is None else keep
                keep = np.setdiff1d(rows, self._text_rows(text, predicate), assume_unique=True)
        for check in plan.checks:
            keep = self._checked(check, _rows(table) if keep is None else keep, predicate)
        if keep is not None:
            table = table.filter(pa.array(np.isin(_rows(table), keep)))
        return table

    def _found(self, plan: Plan, predicate: Predicate, columns: Sequence[str]) -> pa.Table:
        text = None if plan.text is None else _possible(plan.text)
        if text is not None:
            return self.snapshot.search("messages", text, columns, predicate)
        limit = None if plan.text is None else 0
        table = self.snapshot.scan("messages", columns, predicate, limit=limit, with_row=True).read_all()
        return table.append_column("_score", pa.array(np.zeros(table.num_rows, np.float32)))

    def _checked(self, node: Node, rows: Rows, predicate: Predicate) -> Rows:
        if isinstance(node, Near | Regex):
            return self._holding(node, rows)
        return np.intersect1d(rows, self._set(node, predicate), assume_unique=True)

    def _set(self, node: Node, predicate: Predicate) -> Rows:
        """The rows of any part, within the rows of `predicate`."""
        if (fields := row_predicate(node, self.names)) is not None:
            return self._predicate_rows(both(fields, predicate))
        if (text := text_query(node, self.names)) is not None:
            return self._text_rows(text, predicate)
        match node:
            case Not(part):
                everything = self._predicate_rows(predicate)
                return np.setdiff1d(everything, self._set(part, predicate), assume_unique=True)
            case Or(parts):
                return np.unique(np.concatenate([self._set(part, predicate) for part in parts]))
            case And(parts):
                rows = self._set(parts[0], predicate)
                for part in parts[1:]:
                    rows = self._checked(part, rows, predicate)
                return rows
            case Near(words):
                return self._holding(node, self._text_rows(Tokens(tuple(dict.fromkeys(words))), predicate))
            case Regex():
                return self._holding(node, self._predicate_rows(predicate))
        raise Misuse(f"no rows are known for {type(node).__name__}")

    def _predicate_rows(self, predicate: Predicate) -> Rows:
        return np.unique(_rows(self.snapshot.scan("messages", [], predicate, with_row=True).read_all()))

    def _text_rows(self, text: TextQuery, predicate: Predicate) -> Rows:
        possible = _possible(text)
        if possible is None:
            return np.empty(0, np.uint64)
        return np.unique(_rows(self.snapshot.search("messages", possible, [], predicate)))

    def _holding(self, node: Near | Regex, rows: Rows) -> Rows:
        """The rows whose own text meets the part."""
        column = "body" if isinstance(node, Regex) else "words"
        kept = [np.empty(0, np.uint64)]
        for start in range(0, len(rows), CHECK_ROWS):
            chunk = rows[start : start + CHECK_ROWS]
            texts = self.snapshot.take("messages", chunk.tolist(), [column]).column(0)
            kept.append(chunk[_meets(node, texts)])
        return np.concatenate(kept)


def _meets(node: Near | Regex, texts: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    if isinstance(node, Regex):
        found = pc.match_substring_regex(texts, node.pattern, ignore_case=True)
        return np.asarray(pc.fill_null(found, fill_value=False).combine_chunks().to_numpy(zero_copy_only=False), bool)
    return np.fromiter(
        (bool(near_places(text.split(" "), node.words, node.distance)) for text in texts.to_pylist()), bool, len(texts)
    )


def _rows(table: pa.Table) -> Rows:
    return np.asarray(table.column("_rowid").to_numpy(), np.uint64)


def _possible(text: TextQuery) -> TextQuery | None:
    """The query without what no row can match; null when nothing is left that could."""
    match text:
        case Tokens(tokens) | TokenRun(tokens):
            return text if tokens else None
        case TextAny(parts):
            known = tuple(part for part in map(_possible, parts) if part is not None)
            return (known[0] if len(known) == 1 else TextAny(known)) if known else None
        case TextAll(parts, without):
            wanted = tuple(map(_possible, parts))
            if any(part is None for part in wanted):
                return None
            spared = tuple(part for part in map(_possible, without) if part is not None)
            return TextAll(tuple(part for part in wanted if part is not None), spared)
