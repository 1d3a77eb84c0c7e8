"""Packages: extracts quoted with their sources, written as JSON and PDF, and checked against the sealed bytes."""

from venetic.packages._bar import BarredRecord, barred
from venetic.packages._check import CheckResult, check
from venetic.packages._compose import compose
from venetic.packages._document import Package, from_json, numbered, to_json
from venetic.packages._draft import (
    DOCUMENT_ZONE,
    Delivery,
    Draft,
    EvidentialUse,
    Extract,
    OperationKind,
    Product,
    QuotedConversation,
    SourceRef,
)
from venetic.packages._fault import Fault
from venetic.packages._pdf import to_pdf, to_png
from venetic.packages._sealed import DecodedRecord, Moment, Opener, RecordDecoder

__all__ = [
    "DOCUMENT_ZONE",
    "BarredRecord",
    "CheckResult",
    "DecodedRecord",
    "Delivery",
    "Draft",
    "EvidentialUse",
    "Extract",
    "Fault",
    "Moment",
    "Opener",
    "OperationKind",
    "Package",
    "Product",
    "QuotedConversation",
    "RecordDecoder",
    "SourceRef",
    "barred",
    "check",
    "compose",
    "from_json",
    "numbered",
    "to_json",
    "to_pdf",
    "to_png",
]
