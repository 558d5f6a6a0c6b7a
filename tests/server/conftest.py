"""The server that the tests of this folder ask."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from server_tools import server

__all__ = ["server"]
