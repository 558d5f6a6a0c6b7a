"""How each kind of model is written: in a form without code, its library's own where it has one."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Format", "format_of"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a model is written: its file's extension and type, and what has to be installed."""

    extension: str
    media_type: str
    write: Callable[[Any, Path], bytes | Path]  # the model, a folder for it → its bytes or file
    needs: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None


def format_of(model: Any) -> Format | None:
    """The form of a model; None for what has none without code in it."""
    for kind in type(model).__mro__:
        found = _FORMATS.get(kind.__module__.partition(".")[0])
        if found is not None:
            return found
    return None


def _xgboost(model: Any, folder: Path) -> bytes:
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    return bytes(booster.save_raw("ubj"))


def _lightgbm(model: Any, folder: Path) -> bytes:
    booster = model.booster_ if hasattr(model, "booster_") else model
    return str(booster.model_to_string()).encode()


def _catboost(model: Any, folder: Path) -> Path:
    file = folder / "model.cbm"
    model.save_model(str(file), format="cbm")
    return file


def _keras(model: Any, folder: Path) -> Path:
    file = folder / "model.keras"
    model.save(file)
    return file


def _torch(model: Any, folder: Path) -> Path:
    file = folder / "model.safetensors"
    importlib.import_module("safetensors.torch").save_model(model, str(file))
    return file


def _sklearn(model: Any, folder: Path) -> bytes:
    from nbmlops.capture.models.skops_files import canonical

    importlib.import_module("sklearn.utils.validation").check_is_fitted(model)
    return canonical(importlib.import_module("skops.io").dumps(model))


_BINARY = "application/octet-stream"
# Keras on torch is made of torch's modules, and boosters' classes of scikit-learn's: whoever comes
# first among the classes that a model is made from has the say.
_FORMATS = {
    "xgboost": Format(".ubj", "application/ubjson", _xgboost),
    "lightgbm": Format(".txt", "text/plain", _lightgbm),
    "catboost": Format(".cbm", _BINARY, _catboost),
    "keras": Format(".keras", "application/zip", _keras),
    "torch": Format(".safetensors", _BINARY, _torch, "safetensors"),
    "sklearn": Format(".skops", "application/zip", _sklearn, "skops"),
}
