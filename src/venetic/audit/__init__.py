"""Who did what, to which rows, why: an append-only, hash-chained record in case state."""

from venetic.audit.log import Actor, AuditLog, Head, parse_head

__all__ = ["Actor", "AuditLog", "Head", "parse_head"]
