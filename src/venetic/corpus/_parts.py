"""What the corpus room is built from, and its one writer lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from venetic.access import AccessRules
from venetic.audit import AuditLog
from venetic.corpus._linking import LinkRule
from venetic.haul import HaulRoom
from venetic.kernel import Analytics, Busy, CaseState, Tables


@dataclass(frozen=True, slots=True)
class CorpusParts:
    """What the room is built from."""

    case: CaseState
    tables: Tables
    analytics: Analytics
    audit: AuditLog
    access: AccessRules
    haul: HaulRoom
    folder: Path
    workers: int
    step_bytes: int
    link_rule: LinkRule
    marking: str
    software: str  # name and version

    @contextmanager
    def writer(self) -> Iterator[None]:
        """Hold the operation's one writer lock. Raises Busy when another holds it."""
        try:
            with FileLock(self.folder / "writer.lock", timeout=0):
                yield
        except Timeout:
            raise Busy("another ingest, receive or destroy is running; wait for it and try again") from None
