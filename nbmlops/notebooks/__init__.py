"""Notebooks as documents and as programs: read, parameterized, executed and saved truthfully."""
