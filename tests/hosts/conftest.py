"""Makes the corpus of cells of the magics' tests importable by its own name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "magics"))
