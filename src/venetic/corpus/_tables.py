"""The corpus's tables, and the SQL tables that hold it together."""

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text

from venetic.haul import ATTACHMENT, READ_SCHEMA
from venetic.kernel import IndexSpec, TableSpec, UtcMicros, case_metadata

RECORD_REF = pa.struct(
    [("record", pa.string()), ("source", pa.int32()), ("offset", pa.int64()), ("length", pa.int64())]
)

SOURCES = TableSpec(
    "sources",
    pa.schema(
        [
            pa.field("unit", pa.string(), nullable=False),  # the file's SHA-256, or an id of it and the path read from
            pa.field("file", pa.string(), nullable=False),  # SHA-256 at delivery
            pa.field("source", pa.int32(), nullable=False),  # short number, in order of ingest
            pa.field("path", pa.string(), nullable=False),  # path in the delivery it was read from
            pa.field("size", pa.int64(), nullable=False),
            pa.field("reader", pa.string()),  # name@version; null for media and unread files
            pa.field("mapping", pa.string()),  # SHA-256 of the mapping's text; null for other readers
            pa.field("state", pa.string(), nullable=False),  # read, media, archive, unread
            pa.field("why", pa.string()),  # why unread
            pa.field("records", pa.int64(), nullable=False),
            pa.field("refusals", pa.int64(), nullable=False),
            pa.field("refused_bytes", pa.int64(), nullable=False),
            pa.field("separator_bytes", pa.int64(), nullable=False),
            pa.field("zone", pa.string()),  # asserted zone in force when last reconciled
            pa.field("software", pa.string()),  # name and version that ingested it
            pa.field("searchable_at", pa.timestamp("us", tz="UTC"), nullable=False),
        ]
    ),
    key="unit",
)

RECORDS = TableSpec(
    "records",
    pa.schema(
        [
            pa.field("record", pa.string(), nullable=False),
            pa.field("file", pa.string(), nullable=False),
            pa.field("source", pa.int32(), nullable=False),
            pa.field("reader", pa.string(), nullable=False),
            *READ_SCHEMA,
            pa.field("conversation_id", pa.string(), nullable=False),
            pa.field("native_key", pa.string()),  # null without an id that reaches beyond the file
            pa.field("content_key", pa.string()),  # null without sender or time
            pa.field("ordinal", pa.int32()),  # which of the equal rows of one copy this is, from 1
        ]
    ),
    key="record",
    indexes=(IndexSpec("content_key", "sorted"), IndexSpec("native_key", "sorted")),
)

