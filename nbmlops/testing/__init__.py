"""Public helpers for tests of code that uses nbmlops: a real shell, a real kernel."""

from __future__ import annotations

from nbmlops.testing.kernels import Answer, Kernel
from nbmlops.testing.shells import Shell

__all__ = ["Answer", "Kernel", "Shell"]
