"""The floor, not a product: the same numbers read once, as `numpy.sum` does it."""


def fingerprint(frame):
    if not all(dtype == "float64" for dtype in frame.dtypes):
        return None
    return str(sum(float(block.values.sum()) for block in frame._mgr.blocks))
