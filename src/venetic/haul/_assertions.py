"""What people said about deliveries and files: appended, superseded by a later one, never edited."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import insert, select

from venetic.audit import Actor
from venetic.haul._records import STAGES, Assertion
from venetic.haul._tables import assertions, deliveries, sealed
from venetic.kernel import CaseState, CaseTransaction, NotFound, WrongUse, rfc3339, utc_now

EVIDENTIAL_USES = ("allowed", "barred")
ZONE_WITHDRAWN = "none"  # takes back what was said before: the zone is not stated again


@dataclass(frozen=True, slots=True)
class Said:
    """Who stated a fact, when, on what document, and why it is recorded."""

    said_by: str | None = None
    said_at: str | None = None
    document: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """A property of a delivery (`haul`, by its number) or of a file (`file`, by its delivered SHA-256)."""

    kind: str
    subject: str
    property: str


def append(tx: CaseTransaction, actor: Actor, about: About, value: str, said: Said) -> dict[str, Any]:
    """Append an assertion; its facts, JSON-ready, for the audit. Raises WrongUse or NotFound."""
    _check_value(about.property, value, said)
    _check_subject(tx, about)
    facts: dict[str, Any] = {
        "subject_kind": about.kind,
        "subject": about.subject,
        "property": about.property,
        "value": value,
        "said_by": said.said_by,
        "said_at": said.said_at,
        "document": said.document,
        "reason": said.reason,
    }
    at = utc_now()
    tx.execute(insert(assertions).values(at=at, account=actor.account, **facts))
    return {**facts, "at": rfc3339(at)}


def read_assertions(case: CaseState, property_: str | None = None) -> tuple[Assertion, ...]:
    """Every assertion, or those of one property, in the order made."""
    query = select(assertions).order_by(assertions.c.id)
    if property_ is not None:
        query = query.where(assertions.c.property == property_)
    with case.read() as tx:
        return tuple(Assertion(**row) for row in tx.execute(query).mappings())


def in_force(case: CaseState, about: About) -> Assertion | None:
    """The assertion that none has superseded; null when nothing was said."""
    query = (
        select(assertions)
        .where(
            (assertions.c.subject_kind == about.kind)
            & (assertions.c.subject == about.subject)
            & (assertions.c.property == about.property)
        )
        .order_by(assertions.c.id.desc())
        .limit(1)
    )
    with case.read() as tx:
        row = tx.execute(query).mappings().first()
    return None if row is None else Assertion(**row)


def _check_value(property_: str, value: str, said: Said) -> None:
    if property_ == "stage":
        if value not in STAGES:
            raise WrongUse(f"stage is one of {', '.join(STAGES)}", property_)
    elif property_ == "zone":
        if value == ZONE_WITHDRAWN:
            return
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise WrongUse(
                "a zone is named as in the time zone database, like Europe/Amsterdam, or none to take it back",
                property_,
            ) from None
    elif property_ == "evidential_use":
        if value not in EVIDENTIAL_USES:
            raise WrongUse(f"evidential use is one of {', '.join(EVIDENTIAL_USES)}", property_)
        if not (said.said_by and said.reason):
            raise WrongUse("evidential use is decided by a named officer with a reason", property_)
    else:
        raise WrongUse("only stage, zone and evidential_use are asserted", property_)


def _check_subject(tx: CaseTransaction, about: About) -> None:
    if about.kind == "haul":
        query = select(deliveries.c.haul).where(deliveries.c.haul == about.subject)
    elif about.kind == "file":
        query = select(sealed.c.sha256).where(sealed.c.sha256 == about.subject)
    else:
        raise WrongUse("an assertion is about a haul or a file", about.kind)
    if tx.execute(query).first() is None:
        raise NotFound(f"no such {about.kind}", about.subject)
