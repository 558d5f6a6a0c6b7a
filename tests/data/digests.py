"""What the tests of this room share."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

from nbmlops.data.fingerprint import Fingerprint, fingerprint

usually = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def told(value: Any, **options: Any) -> Fingerprint:
    """The fingerprint of what is data."""
    found = fingerprint(value, **options)
    assert found is not None
    return found


def digest(value: Any) -> str:
    """The digest of what can be read in full."""
    found = told(value)
    assert not found.partial
    return found.digest
