"""Who may read which rows, and why. Today one rule: whoever can open the operation's files reads all of them.

Every read of content asks this door, so that rules have one place to stand.
"""

from venetic.access.rules import AccessRules, Allowed

__all__ = ["AccessRules", "Allowed"]
