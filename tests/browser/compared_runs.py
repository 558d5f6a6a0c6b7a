"""Trains a few models in a real shell, so that runs differ in data, code, parameters and pictures.

Run as `NBMLOPS_WORKSPACE=… python compared_runs.py`; it records six runs of the experiment "credit".
"""

from __future__ import annotations

from nbmlops.testing import Shell

PREPARE = """
import numpy as np, pandas as pd
from sklearn.linear_model import SGDClassifier
generator = np.random.default_rng(7)
frame = pd.DataFrame({
    "age": generator.integers(18, 90, 4000),
    "income": generator.lognormal(10, 0.6, 4000),
    "debt": generator.lognormal(8, 1.1, 4000),
    "region": generator.choice(["north", "south", "west"], 4000),
})
target = ((frame.debt / frame.income + generator.normal(0, 0.2, 4000)) > 0.25).astype(int)
X_train = frame.drop(columns="region")
"""

TRAIN = """
%%track credit --name {name}
learning_rate = {rate}
alpha = {alpha}
epochs = {epochs}
penalty = "{penalty}"
{scale}
model = SGDClassifier(loss="log_loss", alpha=alpha, learning_rate="constant", eta0=learning_rate,
                      penalty=penalty, random_state={seed})
noise = np.random.default_rng({seed})
for step in range(epochs):
    decay = np.exp(-step * learning_rate / 3)
    nbmlops.log({{"loss": 0.3 + 0.6 * decay + 0.08 * noise.random(),
                  "val/auc": 0.92 - 0.4 * decay - alpha + 0.03 * noise.random()}}, step=step)
model.fit(data, target)
accuracy = float(model.score(data, target))
nbmlops.log(auc=0.92 - 0.4 * float(decay) - alpha, accuracy=accuracy)
{draw}
"""

PLAIN = "data = (X_train - X_train.mean()) / X_train.std()"
CLIPPED = """# heavy tails are cut off first
limits = X_train.quantile(0.99)
data = X_train.clip(upper=limits, axis=1)
data = (data - data.mean()) / data.std()"""
DRAW = """
from PIL import Image, ImageDraw
picture = Image.new("RGB", (320, 200), "white")
pen = ImageDraw.Draw(picture)
points = [(10 + 3 * at, 190 - 170 * (1 - np.exp(-at * learning_rate / 9))) for at in range(100)]
pen.line(points, fill="#1c5fc4", width=3)
pen.rectangle((8, 8, 310, 192), outline="#999999")
nbmlops.log_figure(picture, name="roc.png")
"""

RUNS = (
    ("baseline", 0.01, 0.0001, 200, "l2", 1, PLAIN),
    ("faster", 0.05, 0.0001, 200, "l2", 1, PLAIN),
    ("clipped tails", 0.05, 0.0001, 200, "l2", 1, CLIPPED),
    ("strong penalty", 0.05, 0.02, 200, "l1", 1, CLIPPED),
    ("other seed", 0.1, 0.001, 200, "l2", 2, CLIPPED),
    ("long", 0.2, 0.001, 4000, "elasticnet", 1, CLIPPED),
)


def main() -> None:
    shell = Shell()
    shell.run("import nbmlops")
    shell.run(PREPARE)
    for number, (name, rate, alpha, epochs, penalty, seed, scale) in enumerate(RUNS):
        if number == 3:  # somebody mends the data in between
            shell.run(
                'X_train["income"] = X_train.income.round(-2); X_train["children"] = X_train.age % 4'
            )
        cell = TRAIN.format(
            name=f'"{name}"',
            rate=rate,
            alpha=alpha,
            epochs=epochs,
            penalty=penalty,
            seed=seed,
            scale=scale,
            draw=DRAW,
        )
        done = shell.run(cell.strip())
        done.raise_error()
    shell.run("%nbmlops flush")
    shell.close()


if __name__ == "__main__":
    main()
