"""Fitted models: what can be said of one, and its bytes where they are asked for.

Models are kept in forms that hold no code: skops for scikit-learn, the own files of the boosters
and of Keras, safetensors for torch. None of them is a pickle.
"""

from nbmlops.capture.models.features import feature_names
from nbmlops.capture.models.keep import keep_models
from nbmlops.capture.models.sizes import size_of

__all__ = ["feature_names", "keep_models", "size_of"]
