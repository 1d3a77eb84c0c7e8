"""From a query's parts to what the tables can answer: a row predicate, a full-text query, and what is left to check."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow.compute as pc

from venetic.corpus.query import (
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
    To,
    Vocabulary,
    With,
    Word,
    fold_name,
)
from venetic.kernel import (
    EVERYTHING,
    All,
    AnyOf,
    Compare,
    Misuse,
    Predicate,
    Snapshot,
    TextAll,
    TextAny,
    TextQuery,
    TokenRun,
    Tokens,
    WrongQuery,
    micros,
)
from venetic.kernel import Not as Without

WIDE_TERMS = 64  # a prefix or fuzzy word that stands for more is looked up in parts, and does not rank


@dataclass(frozen=True)
class Names:
    """What the names in a query stand for at one commit: handles, conversations, deliveries, words."""

    snapshot: Snapshot
    hauls_of_sources: Callable[[], Mapping[int, tuple[str, ...]]]

    @cached_property
    def handles(self) -> list[tuple[str, str]]:
        """(folded name, name as written), each once."""
        found = self.snapshot.scan("handles", ["name"]).read_all().column(0).unique().to_pylist()
        return [(fold_name(name), name) for name in found]

    @cached_property
    def conversations(self) -> list[tuple[str, str]]:
        """(folded name or id, id)."""
        rows = self.snapshot.scan("conversations", ["conversation", "name"]).read_all().to_pylist()
        named = [(fold_name(row["name"]), row["conversation"]) for row in rows]
        return [*named, *((row["conversation"], row["conversation"]) for row in rows)]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of the corpus."""
        terms = self.snapshot.scan("terms", ["term"]).read_all().column(0).combine_chunks()
        return Vocabulary(terms.take(pc.sort_indices(terms)))

    def sources_of(self, haul: str) -> tuple[int, ...]:
        """The sources whose bytes a delivery brought."""
        return tuple(source for source, hauls in self.hauls_of_sources().items() if haul in hauls)


@dataclass(frozen=True, slots=True)
class Plan:
    """A query as a conjunction: rows of `predicate`, all of `texts`, none of `without`, and each of `checks`."""

    predicate: Predicate = EVERYTHING
    texts: tuple[TextQuery, ...] = ()
    without: tuple[TextQuery, ...] = ()
    checks: tuple[Node, ...] = field(default=())

    @property
    def text(self) -> TextQuery | None:
        """The one full-text query; null when nothing asks for words."""
        if not self.texts:
            return None
        return self.texts[0] if len(self.texts) == 1 and not self.without else TextAll(self.texts, self.without)


def plan(node: Node, names: Names) -> Plan:
    """Split a query at its top AND. Raises WrongQuery for `lang:`, which has no data yet."""
    predicates: list[Predicate] = []
    texts: list[TextQuery] = []
    without: list[TextQuery] = []
    checks: list[Node] = []
    for part in node.parts if isinstance(node, And) else (node,):
        if (predicate := row_predicate(part, names)) is not None:
            predicates.append(predicate)
        elif (text := text_query(part, names)) is not None:
            texts.append(text)
        elif isinstance(part, Not) and (text := text_query(part.part, names)) is not None:
            without.append(text)
        else:
            checks.append(part)
            if isinstance(part, Near):
                texts.append(Tokens(tuple(dict.fromkeys(part.words))))
    joined = predicates[0] if len(predicates) == 1 else All(tuple(predicates))
    return Plan(joined, tuple(texts), tuple(without), tuple(checks))


def text_query(node: Node, names: Names) -> TextQuery | None:
    """The full-text query of a part that asks for words only; null when it asks for anything else.

    A prefix or fuzzy word that stands for very many words is such an other thing.
    """
    match node:
        case Word(word):
            return Tokens((word,))
        case Phrase(words):
            return TokenRun(words)
        case Prefix() | Fuzzy():
            terms = expansion(node, names)
            return Tokens(terms, every=False) if len(terms) <= WIDE_TERMS else None
        case Or(parts):
            found = [text_query(part, names) for part in parts]
            known = tuple(text for text in found if text is not None)
            return TextAny(known) if len(known) == len(parts) else None
        case And(parts):
            return _text_of_and(parts, names)
    return None


def expansion(node: Node, names: Names) -> tuple[str, ...]:
    """Every word of the corpus that a prefix or fuzzy word stands for."""
    match node:
        case Prefix(prefix):
            return tuple(names.vocabulary.prefix_terms(prefix).to_pylist())
        case Fuzzy(word, distance):
            return tuple(names.vocabulary.fuzzy_terms(word, distance).to_pylist())
    raise Misuse(f"{type(node).__name__} stands for itself")


def _text_of_and(parts: Iterable[Node], names: Names) -> TextQuery | None:
    wanted: list[TextQuery] = []
    without: list[TextQuery] = []
    for part in parts:
        text = text_query(part.part if isinstance(part, Not) else part, names)
        if text is None:
            return None
        (without if isinstance(part, Not) else wanted).append(text)
    return TextAll(tuple(wanted), tuple(without)) if wanted else None


def row_predicate(node: Node, names: Names) -> Predicate | None:
    """The row predicate of a part that asks for fields only; null when it asks for words."""
    match node:
        case And(parts) | Or(parts):
            found = [row_predicate(part, names) for part in parts]
            known = tuple(predicate for predicate in found if predicate is not None)
            if len(known) < len(parts):
                return None
            return All(known) if isinstance(node, And) else AnyOf(known)
        case Not(part):
            inner = row_predicate(part, names)
            return None if inner is None else Without(inner)
    return _field_predicate(node, names)


def _field_predicate(node: Node, names: Names) -> Predicate | None:
    match node:
        case Everything():
            return EVERYTHING
        case From(value, prefix):
            return Compare("sender", "in", _matching(names.handles, value, prefix))
        case To(value, prefix):
            return Compare("receivers", "has_any", _matching(names.handles, value, prefix))
        case With(value, prefix):
            known = _matching(names.handles, value, prefix)
            return AnyOf((Compare("sender", "in", known), Compare("receivers", "has_any", known)))
        case In(value, prefix):
            return Compare("conversation_id", "in", _matching(names.conversations, value, prefix))
        case Before(moment):
            return Compare("moment", "<", micros(moment))
        case After(moment):
            return Compare("moment", ">=", micros(moment))
        case Has(kind):
            return Compare("has", "has", kind)
        case Kind(kind):
            return Compare("kind", "=", kind)
        case Haul(haul):
            sources = names.sources_of(haul)
            if not sources:
                raise WrongQuery(f"nothing of a delivery {haul} has been ingested", node.start)
            return Compare("sources", "has_any", sources)
        case Lang():
            raise WrongQuery("there is no language data yet, so lang: cannot be answered", node.start)
    return None


def _matching(named: Iterable[tuple[str, str]], value: str, prefix: bool) -> tuple[str, ...]:
    wanted = fold_name(value)
    return tuple(dict.fromkeys(out for name, out in named if (name.startswith(wanted) if prefix else name == wanted)))
