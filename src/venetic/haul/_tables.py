"""The haul's own tables in case state: what came in, under which paths, what was refused, what was said about it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from venetic.kernel import UtcMicros, case_metadata

deliveries = Table(
    "haul_deliveries",
    case_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("haul", String, nullable=False, unique=True),
    Column("provided_by", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("period_from", String),  # ISO date, null when not stated
    Column("period_to", String),
    Column("acquired_at", UtcMicros),  # when the provider acquired it
    Column("handed_over_at", UtcMicros),  # when the provider handed it over
    Column("received_at", UtcMicros, nullable=False),  # when receiving began
    Column("searchable_at", UtcMicros),  # when ingest made it searchable
    Column("series", Text),  # deliveries in instalments share one
    Column("files", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("manifest_sha256", String, nullable=False),
    Column("list_sha256", String),  # the provider's own list of hashes, sealed too; null when none was given
    Column("software", String, nullable=False),
)

entries = Table(
    "haul_entries",
    case_metadata,
    Column("haul", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),
    Column("raw_path", LargeBinary),  # null when it is the UTF-8 of `path`
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("modified_at", UtcMicros),
    Column("modified_local", String),  # a time the source wrote without a zone
    Column("container", Text),  # path of the archive it stood in; null outside archives
    Index("haul_entries_sha256", "sha256"),
    Index("haul_entries_path", "haul", "path"),
)

refusals = Table(
    "haul_refusals",
    case_metadata,
    Column("haul", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False),
    Column("what", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("file_sha256", String),
    Column("details", Text, nullable=False),  # JSON object of facts for scripts
)

sealed = Table(
    "haul_sealed",
    case_metadata,
    Column("sha256", String, primary_key=True),  # as delivered
    Column("size", BigInteger, nullable=False),
    Column("stored_sha256", String, index=True),  # what is held now; null once deleted
    Column("unpacked", Boolean, nullable=False),  # an archive: its members stand as entries of their own
)

reseals = Table(
    "haul_reseals",
    case_metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String, nullable=False, index=True),  # as delivered
    Column("before_sha256", String, nullable=False),
    Column("after_sha256", String),  # null: an archive that held the file, deleted
    Column("ranges", Text, nullable=False),  # JSON [[offset, length], …]
    Column("at", UtcMicros, nullable=False),
)

dropped_objects = Table(
    "haul_dropped_objects",
    case_metadata,
    Column("sha256", String, primary_key=True),  # objects to delete once the transaction has committed
)

open_runs = Table(  # a run that writes objects no row names yet: one left here was killed
    "haul_open_runs",
    case_metadata,
    Column("id", String, primary_key=True),
    Column("started_at", UtcMicros, nullable=False),
)

hash_checks = Table(
    "haul_hash_checks",
    case_metadata,
    Column("haul", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("result", String, nullable=False),  # matched, differing, missing, extra
    Column("path", Text),  # as their list wrote it; for extra, ours; null in a list without paths
    Column("algorithm", String),
    Column("theirs", String),
    Column("ours", String),
)

assertions = Table(
    "haul_assertions",
    case_metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcMicros, nullable=False),
    Column("account", String, nullable=False),
    Column("subject_kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("property", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("said_by", Text),
    Column("said_at", Text),
    Column("document", Text),
    Column("reason", Text),
    Index("haul_assertions_subject", "subject_kind", "subject", "property"),
    Index("haul_assertions_property", "property"),
)
