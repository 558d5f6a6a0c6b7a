"""Weights & Biases offline: one file per run, written by a helper process."""

import os


def import_():
    import wandb

    return wandb


def start(name):
    return import_().init(project="bench", name=name, mode="offline", dir=os.getcwd())


def params(run, values):
    run.config.update(values)


def logger(run, values):
    log = run.log
    return lambda i: log({"loss": values[i & 1023]}, step=i)


def batch_logger(run):
    return lambda values, step: run.log(values, step=step)


def end(run):
    run.finish()


def read_back():
    """There is no local way to ask, so the transaction files are read as wandb-core writes them.

    A file is a header of 7 bytes and then LevelDB's log format: blocks of 32 KiB, records of
    checksum (4), length (2), type (1 whole, 2 first, 3 middle, 4 last) and data.
    """
    from pathlib import Path

    from wandb.proto import wandb_internal_pb2

    runs = points = 0
    states = []
    for file in Path("wandb").glob("offline-run-*/run-*.wandb"):
        runs += 1
        ended = False
        for data in _records(file.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            kind = record.WhichOneof("record_type")
            points += kind == "history"
            ended |= kind == "exit"
        states.append("finished" if ended else "no exit record")
    return {"runs": runs, "points": points, "states": states}


def _records(data):
    here, parts = 7, []
    while here + 7 <= len(data):
        left = 32768 - here % 32768
        if left < 7:
            here += left
            continue
        size = int.from_bytes(data[here + 4 : here + 6], "little")
        kind = data[here + 6]
        body = data[here + 7 : here + 7 + size]
        if kind == 0 or len(body) < size:
            return
        here += 7 + size
        parts = [body] if kind in (1, 2) else [*parts, body]
        if kind in (1, 4):
            yield b"".join(parts)
