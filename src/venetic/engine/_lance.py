"""The corpus tables on Lance.

Words are indexed from a column of tokens parted by spaces, with positions and without any analysis of Lance's own:
what a word is, is the corpus's business. Small appends gather in fragments that are scanned until `maintain` indexes
and compacts them; the thresholds below bound both the scan and the work.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import lance
import pyarrow as pa
import pyarrow.compute as pc
from lance.lance import _Session as Session  # what lance.Session is, under a name that its types export
from lance.query import BooleanQuery, FullTextOperator, FullTextQuery, MatchQuery, Occur, PhraseQuery

from venetic.engine._predicates import predicate_sql
from venetic.kernel import (
    EVERYTHING,
    Compare,
    Misuse,
    NotFound,
    Predicate,
    TableSpec,
    TextAll,
    TextAny,
    TextQuery,
    TokenRun,
    Tokens,
    Versions,
)

SMALL_FRAGMENTS = 64  # compact when this many fragments are small: a query opens each of them
SMALL_ROWS = 100_000  # a fragment below this is small
UNINDEXED_ROWS = 5_000  # index when this many rows would be scanned: about 2 ms a query
INDEX_DELTAS = 16  # merge all parts of an index but its base when it has this many
SESSION_BYTES = 512 << 20  # index cache; metadata gets a quarter of it
FEW_KEYS = 2_000  # up to here rows are found by their key's index, beyond by one scan of the column
KEY_BATCH_ROWS = 1_000_000  # the set of keys is hashed once for each batch
DELETE_ROWS = 50_000  # row addresses in one statement
WRITE_RETRIES = 5  # a retryable conflict is tried again this often


class LanceSnapshot:
    """Tables opened at the versions of one commit."""

    def __init__(self, root: str, versions: Versions, session: Session) -> None:
        self.versions = versions
        self._root = root
        self._session = session
        self._open: dict[str, lance.LanceDataset] = {}

    def _table(self, name: str) -> lance.LanceDataset:
        if name not in self._open:
            try:
                self._open[name] = lance.dataset(
                    f"{self._root}/{name}.lance", version=self.versions[name], session=self._session
                )
            except (ValueError, OSError) as error:
                raise NotFound(f"version {self.versions[name]} of {name} is gone: ask again", name) from error
        return self._open[name]

    def scan(
        self,
        table: str,
        columns: Sequence[str],
        predicate: Predicate = EVERYTHING,
        limit: int | None = None,
        with_row: bool = False,
    ) -> pa.RecordBatchReader:
        """Stream rows in no promised order."""
        return (
            self._table(table)
            .scanner(
                columns=list(columns),
                filter=_filter(predicate),
                prefilter=True,
                limit=limit,
                with_row_id=with_row,
            )
            .to_reader()
        )

    def count(self, table: str, predicate: Predicate = EVERYTHING) -> int:
        """Exact number of rows."""
        return int(self._table(table).count_rows(filter=_filter(predicate)))

    def search(
        self,
        table: str,
        text: TextQuery,
        columns: Sequence[str],
        predicate: Predicate = EVERYTHING,
        limit: int | None = None,
    ) -> pa.Table:
        """Rows matching both, with `_rowid` and `_score`; `maintain` must have run since the table's first rows.

        Rows not in the index yet are cut into words as its own are; without any index Lance cuts as it thinks best.
        """
        scanner = self._table(table).scanner(
            columns=[*columns, "_score"],
            full_text_query=_full_text(text),
            filter=_filter(predicate),
            prefilter=True,
            limit=limit,
            with_row_id=True,
            disable_scoring_autoprojection=True,
        )
        return scanner.to_table()

    def take(self, table: str, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """The rows at `_rowid` addresses, in the asked order."""
        return self._table(table)._take_rows(list(rows), columns=list(columns))


class LanceTables:
    """Tables in one folder or under one URL; writes are for one writer at a time."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._session = Session(SESSION_BYTES, SESSION_BYTES // 4)

    def _dataset(self, spec: TableSpec) -> lance.LanceDataset:
        return lance.dataset(self._uri(spec), session=self._session)

    def _uri(self, spec: TableSpec) -> str:
        return f"{self._root}/{spec.name}.lance"

    def create(self, spec: TableSpec) -> int:
        """Make an empty table; its version."""
        return int(lance.write_dataset(spec.schema.empty_table(), self._uri(spec), session=self._session).version)

    def beside(self, folder: Path) -> "LanceTables":
        """Tables of the same kind in another folder, for scratch work."""
        return LanceTables(str(folder))

    def snapshot(self, versions: Versions) -> LanceSnapshot:
        """Read the tables at these versions."""
        return LanceSnapshot(self._root, dict(versions), self._session)

    def append(self, spec: TableSpec, rows: pa.RecordBatchReader) -> int:
        """Add rows whose keys are new."""
        return int(lance.write_dataset(rows, self._uri(spec), mode="append", session=self._session).version)

    def upsert(self, spec: TableSpec, rows: pa.Table) -> int:
        """Add rows, in place of those with the same key."""
        return self.replace(spec, rows.column(spec.key).combine_chunks(), rows.to_reader())

    def replace(self, spec: TableSpec, keys: pa.Array, rows: pa.RecordBatchReader) -> int:
        """Remove the rows with these keys and add others; only the keys are held in memory."""
        self._delete_keys(spec, keys)
        return self.append(spec, rows)

    def _delete_keys(self, spec: TableSpec, keys: pa.Array) -> None:
        """Remove the rows with these keys.

        By row address: Lance's own merge joins with every key of the table, in a pool of 300 MB that it cannot leave.
        """
        dataset = self._dataset(spec)
        few = Compare(spec.key, "in", tuple(keys.to_pylist())) if len(keys) <= FEW_KEYS else EVERYTHING
        scanner = dataset.scanner(
            columns=[spec.key], filter=_filter(few), with_row_id=True, batch_size=KEY_BATCH_ROWS, prefilter=True
        )
        found: list[int] = []
        for batch in scanner.to_reader():
            found += batch.column("_rowid").filter(pc.is_in(batch.column(spec.key), value_set=keys)).to_pylist()
        for start in range(0, len(found), DELETE_ROWS):
            listed = ", ".join(map(str, found[start : start + DELETE_ROWS]))
            self._dataset(spec).delete(f"_rowid IN ({listed})", conflict_retries=WRITE_RETRIES)

    def delete(self, spec: TableSpec, predicate: Predicate) -> int:
        """Remove rows; earlier versions still hold them."""
        self._dataset(spec).delete(predicate_sql(predicate, "lance"), conflict_retries=WRITE_RETRIES)
        return self._version(spec)

    def roll_back(self, spec: TableSpec, version: int) -> int:
        """Make `version` the present content again."""
        dataset = self._dataset(spec)
        if dataset.version != version:
            dataset.checkout_version(version).restore()  # type: ignore[no-untyped-call] # lance leaves it untyped
        return self._version(spec)

    def _version(self, spec: TableSpec) -> int:
        return int(self._dataset(spec).version)

    def maintain(self, spec: TableSpec, full: bool = False) -> int:
        """Index and compact what has gathered."""
        dataset = self._dataset(spec)
        if dataset.count_rows() == 0:
            return int(dataset.version)
        small = sum(fragment.count_rows() < SMALL_ROWS for fragment in dataset.get_fragments())
        if small > (1 if full else SMALL_FRAGMENTS):
            dataset.optimize.compact_files(materialize_deletions_threshold=0.3)
            dataset = self._dataset(spec)
        there = {index.field_names[0]: index.name for index in dataset.describe_indices()}
        for index in spec.indexes:
            if index.column not in there:
                _create_index(dataset, index.column, index.kind)
            else:
                _extend_index(dataset, there[index.column], 1 if full else UNINDEXED_ROWS)
        return self._version(spec)

    def clean(self, spec: TableSpec, keep: Collection[int]) -> None:
        """Drop every version but the latest and `keep`, and the bytes only they used."""
        dataset = self._dataset(spec)
        spare = {*keep, dataset.version}
        old = [entry["version"] for entry in dataset.versions() if entry["version"] not in spare]
        if old:
            dataset.cleanup_old_versions(versions=old, delete_unverified=True)

    def rewrite(self, spec: TableSpec, without: Predicate) -> int:
        """Write the table anew without some rows: a version that shares no file and no index with earlier ones."""
        dataset = self._dataset(spec)
        rows = dataset.scanner(filter=f"({predicate_sql(without, 'lance')}) IS NOT TRUE").to_reader()
        lance.write_dataset(rows, self._uri(spec), mode="overwrite", session=self._session)
        return self.maintain(spec, full=True)


