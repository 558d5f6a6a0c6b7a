"""One short training with each library, as a cell; `made` is what it makes, to be compared."""

from __future__ import annotations

__all__ = ["FAILING", "TRAININGS"]

NET = """
class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(3, 1)
    def training_step(self, batch, index):
        loss = torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""

TRAININGS = {
    "xgboost": """
import xgboost as xgb
model = xgb.XGBClassifier(n_estimators=4).fit(X, y, eval_set=[(X_val, y_val)], verbose=False)
made = model.predict_proba(X_val).tolist()
""",
    "xgboost.train": """
import xgboost as xgb
matrix = xgb.DMatrix(X, y)
model = xgb.train({"subsample": 0.5, "seed": 1}, matrix, 4, evals=[(matrix, "train")], verbose_eval=False)
made = model.predict(xgb.DMatrix(X_val)).tolist()
""",
    "lightgbm": """
import lightgbm as lgb
model = lgb.LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1).fit(X, y, eval_set=[(X_val, y_val)])
made = model.predict_proba(X_val).tolist()
""",
    "lightgbm.train": """
import lightgbm as lgb
model = lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(X, y), 4, valid_sets=[lgb.Dataset(X_val, y_val)])
made = model.predict(X_val).tolist()
""",
    "catboost": """
import catboost
model = catboost.CatBoostClassifier(iterations=4, verbose=0, allow_writing_files=False, thread_count=1)
model.fit(X, y, eval_set=(X_val, y_val))
made = model.predict_proba(X_val).tolist()
""",
    "keras": """
import keras
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
model.fit(X.to_numpy(), y.to_numpy(), epochs=2, shuffle=False, verbose=0)
made = model.predict(X_val.to_numpy(), verbose=0).tolist()
""",
    "lightning": "import torch, pytorch_lightning as pl\n"
    + NET
    + """
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
model = Net()
tensors = torch.tensor(X.to_numpy()).float(), torch.tensor(y.to_numpy())[:, None].float()
trainer = pl.Trainer(max_epochs=2, logger=False, enable_checkpointing=False, enable_progress_bar=False)
trainer.fit(model, DataLoader(TensorDataset(*tensors), batch_size=50))
made = [each.tolist() for each in model.parameters()]
""",
}

FAILING = {
    "xgboost": "import xgboost as xgb\nxgb.XGBClassifier(max_depth='deep').fit(X, y)",
    "xgboost callback": "import xgboost as xgb\nxgb.train({}, xgb.DMatrix(X, y), 2, callbacks=[3])",
    "xgboost matrix": "import xgboost as xgb\nxgb.DMatrix(object())",
    "lightgbm": "import lightgbm as lgb\nlgb.train({'verbose': -1}, X, 2)",
    "lightgbm callback": (
        "import lightgbm as lgb\n"
        "lgb.train({'verbose': -1}, lgb.Dataset(X, y), 2, callbacks=[lambda env: 1 / 0])"
    ),
    "catboost": (
        "import catboost\ncatboost.CatBoostClassifier(iterations='many', verbose=0).fit(X, y)"
    ),
    "catboost cv": "import catboost\ncatboost.cv(catboost.Pool(X, y), {'loss_function': 'None!'})",
    "keras": (
        "import keras\nnet = keras.Sequential([keras.layers.Dense(1)])\n"
        "net.compile(loss='mse')\nnet.fit(X.to_numpy(), y.to_numpy()[:3], verbose=0)"
    ),
    "lightning": "import torch, pytorch_lightning as pl\n"
    + NET
    + "pl.Trainer(logger=False).fit(Net(), 3)",
}
