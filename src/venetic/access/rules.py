"""Rules as data: for an actor with a purpose, a row predicate with its reason."""

from dataclasses import dataclass

from venetic.audit import Actor
from venetic.kernel import EVERYTHING, NoPurpose, Predicate


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rows an actor may read and the rule that says so."""

    rows: Predicate
    reason: str


class AccessRules:
    """Decides reads of content."""

    def readable(self, actor: Actor) -> Allowed:
        """The messages this actor may read. Raises NoPurpose when none was given: a purpose is never assumed."""
        if actor.purpose is None or not actor.purpose.strip():
            raise NoPurpose("content is read for a purpose: give --purpose TEXT or set VENETIC_PURPOSE")
        return Allowed(EVERYTHING, "whoever can open the operation's files reads all of them")
