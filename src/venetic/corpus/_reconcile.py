"""Reconciliation, as SQL: which message each source record belongs to, as a pure function of the records.

For a content key K let the natives of K be the messages with an id of their own that have a record with key K.
A record with such an id belongs to that message. A record without one and with key K and ordinal j belongs
  to the only native of K, when there is exactly one and j is 1;
  to the message (K, j) otherwise, and with several natives it is marked `ambiguous_copy`: it could be any of them.
A record without a key is a message by itself. So the number of equal messages is the largest number found in any one
copy, whatever the order and repetition of deliveries, and nothing joins a message by guess.
"""

# `rows` holds every record of every key and native id in play; see _closure. `{considered}` narrows it to what was
# stored before, for what the messages were then. The work decides the messages of the keys and natives it touches;
# other records in play only lend themselves to the decision, and are left out at the end.
NATIVES_SQL = """
CREATE OR REPLACE TABLE natives AS
SELECT content_key, count(DISTINCT native_key) AS natives, min(native_key) AS native
FROM rows WHERE native_key IS NOT NULL AND content_key IS NOT NULL AND {considered} GROUP BY content_key
"""

ASSIGNED_SQL = """
CREATE OR REPLACE TABLE assigned AS
WITH decided AS (
    SELECT rows.record, rows.file, rows.source, rows."offset", rows."length", rows.copy, rows.edited_at,
        CASE WHEN rows.body IS NOT NULL THEN hash(rows.body) END AS body_hash,
        rows.content_key, rows.native_key, rows.is_new, coalesce(ordinal, 0) AS ordinal,
        CASE WHEN rows.native_key IS NOT NULL THEN rows.native_key
             WHEN rows.content_key IS NULL AND rows.row_id IS NOT NULL
                  THEN id_of(part('row') || part(file) || part(copy) || part(rows.row_id))
             WHEN rows.content_key IS NULL THEN rows.record
             WHEN natives = 1 AND ordinal = 1 THEN native
             ELSE id_of(part('message') || part(rows.content_key) || number_part(ordinal)) END AS message,
        CASE WHEN rows.native_key IS NULL AND natives = 1 AND ordinal = 1
             THEN id_of(part('message') || part(rows.content_key) || number_part(1)) END AS alias,
        coalesce(rows.native_key IS NULL AND natives > 1, false) AS ambiguous
    FROM rows LEFT JOIN natives USING (content_key) WHERE {considered}
)
SELECT * FROM decided WHERE is_new OR message IN (SELECT native_key FROM wanted_natives)
    OR content_key IN (SELECT content_key FROM touched)
"""

BEFORE_SQL = "CREATE OR REPLACE TABLE before AS SELECT DISTINCT message FROM assigned"

GONE_SQL = "SELECT message FROM before WHERE message NOT IN (SELECT message FROM assigned)"

GROUPED_SQL = """
CREATE OR REPLACE TABLE grouped AS
WITH repeats AS (
    SELECT DISTINCT content_key FROM rows WHERE ordinal > 1
), placed AS (
    SELECT * EXCLUDE (file, copy), coalesce(copy, file) AS stands_in,
        left(file, 16) || printf('%016x', "offset") AS place,
        ordinal > 0 AND content_key IN (SELECT content_key FROM repeats) AS repeated
    FROM assigned
), several AS (
    SELECT message FROM assigned GROUP BY message HAVING count(*) > 1
)
SELECT message, record AS lead,
    [{'record': record, 'source': source, 'offset': "offset", 'length': "length"}] AS records,
    [source] AS sources, [stands_in] AS copies, 1 AS versions, false AS varies, ambiguous, repeated,
    CASE WHEN alias IS NULL THEN [] ELSE [alias] END AS aliases, place
FROM placed ANTI JOIN several USING (message)
UNION ALL
SELECT message,
    min({'idless': native_key IS NULL, 'late': -coalesce(epoch_us(edited_at), -9000000000000000000),
         'record': record}).record,
    list_sort(list({'record': record, 'source': source, 'offset': "offset", 'length': "length"})),
    list_sort(list_distinct(list(source))), list_sort(list_distinct(list(stands_in))),
    greatest(list_unique(list(body_hash)), 1), list_unique(list(coalesce(body_hash, 0))) > 1,
    bool_or(ambiguous), bool_or(repeated),
    list_sort(list_distinct(list_filter(list(alias), lambda a: a IS NOT NULL))), min(place)
FROM placed SEMI JOIN several USING (message) GROUP BY message
"""

