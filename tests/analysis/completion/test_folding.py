"""Folded values against those that the onnx package gives with its node cases."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from inspector.analysis.completion.folding import FOLDS
from inspector.analysis.completion.known import Known, Unknown, array_value, is_number, objects
from inspector.analysis.costs import Call
from inspector.model.tensors import TensorType

# Operators whose cases are no arrays of plain numbers.
WITHOUT_CASES = {"Cast", "Range"}


def known(node, arrays, version=20):
    kinds, values = [], []
    given = iter(arrays)
    for name in node.input:
        array = next(given) if name else None
        elem = helper.np_dtype_to_tensor_dtype(array.dtype) if name else 0
        kinds.append(TensorType(elem, array.shape) if name else None)
        values.append(array_value(array) if name and is_number(elem) else None)
    return Known(Call(node, tuple(kinds), ()), tuple(values), version)


def test_values_of_the_node_cases(node_cases):
    folded = set()
    for name, case in node_cases.items():
        node = case.model.graph.node[0]
        fold = FOLDS.get(node.op_type) if len(case.model.graph.node) == 1 else None
        data = case.data_sets[0] if case.data_sets else ([], [])
        arrays = [*data[0], *data[1]]
        if fold is None or not all(isinstance(array, np.ndarray) for array in arrays):
            continue
        if any(array.dtype.kind not in "iufb" or array.size > 1024 for array in arrays):
            continue
        if any(
            array.dtype.kind == "u" and node.op_type in ("Add", "Sub", "Mul") for array in arrays
        ):
            continue  # the cases of unsigned types wrap around, which no shape does
        try:
            found = fold(known(node, data[0], case.model.opset_import[0].version))
        except (Unknown, ValueError):  # an extreme of nothing
            continue
        found = found if isinstance(found, list) else [found]
        for value, array in zip(found, data[1], strict=True):
            assert value.shape == array.shape, name
            made = value.astype(array.dtype)
            np.testing.assert_allclose(made, array, rtol=1e-3, err_msg=name)
        folded.add(node.op_type)
    assert set(FOLDS) - folded == WITHOUT_CASES


def fold(op_type, *values, **attributes):
    names = [f"x{i}" for i in range(len(values))]
    node = helper.make_node(op_type, names, ["y"], **attributes)
    arrays = tuple(objects(v) if isinstance(v, list) else objects([v], ()) for v in values)
    kinds = tuple(TensorType(7, value.shape) for value in arrays)
    return FOLDS[op_type](Known(Call(node, kinds, ()), arrays, 17)).tolist()


def test_symbols_are_kept_where_arithmetic_keeps_them():
    assert fold("Mul", ["N", "N", "N"], [1, 2, 0]) == ["N", None, 0]
    assert fold("Add", ["N", "N", None], [0, 1, 0]) == ["N", None, None]
    assert fold("Sub", ["N", "N", "M"], ["N", 0, "N"]) == [0, "N", None]
    assert fold("Div", ["N", "N"], [1, 2]) == ["N", None]
    assert fold("Gather", ["N", 3, 8], 0) == "N"
    assert fold("Concat", ["N"], [-1, 4], axis=0) == ["N", -1, 4]
    assert fold("Cast", ["N", None, 2.7], to=7) == ["N", None, 2]


def test_a_symbol_is_never_negative_and_equals_itself():
    assert fold("Equal", ["N", "N", "N", 4], ["N", -1, 4, 4]) == [True, False, None, True]
    assert fold("Where", [True, False, None, None], [1, 1, 1, 7], ["N", "N", "N", 7]) == [
        1,
        "N",
        None,
        7,
    ]


def test_integers_divide_towards_zero():
    assert fold("Div", [7, -7, 7, 5], [2, 2, -2, 0]) == [3, -3, -3, None]


@pytest.mark.parametrize("shape", [[2**40], [1024, 1024]])
def test_large_values_are_not_made(shape):
    with pytest.raises(Unknown):
        fold("ConstantOfShape", shape)
    with pytest.raises(Unknown):
        fold("Range", 0, 2**40, 1)


def test_ranges():
    assert fold("Range", 2, 9, 3) == [2, 5, 8]
    assert fold("Range", 5, 0, -2) == [5, 3, 1]
    assert fold("Range", 5, 0, 1) == []
