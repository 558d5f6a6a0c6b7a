"""Models that are kept can be loaded again and predict the same."""

from __future__ import annotations

import io

import numpy as np
import pytest
from trainings import TRAININGS

from nbmlops.workspace import open_workspace

EXTENSIONS = {
    "xgboost": "ubj",
    "xgboost.train": "ubj",
    "lightgbm": "txt",
    "lightgbm.train": "txt",
    "catboost": "cbm",
    "keras": "keras",
    "lightning": "safetensors",
}


def read(data: bytes, name: str, model, X_val, folder):
    """What a kept model predicts, loaded by its library."""
    file = folder / f"again.{EXTENSIONS[name]}"
    file.write_bytes(data)
    if name == "xgboost":
        again = type(model)()
        again.load_model(file)
        return again.predict_proba(X_val).tolist()
    if name == "xgboost.train":
        import xgboost

        return xgboost.Booster(model_file=file).predict(xgboost.DMatrix(X_val)).tolist()
    if name.startswith("lightgbm"):
        import lightgbm

        chances = lightgbm.Booster(model_file=file).predict(X_val)
        return [[1 - c, c] for c in chances] if name == "lightgbm" else chances.tolist()
    if name == "catboost":
        return type(model)().load_model(str(file)).predict_proba(X_val).tolist()
    if name == "keras":
        import keras

        return keras.saving.load_model(file).predict(X_val.to_numpy(), verbose=0).tolist()
    from safetensors.torch import load

    again = type(model)()
    again.load_state_dict(load(data))
    return [each.tolist() for each in again.parameters()]


@pytest.mark.parametrize("name", TRAININGS)
def test_a_model_is_kept_in_the_form_of_its_library(
    shell, tracked, workspace_folder, tmp_path, name
):
    run = tracked(TRAININGS[name], "--keep-models")

    assert "model-not-kept" not in {warning.code for warning in run.warnings}
    kept = run.artifacts[f"model.{EXTENSIONS[name]}"]
    assert run.models["model"].artifact == kept.name
    assert run.models["model"].size_bytes == kept.size_bytes
    assert kept.kind == "model"
    names = shell.ip.user_ns
    data = open_workspace(workspace_folder).runs.artifact(run.id, kept.name)
    again = read(data, name, names["model"], names["X_val"], tmp_path)
    for one, other in zip(again, names["made"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_pipeline_with_a_booster_is_kept_by_skops(shell, tracked, workspace_folder):
    import skops.io

    run = tracked(
        "import xgboost as xgb\nfrom sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "pipe = make_pipeline(StandardScaler(), xgb.XGBClassifier(n_estimators=3)).fit(X, y)\n"
        "made = pipe.predict_proba(X_val).tolist()\n",
        "--keep-models",
    )

    data = open_workspace(workspace_folder).runs.artifact(run.id, "pipe.skops")
    again = skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))
    assert io.BytesIO(data).read(2) == b"PK"
    assert again.predict_proba(shell.ip.user_ns["X_val"]).tolist() == shell.ip.user_ns["made"]
