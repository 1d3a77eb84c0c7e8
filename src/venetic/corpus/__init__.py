"""The tables derived from evidence: sole writer of source records, messages and media; reconciliation; search."""

from venetic.corpus._conversations import Conversations, Reading
from venetic.corpus._exports import CopyDone, CopyFacts, Exported, sha256_of
from venetic.corpus._ingest import IngestProgress, IngestReport
from venetic.corpus._results import SORTS, Hit, Page, Results, Sort
from venetic.corpus._room import CorpusParts, CorpusRoom
from venetic.corpus._runner import LinkRule
from venetic.corpus._shown import Message, RecordRef
from venetic.corpus._tables import TABLES
from venetic.corpus._units import IngestOptions

__all__ = [
    "SORTS",
    "TABLES",
    "Conversations",
    "CopyDone",
    "CopyFacts",
    "CorpusParts",
    "CorpusRoom",
    "Exported",
    "Hit",
    "IngestOptions",
    "IngestProgress",
    "IngestReport",
    "LinkRule",
    "Message",
    "Page",
    "Reading",
    "RecordRef",
    "Results",
    "Sort",
]
