"""The floor, not a product: `os.write` of a ready record per point to one O_APPEND file.

The records have the size of one of ours (FLOOR_RECORD_BYTES, measured in the same run).
"""

import os


def import_():
    pass


def start(name):
    return os.open(f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def params(run, values):
    os.write(run, str(values).encode())


def logger(run, values):
    write = os.write
    size = int(os.environ["FLOOR_RECORD_BYTES"])
    records = [
        b"%d" % number + b"x" * (size - 1 - len(str(number))) + b"\n" for number in range(1024)
    ]
    return lambda i: write(run, records[i & 1023])


def end(run):
    os.close(run)


def read_back():
    size = int(os.environ["FLOOR_RECORD_BYTES"])
    files = [name for name in os.listdir() if name.endswith(".log")]
    points = sum(os.path.getsize(name) // size for name in files)
    return {"runs": len(files), "points": points, "states": []}
