"""The query language: what a word is, what a query means, and where in a text it is met. Reads no store."""

from venetic.corpus.query._near import near_places
from venetic.corpus.query._nodes import (
    After,
    And,
    Before,
    Everything,
    From,
    Fuzzy,
    Has,
    Haul,
    In,
    Kind,
    Lang,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Regex,
    To,
    With,
    Word,
)
from venetic.corpus.query._print import to_text
from venetic.corpus.query._regex import BadPattern, Match, Pattern, compiled
from venetic.corpus.query._values import FIELDS, HAS_KINDS, MESSAGE_KINDS, fold_name
from venetic.corpus.query.highlight import Snippet, snippet
from venetic.corpus.query.language import DEPTH_MAX, QUERY_MAX_CHARS, parse
from venetic.corpus.query.vocabulary import Vocabulary
from venetic.corpus.query.words import WORDS_VERSION, WordSpan, index_text, normalise, spans, words

__all__ = [
    "DEPTH_MAX",
    "FIELDS",
    "HAS_KINDS",
    "MESSAGE_KINDS",
    "QUERY_MAX_CHARS",
    "WORDS_VERSION",
    "After",
    "And",
    "BadPattern",
    "Before",
    "Everything",
    "From",
    "Fuzzy",
    "Has",
    "Haul",
    "In",
    "Kind",
    "Lang",
    "Match",
    "Near",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "Phrase",
    "Prefix",
    "Regex",
    "Snippet",
    "To",
    "Vocabulary",
    "With",
    "Word",
    "WordSpan",
    "compiled",
    "fold_name",
    "index_text",
    "near_places",
    "normalise",
    "parse",
    "snippet",
    "spans",
    "to_text",
    "words",
]
