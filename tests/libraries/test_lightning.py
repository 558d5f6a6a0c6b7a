"""What a cell's `Trainer.fit` leaves in its run."""

from __future__ import annotations

import pytest

BUILD = """
import torch, pytorch_lightning as pl
from torch.utils.data import DataLoader, TensorDataset
class Net(pl.LightningModule):
    def __init__(self, hidden=8, lr=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.net = torch.nn.Sequential(torch.nn.Linear(3, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 1))
    def loss(self, batch):
        return torch.nn.functional.binary_cross_entropy_with_logits(self.net(batch[0]), batch[1])
    def training_step(self, batch, index):
        loss = self.loss(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        return loss
    def validation_step(self, batch, index):
        self.log("val_loss", self.loss(batch))
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
A, A_val = (torch.tensor(each.to_numpy(), dtype=torch.float32) for each in (X, X_val))
b, b_val = (torch.tensor(each.to_numpy(), dtype=torch.float32)[:, None] for each in (y, y_val))
train, held = (DataLoader(TensorDataset(*each), batch_size=50) for each in ((A, b), (A_val, b_val)))
quiet = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
module = Net(hidden=4)
"""


@pytest.fixture(autouse=True)
def built(shell):
    assert shell.run(BUILD).success


def test_a_fit_leaves_its_model_params_data_and_history(tracked, shell):
    run = tracked("trainer = pl.Trainer(max_epochs=3, **quiet)\ntrainer.fit(module, train, held)\n")

    model = run.models["module"]
    assert model.class_name == "__main__.Net"
    assert model.params == {"hidden": 4, "lr": 0.01, "max_epochs": 3, "optimizer": "Adam"}
    assert set(model.changed) == {"hidden", "max_epochs", "optimizer"}
    assert model.train_dataset == "A"
    assert model.size_bytes == 4 * (3 * 4 + 4 + 4 + 1)
    assert {name: data.role for name, data in run.datasets.items()} == {
        "A": "train",
        "b": "train",
        "A_val": "test",
        "b_val": "test",
    }
    assert set(run.metrics) == {"train_loss", "val_loss"}
    assert set(run.metric_sources.values()) == {"Trainer.fit"}
    assert [point.step for point in run.series("train_loss")] == [0, 1, 2]
    assert run.metrics["val_loss"] == float(
        shell.ip.user_ns["trainer"].callback_metrics["val_loss"]
    )


def test_the_other_name_of_the_library_is_watched_as_well(tracked, shell):
    shell.run(BUILD.replace("pytorch_lightning", "lightning.pytorch"))
    run = tracked("trainer = pl.Trainer(max_epochs=2, **quiet)\ntrainer.fit(module, train, held)\n")

    assert shell.ip.user_ns["pl"].__name__ == "lightning.pytorch"
    assert run.models["module"].params["max_epochs"] == 2
    assert len(run.series("val_loss")) == 2


def test_epochs_without_validation_have_no_number_of_it(tracked):
    run = tracked(
        "pl.Trainer(max_epochs=4, check_val_every_n_epoch=2, **quiet).fit(module, train, held)\n"
    )

    assert [point.step for point in run.series("train_loss")] == [0, 1, 2, 3]
    assert [point.step for point in run.series("val_loss")] == [1, 3]


def test_a_fit_with_a_logger_has_the_same_history_once(tracked):
    run = tracked(
        "logger = pl.loggers.CSVLogger('logs')\n"
        "pl.Trainer(max_epochs=2, **{**quiet, 'logger': logger}).fit(module, train, held)\n"
    )

    assert set(run.metrics) == {"train_loss", "val_loss"}
    assert len(run.series("val_loss")) == 2


def test_an_interrupted_fit_keeps_the_epochs_it_reached_and_is_cancelled(tracked):
    run = tracked(
        "class Stops(Net):\n"
        "    def training_step(self, batch, index):\n"
        "        if self.current_epoch == 2:\n            raise KeyboardInterrupt\n"
        "        return super().training_step(batch, index)\n"
        "stops = Stops()\n"
        "pl.Trainer(max_epochs=5, **quiet).fit(stops, train, held)\n"
    )

    assert run.status == "cancelled"
    assert [point.step for point in run.series("train_loss")] == [0, 1]


def test_a_fit_that_fails_keeps_the_epochs_it_reached(tracked):
    run = tracked(
        "class Fails(Net):\n"
        "    def training_step(self, batch, index):\n"
        "        if self.current_epoch == 2:\n            raise ValueError('mine')\n"
        "        return super().training_step(batch, index)\n"
        "fails = Fails()\n"
        "pl.Trainer(max_epochs=5, **quiet).fit(fails, train, held)\n"
    )

    assert run.status == "failed"
    assert [point.step for point in run.series("val_loss")] == [0, 1]
    assert "nbmlops" not in run.error.traceback
