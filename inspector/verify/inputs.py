"""Random inputs of the right type and shape, the same for the same seed.

Each input is drawn from its own generator, seeded by the seed, the trial and the input's name, so
that the values do not depend on how many other inputs there are or on their order.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto

from inspector.model.dtypes import dtype
from inspector.model.network import Network
from inspector.model.problems import ModelError
from inspector.model.tensors import Dim, TensorType, from_value_info

Array = npt.NDArray[Any]

_FLOATS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
_BYTES = {TensorProto.INT8, TensorProto.UINT8}
_PASSES_INDICES_ON = {"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"}
_DEFAULT_SIZE = 1


@dataclass(frozen=True)
class InputSpec:
    """One input to make: element type (ONNX code), shape, and for integers the range to draw."""

    name: str
    elem: int
    shape: tuple[int, ...]
    low: int = 0
    high: int = 1
    """The largest integer that may be drawn."""

    def text(self) -> str:
        """Name, type, shape and what is drawn."""
        kind = TensorType(self.elem, self.shape).text()
        if self.elem in _FLOATS:
            return f"{self.name}: {kind}, standard normal"
        if self.elem == TensorProto.BOOL:
            return f"{self.name}: {kind}, false or true"
        return f"{self.name}: {kind}, integers {self.low} to {self.high}"

    def draw(self, seed: int, trial: int = 0) -> Array:
        """Values for one trial. Raises MemoryError where the shape is too large."""
        key = [seed, zlib.crc32(self.name.encode()), trial]
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
        kind = dtype(self.elem).numpy
        if self.elem in _FLOATS:
            wide = np.float64 if self.elem == TensorProto.DOUBLE else np.float32
            return generator.standard_normal(self.shape, wide).astype(kind, copy=False)
        drawn = generator.integers(self.low, self.high, self.shape, np.int64, endpoint=True)
        return np.asarray(drawn).astype(kind)


def input_specs(
    networks: Sequence[Network], dims: Mapping[str, int]
) -> tuple[tuple[InputSpec, ...], tuple[str, ...]]:
    """The inputs that all the networks take, and notes on sizes that were chosen for them.

    The networks' inputs are matched by `paired_names`. A size that one network leaves open is
    taken from another, else from `dims` by its place (``NAME[AXIS]``) or its symbolic name, else
    it is 1.
    Raises ModelError where the networks disagree or an input cannot be made.
    """
    notes: dict[str, None] = {}
    specs: list[InputSpec] = []
    for names in paired_names(networks):
        types = [_type_of(network, name) for network, name in zip(networks, names, strict=True)]
        for found in types:
            _refuse_what_cannot_be_made(names[0], found)
        shape = _merged_shape(names[0], types, dims, notes)
        elem = types[0].elem
        if any(found.elem != elem for found in types):
            raise ModelError(
                f"Input {names[0]!r} is {types[0].text()} in one model "
                f"and {types[1].text()} in the other.",
                "Compare models that take the same inputs.",
            )
        low, high = _range(networks[0], names[0], elem)
        specs.append(InputSpec(names[0], elem, shape, low, high))
    return tuple(specs), tuple(notes)


def paired_names(networks: Sequence[Network]) -> list[tuple[str, ...]]:
    """For each input of the first network, its name in every network: by name, else by position.

    Raises ModelError where the networks have different numbers of inputs.
    """
    lists = [[info.name for info in network.inputs] for network in networks]
    first = lists[0]
    for names in lists[1:]:
        if len(names) != len(first):
            raise ModelError(
                f"One model has {len(first)} inputs ({', '.join(first)}), "
                f"the other has {len(names)} ({', '.join(names)}).",
                "Compare models that take the same inputs.",
            )
    by_name = all(set(names) == set(first) for names in lists)
    if by_name:
        return [tuple(name for _ in lists) for name in first]
    return list(zip(*lists, strict=True))


def _type_of(network: Network, name: str) -> TensorType:
    return next(from_value_info(info) for info in network.inputs if info.name == name)


def _refuse_what_cannot_be_made(name: str, found: TensorType) -> None:
    kind = dtype(found.elem)
    if found.container:
        reason = f"is a {found.container}"
    elif found.elem == TensorProto.STRING:
        reason = "takes strings"
    elif found.shape is None:
        reason = "does not say its rank"
    elif found.elem not in _FLOATS and (kind.numpy is None or kind.numpy.kind not in "iub"):
        reason = f"takes {kind.name} values"
    else:
        return
    raise ModelError(
        f"No random values can be made for input {name!r}: it {reason}.",
        "Only models that take tensors of numbers or booleans can be verified.",
    )


def _merged_shape(
    name: str, types: Sequence[TensorType], dims: Mapping[str, int], notes: dict[str, None]
) -> tuple[int, ...]:
    shapes = [found.shape or () for found in types]
    if any(len(shape) != len(shapes[0]) for shape in shapes):
        raise _disagreement(name, types)
    merged: list[int] = []
    for axis, sizes in enumerate(zip(*shapes, strict=True)):
        known = {size for size in sizes if isinstance(size, int) and size >= 0}
        if len(known) > 1:
            raise _disagreement(name, types)
        merged.append(known.pop() if known else _chosen(name, axis, sizes, dims, notes))
    return tuple(merged)


def _chosen(
    name: str,
    axis: int,
    sizes: Sequence[Dim],
    dims: Mapping[str, int],
    notes: dict[str, None],
) -> int:
    symbols = [size for size in sizes if isinstance(size, str)]
    place = f"{name}[{axis}]"
    for key in (place, *symbols):
        if key in dims:
            notes[f"{key} = {dims[key]}"] = None
            return dims[key]
    what = symbols[0] if symbols else place
    notes[f"{what} = {_DEFAULT_SIZE}, which the model leaves open"] = None
    return _DEFAULT_SIZE


def _disagreement(name: str, types: Sequence[TensorType]) -> ModelError:
    texts = " and ".join(dict.fromkeys(found.text() for found in types))
    return ModelError(
        f"The models disagree about input {name!r}: {texts}.",
        "Compare models that take the same inputs.",
    )


def _range(network: Network, name: str, elem: int) -> tuple[int, int]:
    """Integers that are safe: all bytes, indices within the tables they point into, else 0 to 1.

    Most other integer inputs are token ids, masks or lengths, which 0 and 1 both suit.
    """
    if elem in _BYTES:
        limits = np.iinfo(np.int8 if elem == TensorProto.INT8 else np.uint8)
        return int(limits.min), int(limits.max)
    sizes = _table_sizes(network, name)
    return 0, max(min(sizes) - 1, 0) if sizes else 1


def _table_sizes(network: Network, name: str) -> list[int]:
    """Sizes of the axes that Gather nodes index with an input, where they are known."""
    readers: dict[str, list[NodeProto]] = {}
    for node in network.nodes:
        for read in node.input:
            readers.setdefault(read, []).append(node)
    sizes: list[int] = []
    pending, seen = [name], {name}
    while pending:
        value = pending.pop()
        for node in readers.get(value, ()):
            if node.op_type == "Gather" and len(node.input) > 1 and node.input[1] == value:
                sizes.extend(_indexed_size(network, node))
            elif node.op_type in _PASSES_INDICES_ON and node.output[0] not in seen:
                seen.add(node.output[0])
                pending.append(node.output[0])
    return sizes


def _indexed_size(network: Network, node: NodeProto) -> list[int]:
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    table = node.input[0]
    weight = network.weights.get(table)
    known = network.types.get(table)
    shape = weight.shape if weight is not None else known.shape if known else None
    if not shape or not -len(shape) <= axis < len(shape):
        return []
    size = shape[axis]
    return [size] if isinstance(size, int) else []
