"""Public helpers for tests of code that uses nbmlops: a real shell, a real kernel, and the contract
checks of parts that other packages bring.
"""

from __future__ import annotations

from nbmlops.testing.kernels import Answer, Kernel
from nbmlops.testing.measures import check_measure
from nbmlops.testing.shells import Shell

__all__ = ["Answer", "Kernel", "Shell", "check_measure"]
