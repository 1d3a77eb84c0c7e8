"""Identity, as SQL: pure functions of what a source record says and where it stands.

Each expression equals `venetic.kernel.content_id` of the same parts, so an id can be recomputed by hand.

record            the sealed file, offset and length, and what the mapping reads from its path, where it does
conversation_id   service and the conversation's own name; without one the set of participants; without those the file
native_key        service, scope and native id (scope conversation adds the conversation); null for scope source
content_key       service, conversation, sender, receivers, time and its precision, kind, body, attachments;
                  null without a sender or a time: such a row never merges by content
ordinal           which of the equal rows of one copy in one file a row is; rows sharing an id of scope source are one
"""

# A part is a tag, its length in bytes, a colon and the bytes: see kernel/ids.py.
MACROS = """
CREATE MACRO part(x) AS CASE WHEN x IS NULL THEN 'n0:' ELSE 's' || strlen(x) || ':' || x END;
CREATE MACRO number_part(x) AS CASE WHEN x IS NULL THEN 'n0:' ELSE 'i' || strlen(x::VARCHAR) || ':' || x::VARCHAR END;
CREATE MACRO list_part(xs) AS CASE WHEN xs IS NULL THEN 'i1:0' WHEN len(xs) = 1 THEN 'i1:1' || part(xs[1])
    ELSE number_part(len(xs))
        || coalesce(array_to_string(list_transform(list_sort(xs), lambda x: part(x)), ''), '') END;
CREATE MACRO id_of(parts) AS left(sha256(parts), 32);
"""

# One pass over what was read. `named_by` says where the conversation comes from.
KEYED_SQL = """
CREATE TABLE keyed AS
WITH known AS (
    SELECT *, CASE WHEN conversation IS NOT NULL THEN 'named'
                   WHEN sender IS NOT NULL AND len(receivers) > 0 THEN 'participants' ELSE 'file' END AS basis,
        CASE WHEN basis <> 'participants' THEN NULL
             WHEN len(receivers) = 1 AND receivers[1] > sender THEN [sender, receivers[1]]
             WHEN len(receivers) = 1 AND receivers[1] < sender THEN [receivers[1], sender]
             ELSE list_sort(list_distinct(list_append(receivers, sender))) END AS participants
    FROM reader
), placed AS (
    SELECT * EXCLUDE (participants, told_by_path, id_name),
        id_of(part('record') || part(file) || number_part("offset") || number_part("length") || part(told_by_path))
            AS record,
        CASE basis WHEN 'named' THEN id_of(part('conversation') || part(service) || part(conversation))
             WHEN 'participants' THEN id_of(part('participants') || part(service) || list_part(participants))
             ELSE id_of(part('file') || part(file)) END AS conversation_id,
        CASE basis WHEN 'named' THEN conversation
             WHEN 'participants' THEN array_to_string(participants, ', ') ELSE id_name END AS conversation_name
    FROM known
)
SELECT *,
    CASE WHEN native_id IS NULL OR id_scope = 'source' THEN NULL
         ELSE id_of(part('native') || part(service) || part(id_scope)
              || CASE WHEN id_scope = 'conversation' THEN part(conversation_id) ELSE '' END || part(native_id)) END
        AS native_key,
    CASE WHEN native_id IS NOT NULL AND id_scope = 'source' THEN native_id END AS row_id,
    CASE WHEN sender IS NULL OR (sent_at IS NULL AND local_time IS NULL) THEN NULL
         ELSE id_of(part('content') || part(service) || part(conversation_id) || part(sender) || list_part(receivers)
              || number_part(epoch_us(sent_at)) || number_part(epoch_us(local_time)) || part(time_precision)
              || part(kind) || part(body)
              || CASE WHEN attachments IS NULL THEN 'i1:0'
                 ELSE list_part(list_transform(attachments, lambda a: coalesce(a.sha256, a.name, a.url, ''))) END)
         END AS own_key
FROM placed
"""

# Rows of one copy with one id of scope source are one row: the latest version's content speaks for it.
HAS_ROW_IDS_SQL = "SELECT count(*) FROM keyed WHERE row_id IS NOT NULL"
NO_ROW_KEYS_SQL = """
CREATE VIEW ordered AS SELECT * EXCLUDE (own_key), own_key AS content_key, "offset" AS stands_at FROM keyed
"""
ROW_KEYS_SQL = """
CREATE TABLE ordered AS
SELECT * EXCLUDE (own_key),
    CASE WHEN row_id IS NULL THEN own_key
         ELSE first_value(own_key) OVER (PARTITION BY source, copy, row_id
                                         ORDER BY edited_at DESC NULLS LAST, "offset") END AS content_key,
    CASE WHEN row_id IS NULL THEN "offset"
         ELSE min("offset") OVER (PARTITION BY source, copy, row_id) END AS stands_at
FROM keyed
"""

# Only keys met twice in one copy need counting; everything else is number one.
COUNTED_SQL = """
CREATE TABLE counted AS
WITH twice AS (
    SELECT source, copy, content_key FROM ordered WHERE native_key IS NULL AND content_key IS NOT NULL
    GROUP BY ALL HAVING count(*) > 1
)
SELECT record, dense_rank() OVER (PARTITION BY source, copy, content_key ORDER BY stands_at)::INTEGER AS ordinal
FROM ordered SEMI JOIN twice
  ON ordered.source = twice.source AND ordered.copy IS NOT DISTINCT FROM twice.copy
     AND ordered.content_key = twice.content_key
WHERE native_key IS NULL
"""
FRESH_SQL = """
CREATE VIEW fresh AS
SELECT ordered.* EXCLUDE (stands_at), false AS is_stored,
    CASE WHEN native_key IS NOT NULL OR content_key IS NULL THEN NULL ELSE coalesce(counted.ordinal, 1) END AS ordinal
FROM ordered LEFT JOIN counted USING (record)
"""
