"""The floor, not a product: the same bytes copied within memory, as NumPy does it."""

TARGETS = {}


def fingerprint(frame):
    import numpy as np

    if not all(dtype == "float64" for dtype in frame.dtypes):
        return None
    for block in frame._mgr.blocks:
        values = block.values
        if values.shape not in TARGETS:
            TARGETS[values.shape] = np.empty_like(values)
        np.copyto(TARGETS[values.shape], values)
    return "copied"
