"""The engines behind the kernel's ports: Lance tables, DuckDB, SQLite, the object store. Only `app` comes here.

Nothing here opens a connection that the operator did not configure: what these libraries could report or fetch is
switched off before they are imported.
"""

import os

for _name, _value in {"DO_NOT_TRACK": "1", "LANCE_LOG": "error", "LANCE_TELEMETRY": "off"}.items():
    os.environ.setdefault(_name, _value)

from venetic.engine._analytics import DuckAnalytics  # noqa: E402 -- after the switches above
from venetic.engine._case import SqlCase  # noqa: E402
from venetic.engine._lance import LanceTables  # noqa: E402
from venetic.engine._objects import open_objects  # noqa: E402
from venetic.engine._predicates import predicate_clause, predicate_sql  # noqa: E402

__all__ = ["DuckAnalytics", "LanceTables", "SqlCase", "open_objects", "predicate_clause", "predicate_sql"]
