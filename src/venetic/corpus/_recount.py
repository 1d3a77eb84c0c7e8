"""Read conversations again from their sealed files, by themselves, without the tables that were derived from them.

`package check` counts with this what a package left out. The tables only say which files to read: every file that a
message of the conversation rests on.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from venetic.corpus import _runner
from venetic.corpus._commits import Commits
from venetic.corpus._cut import cut
from venetic.corpus._parts import CorpusParts
from venetic.corpus._sources import asserted_zones
from venetic.corpus._staging import Job, stage_all
from venetic.corpus._steps import staged_rows
from venetic.corpus._tables import TABLES, mapping_texts
from venetic.corpus._tombstones import destroyed_ranges
from venetic.kernel import Compare

ORDER_SQL = """
SELECT conversation_id, message, list_transform(records, lambda r: r.record) AS records FROM outcome
WHERE conversation_id IN (SELECT unnest($1::VARCHAR[])) ORDER BY moment NULLS LAST, place
"""


class Recount:
    """The messages of some conversations in order, with the source records each rests on, read anew."""

    def __init__(self, parts: CorpusParts, commits: Commits) -> None:
        self._parts = parts
        self._commits = commits

    def read(self, conversations: Iterable[str]) -> Mapping[str, dict[str, tuple[str, ...]]]:
        """For each conversation its messages' ids in reading order, each with its source records' ids.

        Reads whole files: about a second for every 100,000 records. A conversation nobody wrote in is absent.
        """
        wanted = tuple(dict.fromkeys(conversations))
        with tempfile.TemporaryDirectory(dir=self._parts.folder, prefix="recount-") as folder:
            jobs, zones = self._jobs(wanted, Path(folder))
            staged = [str(done.job.target) for done in stage_all(jobs, self._parts.workers) if done.rows]
            return self._ordered(staged, zones, wanted) if staged else {}

    def _jobs(self, conversations: Sequence[str], folder: Path) -> tuple[list[Job], dict[int, str]]:
        with self._commits.lease() as lease:
            predicate = Compare("conversation_id", "in", tuple(conversations))
            scan = lease.snapshot.scan("messages", ["sources"], predicate)
            numbers = sorted({number for batch in scan for listed in batch.column(0).to_pylist() for number in listed})
            columns = ["source", "file", "path", "reader", "mapping"]
            of_these = Compare("source", "in", tuple(numbers))
            rows = lease.snapshot.scan("sources", columns, of_these).read_all().to_pylist()
        in_force, destroyed = asserted_zones(self._parts.haul), destroyed_ranges(self._parts.case)
        jobs = []
        for row in rows:
            file = cut(self._parts.haul.open_source(row["file"], row["path"]), destroyed)
            name = row["reader"].rpartition("@")[0]
            text = None if row["mapping"] is None else self.mapping_text(row["mapping"])
            jobs.append(Job(file, row["source"], name, text, folder / f"{row['source']}.arrow"))
        zones = {row["source"]: zone for row in rows if (zone := in_force.of(row["file"])) is not None}
        return jobs, zones

    def mapping_text(self, sha256: str) -> str:
        """The document of a mapping that files were read with."""
        with self._parts.case.read() as tx:
            return str(tx.execute(select(mapping_texts.c.text).where(mapping_texts.c.sha256 == sha256)).scalar_one())

    def _ordered(
        self, staged: Sequence[str], zones: Mapping[int, str], conversations: Sequence[str]
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        with tempfile.TemporaryDirectory(dir=self._parts.folder, prefix="recount-") as folder:
            tables = self._parts.tables.beside(Path(folder))
            empty = tables.snapshot({spec.name: tables.create(spec) for spec in TABLES})
            with self._parts.analytics.session() as session:
                _runner.prepare(session)
                _runner.key_staged(session, staged_rows(staged))
                _runner.reconcile(session, empty, zones, self._parts.link_rule)
                rows = session.run(ORDER_SQL, parameters=[list(conversations)])
        ordered: dict[str, dict[str, tuple[str, ...]]] = {}
        for row in rows.to_pylist():
            ordered.setdefault(row["conversation_id"], {})[row["message"]] = tuple(row["records"])
        return ordered
