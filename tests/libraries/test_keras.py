"""What a cell's fits with Keras leave in its run."""

from __future__ import annotations

import pytest

BUILD = """
import keras
keras.utils.set_random_seed(0)
net = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
net.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="binary_crossentropy", metrics=["accuracy"])
A, b, A_val, b_val = (each.to_numpy() for each in (X, y, X_val, y_val))
"""


@pytest.fixture(autouse=True)
def built(shell):
    shell.run(BUILD)


def test_a_fit_leaves_its_model_params_data_and_history(tracked, shell):
    run = tracked(
        "history = net.fit(A, b, epochs=3, batch_size=50, validation_data=(A_val, b_val), verbose=0)\n"
    )

    model = run.models["net"]
    assert model.class_name.endswith("Sequential")
    assert model.params["optimizer"] == "Adam"
    assert {"epochs", "batch_size", "learning_rate", "optimizer", "loss"} == set(model.changed)
    assert model.train_dataset == "A"
    assert model.size_bytes == 4 * (3 * 4 + 4 + 4 + 1)
    assert run.params["epochs"] == 3
    assert run.params["learning_rate"] == 0.01
    assert run.param_sources["epochs"] == "Sequential.fit"
    assert {name: data.role for name, data in run.datasets.items()} == {
        "A": "train",
        "b": "train",
        "A_val": "test",
        "b_val": "test",
    }
    assert set(run.metrics) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for name, values in shell.ip.user_ns["history"].history.items():
        assert [(point.step, point.value) for point in run.series(name)] == list(enumerate(values))


def test_a_schedule_of_the_learning_rate_goes_by_its_name(tracked):
    run = tracked(
        "rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)\n"
        "net.compile(optimizer=keras.optimizers.SGD(rate), loss='mse')\n"
        "net.fit(A, b, epochs=1, verbose=0)\n"
    )

    assert run.params["learning_rate"] == "ExponentialDecay"
    assert run.params["loss"] == "mse"


def test_a_split_by_keras_is_no_data_of_the_users(tracked):
    run = tracked("net.fit(A, b, epochs=4, validation_split=0.25, validation_freq=2, verbose=0)\n")

    assert {name: data.row_count for name, data in run.datasets.items()} == {"A": 200, "b": 200}
    assert [point.step for point in run.series("loss")] == [0, 1, 2, 3]
    assert [point.step for point in run.series("val_loss")] == [1, 3]
    assert "shared-rows" not in {warning.code for warning in run.warnings}


def test_a_fit_that_goes_on_counts_on(tracked):
    run = tracked("net.fit(A, b, initial_epoch=3, epochs=5, verbose=0)\n")

    assert [point.step for point in run.series("loss")] == [3, 4]


def test_tensors_of_a_loader_are_the_data(tracked):
    run = tracked(
        "import torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "inputs, wanted = torch.tensor(A, dtype=torch.float32), torch.tensor(b)[:, None].float()\n"
        "net.fit(DataLoader(TensorDataset(inputs, wanted), batch_size=50), epochs=1, verbose=0)\n"
    )

    assert run.datasets["inputs"].role == "train"
    assert run.datasets["wanted"].role == "train"


def test_an_interrupted_fit_keeps_the_epochs_it_reached(tracked):
    run = tracked(
        "class Stop(keras.callbacks.Callback):\n"
        "    def on_epoch_begin(self, epoch, logs=None):\n"
        "        if epoch == 2:\n            raise KeyboardInterrupt\n"
        "net.fit(A, b, epochs=5, callbacks=[Stop()], verbose=0)\n"
    )

    assert run.status == "cancelled"
    assert [point.step for point in run.series("loss")] == [0, 1]


def test_numbers_that_the_user_logs_on_the_way_are_not_kept_twice(tracked):
    run = tracked(
        "import nbmlops\n"
        "class Log(keras.callbacks.Callback):\n"
        "    def on_epoch_end(self, epoch, logs=None):\n"
        "        nbmlops.log({'train/loss': logs['loss']}, step=epoch)\n"
        "net.fit(A, b, epochs=3, callbacks=[Log()], verbose=0)\n"
    )

    assert len(run.series("train/loss")) == 3
    assert "loss" not in run.metrics
    assert len(run.series("accuracy")) == 3


def test_what_evaluate_returns_is_the_users_number(tracked):
    run = tracked(
        "net.fit(A, b, epochs=2, validation_data=(A_val, b_val), verbose=0)\n"
        "loss, accuracy = net.evaluate(A, b, verbose=0)\n"
    )

    assert run.metric_sources["loss"] == "assigned"
    assert len(run.series("net.loss")) == 2
    assert len(run.series("val_loss")) == 2
