"""Compile predicates to SQL: one text for Lance and DuckDB, one expression for SQLAlchemy.

A comparison with null is not true, and `Not` is "is not true", so a row either matches a predicate or its negation.
"""

from sqlalchemy import ColumnElement, Table, and_, false, or_, true

from venetic.kernel import All, AnyOf, Compare, Misuse, Not, Predicate

_INFIX = {"=", "!=", "<", "<=", ">", ">="}


def predicate_sql(predicate: Predicate, dialect: str) -> str:
    """SQL for `dialect` `lance` or `duckdb`; constants are quoted, never parameters, since Lance takes none."""
    match predicate:
        case All(parts):
            return _joined(parts, "AND", "true", dialect)
        case AnyOf(parts):
            return _joined(parts, "OR", "false", dialect)
        case Not(part):
            return f"(({predicate_sql(part, dialect)}) IS NOT TRUE)"
        case Compare():
            return _compare_sql(predicate, dialect)


def _joined(parts: tuple[Predicate, ...], word: str, empty: str, dialect: str) -> str:
    if not parts:
        return empty
    return "(" + f" {word} ".join(predicate_sql(part, dialect) for part in parts) + ")"


def _compare_sql(compare: Compare, dialect: str) -> str:
    operator, value = compare.operator, compare.value
    if not compare.column.replace("_", "").isalnum():
        raise Misuse(f"not a column name: {compare.column!r}")
    column = f"`{compare.column}`" if dialect == "lance" else f'"{compare.column}"'
    if operator in _INFIX and not isinstance(value, tuple):
        return f"({column} {operator} {_literal(value)})"
    if operator in {"is_null", "not_null"}:
        return f"({column} IS {'NOT ' if operator == 'not_null' else ''}NULL)"
    if operator == "has" and not isinstance(value, tuple):
        return f"({'array_has' if dialect == 'lance' else 'list_contains'}({column}, {_literal(value)}))"
    if operator not in {"in", "has_any"} or not isinstance(value, tuple):
        raise Misuse(f"{operator} does not take {type(value).__name__}")
    if not value:
        return "false"
    listed = ", ".join(_literal(item) for item in value)
    if operator == "in":
        return f"({column} IN ({listed}))"
    return f"({'array_has_any' if dialect == 'lance' else 'list_has_any'}({column}, [{listed}]))"


def _literal(value: str | int | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        raise Misuse("compare with null by is_null or not_null")
    return "'" + value.replace("'", "''") + "'"


def predicate_clause(predicate: Predicate, table: Table) -> ColumnElement[bool]:
    """The same predicate over a SQLAlchemy table; it has no list columns, so `has` and `has_any` are Misuse."""
    match predicate:
        case All(parts):
            return and_(true(), *(predicate_clause(part, table) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(predicate_clause(part, table) for part in parts))
        case Not(part):
            return predicate_clause(part, table).is_not(true())
        case Compare():
            return _compare_clause(predicate, table)


def _compare_clause(compare: Compare, table: Table) -> ColumnElement[bool]:
    column, value = table.c[compare.column], compare.value
    match compare.operator:
        case "is_null":
            return column.is_(None)
        case "not_null":
            return column.is_not(None)
        case "in" if isinstance(value, tuple):
            return column.in_(value)
        case "=" | "!=" | "<" | "<=" | ">" | ">=" if value is not None and not isinstance(value, tuple):
            return column.op(compare.operator, is_comparison=True)(value)
    raise Misuse(f"{compare.operator} cannot be asked of case state with {type(value).__name__}")
