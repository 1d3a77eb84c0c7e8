"""Making and opening an operation: a folder with its stores, its settings and the facts sealed at its making."""

import json
import os
import pwd
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

import pyarrow as pa

import venetic
from venetic.access import AccessRules
from venetic.app.packages import OperationFacts, Packages
from venetic.app.settings import Settings, read_settings, settings_text
from venetic.audit import Actor, AuditLog
from venetic.corpus import CorpusParts, CorpusRoom, LinkRule, Reading, Results, Sort
from venetic.engine import DuckAnalytics, LanceTables, SqlCase, open_objects
from venetic.haul import HaulRoom, Limits
from venetic.kernel import Corrupt, NotFound, ObjectStore, WrongUse, rfc3339, utc_now

Kind = Literal["exercise", "real"]
FACTS_FILE = "operation.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an operation is, sealed at its making: the audit's first entry holds the same."""

    id: str
    name: str
    kind: Kind
    marking: str
    made_at: str
    software: str

    @property
    def banner(self) -> str:
        """What stands on everything printed or exported: EXERCISE for an exercise, then the protective marking."""
        return " ".join(part for part in ("EXERCISE" if self.kind == "exercise" else "", self.marking) if part)


@dataclass(frozen=True, slots=True)
class Operation:
    """An open operation: a room per attribute, and the everyday calls of a notebook."""

    folder: Path
    facts: Facts
    settings: Settings
    actor: Actor
    audit: AuditLog
    haul: HaulRoom
    corpus: CorpusRoom
    packages: Packages
    objects: ObjectStore
    case: SqlCase

    def search(self, query: str, sort: Sort = "relevance") -> "AuditedResults":
        """Search messages: `.count()`, `.page()`, `.facets()`, `.to_arrow()`. See docs/search.md for the language."""
        return AuditedResults(self, self.corpus.search(query, self.actor, sort))

    def read(self, conversation: str) -> Reading:
        """A whole conversation, by id or name, in the order people read it."""
        return self.corpus.read(self.actor, conversation)

    def is_as_sealed(self) -> bool:
        """Whether the operation's facts are those that the audit's first entry holds."""
        try:
            sealed = next(iter(self.audit.entries()), None)
        except ValueError:  # the entry's details are no JSON any more
            return False
        return sealed is not None and sealed["details"] == asdict(self.facts)

    def close(self) -> None:
        """Give back what is open."""
        self.case.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class AuditedResults:
    """A search for a notebook: each answer drawn from it is an audited read."""

    operation: Operation
    results: Results

    def count(self) -> int:
        """Exact number of hits."""
        hits = self.results.count()
        self.operation.corpus.note_search(self.results, self.operation.actor, hits, ())
        return hits

    def facets(self) -> dict[str, list[dict[str, object]]]:
        """Exact counts by `handle`, `day` and `haul`."""
        self.operation.corpus.note_search(self.results, self.operation.actor, self.results.count(), ())
        return self.results.facets()

    def page(self, limit: int = 50, cursor: str | None = None) -> dict[str, object]:
        """`hits` (exact), `items` and `next`, as `venetic search --json` gives them."""
        hits, page = self.operation.corpus.show(self.results, self.operation.actor, limit, cursor)
        return {"hits": hits, "items": [hit.to_dict() for hit in page.hits], "next": page.next}

    def to_arrow(self) -> pa.Table:
        """Every hit in order as a pyarrow table: message, conversation, sender, receivers, times, body and more."""
        table = self.results.to_arrow()
        ids = table.column("message").to_pylist()
        self.operation.corpus.note_search(self.results, self.operation.actor, len(ids), ids)
        return table


def create_operation(folder: Path, name: str, kind: Kind, marking: str = "") -> Facts:
    """Make an operation in a new or empty folder. Raises WrongUse when the folder holds anything, or for a bad kind."""
    if kind not in ("exercise", "real"):
        raise WrongUse("an operation is exercise or real", "kind")
    if folder.exists() and any(folder.iterdir()):
        raise WrongUse("the folder is not empty; an operation starts in a new one", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    software = f"venetic {venetic.__version__}"
    facts = Facts(secrets.token_hex(8), name, kind, marking, rfc3339(utc_now()) or "", software)
    (folder / "settings.toml").write_text(settings_text(), encoding="utf-8")
    operation = _assemble(folder, facts, current_actor())
    operation.case.create()
    operation.corpus.commits.start()
    with operation.case.write() as tx:
        operation.audit.record(tx, operation.actor, "init", asdict(facts))
    operation.audit.keep_head()
    operation.close()
    (folder / FACTS_FILE).write_text(json.dumps(asdict(facts), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return facts


def open_operation(
    folder: Path, *, purpose: str | None = None, claimed: str | None = None, check_seal: bool = True
) -> Operation:
    """Open an operation. Raises NotFound when the folder holds none, Corrupt when its sealed facts were changed.

    Without `check_seal` changed facts do not raise, so that whoever verifies the audit can see what else is wrong.
    """
    file = folder / FACTS_FILE
    if not file.is_file():
        raise NotFound("no operation here; make one with `venetic init`", str(folder))
    try:
        facts = Facts(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise Corrupt(f"{FACTS_FILE} cannot be read", str(folder)) from error
    operation = _assemble(folder, facts, current_actor(purpose, claimed))
    if check_seal and not operation.is_as_sealed():
        operation.close()
        raise Corrupt(f"{FACTS_FILE} is not what was sealed at the operation's making", str(folder))
    return operation


def current_actor(purpose: str | None = None, claimed: str | None = None) -> Actor:
    """The operating-system account of this process, with the name it claims and the purpose it gives."""
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        account = f"uid {os.getuid()}"
    return Actor(account, claimed or None, purpose or None)


def _assemble(folder: Path, facts: Facts, actor: Actor) -> Operation:
    settings = read_settings(folder / "settings.toml")
    case = SqlCase(folder / "case.db")
    audit = AuditLog(case, folder / "audit.head")
    objects = open_objects(settings.text("evidence") or folder / "evidence")
    limits = Limits(
        max_ratio=settings.number("archive_ratio"),
        max_expanded_bytes=settings.number("archive_gb") << 30,
        max_members=settings.number("archive_members"),
        max_depth=settings.number("archive_depth"),
    )
    haul = HaulRoom(
        objects=objects,
        case=case,
        audit=audit,
        limits=limits,
        software=f"venetic {venetic.__version__}",
        kind=facts.kind,
    )
    parts = CorpusParts(
        case=case,
        tables=LanceTables(str(folder / "corpus")),
        analytics=DuckAnalytics(folder / "scratch", settings.number("memory_mb"), settings.number("threads")),
        audit=audit,
        access=AccessRules(),
        haul=haul,
        folder=folder,
        workers=settings.number("workers"),
        step_bytes=settings.number("step_mb") << 20,
        link_rule=LinkRule(settings.number("copy_window_s"), settings.number("copy_hours_from")),
        marking=facts.banner,
        software=f"venetic {venetic.__version__}",
    )
    corpus = CorpusRoom(parts)
    shown = OperationFacts(facts.name, facts.kind, facts.marking, settings.text("document_zone"))
    packages = Packages(shown, haul, corpus)
    return Operation(folder, facts, settings, actor, audit, haul, corpus, packages, objects, case)