def _create_index(dataset: lance.LanceDataset, column: str, kind: str) -> None:
    if kind == "words":
        dataset.create_scalar_index(
            column,
            "INVERTED",
            base_tokenizer="whitespace",
            lower_case=False,
            stem=False,
            remove_stop_words=False,
            ascii_folding=False,
            max_token_length=None,
            with_position=True,
        )
    else:
        dataset.create_scalar_index(column, "LABEL_LIST" if kind == "labels" else "BTREE")


def _extend_index(dataset: lance.LanceDataset, name: str, threshold: int) -> None:
    stats = dataset.stats.index_stats(name)
    if stats["num_unindexed_rows"] < threshold:
        return
    deltas = stats["num_indices"]
    dataset.optimize.optimize_indices(
        index_names=[name], num_indices_to_merge=deltas - 1 if deltas >= INDEX_DELTAS else 0
    )


def _filter(predicate: Predicate) -> str | None:
    return None if predicate == EVERYTHING else predicate_sql(predicate, "lance")


def _full_text(text: TextQuery) -> FullTextQuery:
    match text:
        case Tokens(tokens, every):
            operator = FullTextOperator.AND if every else FullTextOperator.OR
            return MatchQuery(" ".join(tokens), "words", operator=operator)
        case TokenRun(tokens):
            return PhraseQuery(" ".join(tokens), "words")
        case TextAny(parts):
            return BooleanQuery([(Occur.SHOULD, _full_text(part)) for part in parts])
        case TextAll(parts, without):
            if not parts:
                raise Misuse("a text query needs a part that must match")
            must = [(Occur.MUST, _full_text(part)) for part in parts]
            return BooleanQuery([*must, *((Occur.MUST_NOT, _full_text(part)) for part in without)])
