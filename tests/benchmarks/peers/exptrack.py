"""exptrack with its defaults; its database is found from the working directory."""


def import_():
    import exptrack

    return exptrack


def start(name):
    return import_().Experiment(name=name)


def params(run, values):
    run.log_params(values)


def logger(run, values):
    log_metric = run.log_metric
    return lambda i: log_metric("loss", values[i & 1023], step=i)


def batch_logger(run):
    return lambda values, step: run.log_metrics(values, step=step)


def end(run):
    run.finish()


def read_back():
    from exptrack.core.db import get_db

    base = get_db()
    states = [row[0] for row in base.execute("SELECT status FROM experiments")]
    points = base.execute("SELECT count(*) FROM metrics WHERE key = 'loss'").fetchone()[0]
    return {"runs": len(states), "points": points, "states": states}
