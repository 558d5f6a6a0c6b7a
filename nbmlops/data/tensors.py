"""Tensors of torch as columns: on the CPU by their bytes, elsewhere by their form alone."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Any

from nbmlops.data.arrays import ArrayReader
from nbmlops.data.streams import OpaqueReader, Reader

__all__ = ["shape_of", "tensor_reader"]


def _plainly() -> AbstractContextManager[Any]:
    """Where subclasses of tensors behave as tensors, without methods of their own."""
    context: AbstractContextManager[Any] = sys.modules["torch"]._C.DisableTorchFunctionSubclass()
    return context


def shape_of(tensor: Any) -> tuple[int, ...]:
    """The sizes of a tensor."""
    with _plainly():
        return tuple(int(size) for size in tensor.shape)


def tensor_reader(tensor: Any) -> Reader:
    """The reader of a tensor. Values that are far away or not laid out plainly are not fetched."""
    torch = sys.modules["torch"]
    with _plainly():
        dtype = str(tensor.dtype)
        is_near = tensor.device.type == "cpu" and tensor.layout is torch.strided
        if not is_near or tensor.is_quantized:
            return OpaqueReader(dtype)
        plain = torch.Tensor.detach(tensor).resolve_conj().resolve_neg()
        try:
            array = plain.numpy()
        except TypeError:  # NumPy has no such numbers
            array = plain.view(_integers(torch)[plain.element_size()]).numpy()
        return ArrayReader(array, dtype, dtype)


def _integers(torch: Any) -> dict[int, Any]:
    """The integers of each size in bytes."""
    return {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
