"""The corpus room: ingest, status, search, read, export. Every call that shows content asks `access` and is audited."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from venetic.audit import Actor
from venetic.corpus._commits import Commits, Lease
from venetic.corpus._conversations import Conversations, Reading
from venetic.corpus._destroy import Destroyer
from venetic.corpus._exports import (
    CopyDone,
    CopyFacts,
    Exported,
    close_copy,
    format_of,
    open_copy,
    read_copies,
    require_new,
    sha256_of,
    write_export,
)
from venetic.corpus._ingest import Ingest, IngestProgress, IngestReport, Machinery
from venetic.corpus._matching import Matcher
from venetic.corpus._parts import CorpusParts
from venetic.corpus._plan import Names, plan
from venetic.corpus._recount import Recount
from venetic.corpus._results import SORTS, Asked, Page, Results, Sort, commit_of
from venetic.corpus._steps import StepWriter
from venetic.corpus._units import IngestOptions
from venetic.corpus.query import parse, words
from venetic.haul import MappingReader, reader_named
from venetic.kernel import All, Compare, WrongUse

MOST_IDS = 10_000  # ids of displayed rows an audit entry lists; of more it keeps the count and the commit


class CorpusRoom:
    """The tables and what may be asked of them."""

    def __init__(self, parts: CorpusParts) -> None:
        self.parts = parts
        self.commits = Commits(parts.case, parts.tables, parts.folder / "leases")
        self._names: tuple[int, Names] | None = None

    @contextmanager
    def writer(self) -> Iterator[None]:
        """Hold the operation's one writer lock. Raises Busy when another holds it."""
        with self.parts.writer():
            yield

    def ingest(
        self, actor: Actor, options: IngestOptions, progress: Callable[[IngestProgress], None] | None = None
    ) -> IngestReport:
        """Read everything sealed that has not been read, and make it searchable; what this run added.

        Raises Busy; WrongUse for an unknown reader or a bad mapping. Kill it anywhere: the next run finishes the work.
        A destruction that was cut off is finished first.
        """
        parts = self.parts
        machinery = Machinery(
            parts.case,
            parts.tables,
            self.commits,
            parts.audit,
            parts.haul,
            parts.folder / "staging",
            parts.workers,
            parts.step_bytes,
            parts.software,
        )
        with self.writer():
            Destroyer(parts, self.commits).finish(actor)
            return Ingest(machinery, self._step_writer, actor).run(options, progress)

    def _step_writer(self, versions: Mapping[str, int]) -> StepWriter:
        return StepWriter(self.parts.tables, self.parts.analytics, self.parts.link_rule, versions)

    def totals(self) -> dict[str, int]:
        """What the corpus holds at the newest commit: records, messages, refusals, handles, conversations, media.

        `destroyed` counts source records that directions have removed.
        """
        names = ("records", "messages", "refusals", "handles", "conversations", "media", "destroyed")
        commit = self.commits.latest()
        return {**{name: int(commit.totals.get(name, 0)) for name in names}, "commit": commit.number}

    def refused(self, limit: int) -> list[dict[str, Any]]:
        """Byte ranges no reader understood, and files none took: path, offset, length, code, what. No content."""
        with self.commits.lease() as lease:
            sources = lease.snapshot.scan("sources", ["source", "path", "state", "why", "size", "file"]).read_all()
            rows = sources.to_pylist()
            paths = {row["source"]: row["path"] for row in rows}
            unread = [
                {"file": row["file"], "path": row["path"], "offset": 0, "length": row["size"]}
                | {"code": "unread", "what": row["why"]}
                for row in rows
                if row["state"] == "unread"
            ]
            ranges = lease.snapshot.scan(
                "refusals", ["file", "source", "offset", "length", "code", "what"], limit=limit
            )
            found = [{**row, "path": paths[row.pop("source")]} for row in ranges.read_all().to_pylist()]
        return [*unread, *found][:limit]

    # -- reads of content --------------------------------------------------------------------------------------

    def _names_at(self, lease: Lease) -> Names:
        if self._names is None or self._names[0] != lease.commit.number:
            snapshot = lease.snapshot

            def hauls_of_sources() -> Mapping[int, tuple[str, ...]]:
                hauls = {file.sha256: file.hauls for file in self.parts.haul.files()}
                rows = snapshot.scan("sources", ["source", "file"], Compare("state", "=", "read")).read_all()
                return {row["source"]: hauls[row["file"]] for row in rows.to_pylist()}

            self._names = (lease.commit.number, Names(snapshot, hauls_of_sources))
        return self._names[1]

    def search(self, text: str, actor: Actor, sort: Sort = "relevance", cursor: str | None = None) -> Results:
        """Look for messages; lazy, see `Results`. With a cursor, at the commit it was made at.

        Raises WrongQuery naming the character; NoPurpose; WrongUse for an unknown order.
        """
        if sort not in SORTS:
            raise WrongUse(f"the orders are {', '.join(SORTS)}", "sort")
        allowed = self.parts.access.readable(actor).rows
        node = parse(text)
        lease = self.commits.lease(None if cursor is None else commit_of(cursor))
        names = self._names_at(lease)
        asked = Asked(text, node, plan(node, names), sort, tuple(words(re.sub(r"[a-z]+:\S+", " ", text))))
        return Results(asked, Matcher(lease.snapshot, names, allowed), lease, self.parts.analytics)

    def show(self, results: Results, actor: Actor, limit: int, cursor: str | None = None) -> tuple[int, Page]:
        """The exact count and a page of a search, as one audited read."""
        page = results.page(limit, cursor)
        hits = results.count()
        self.note_search(results, actor, hits, [hit.message.message for hit in page.hits])
        return hits, page

    def note_search(self, results: Results, actor: Actor, hits: int, shown: Sequence[str]) -> None:
        """Record a search: the query verbatim, the order, the commit, the exact count and the ids displayed."""
        self._note(
            actor,
            "search",
            {"query": results.asked.text, "sort": results.asked.sort, "hits": hits},
            results.commit,
            shown,
        )

    def read(self, actor: Actor, conversation: str, start: int = 0, stop: int | None = None) -> Reading:
        """A conversation by id or name, in the order people read it; `stop` null reads to its end. Audited."""
        allowed = self.parts.access.readable(actor).rows
        with self.commits.lease() as lease:
            reader = Conversations(lease.snapshot, self._names_at(lease), allowed)
            found = reader.find(conversation)
            total = len(reader.order(found)[0])
            first = max(0, total + start) if start < 0 else start
            reading = reader.window(found, first, total if stop is None else stop)
            self._note_reading(actor, reading, lease.commit.number)
        return reading

    def read_around(self, actor: Actor, message: str, before: int, after: int) -> Reading:
        """The window of a message's conversation around it. Audited."""
        allowed = self.parts.access.readable(actor).rows
        with self.commits.lease() as lease:
            reader = Conversations(lease.snapshot, self._names_at(lease), allowed)
            reading = reader.around(message, before, after)
            self._note_reading(actor, reading, lease.commit.number)
        return reading

    def context(self, results: Results, actor: Actor, messages: Sequence[str], count: int) -> dict[str, Reading]:
        """For each message of a search, the window of `count` messages before and after it. Audited as one read."""
        allowed = self.parts.access.readable(actor).rows
        matcher = results.matcher
        reader = Conversations(matcher.snapshot, matcher.names, allowed)
        windows = {message: reader.around(message, count, count) for message in messages}
        shown = sorted({message.message for reading in windows.values() for message in reading.messages})
        self._note(actor, "read", {"around": list(messages), "context": count}, results.commit, shown)
        return windows

    def note(self, actor: Actor, action: str, details: Mapping[str, Any]) -> None:
        """Record an act of the caller's on this corpus."""
        with self.parts.case.write() as tx:
            self.parts.audit.record(tx, actor, action, details)
        self.parts.audit.keep_head()

    # -- how a file was read -------------------------------------------------------------------------------------

    def mapping_of(self, file_sha256: str, reader: str) -> str | None:
        """The document of the operator's mapping that read a file; null when a registered reader did."""
        of_file = All((Compare("file", "=", file_sha256), Compare("reader", "=", reader)))
        with self.commits.lease() as lease:
            rows = lease.snapshot.scan("sources", ["mapping"], of_file).read_all().column(0).to_pylist()
        digest = next((row for row in rows if row is not None), None)
        return None if digest is None else Recount(self.parts, self.commits).mapping_text(digest)

    def told_by_path(self, reader: str, file_sha256: str, path: str) -> str | None:
        """What the reader (`name@version`) of a file takes from a path; it enters the identity of its records."""
        text = self.mapping_of(file_sha256, reader)
        name = reader.rpartition("@")[0]
        return (reader_named(name) if text is None else MappingReader(text, name)).told_by_path(path)

    def _note_reading(self, actor: Actor, reading: Reading, commit: int) -> None:
        details = {"conversation": reading.conversation, "before": reading.before, "after": reading.after}
        self._note(actor, "read", details, commit, [message.message for message in reading.messages])

    def _note(self, actor: Actor, action: str, details: dict[str, Any], commit: int, shown: Sequence[str]) -> None:
        listed = list(shown) if len(shown) <= MOST_IDS else None
        with self.parts.case.write() as tx:
            entry = {**details, "commit": commit, "shown": len(shown), "ids": listed}
            self.parts.audit.record(tx, actor, action, entry)
        self.parts.audit.keep_head()

    # -- copies ------------------------------------------------------------------------------------------------

    def export(self, results: Results, actor: Actor, file: Path, destroy_by: str | None = None) -> Exported:
        """Write every hit to `file`, in the format its ending names, as a numbered copy in the register.

        Raises WrongUse for another ending, a file that exists, a folder that does not, or one of the operation's own.
        """
        require_new(file)
        facts = CopyFacts(format_of(file), results.asked.text, str(file.absolute()), destroy_by)
        number = self.register_copy(actor, facts)
        ids: list[str] = []
        marking = f"{self.parts.marking} COPY {number}".strip()
        rows = write_export(file, results.stream(), marking, ids.append)
        digest = sha256_of(file)
        self.complete_copy(actor, number, CopyDone(rows, digest, ids))
        return Exported(rows, file, digest, number)

    def register_copy(self, actor: Actor, facts: CopyFacts) -> int:
        """Enter a copy in the register before it is written; its number. Audited.

        Raises WrongUse for a destination inside the operation, where destroying would not count it as a copy outside.
        """
        if Path(facts.destination).resolve().is_relative_to(self.parts.folder.resolve()):
            raise WrongUse("a copy is written outside the operation's folder", facts.destination)
        with self.parts.case.write() as tx:
            number = open_copy(tx, actor, facts)
            details = {"copy": number, "kind": facts.kind, "selection": facts.selection}
            where = {"destination": facts.destination, "destroy_by": facts.destroy_by}
            self.parts.audit.record(tx, actor, "export", {**details, **where})
        self.parts.audit.keep_head()
        return number

    def complete_copy(self, actor: Actor, number: int, done: CopyDone) -> None:
        """Complete a copy's entry with what was written. Audited."""
        with self.parts.case.write() as tx:
            close_copy(tx, number, done)
            details = {"copy": number, "count": done.count, "sha256": done.sha256}
            self.parts.audit.record(tx, actor, "export written", details)
        self.parts.audit.keep_head()

    def copies(self) -> list[dict[str, Any]]:
        """The register of copies; one without a SHA-256 was begun and not finished."""
        with self.parts.case.read() as tx:
            return read_copies(tx)
