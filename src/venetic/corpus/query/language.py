"""From query text to a tree of parts. docs/search.md is the user's reference of the language."""

from functools import cache
from itertools import chain
from typing import Final, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, v_args

from venetic.corpus.query._nodes import And, Everything, Node, Not, Or
from venetic.corpus.query._pieces import read_field, read_quoted, read_regex, read_word
from venetic.kernel import WrongQuery

QUERY_MAX_CHARS: Final = 100_000  # a list of some thousands of handles fits; parsing stays below a second
DEPTH_MAX: Final = 100  # parentheses and NOTs inside one another; deeper than people write, shallow for recursion

_GRAMMAR = r"""
start: any_of?
?any_of: all_of (OR all_of)*
?all_of: unary (AND? unary)*
?unary: NOT unary -> negated
      | LPAR any_of RPAR -> group
      | FIELD -> field
      | QUOTED -> quoted
      | REGEX -> regex
      | WORD -> word

LPAR: "("
RPAR: ")"
OR.5: /OR(?=[\s()"“”„]|$)/
AND.5: /AND(?=[\s()"“”„]|$)/
NOT.5: /NOT(?=[\s()"“”„]|$)/
FIELD.4: /[A-Za-z_]+:(?!\/\/)(?:"(?:\\["\\]|[^"])*"\*?|[“”„][^“”„]*[“”„]\*?|[^\s()"“”„]+)?/
QUOTED.3: /(?:"(?:\\["\\]|[^"])*"|[“”„][^“”„]*[“”„])(?:~\d*)?/
REGEX.2: /\/(?:\\.|[^\/\\])+\/(?=[\s()]|$)/s
WORD.1: /(?!\/)[^\s()"“”„]+/
%ignore /\s+/
"""

_OPERATORS = ("AND", "OR", "NOT")


def parse(text: str) -> Node:
    """Read a query; the empty query matches everything.

    Raises: WrongQuery with the character where it goes wrong and what to write instead.
    """
    if len(text) > QUERY_MAX_CHARS:
        raise WrongQuery(f"a query has at most {QUERY_MAX_CHARS} characters", QUERY_MAX_CHARS)
    try:
        tokens = list(_parser().lex(text))
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise WrongQuery(_unreadable(text, at), at) from None
    _check_order(tokens, len(text))
    _check_depth(tokens)
    return cast("Node", _parser().parse(text))


def _unreadable(text: str, at: int) -> str:
    if text[at] == "/":
        return r"a /regex/ ends with a / before a space; write \/ for a slash in it, or quote a text with slashes"
    return "this quote is never closed"


def _check_order(tokens: list[Token], end: int) -> None:
    """Refuse operators without their sides and parentheses without their other half."""
    open_at: list[int] = []
    for before, token in zip([None, *tokens], [*tokens, None], strict=True):
        kind = "end" if token is None else token.type
        operator = before is not None and before.type in _OPERATORS
        opened = before is None or before.type == "LPAR"
        if operator and (kind in ("end", "RPAR") or (kind in ("AND", "OR"))):
            raise WrongQuery(f"{before} needs something after it", _start(before))
        if opened and kind in ("AND", "OR"):
            raise WrongQuery(f"{token} needs something before it", _start(token))
        if kind == "RPAR" and not open_at:
            raise WrongQuery("this ) has no ( before it; quote a text that has parentheses", _start(token))
        if kind == "RPAR" and opened:
            raise WrongQuery("there is nothing between these parentheses", _start(before))
        if kind == "LPAR":
            open_at.append(_start(token))
        elif kind == "RPAR":
            open_at.pop()
    if open_at:
        raise WrongQuery("this ( is never closed", open_at[-1])


def _check_depth(tokens: list[Token]) -> None:
    depth = 0
    nots = 0
    for token in tokens:
        depth += {"LPAR": 1, "RPAR": -1}.get(token.type, 0)
        nots = nots + 1 if token.type == "NOT" else 0
        if depth + nots > DEPTH_MAX:
            raise WrongQuery(f"more than {DEPTH_MAX} parentheses or NOTs inside one another", _start(token))


def _start(token: Token | None) -> int:
    return 0 if token is None or token.start_pos is None else token.start_pos


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Turns the grammar's rules into nodes while they are read, bottom up."""

    def start(self, node: Node | None = None) -> Node:
        return Everything() if node is None else node

    def any_of(self, *items: Node | Token) -> Node:
        parts = tuple(chain.from_iterable(_parts(item, Or) for item in items))
        return Or(parts, start=parts[0].start, end=parts[-1].end)

    def all_of(self, *items: Node | Token) -> Node:
        parts = tuple(chain.from_iterable(_parts(item, And) for item in items))
        return And(parts, start=parts[0].start, end=parts[-1].end)

    def negated(self, operator: Token, part: Node) -> Node:
        return Not(part, start=_start(operator), end=part.end)

    def group(self, _left: Token, node: Node, _right: Token) -> Node:
        return node

    def field(self, token: Token) -> Node:
        return read_field(str(token), _start(token))

    def quoted(self, token: Token) -> Node:
        return read_quoted(str(token), _start(token))

    def regex(self, token: Token) -> Node:
        return read_regex(str(token), _start(token))

    def word(self, token: Token) -> Node:
        return read_word(str(token), _start(token))


def _parts(item: Node | Token, kind: type[And] | type[Or]) -> tuple[Node, ...]:
    """An operator has no parts, a node of the same kind gives its own, another node is one."""
    if isinstance(item, Token):
        return ()
    return item.parts if isinstance(item, And | Or) and isinstance(item, kind) else (item,)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False, transformer=_Builder())
