"""Retention holds: what may not be destroyed, why, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from venetic.audit import Actor
from venetic.corpus._chosen import locate
from venetic.corpus._commits import Commits
from venetic.corpus._parts import CorpusParts
from venetic.corpus._tables import holds
from venetic.kernel import NotFound, WrongUse, rfc3339, utc_now

EVERYTHING_HELD = "everything"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a message, a record, a file (SHA-256), a haul (`H1`), or `everything`.

    `until` is the last day (UTC) it holds; null: until lifted.
    """

    number: int
    at: datetime
    account: str
    subject: str
    reason: str
    until: str | None
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None

    def is_in_force(self, day: date) -> bool:
        """Whether it forbids destroying on this day."""
        return self.lifted_at is None and (self.until is None or day.isoformat() <= self.until)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**facts, "at": rfc3339(self.at), "lifted_at": rfc3339(self.lifted_at)}


class Holds:
    """Places, lifts and lists holds; every change is audited."""

    def __init__(self, parts: CorpusParts, commits: Commits) -> None:
        self._parts = parts
        self._commits = commits

    def place(self, actor: Actor, subject: str, reason: str, until: str | None = None) -> Hold:
        """Put a hold on something there is. Raises NotFound, or WrongUse for no reason or no such day."""
        if not reason.strip():
            raise WrongUse("a hold needs a reason", "reason")
        if until is not None:
            until = _day(until).isoformat()
        subject = self._known(subject)
        with self._parts.case.write() as tx:
            number = int(tx.execute(select(func.coalesce(func.max(holds.c.number), 0))).scalar_one()) + 1
            facts = {"number": number, "subject": subject, "reason": reason, "until": until}
            tx.execute(insert(holds).values(at=utc_now(), account=actor.account, **facts))
            self._parts.audit.record(tx, actor, "hold", facts)
        self._parts.audit.keep_head()
        return self._numbered(number)

    def lift(self, actor: Actor, number: int, reason: str) -> Hold:
        """Lift a hold. Raises NotFound, or WrongUse for no reason or one lifted before."""
        if not reason.strip():
            raise WrongUse("lifting a hold needs a reason", "reason")
        if self._numbered(number).lifted_at is not None:
            raise WrongUse("this hold was lifted before", f"hold {number}")
        lifted = {"lifted_at": utc_now(), "lifted_by": actor.account, "lift_reason": reason}
        with self._parts.case.write() as tx:
            tx.execute(update(holds).where(holds.c.number == number).values(**lifted))
            self._parts.audit.record(tx, actor, "lift hold", {"number": number, "reason": reason})
        self._parts.audit.keep_head()
        return self._numbered(number)

    def listed(self) -> tuple[Hold, ...]:
        """Every hold in order, lifted and expired ones too."""
        with self._parts.case.read() as tx:
            return tuple(Hold(**row) for row in tx.execute(select(holds).order_by(holds.c.number)).mappings())

    def require_free(self, subjects: Iterable[str]) -> None:
        """Raise WrongUse naming the first hold in force on any of the subjects, or on everything."""
        held = {EVERYTHING_HELD, *subjects}
        today = utc_now().date()
        for hold in self.listed():
            if hold.subject in held and hold.is_in_force(today):
                until = "it is lifted" if hold.until is None else hold.until
                what = f"hold {hold.number} on {hold.subject} forbids destroying this until {until}"
                raise WrongUse(f"{what}: {hold.reason}")

    def _known(self, subject: str) -> str:
        if subject == EVERYTHING_HELD:
            return subject
        if subject in {delivery.haul for delivery in self._parts.haul.deliveries()}:
            return subject
        if len(subject) == 64:
            return self._parts.haul.file(subject).sha256
        with self._commits.lease() as lease:
            return locate(lease.snapshot, subject)

    def _numbered(self, number: int) -> Hold:
        for hold in self.listed():
            if hold.number == number:
                return hold
        raise NotFound("no such hold", f"hold {number}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse("a day is written like 2031-12-31", "until") from None
