"""Einsum against NumPy: with all ones, the result adds up to the number of products' points."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from inspector.analysis.costs import Call, cost_function
from inspector.model.tensors import TensorType

CASES = [
    ("ij,jk->ik", [(3, 4), (4, 5)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
    ("i,j->ij", [(3,), (4,)]),
    ("i,i->", [(7,), (7,)]),
    ("i,i", [(7,), (7,)]),
    ("ii,i->i", [(5, 5), (5,)]),
    ("iij,jj->i", [(3, 3, 4), (4, 4)]),
    ("...ij,...jk->...ik", [(2, 6, 3, 4), (2, 6, 4, 5)]),
    ("...ij,...jk->...ik", [(2, 1, 3, 4), (6, 4, 5)]),
    ("i...,i...->...", [(3, 4, 5), (3, 4, 5)]),
    ("...,...->...", [(2, 3), (2, 3)]),
    (",i->i", [(), (6,)]),
    (",->", [(), ()]),
    ("ij, jk , kl -> il", [(2, 3), (3, 4), (4, 5)]),
    ("aB,Bc->ac", [(2, 3), (3, 4)]),
    ("ij,jk->ik", [(3, 0), (0, 5)]),
    ("bqhd,bkhd->bhqk", [(2, 5, 4, 8), (2, 7, 4, 8)]),
]


@pytest.mark.parametrize(("equation", "shapes"), CASES)
def test_points_of_the_index_space(equation, shapes):
    ones = [np.ones(shape, np.int64) for shape in shapes]
    result = np.einsum(equation.replace(" ", ""), *ones, optimize=False)
    node = helper.make_node("Einsum", [f"x{i}" for i in range(len(shapes))], ["y"])
    node.attribute.append(helper.make_attribute("equation", equation))
    inputs = tuple(TensorType(TensorProto.FLOAT, shape) for shape in shapes)
    output = TensorType(TensorProto.FLOAT, result.shape)
    cost = cost_function("", "Einsum")(Call(node, inputs, (output,)))
    assert cost.macs == result.sum() * (len(shapes) - 1)
    assert cost.text().endswith(f"= {cost.macs:,}")
