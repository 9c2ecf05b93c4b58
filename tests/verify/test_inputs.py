"""Random inputs: right type and shape, and the same for the same seed and name."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from inspector.model.problems import ModelError
from inspector.verify.inputs import InputSpec, input_specs, paired_names

from .conftest import FLOAT, network


def one(elem: int, shape: object, nodes: object = (), weights: object = None) -> object:
    return network(nodes, {"x": (elem, shape)}, {"y": (FLOAT, None)}, weights)


def test_values_depend_on_seed_trial_and_name_only() -> None:
    a = InputSpec("a", FLOAT, (3, 4))
    same = InputSpec("a", FLOAT, (3, 4))
    assert np.array_equal(a.draw(1), same.draw(1))
    others = [a.draw(2), a.draw(1, trial=1), InputSpec("b", FLOAT, (3, 4)).draw(1)]
    assert not any(np.array_equal(a.draw(1), other) for other in others)


def test_floats_are_standard_normal() -> None:
    for elem, kind in ((FLOAT, "f4"), (TensorProto.FLOAT16, "f2"), (TensorProto.DOUBLE, "f8")):
        values = InputSpec("x", elem, (100_000,)).draw(0)
        assert values.dtype == np.dtype(kind)
        # Five standard errors of the mean and of the standard deviation.
        assert abs(values.astype(float).mean()) < 5 / np.sqrt(100_000)
        assert abs(values.astype(float).std() - 1) < 5 / np.sqrt(200_000)


def test_integers_stay_within_the_table_they_index() -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["c"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "c"], ["y"], axis=1),
    ]
    table = np.zeros((2, 7), np.float32)
    (spec,), _ = input_specs([one(TensorProto.INT32, [200], nodes, {"table": table})], {})
    assert (spec.low, spec.high) == (0, 6)
    values = spec.draw(0)
    assert values.dtype == np.int32
    assert set(values.tolist()) == set(range(7))


@pytest.mark.parametrize(
    ("elem", "low", "high"),
    [
        (TensorProto.INT64, 0, 1),
        (TensorProto.UINT8, 0, 255),
        (TensorProto.INT8, -128, 127),
        (TensorProto.BOOL, 0, 1),
    ],
)
def test_other_integers(elem: int, low: int, high: int) -> None:
    (spec,), _ = input_specs([one(elem, [5000])], {})
    values = spec.draw(0)
    assert values.dtype == helper.tensor_dtype_to_np_dtype(elem)
    assert (int(values.min()), int(values.max())) == (low, high)


def test_open_sizes_come_from_the_other_model_then_the_caller_then_are_one() -> None:
    left = network((), {"x": (FLOAT, ["batch", None, "time", None])}, {})
    right = network((), {"x": (FLOAT, [4, None, "t", None])}, {})
    (spec,), notes = input_specs([left, right], {"time": 9, "x[3]": 5})
    assert spec.shape == (4, 1, 9, 5)
    assert notes == ("x[1] = 1, which the model leaves open", "time = 9", "x[3] = 5")


def test_a_scalar_input() -> None:
    (spec,), _ = input_specs([one(FLOAT, [])], {})
    assert spec.draw(0).shape == ()


@pytest.mark.parametrize(
    ("elem", "shape", "said"),
    [
        (TensorProto.STRING, [1], "takes strings"),
        (TensorProto.COMPLEX64, [1], "complex64"),
        (TensorProto.BFLOAT16, [1], "bfloat16"),
        (FLOAT, None, "does not say its rank"),
    ],
)
def test_what_cannot_be_made_is_refused(elem: int, shape: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        input_specs([one(elem, shape)], {})


def test_models_that_take_different_inputs() -> None:
    with pytest.raises(ModelError, match="float32 2 and float32 3"):
        input_specs([one(FLOAT, [2]), one(FLOAT, [3])], {})
    with pytest.raises(ModelError, match="float32 2 in one model"):
        input_specs([one(FLOAT, [2]), one(TensorProto.DOUBLE, [2])], {})
    two = network((), {"x": (FLOAT, [2]), "z": (FLOAT, [2])}, {})
    with pytest.raises(ModelError, match="has 1 inputs"):
        input_specs([one(FLOAT, [2]), two], {})


def test_inputs_match_by_name_else_by_position() -> None:
    ab = network((), {"a": (FLOAT, [1]), "b": (FLOAT, [1])}, {})
    ba = network((), {"b": (FLOAT, [1]), "a": (FLOAT, [1])}, {})
    cd = network((), {"c": (FLOAT, [1]), "d": (FLOAT, [1])}, {})
    assert paired_names([ab, ba]) == [("a", "a"), ("b", "b")]
    assert paired_names([ab, cd]) == [("a", "c"), ("b", "d")]