MESSAGES = TableSpec(
    "messages",
    pa.schema(
        [
            pa.field("message", pa.string(), nullable=False),
            pa.field("conversation_id", pa.string(), nullable=False),
            pa.field("conversation", pa.string()),
            pa.field("service", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("native_id", pa.string()),
            pa.field("sender", pa.string()),
            pa.field("receivers", pa.list_(pa.string())),
            pa.field("sent_at", pa.timestamp("us", tz="UTC")),
            pa.field("local_time", pa.timestamp("us")),
            pa.field("moment", pa.int64()),  # microseconds: UTC where known, else wall clock; null without a time
            pa.field("zone", pa.string(), nullable=False),  # stated, asserted, not stated, no time
            pa.field("time_raw", pa.string()),
            pa.field("time_precision", pa.string()),
            pa.field("body", pa.string()),
            pa.field("other_bodies", pa.list_(pa.string()), nullable=False),  # what its records say besides `body`
            pa.field("words", pa.string(), nullable=False),  # the tokens of body and other_bodies, parted by spaces
            pa.field("has", pa.list_(pa.string())),  # attachment, and image, audio, video or document
            pa.field("reply_to", pa.string()),
            pa.field("edited_at", pa.timestamp("us", tz="UTC")),
            pa.field("attachments", pa.list_(ATTACHMENT)),
            pa.field("extra", pa.string()),
            pa.field("records", pa.list_(RECORD_REF), nullable=False),
            pa.field("sources", pa.list_(pa.int32()), nullable=False),
            pa.field("copies", pa.list_(pa.string()), nullable=False),
            pa.field("versions", pa.int32(), nullable=False),  # distinct bodies among its records
            pa.field("marks", pa.list_(pa.string()), nullable=False),
            pa.field("possible_copies", pa.list_(pa.string()), nullable=False),
            pa.field("aliases", pa.list_(pa.string()), nullable=False),
            pa.field("link_key", pa.string()),  # equal but for the time; null without sender, body or time
            pa.field("native", pa.bool_(), nullable=False),  # identity rests on the service's own id
            pa.field("place", pa.string(), nullable=False),  # first record's place, which settles equal times
        ]
    ),
    key="message",
    indexes=(
        IndexSpec("words", "words"),
        IndexSpec("message", "sorted"),
        IndexSpec("conversation_id", "sorted"),
        IndexSpec("link_key", "sorted"),
        IndexSpec("moment", "sorted"),
        IndexSpec("sender", "sorted"),
        IndexSpec("receivers", "labels"),
        IndexSpec("sources", "labels"),
        IndexSpec("has", "labels"),
    ),
)

HANDLES = TableSpec(
    "handles",
    pa.schema(
        [
            pa.field("handle", pa.string(), nullable=False),
            pa.field("service", pa.string(), nullable=False),
            pa.field("name", pa.string(), nullable=False),  # as the sources write it
        ]
    ),
    key="handle",
)

CONVERSATIONS = TableSpec(
    "conversations",
    pa.schema(
        [
            pa.field("conversation", pa.string(), nullable=False),
            pa.field("service", pa.string(), nullable=False),
            pa.field("name", pa.string(), nullable=False),
            pa.field("basis", pa.string(), nullable=False),  # named, participants, file
        ]
    ),
    key="conversation",
)

ATTACHMENTS = TableSpec(
    "attachments",
    pa.schema(
        [
            pa.field("record", pa.string(), nullable=False),
            pa.field("source", pa.int32(), nullable=False),
            pa.field("position", pa.int32(), nullable=False),
            *ATTACHMENT,
        ]
    ),
    key="record",
)

MEDIA = TableSpec(
    "media",
    pa.schema(
        [
            pa.field("file", pa.string(), nullable=False),
            pa.field("source", pa.int32(), nullable=False),
            pa.field("mime", pa.string(), nullable=False),
            pa.field("size", pa.int64(), nullable=False),
            pa.field("path", pa.string(), nullable=False),
        ]
    ),
    key="file",
)

REFUSALS = TableSpec(
    "refusals",
    pa.schema(
        [
            pa.field("file", pa.string(), nullable=False),
            pa.field("source", pa.int32(), nullable=False),
            pa.field("offset", pa.int64(), nullable=False),
            pa.field("length", pa.int64(), nullable=False),
            pa.field("code", pa.string(), nullable=False),
            pa.field("what", pa.string(), nullable=False),
        ]
    ),
    key="file",
)

TERMS = TableSpec(
    "terms",
    pa.schema([pa.field("term", pa.string(), nullable=False)]),
    key="term",
    indexes=(IndexSpec("term", "sorted"),),
)

TABLES = (SOURCES, RECORDS, MESSAGES, HANDLES, CONVERSATIONS, ATTACHMENTS, MEDIA, REFUSALS, TERMS)

commits = Table(
    "commits",
    case_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcMicros, nullable=False),
    Column("versions", Text, nullable=False),  # JSON: table -> version
    Column("totals", Text, nullable=False),  # JSON: what the whole corpus holds at this commit
)

mapping_texts = Table(
    "mapping_texts",
    case_metadata,
    Column("sha256", String, primary_key=True),
    Column("text", Text, nullable=False),
)

copies = Table(
    "copies",
    case_metadata,
    Column("number", Integer, primary_key=True),
    Column("at", UtcMicros, nullable=False),
    Column("account", String, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("kind", String, nullable=False),  # csv, jsonl, parquet, package
    Column("selection", Text, nullable=False),  # the query or request, verbatim
    Column("count", Integer, nullable=False),
    Column("sha256", String),  # null while it is being written
    Column("destination", Text, nullable=False),
    Column("destroy_by", String),  # a date; null when none was given
    Column("messages", Text, nullable=False, default=""),  # ids of the messages it holds, one a line
)

holds = Table(
    "holds",
    case_metadata,
    Column("number", Integer, primary_key=True),
    Column("at", UtcMicros, nullable=False),
    Column("account", String, nullable=False),
    Column("subject", String, nullable=False),  # a message, a record, a file's SHA-256, a haul, or "everything"
    Column("reason", Text, nullable=False),
    Column("until", String),  # the last day it holds; null: until lifted
    Column("lifted_at", UtcMicros),
    Column("lifted_by", String),  # account
    Column("lift_reason", Text),
)

directions = Table(
    "directions",
    case_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcMicros, nullable=False),
    Column("account", String, nullable=False),
    Column("reference", Text, nullable=False),  # of the document that directs it
    Column("directed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("messages", Text, nullable=False),  # ids, former ones too, one a line: copies may name them
    Column("details_destroyed", Integer, nullable=False),  # audit entries that lost their details
    Column("done_at", UtcMicros),  # null while it is being carried out
)

tombstones = Table(
    "tombstones",
    case_metadata,
    Column("record", String, primary_key=True),  # of a whole file: its SHA-256
    Column("message", String),  # null for a whole file
    Column("file", String, nullable=False, index=True),  # SHA-256 at delivery
    Column("offset", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),  # of the bytes
    Column("is_file", Boolean, nullable=False),
    Column("direction", Integer, nullable=False, index=True),
)
