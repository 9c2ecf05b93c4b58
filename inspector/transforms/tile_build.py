"""Builds the nodes of one tiled Linear layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from onnx import (
    AttributeProto,
    NodeProto,
    StringStringEntryProto,
    TensorProto,
    helper,
    numpy_helper,
)

from inspector.model.graph import Graph, inline_weight
from inspector.model.groups import MARK_KEY, Role, Tiling
from inspector.model.problems import Cancelled
from inspector.model.tensors import UNKNOWN, Dim, TensorType
from inspector.model.weights import Block, Weight
from inspector.transforms.linear_layers import (
    LinearLayer,
    TileOptions,
    WeightMode,
    float_attribute,
    integer_attribute,
)

Range = tuple[int, int]


class Names:
    """Hands out names that neither a node nor a value of the graph has."""

    def __init__(self, graph: Graph) -> None:
        self._taken = set(graph.tensor_names) | {node.name for node in graph.network.nodes}
        self._groups = {group.key for group in graph.groups}

    def group(self, wanted: str) -> str:
        """A key for a new group. Bars separate the parts of a mark, so a key has none."""
        key = self._free(wanted.replace("|", "_"), self._groups)
        self._groups.add(key)
        return key

    def fresh(self, wanted: str) -> str:
        """A new name, with a number behind it where `wanted` is taken."""
        name = self._free(wanted, self._taken)
        self._taken.add(name)
        return name

    @staticmethod
    def _free(wanted: str, taken: set[str]) -> str:
        name, count = wanted, 1
        while name in taken:
            count += 1
            name = f"{wanted}_{count}"
        return name


def ranges(length: int, step: int) -> list[Range]:
    """Cuts 0..length into pieces of `step`; the last one may be shorter."""
    return [(start, min(start + step, length)) for start in range(0, length, step)]


class LayerBuilder:
    """Makes the nodes, weights and tensor types that replace one layer."""

    def __init__(
        self,
        graph: Graph,
        layer: LinearLayer,
        tiling: Tiling,
        options: TileOptions,
        key: str,
        names: Names,
        cancelled: Callable[[], bool],
    ) -> None:
        self.graph = graph
        self.proto = graph.protos[layer.node]
        self.layer = layer
        self.tiling = tiling
        self.mode = options.weights
        self.key = key
        self.names = names
        self.cancelled = cancelled
        self.opset = graph.network.opset
        reads = graph.node_inputs(layer.node).tolist()
        self.weight = graph.weights[reads[1]]
        self.input_type = graph.tensor_types[reads[0]]
        has_bias = len(reads) > 2 and reads[2] >= 0
        self.bias_type = graph.tensor_types[reads[2]] if has_bias else UNKNOWN
        self.nodes: list[NodeProto] = []
        self.weights: dict[str, Weight] = {}
        self.types: dict[str, TensorType] = {}

    def build(self) -> list[NodeProto]:
        """The nodes in the order they run. Raises Cancelled."""
        rows, columns = self._padded_sizes()
        current, shape = self._as_matrix(self.proto.input[0])
        m_dim = shape[0] if not self.tiling.split_rows else rows
        lead: tuple[Dim, ...] = shape[:-1] if not self.tiling.split_rows else (rows,)
        current = self._pad_input(current, rows, columns)
        joined = self._multiply(current, lead, m_dim, columns)
        joined = self._crop(joined, rows)
        joined = self._scale(joined)
        joined = self._bias(joined)
        self._restore_shape(joined)
        self.types.pop(self.nodes[-1].output[0], None)
        self.nodes[-1].output[0] = self.proto.output[0]
        return self.nodes

    # Sizes -------------------------------------------------------------------------------------

    def _padded_sizes(self) -> tuple[int, int]:
        """Rows and depth of the matrix that is split: whole tiles where padding is asked for."""
        tiling = self.tiling
        if not tiling.padded:
            return tiling.m, tiling.k
        m, _, k = tiling.blocks
        return m * tiling.tile_m, k * tiling.tile_k

    def _n_size(self) -> int:
        tiling = self.tiling
        return tiling.blocks[1] * tiling.tile_n if tiling.padded else tiling.n

    # Before the multiplies ---------------------------------------------------------------------

    def _as_matrix(self, name: str) -> tuple[str, tuple[Dim, ...]]:
        """The input with K last; of rank 2 where its rows are to be cut."""
        shape = self.input_type.shape or ()
        if integer_attribute(self.proto, "transA"):
            shape = shape[::-1]
            name = self._add("Transpose", [name], "transposed", shape, Role.SHAPE, perm=[1, 0])
        if self.tiling.split_rows and len(shape) > 2:
            target = self._int64("matrix_shape", [self.tiling.m, self.tiling.k])
            shape = (self.tiling.m, self.tiling.k)
            name = self._add("Reshape", [name, target], "matrix", shape, Role.SHAPE)
        return name, shape

    def _pad_input(self, name: str, rows: int, columns: int) -> str:
        pads = [0, 0, rows - self.tiling.m, columns - self.tiling.k]
        if not self.tiling.padded or not any(pads):
            return name
        return self._pad(name, pads, "padded", (rows, columns))

    def _pad(self, name: str, pads: list[int], suffix: str, shape: Sequence[Dim]) -> str:
        if self.opset >= 11:
            inputs = [name, self._int64(f"{suffix}_pads", pads)]
            return self._add("Pad", inputs, suffix, shape, Role.SHAPE)
        return self._add("Pad", [name], suffix, shape, Role.SHAPE, pads=pads)

    # The multiplies ----------------------------------------------------------------------------

    def _multiply(self, name: str, lead: tuple[Dim, ...], m_dim: Dim, columns: int) -> str:
        tiling = self.tiling
        k_ranges = ranges(columns, tiling.tile_k)
        n_ranges = ranges(self._n_size(), tiling.tile_n)
        heads: list[tuple[Dim, ...]] = [lead]
        row_parts = [name]
        if tiling.split_rows and isinstance(m_dim, int):
            m_ranges = ranges(m_dim, tiling.tile_m)
            heads = [(stop - start,) for start, stop in m_ranges]
            row_parts = self._split(name, 0, m_ranges, "rows", (m_dim, columns), (0, 0, 0))
        blocks = self._weight_blocks(n_ranges, k_ranges)
        rows = [
            self._row(m, part, head, n_ranges, k_ranges, blocks)
            for m, (part, head) in enumerate(zip(row_parts, heads, strict=True))
        ]
        if len(rows) == 1:
            return rows[0]
        shape = (m_dim, self._n_size())
        return self._add("Concat", rows, "joined", shape, Role.CONCAT, axis=0)

    def _row(
        self,
        m: int,
        part: str,
        head: tuple[Dim, ...],
        n_ranges: list[Range],
        k_ranges: list[Range],
        blocks: list[list[str]],
    ) -> str:
        """All blocks of one row of tiles, summed over K and joined over N."""
        depth = k_ranges[-1][1]
        last = len(head)
        pieces = self._split(part, last, k_ranges, f"m{m}/columns", (*head, depth), (m, 0, 0))
        sums: list[str] = []
        for n, (start, stop) in enumerate(n_ranges):
            if self.cancelled():
                raise Cancelled
            shape = (*head, stop - start)
            products = [
                self._tile(piece, blocks[n][k], shape, (m, n, k)) for k, piece in enumerate(pieces)
            ]
            if len(products) > 1:
                at = (m, n, 0)
                products = [self._add("Sum", products, f"Sum_m{m}_n{n}", shape, Role.SUM, at)]
            sums.append(products[0])
        if len(sums) == 1:
            return sums[0]
        shape = (*head, n_ranges[-1][1])
        at = (m, 0, 0)
        return self._add("Concat", sums, f"Concat_m{m}", shape, Role.CONCAT, at, axis=last)

    def _tile(
        self, piece: str, block: str, shape: tuple[Dim, ...], at: tuple[int, int, int]
    ) -> str:
        label = f"2DMM_m{at[0]}_n{at[1]}_k{at[2]}"
        return self._add("MatMul", [piece, block], label, shape, Role.TILE, at)

    def _split(
        self,
        name: str,
        axis: int,
        cuts: list[Range],
        label: str,
        shape: tuple[Dim, ...],
        at: tuple[int, int, int],
    ) -> list[str]:
        """The pieces of a value; explicit sizes, because num_outputs would round them up."""
        if len(cuts) == 1:
            return [name]
        lengths = [stop - start for start, stop in cuts]
        inputs = [name]
        if self.opset >= 13:
            inputs.append(self._int64(f"{label}_sizes", lengths))
        outputs = [self.names.fresh(f"{self.key}/{label}_{i}") for i in range(len(cuts))]
        for output, length in zip(outputs, lengths, strict=True):
            dims = (*shape[:axis], length, *shape[axis + 1 :])
            self.types[output] = TensorType(self.weight.elem, dims)
        node = self._node("Split", inputs, outputs, f"Split_{label}", Role.SPLIT, at)
        node.attribute.append(helper.make_attribute("axis", axis))
        if self.opset < 13:
            node.attribute.append(helper.make_attribute("split", lengths))
        return outputs

    # Weights -----------------------------------------------------------------------------------

    def _weight_blocks(self, n_ranges: list[Range], k_ranges: list[Range]) -> list[list[str]]:
        """Names of the blocks, each K x N, by [n][k]."""
        if self.mode is WeightMode.SPLIT:
            return self._split_weight(n_ranges, k_ranges)
        return [self._cut_row(n, n_range, k_ranges) for n, n_range in enumerate(n_ranges)]

    def _cut_row(self, n: int, n_range: Range, k_ranges: list[Range]) -> list[str]:
        if self.cancelled():
            raise Cancelled
        return [self._cut(n, k, n_range, k_range) for k, k_range in enumerate(k_ranges)]

    def _cut(self, n: int, k: int, n_range: Range, k_range: Range) -> str:
        tiling, transpose = self.tiling, bool(integer_attribute(self.proto, "transB"))
        shape = (k_range[1] - k_range[0], n_range[1] - n_range[0])
        inside_k = (k_range[0], min(k_range[1], tiling.k))
        inside_n = (n_range[0], min(n_range[1], tiling.n))
        rows, columns = (inside_n, inside_k) if transpose else (inside_k, inside_n)
        name = self.names.fresh(f"{self.key}/W_n{n}_k{k}")
        source = Block(self.weight, rows, columns, transpose)
        self.weights[name] = Weight(name, self.weight.elem, shape, source)
        return name

    def _split_weight(self, n_ranges: list[Range], k_ranges: list[Range]) -> list[list[str]]:
        """Two stages of Split at run time: over N, then each piece over K."""
        name = self.proto.input[1]
        k, n = self.tiling.k, self.tiling.n
        if integer_attribute(self.proto, "transB"):
            name = self._add("Transpose", [name], "W_transposed", (k, n), Role.SHAPE, perm=[1, 0])
        whole = (k_ranges[-1][1], n_ranges[-1][1])
        if whole != (k, n):
            name = self._pad(name, [0, 0, whole[0] - k, whole[1] - n], "W_padded", whole)
        pieces = self._split(name, 1, n_ranges, "W_n", whole, (0, 0, 0))
        return [
            self._split(piece, 0, k_ranges, f"W_n{i}_k", (whole[0], stop - start), (0, i, 0))
            for i, (piece, (start, stop)) in enumerate(zip(pieces, n_ranges, strict=True))
        ]

    # After the multiplies ----------------------------------------------------------------------

    def _crop(self, name: str, rows: int) -> str:
        tiling = self.tiling
        if not tiling.padded or (rows, self._n_size()) == (tiling.m, tiling.n):
            return name
        shape = (tiling.m, tiling.n)
        if self.opset >= 10:
            bounds = (("starts", [0, 0]), ("ends", list(shape)), ("axes", [0, 1]))
            inputs = [name, *(self._int64(f"crop_{part}", values) for part, values in bounds)]
            return self._add("Slice", inputs, "cropped", shape, Role.SHAPE)
        cut = {"axes": [0, 1], "starts": [0, 0], "ends": list(shape)}
        at = (0, 0, 0)
        return self._add("Slice", [name], "cropped", shape, Role.SHAPE, at, **cut)

    def _scale(self, name: str) -> str:
        alpha = float_attribute(self.proto, "alpha")
        if self.proto.op_type != "Gemm" or alpha == 1.0:
            return name
        inputs = [name, self._number("alpha", alpha)]
        return self._add("Mul", inputs, "scaled", self._result_shape(), Role.SCALE)

    def _bias(self, name: str) -> str:
        beta = float_attribute(self.proto, "beta")
        if self.proto.op_type != "Gemm" or len(self.proto.input) < 3 or beta == 0.0:
            return name
        bias = self.proto.input[2]
        if not bias:
            return name
        if beta != 1.0:
            inputs = [bias, self._number("beta", beta)]
            bias = self._add("Mul", inputs, "scaled_bias", self.bias_type.shape, Role.SCALE)
        return self._add("Add", [name, bias], "Add_bias", self._result_shape(), Role.BIAS)

    def _result_shape(self) -> tuple[Dim, ...] | None:
        return (self.tiling.m, self.tiling.n) if self.tiling.split_rows else None

    def _restore_shape(self, name: str) -> None:
        shape = self.input_type.shape or ()
        if self.tiling.split_rows and len(shape) > 2:
            dims = [dim for dim in shape[:-1] if isinstance(dim, int)]
            target = self._int64("output_shape", [*dims, self.tiling.n])
            self._add("Reshape", [name, target], "reshaped", None, Role.SHAPE)

    # Small parts -------------------------------------------------------------------------------

    def _add(
        self,
        op_type: str,
        inputs: Sequence[str],
        label: str,
        shape: Sequence[Dim] | None,
        role: Role,
        at: tuple[int, int, int] = (0, 0, 0),
        **attributes: Any,
    ) -> str:
        """Appends a node with one output and returns that output's name.

        `shape` is None where it is not known.
        """
        output = self.names.fresh(f"{self.key}/{label}_out")
        node = self._node(op_type, inputs, [output], label, role, at)
        node.attribute.extend(_attributes(attributes))
        if shape is not None:
            self.types[output] = TensorType(self.weight.elem, tuple(shape))
        return output

    def _node(
        self,
        op_type: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        label: str,
        role: Role,
        at: tuple[int, int, int],
    ) -> NodeProto:
        mark = f"{self.key}|{role.value}|{at[0]},{at[1]},{at[2]}"
        node = NodeProto(
            op_type=op_type,
            name=self.names.fresh(f"{self.key}/{label}"),
            input=inputs,
            output=outputs,
            metadata_props=[StringStringEntryProto(key=MARK_KEY, value=mark)],
        )
        self.nodes.append(node)
        return node

    def _int64(self, label: str, values: Sequence[int]) -> str:
        return self._small(label, np.array(values, np.int64))

    def _number(self, label: str, value: float) -> str:
        kind = helper.tensor_dtype_to_np_dtype(self.weight.elem)
        return self._small(label, np.array(value, kind))

    def _small(self, label: str, values: np.ndarray[Any, Any]) -> str:
        name = self.names.fresh(f"{self.key}/{label}")
        tensor: TensorProto = numpy_helper.from_array(values, name)
        self.weights[name] = inline_weight(tensor)
        return name


def _attributes(values: dict[str, Any]) -> Iterable[AttributeProto]:
    return (helper.make_attribute(name, value) for name, value in values.items())
