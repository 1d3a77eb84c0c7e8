"""Venetic: lawfully acquired message hauls, made searchable, readable and citable."""

__version__ = "0.1.0"
