"""pandas' own hash of rows, whose sum identifies a frame."""


def fingerprint(frame):
    from pandas.util import hash_pandas_object

    return str(hash_pandas_object(frame, index=False).sum())
