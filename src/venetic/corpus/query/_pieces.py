"""The single pieces of a query: a word, a quoted text, a /regex/, a field. Each is read from its token."""

import re

from venetic.corpus.query._nodes import Fuzzy, Near, Node, Phrase, Prefix, Regex, Word
from venetic.corpus.query._regex import BadPattern, compiled
from venetic.corpus.query._values import field_node
from venetic.corpus.query.words import words
from venetic.kernel import WrongQuery

_FUZZY_SHORT = 5  # letters up to which one edit is the default; two in a short word match nearly anything
_NEAR_MAX = 100_000  # words; longer than any message read so far, and a bound on what is computed

_FUZZY = re.compile(r"(.*)~(.*)", re.DOTALL)
_QUOTED = re.compile(r"(.)(.*)[\"“”„](?:(~)(\d*))?", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)
_QUOTED_VALUE = re.compile(r"([\"“”„])(.*)[\"“”„](\*?)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\])")


def read_word(token: str, at: int) -> Node:
    """Read an unquoted word: plain, `prefix*` or `fuzzy~`. Raises: WrongQuery."""
    end = at + len(token)
    if token[0] == "-" and len(token) > 1:
        raise WrongQuery("a leading - does not exclude anything; write NOT before the word, or quote it", at)
    if token.endswith("*"):
        return Prefix(_single(token[:-1], at, "*"), start=at, end=end, text=token[:-1])
    if "*" in token:
        raise WrongQuery("* stands at the end of a word only; inside one use a /regex/", at + token.index("*"))
    if (match := _FUZZY.fullmatch(token)) is not None:
        stem, edits = match.groups()
        if edits not in ("", "1", "2"):
            raise WrongQuery("after ~ stands 1 or 2, the number of edits, or nothing", at + len(stem))
        word = _single(stem, at, "~")
        return Fuzzy(word, int(edits or (1 if len(word) <= _FUZZY_SHORT else 2)), start=at, end=end, text=stem)
    return _of_words(token, at, end)


def read_quoted(token: str, at: int) -> Node:
    """Read `"a phrase"` or `"near words"~5`. Raises: WrongQuery."""
    end = at + len(token)
    match = _QUOTED.fullmatch(token)
    if match is None:
        raise WrongQuery("this quote is never closed", at)
    quote, text, tilde, distance = match.groups()
    text = _ESCAPED.sub(r"\1", text) if quote == '"' else text
    if tilde is None:
        return _of_words(text, at, end)
    if not distance:
        raise WrongQuery('"…"~ needs a number: how many other words may stand between', end)
    if len(distance) > len(str(_NEAR_MAX)) or int(distance) > _NEAR_MAX:
        raise WrongQuery(f"at most {_NEAR_MAX} words between", end - len(distance))
    found = _words(text, at)
    if len(found) < 2:
        raise WrongQuery('"…"~ needs two words or more; for a fuzzy word leave the quotes off', at)
    return Near(found, int(distance), start=at, end=end, text=text)


def read_regex(token: str, at: int) -> Node:
    r"""Read `/pattern/`, in which `\/` is a slash. Raises: WrongQuery with RE2's reason."""
    pattern = token[1:-1].replace(r"\/", "/")
    try:
        compiled(pattern)
    except BadPattern as refused:
        raise WrongQuery(f"RE2 cannot read this regex: {refused}", at) from None
    return Regex(pattern, start=at, end=at + len(token))


def read_field(token: str, at: int) -> Node:
    """Read `name:value`; a star after the value, outside quotes, asks for names that start so. Raises: WrongQuery."""
    match = _FIELD.fullmatch(token)
    if match is None or not match[2]:
        raise WrongQuery(f"{token} needs a value straight after the colon; quote it when it has spaces", at)
    name, value = match.groups()
    if (quoted := _QUOTED_VALUE.fullmatch(value)) is not None:
        text = _ESCAPED.sub(r"\1", quoted[2]) if quoted[1] == '"' else quoted[2]
        prefix = bool(quoted[3])
    else:
        prefix = value.endswith("*")
        text = value[:-1] if prefix else value
    return field_node(name.lower(), text, prefix, (at, at + len(token)))


def _of_words(text: str, at: int, end: int) -> Node:
    found = _words(text, at)
    if len(found) == 1:
        return Word(found[0], start=at, end=end, text=text)
    return Phrase(found, start=at, end=end, text=text)


def _words(text: str, at: int) -> tuple[str, ...]:
    found = tuple(words(text))
    if not found:
        raise WrongQuery("there is no letter, number or emoji here to search for", at)
    return found


def _single(text: str, at: int, mark: str) -> str:
    for other in "*~":
        if other in text:
            raise WrongQuery(f"{mark} stands at the end of a plain word", at + text.index(other))
    if not text:
        raise WrongQuery(f"{mark} needs a word straight before it", at)
    found = _words(text, at)
    if len(found) > 1:
        raise WrongQuery(f"{mark} works on one word, and this text is {len(found)}", at)
    return found[0]
