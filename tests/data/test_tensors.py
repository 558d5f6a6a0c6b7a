"""Tensors of torch; collected where torch is installed."""

from __future__ import annotations

from importlib.util import find_spec

from digests import digest, told

if find_spec("torch"):
    import torch

    def test_a_tensor_is_told_by_its_values() -> None:
        numbers = torch.arange(12.0).reshape(3, 4)
        weights = torch.nn.Parameter(numbers.clone())

        assert told(numbers).shape == (3, 4)
        assert digest(numbers.t().contiguous().t()) == digest(numbers)
        assert digest(weights) == digest(numbers)
        assert weights.requires_grad
        assert digest(numbers + 1) != digest(numbers)
        assert digest(numbers.bfloat16()) != digest(numbers.half())
        assert digest(torch.conj(numbers * 1j)) == digest((numbers * -1j).resolve_conj())

    def test_a_tensor_that_is_not_near_is_told_by_its_form() -> None:
        found = told(torch.zeros(2, 3, device="meta"))

        assert (found.shape, found.digest[0]) == ((2, 3), "~")
        assert told(torch.eye(3).to_sparse()).partial
