"""Find the rows of a plan: exactly, with no ceiling, as row addresses of one snapshot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from venetic.corpus._plan import Names, Plan, expansion, row_predicate, text_query
from venetic.corpus._runner import VERSION_BREAK
from venetic.corpus.query import And, Fuzzy, Near, Node, Not, Or, Prefix, Regex, near_places
from venetic.kernel import EVERYTHING, Misuse, Predicate, Snapshot, TextAll, TextAny, TextQuery, TokenRun, Tokens, both

Rows = npt.NDArray[np.uint64]
CHECK_ROWS = 100_000  # rows whose text is held at once while it is checked
TERMS_AT_ONCE = 64  # alternatives in one index query: with more of them its time grows faster than their hits
NEAR_BY_REGEX = 50  # near words this close are found by a pattern; further apart by counting places
GUESSES = (4, 16, 64, 256)  # times the page, how many of the best candidates are checked before all of them are


@dataclass(frozen=True, slots=True)
class Matcher:
    """Answers plans over one snapshot, for somebody who may read the rows of `allowed`."""

    snapshot: Snapshot
    names: Names
    allowed: Predicate

    def best(self, plan: Plan, limit: int) -> pa.Table | None:
        """At least the `limit` best rows with `_rowid` and `_score`; null when finding all is as quick.

        Rows are ranked by the index, so never when rows are hidden: it counts how often words occur anywhere, which
        would tell of rows that may not be read. With near words, the best candidates are checked until enough hold.
        """
        if self.allowed != EVERYTHING:
            return None
        if plan.checks and all(isinstance(check, Prefix | Fuzzy) for check in plan.checks) and not plan.texts:
            return self._some(plan, limit)
        text = None if plan.text is None else _possible(plan.text)
        if text is None or any(not isinstance(check, Near | Regex) for check in plan.checks):
            return None
        if not plan.checks:
            return self.snapshot.search("messages", text, [], plan.predicate, limit)
        for times in GUESSES:
            table = self.snapshot.search("messages", text, [], plan.predicate, limit * times)
            held = self._checked_all(plan.checks, _rows(table), plan.predicate)
            if len(held) >= limit or table.num_rows < limit * times:
                return table.filter(pa.array(np.isin(_rows(table), held)))
        return None

    def _some(self, plan: Plan, limit: int) -> pa.Table | None:
        """Any `limit` rows of one wide prefix or fuzzy word: nothing ranks them, so any are as good as the best."""
        if len(plan.checks) > 1 or plan.without:
            return None
        terms = expansion(plan.checks[0], self.names)
        found = np.empty(0, np.uint64)
        for start in range(0, len(terms), TERMS_AT_ONCE):
            text = Tokens(terms[start : start + TERMS_AT_ONCE], every=False)
            rows = _rows(self.snapshot.search("messages", text, [], plan.predicate, limit))
            found = np.union1d(found, rows)
            if len(found) >= limit:
                break
        return pa.table({"_rowid": found, "_score": np.zeros(len(found), np.float32)})

    def every(self, plan: Plan, columns: Sequence[str]) -> pa.Table:
        """All rows with `_rowid` and `_score`; the score is 0 where nothing ranks them."""
        predicate = both(plan.predicate, self.allowed)
        if plan.texts:
            return self._ranked(plan, predicate, columns)
        if plan.checks:
            rows = self._set(plan.checks[0], predicate)
            rows = self._checked_all(plan.checks[1:], rows, predicate)
            table = self.snapshot.take("messages", self._less(rows, plan, predicate).tolist(), [*columns, "_rowid"])
        else:
            table = self.snapshot.scan("messages", columns, predicate, with_row=True).read_all()
            if plan.without:
                kept = self._less(np.sort(_rows(table)), plan, predicate)
                table = table.filter(pa.array(np.isin(_rows(table), kept)))
        return table.append_column("_score", pa.array(np.zeros(table.num_rows, np.float32)))

    def _ranked(self, plan: Plan, predicate: Predicate, columns: Sequence[str]) -> pa.Table:
        text = None if plan.text is None else _possible(plan.text)
        if text is None:
            none = self.snapshot.scan("messages", columns, predicate, limit=0, with_row=True).read_all()
            return none.append_column("_score", pa.array([], pa.float32()))
        table = self.snapshot.search("messages", text, columns, predicate)
        if plan.checks:
            kept = self._checked_all(plan.checks, _rows(table), predicate)
            table = table.filter(pa.array(np.isin(_rows(table), kept)))
        return table

    def _less(self, rows: Rows, plan: Plan, predicate: Predicate) -> Rows:
        for text in plan.without:
            rows = np.setdiff1d(rows, self._text_rows(text, predicate), assume_unique=True)
        return rows

    def _checked_all(self, checks: Sequence[Node], rows: Rows, predicate: Predicate) -> Rows:
        for check in checks:
            if isinstance(check, Near | Regex):
                rows = self._holding(check, rows)
            else:
                rows = np.intersect1d(rows, self._set(check, predicate), assume_unique=True)
        return rows

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
                return self._checked_all(parts[1:], self._set(parts[0], predicate), predicate)
            case Near(words):
                return self._holding(node, self._text_rows(Tokens(tuple(dict.fromkeys(words))), predicate))
            case Regex():
                return self._holding(node, self._predicate_rows(predicate))
            case Prefix() | Fuzzy():
                terms = expansion(node, self.names)
                chunks = [terms[start : start + TERMS_AT_ONCE] for start in range(0, len(terms), TERMS_AT_ONCE)]
                found = [self._text_rows(Tokens(chunk, every=False), predicate) for chunk in chunks]
                return np.unique(np.concatenate(found))
        raise Misuse(f"no rows are known for {type(node).__name__}")

    def _predicate_rows(self, predicate: Predicate) -> Rows:
        return np.unique(_rows(self.snapshot.scan("messages", [], predicate, with_row=True).read_all()))

    def _text_rows(self, text: TextQuery, predicate: Predicate) -> Rows:
        possible = _possible(text)
        if possible is None:
            return np.empty(0, np.uint64)
        return np.unique(_rows(self.snapshot.search("messages", possible, [], predicate)))

    def _holding(self, node: Near | Regex, rows: Rows) -> Rows:
        """The rows whose own text meets the part, in the order given."""
        columns = ["body", "other_bodies"] if isinstance(node, Regex) else ["words"]
        kept = [np.empty(0, np.uint64)]
        for start in range(0, len(rows), CHECK_ROWS):
            chunk = rows[start : start + CHECK_ROWS]
            kept.append(chunk[_meets(node, self.snapshot.take("messages", chunk.tolist(), columns))])
        return np.concatenate(kept)


def _meets(node: Near | Regex, rows: pa.Table) -> npt.NDArray[np.bool_]:
    texts = rows.column(0)
    if isinstance(node, Regex):
        met = _matched(pc.match_substring_regex(texts, node.pattern, ignore_case=True))
        others = rows.column("other_bodies").combine_chunks()
        said = _matched(pc.match_substring_regex(others.flatten(), node.pattern, ignore_case=True))
        met[others.value_parent_indices().filter(pa.array(said)).to_numpy()] = True
        return met
    if len(node.words) == 2 and node.words[0] != node.words[1] and node.distance <= NEAR_BY_REGEX:
        one, other = map(re.escape, node.words)
        between = f"(?: [^ {VERSION_BREAK}]+){{0,{node.distance}}} "
        return _matched(
            pc.match_substring_regex(texts, f"(?:^| )(?:{one}{between}{other}|{other}{between}{one})(?: |$)")
        )
    held = (_is_near(text, node) for text in texts.to_pylist())
    return np.fromiter(held, bool, len(texts))


def _is_near(text: str, node: Near) -> bool:
    versions = text.split(f" {VERSION_BREAK} ")
    return any(near_places(version.split(" "), node.words, node.distance) for version in versions)


def _matched(found: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.array(pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False), bool)


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
