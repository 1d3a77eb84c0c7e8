"""What a package quotes: the hits of a search in their conversations, with what was left out between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from venetic.corpus._conversations import Conversations
from venetic.corpus._results import Results
from venetic.corpus._shown import Message
from venetic.kernel import All, Compare, WrongUse


@dataclass(frozen=True, slots=True)
class QuotedMessages:
    """One conversation's hits in reading order; `left_out` counts before, between and after them."""

    conversation: str
    name: str
    messages: tuple[Message, ...]
    left_out: tuple[int, ...]


def quoted(results: Results, most: int) -> tuple[QuotedMessages, ...]:
    """The hits by conversation, earliest first. Raises WrongUse when there are none, or more than `most`."""
    hits = results.count()
    if hits == 0:
        raise WrongUse("nothing to quote: the selection has no messages", results.asked.text)
    if hits > most:
        raise WrongUse(
            f"the selection has {hits} messages, more than {most}: narrow it, or allow more", results.asked.text
        )
    by_conversation: dict[str, list[Message]] = {}
    for chunk in results.stream():
        for message in chunk:
            by_conversation.setdefault(message.conversation, []).append(message)
    matcher = results.matcher
    reader = Conversations(matcher.snapshot, matcher.names, matcher.allowed)
    return tuple(_in_order(reader, conversation, messages) for conversation, messages in by_conversation.items())


def _in_order(reader: Conversations, conversation: str, messages: list[Message]) -> QuotedMessages:
    place = {message: at for at, message in enumerate(reader.order(conversation)[0])}
    ordered = sorted(messages, key=lambda message: place[message.message])
    at = [place[message.message] for message in ordered]
    between = [after - before - 1 for before, after in pairwise(at)]
    name = reader.window(conversation, 0, 0).name
    return QuotedMessages(conversation, name, tuple(ordered), (at[0], *between, len(place) - at[-1] - 1))


def row_stages(results: Results, messages: list[Message]) -> Mapping[str, str]:
    """Which stage a record's own row states, of the records that state one."""
    records = tuple(ref.record for message in messages for ref in message.records)
    stated = All((Compare("record", "in", records), Compare("stage", "not_null")))
    rows = results.matcher.snapshot.scan("records", ["record", "stage"], stated).read_all().to_pylist()
    return {row["record"]: row["stage"] for row in rows}
