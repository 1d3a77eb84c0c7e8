"""Link messages that may be copies of one: equal but for the time, and no copy holds both.

A step touches few of the stored messages: those near in time to what it decided or to where that stood before (they may
gain or lose a link), and those near to these in turn (they keep theirs). Near is asked generously, by time bucket, and
`pairs` decides exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from venetic.corpus._tables import MESSAGES
from venetic.kernel import EVERYTHING, AnalyticsSession, Compare, Predicate, Snapshot

MESSAGE_COLUMNS = [field.name for field in MESSAGES.schema]
LIGHT_COLUMNS = ["message", "link_key", "moment", "copies", "native", "body"]
FEW_KEYS = 2_000  # up to here an index lookup beats a scan

ANCHORS_SQL = """
CREATE TABLE anchors AS SELECT link_key, moment, len(body) AS letters FROM reconciled WHERE link_key IS NOT NULL
"""
KEYS_SQL = """
CREATE OR REPLACE TABLE close_keys AS
SELECT DISTINCT link_key, moment // $1 + step AS bucket FROM {anchors}, unnest([-1, 0, 1]) AS steps(step);
CREATE OR REPLACE TABLE hour_keys AS
SELECT DISTINCT link_key, (moment % 3600000000 // 4000000 + step) % 900 AS phase
FROM {anchors}, unnest([899, 900, 901]) AS steps(step) WHERE letters >= $2
"""
NEAR_SQL = """
SELECT _rowid FROM stored WHERE link_key IS NOT NULL AND message NOT IN (SELECT message FROM settled)
    AND ((link_key, moment // $1) IN (SELECT (link_key, bucket) FROM close_keys)
         OR (link_key, moment % 3600000000 // 4000000) IN (SELECT (link_key, phase) FROM hour_keys))
"""

# Two messages equal but for the time, that no copy holds both of and whose ids do not tell them apart: within the
# window, or (for texts long enough not to be a habit) off by whole hours, as a wrong zone would put them.
PAIRS_SQL = """
CREATE TABLE pairs AS
WITH linked AS (
    SELECT message, link_key, moment, copies, native, len(body) AS letters FROM reconciled WHERE link_key IS NOT NULL
    UNION ALL BY NAME SELECT message, link_key, moment, copies, native, len(body) AS letters FROM partners
    UNION ALL BY NAME SELECT message, link_key, moment, copies, native, len(body) AS letters FROM bystanders
), shared AS (
    SELECT link_key FROM (SELECT link_key, unnest(copies) AS held FROM linked)
    GROUP BY link_key HAVING count(DISTINCT held) > 1
), near AS (
    SELECT linked.*, moment // $1 AS bucket, moment % 3600000000 // 4000000 AS phase
    FROM linked SEMI JOIN shared USING (link_key)
), close_pairs AS (
    SELECT a.message AS one, b.message AS other FROM near a
        JOIN (SELECT *, bucket AS meets FROM near UNION ALL SELECT *, bucket - 1 FROM near) b
        ON a.link_key = b.link_key AND a.bucket = b.meets
    WHERE a.message <> b.message AND abs(a.moment - b.moment) <= $1 AND NOT (a.native AND b.native)
        AND NOT list_has_any(a.copies, b.copies)
), hour_pairs AS (
    SELECT a.message AS one, b.message AS other FROM near a
        JOIN (SELECT near.*, (phase + step) % 900 AS meets FROM near, unnest([899, 900, 901]) AS steps(step)) b
        ON a.link_key = b.link_key AND a.phase = b.meets
    WHERE a.message < b.message AND a.letters >= $2
        AND abs(a.moment - b.moment) BETWEEN 1800000000 AND 14 * 3600000000
        AND abs(a.moment - b.moment - round((a.moment - b.moment) / 3600e6) * 3600000000) <= 2000000
        AND NOT (a.native AND b.native) AND NOT list_has_any(a.copies, b.copies)
), both_ways AS (
    SELECT one, other FROM close_pairs UNION SELECT other, one FROM close_pairs
    UNION SELECT one, other FROM hour_pairs UNION SELECT other, one FROM hour_pairs
)
SELECT one AS message, list_sort(list(DISTINCT other)) AS possible_copies FROM both_ways GROUP BY one
"""

OUTCOME_SQL = """
CREATE VIEW outcome AS
WITH candidates AS (
    SELECT *, message IN (SELECT message FROM before) AS was_there, true AS is_new FROM reconciled
    UNION ALL BY NAME SELECT *, true AS was_there, false AS is_new FROM partners
)
SELECT candidates.* REPLACE (
    coalesce(pairs.possible_copies, []) AS possible_copies,
    CASE WHEN pairs.message IS NULL THEN list_filter(marks, lambda m: m <> 'possible_copy')
         ELSE list_sort(list_distinct(list_append(marks, 'possible_copy'))) END AS marks)
FROM candidates LEFT JOIN pairs USING (message)
WHERE is_new OR candidates.possible_copies <> coalesce(pairs.possible_copies, [])
"""


@dataclass(frozen=True, slots=True)
class LinkRule:
    """When equal messages of different copies are linked as possible copies."""

    window_s: int  # times this close
    hours_from_letters: int  # whole hours apart, for bodies at least this long


def link(session: AnalyticsSession, snapshot: Snapshot, rule: LinkRule) -> None:
    """From `reconciled` and `before` make `outcome`: the message rows to write, links found anew."""
    parameters = [rule.window_s * 1_000_000, rule.hours_from_letters]
    listed = ", ".join(MESSAGE_COLUMNS)
    session.run(f"CREATE TABLE partners AS SELECT {listed} FROM reconciled LIMIT 0")  # noqa: S608 -- our own column names
    session.run(f"CREATE TABLE bystanders AS SELECT {', '.join(LIGHT_COLUMNS)} FROM reconciled LIMIT 0")  # noqa: S608 -- our own column names
    if snapshot.count("messages") > 0:
        session.run("CREATE TABLE settled AS SELECT message FROM reconciled UNION SELECT message FROM before")
        session.run(ANCHORS_SQL)
        _add_earlier_places(session, snapshot)
        _add_near(session, snapshot, "anchors", parameters, "partners")
        session.run("INSERT INTO settled SELECT message FROM partners")
        session.run("CREATE TABLE partner_anchors AS SELECT link_key, moment, len(body) AS letters FROM partners")
        _add_near(session, snapshot, "partner_anchors", parameters, "bystanders")
    session.run(PAIRS_SQL, parameters=parameters)
    session.run(OUTCOME_SQL)


def _add_earlier_places(session: AnalyticsSession, snapshot: Snapshot) -> None:
    """Where the step's messages stood before: what was near them there may lose a link."""
    before = session.run("SELECT message FROM before").column(0)
    if len(before) == 0:
        return
    wanted = _among("message", before.to_pylist())
    stored = snapshot.scan("messages", ["message", "link_key", "moment"], wanted)
    session.run(
        """INSERT INTO anchors SELECT link_key, moment, 1000000 FROM stored SEMI JOIN before USING (message)
           WHERE link_key IS NOT NULL""",
        {"stored": stored},
    )


def _add_near(
    session: AnalyticsSession, snapshot: Snapshot, anchors: str, parameters: Sequence[int], into: str
) -> None:
    """Insert into `into` the stored messages near `anchors` that are not settled."""
    keys = session.run(f"SELECT DISTINCT link_key FROM {anchors}").column(0)  # noqa: S608 -- one of two names of ours
    if len(keys) == 0:
        return
    for statement, asked in zip(KEYS_SQL.replace("{anchors}", anchors).split(";\n"), parameters, strict=True):
        session.run(statement.replace("$2", "$1"), parameters=[asked])
    wanted = _among("link_key", keys.to_pylist() if len(keys) <= FEW_KEYS else [])
    stored = snapshot.scan("messages", ["message", "link_key", "moment"], wanted, with_row=True)
    rows = session.run(NEAR_SQL, {"stored": stored}, parameters[:1]).column(0).to_pylist()
    if rows:
        columns = MESSAGE_COLUMNS if into == "partners" else LIGHT_COLUMNS
        found = snapshot.take("messages", rows, columns)
        session.run(f"INSERT INTO {into} SELECT {', '.join(columns)} FROM found", {"found": found})  # noqa: S608 -- our own names


def _among(column: str, values: list[str]) -> Predicate:
    return Compare(column, "in", tuple(values)) if 0 < len(values) <= FEW_KEYS else EVERYTHING