# A zone asserted for one of a message's files, and no other for another, gives UTC where the wall clock names one
# instant: not in the hour that comes twice or never.
MESSAGES_SQL = """
CREATE OR REPLACE TABLE reconciled AS
WITH told AS (
    SELECT message, min(zone) AS zone_name FROM (SELECT message, unnest(sources) AS source FROM grouped)
    JOIN zones USING (source) GROUP BY message HAVING count(DISTINCT zone) = 1
), others AS (
    SELECT message, list_sort(list_distinct(list(body) FILTER (WHERE body IS NOT NULL))) AS bodies
    FROM (SELECT message, unnest(records).record AS record FROM grouped WHERE varies) JOIN rows USING (record)
    GROUP BY message
), zoned AS (
    SELECT grouped.*, others.bodies,
        rows.* EXCLUDE (record, is_new, is_stored, words, source, "offset", "length", file, reader, copy, stage,
                        id_scope, row_id, ordinal, content_key, native_key, sent_at),
        CASE WHEN others.bodies IS NULL THEN rows.words END AS words, rows.native_key IS NOT NULL AS native,
        rows.sent_at AS stated_at, zone_name,
        CASE WHEN rows.sent_at IS NULL AND zone_name IS NOT NULL THEN timezone(zone_name, rows.local_time) END AS tried
    FROM grouped JOIN rows ON rows.record = grouped.lead LEFT JOIN told ON told.message = grouped.message
        LEFT JOIN others ON others.message = grouped.message
), timed AS (
    SELECT *, CASE WHEN stated_at IS NOT NULL THEN stated_at
                   WHEN tried IS NULL OR timezone(zone_name, tried) <> local_time
                     OR timezone(zone_name, tried - INTERVAL 1 HOUR) = local_time
                     OR timezone(zone_name, tried + INTERVAL 1 HOUR) = local_time THEN NULL
                   ELSE tried END AS sent_at
    FROM zoned
)
SELECT message, conversation_id, conversation, service, kind, native_id, sender, receivers, sent_at, local_time,
    coalesce(epoch_us(sent_at), epoch_us(local_time)) AS moment,
    CASE WHEN stated_at IS NOT NULL THEN 'stated' WHEN sent_at IS NOT NULL THEN 'asserted'
         WHEN local_time IS NOT NULL THEN 'not stated' ELSE 'no time' END AS zone,
    time_raw, time_precision, body,
    list_filter(coalesce(bodies, []), lambda b: b IS DISTINCT FROM body) AS other_bodies, words,
    CASE WHEN len(attachments) > 0 THEN list_sort(list_distinct(list_append(
        list_transform(attachments, lambda a: media_kind(a.mime, a.name)), 'attachment'))) ELSE [] END AS has,
    reply_to, edited_at, attachments, extra, records, sources, copies, versions::INTEGER AS versions,
    list_filter([CASE WHEN ambiguous THEN 'ambiguous_copy' END, CASE WHEN repeated THEN 'possible_repeat' END,
                 CASE WHEN versions > 1 THEN 'versions' END], lambda m: m IS NOT NULL) AS marks,
    []::VARCHAR[] AS possible_copies, aliases,
    CASE WHEN sender IS NULL OR body IS NULL OR local_time IS NULL AND sent_at IS NULL THEN NULL
         ELSE id_of(part('link') || part(service) || part(conversation_id) || part(sender) || list_part(receivers)
              || part(body)) END AS link_key,
    native, place
FROM timed
"""

MEDIA_MACRO = """
CREATE MACRO media_kind(mime, name) AS CASE
    WHEN mime LIKE 'image/%' OR regexp_matches(lower(name), '\\.(jpe?g|png|gif|webp|heic|bmp|tiff?)$') THEN 'image'
    WHEN mime LIKE 'audio/%' OR regexp_matches(lower(name), '\\.(opus|ogg|mp3|m4a|aac|wav|amr)$') THEN 'audio'
    WHEN mime LIKE 'video/%' OR regexp_matches(lower(name), '\\.(mp4|3gp|mov|webm|mkv|avi)$') THEN 'video'
    WHEN mime IS NULL AND name IS NULL THEN 'attachment' ELSE 'document' END
"""
