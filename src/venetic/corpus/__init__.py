"""The tables derived from evidence: sole writer of source records, messages and media; reconciliation; search."""

from venetic.corpus._conversations import Conversations, Reading
from venetic.corpus._destroy import Destroyed, Destroyer
from venetic.corpus._echoes import CopyOutside
from venetic.corpus._exports import CopyDone, CopyFacts, Exported, sha256_of
from venetic.corpus._faults import Affected, Fault, Faults, faults_table, list_text, parse_faults
from venetic.corpus._holds import Hold, Holds
from venetic.corpus._ingest import IngestProgress, IngestReport
from venetic.corpus._linking import LinkRule
from venetic.corpus._parts import CorpusParts
from venetic.corpus._quotes import QuotedMessages, quoted, row_stages
from venetic.corpus._recount import Recount
from venetic.corpus._results import SORTS, Hit, Page, Results, Sort
from venetic.corpus._room import CorpusRoom
from venetic.corpus._shown import Message, RecordRef
from venetic.corpus._tables import TABLES
from venetic.corpus._tombstones import DestroyRequest, Tombstone, all_tombstones, tombstone, tombstone_at, tombstones_of
from venetic.corpus._units import IngestOptions

__all__ = [
    "SORTS",
    "TABLES",
    "Affected",
    "Conversations",
    "CopyDone",
    "CopyFacts",
    "CopyOutside",
    "CorpusParts",
    "CorpusRoom",
    "DestroyRequest",
    "Destroyed",
    "Destroyer",
    "Exported",
    "Fault",
    "Faults",
    "Hit",
    "Hold",
    "Holds",
    "IngestOptions",
    "IngestProgress",
    "IngestReport",
    "LinkRule",
    "Message",
    "Page",
    "QuotedMessages",
    "Reading",
    "RecordRef",
    "Recount",
    "Results",
    "Sort",
    "Tombstone",
    "all_tombstones",
    "faults_table",
    "list_text",
    "parse_faults",
    "quoted",
    "row_stages",
    "sha256_of",
    "tombstone",
    "tombstone_at",
    "tombstones_of",
]
