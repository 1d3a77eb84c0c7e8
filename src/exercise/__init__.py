"""Seeded exercises."""
