"""The query language: what a word is, what a query means, and where in a text it is met. Reads no store."""

from venetic.corpus.query.words import WORDS_VERSION, WordSpan, index_text, normalise, spans, words

__all__ = ["WORDS_VERSION", "WordSpan", "index_text", "normalise", "spans", "words"]
