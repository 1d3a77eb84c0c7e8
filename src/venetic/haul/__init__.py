"""Receive, seal, verify: the door of the room that takes deliveries in."""

from venetic.haul._assertions import About, Said
from venetic.haul._records import (
    Assertion,
    BadObject,
    Delivery,
    DeliveryFacts,
    Entry,
    FilePath,
    HashCheck,
    HashLine,
    Limits,
    Progress,
    Receipt,
    SealedFile,
    Stage,
    Verification,
)
from venetic.haul._room import HaulRoom, SealedSource

__all__ = [
    "About",
    "Assertion",
    "BadObject",
    "Delivery",
    "DeliveryFacts",
    "Entry",
    "FilePath",
    "HashCheck",
    "HashLine",
    "HaulRoom",
    "Limits",
    "Progress",
    "Receipt",
    "Said",
    "SealedFile",
    "SealedSource",
    "Stage",
    "Verification",
]
