"""The only wiring: settings to engines to one frozen operation with a room per attribute."""

from venetic.app.operation import Facts, Operation, create_operation, open_operation
from venetic.app.packages import DraftOrder, Packages, Written
from venetic.app.settings import SETTINGS, Settings

__all__ = [
    "SETTINGS",
    "DraftOrder",
    "Facts",
    "Operation",
    "Packages",
    "Settings",
    "Written",
    "create_operation",
    "open_operation",
]
