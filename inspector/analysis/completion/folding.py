"""Values of small tensors that shapes are made of: one small function per operator.

A function gets what is known of a node's inputs and gives the value of its output (a list for
several), or raises Unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from onnx import TensorProto

from inspector.analysis.completion.known import (
    MOST_ELEMENTS,
    Known,
    Unknown,
    Value,
    concrete,
    is_integer,
    objects,
    value_of,
)
from inspector.model.graph import constant_weight
from inspector.model.weights import Inline

Fold = Callable[[Known], Value | list[Value]]


def _constant(known: Known) -> Value:
    weight = constant_weight(known.call.node)
    if weight is None or not isinstance(weight.source, Inline):
        raise Unknown
    found = value_of(weight.source.tensor)
    if found is None:
        raise Unknown
    return found


def _shape(known: Known) -> Value:
    shape = known.shape(0)
    end = known.call.integer("end", len(shape))
    return objects(shape[known.call.integer("start", 0) : end])


def _size(known: Known) -> Value:
    return objects([_product(known.shape(0))], ())


def _identity(known: Known) -> Value:
    return known.value(0)


def _cast(known: Known) -> Value:
    to = known.call.integer("to", 0)
    return _each(partial(_converted, to=to), known.value(0))


def _converted(entry: Any, to: int) -> Any:
    if entry is None or isinstance(entry, str):
        return entry if is_integer(to) else None
    if to == TensorProto.BOOL:
        return bool(entry)
    return int(entry) if is_integer(to) else float(entry)


def _gather(known: Known) -> Value:
    indices = concrete(known.value(1)).astype(np.int64)
    return np.asarray(np.take(known.value(0), indices, axis=known.call.integer("axis", 0)))


def _concat(known: Known) -> Value:
    parts = [known.value(index) for index in range(len(known.values))]
    return np.concatenate(parts, axis=known.call.integer("axis", 1))


def _slice(known: Known) -> Value:
    value = known.value(0)
    starts, ends = known.integers(1, "starts"), known.integers(2, "ends")
    axes = known.integers(3, "axes", range(len(starts)))
    steps = known.integers(4, "steps", [1] * len(starts))
    cut = [slice(None)] * value.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        # An end before the first element, going back, means through it.
        last = None if step < 0 and end < -value.shape[axis] else end
        cut[axis] = slice(start, last, step)
    return value[tuple(cut)]


def _squeeze(known: Known) -> Value:
    value = known.value(0)
    axes = known.integers(1, "axes", [i for i, size in enumerate(value.shape) if size == 1])
    return np.squeeze(value, tuple(axes))


def _unsqueeze(known: Known) -> Value:
    return np.expand_dims(known.value(0), tuple(known.integers(1, "axes")))


def _reshape(known: Known) -> Value:
    value = known.value(0)
    target = known.integers(1, "shape")
    if not known.call.integer("allowzero", 0):
        target = [value.shape[i] if size == 0 else size for i, size in enumerate(target)]
    return value.reshape(target)


def _flatten(known: Known) -> Value:
    value, axis = known.value(0), known.call.integer("axis", 1)
    return value.reshape(math.prod(value.shape[:axis]), -1)


def _transpose(known: Known) -> Value:
    value = known.value(0)
    return value.transpose(known.call.integers("perm") or None)


def _split(known: Known) -> list[Value]:
    value, axis = known.value(0), known.call.integer("axis", 0)
    parts = len(known.call.node.output)
    size = -(-value.shape[axis] // parts)
    even = [min(size, value.shape[axis] - size * i) for i in range(parts)]
    sizes = known.integers(1, "split", even)
    return np.split(value, np.cumsum(sizes)[:-1].tolist(), axis)


def _expand(known: Known) -> Value:
    shape = [int(size) for size in concrete(known.value(1)).reshape(-1)]
    return _limited(np.broadcast_shapes(known.value(0).shape, shape), known.value(0))


def _constant_of_shape(known: Known) -> Value:
    shape = tuple(int(size) for size in concrete(known.value(0)).reshape(-1))
    filling = next((a.t for a in known.call.node.attribute if a.name == "value"), None)
    value = value_of(filling) if filling is not None else objects([0.0])
    if value is None:
        raise Unknown
    return _limited(shape, value.reshape(()))


def _limited(shape: tuple[int, ...], value: Value) -> Value:
    if math.prod(shape) > MOST_ELEMENTS:
        raise Unknown
    return np.array(np.broadcast_to(value, shape))


def _tile(known: Known) -> Value:
    repeats = [int(count) for count in concrete(known.value(1))]
    if known.value(0).size * math.prod(repeats) > MOST_ELEMENTS:
        raise Unknown
    return np.tile(known.value(0), repeats)


def _range(known: Known) -> Value:
    start, limit, delta = (concrete(known.value(i)).item() for i in range(3))
    count = max(math.ceil((limit - start) / delta), 0)
    if count > MOST_ELEMENTS:
        raise Unknown
    return objects([start + i * delta for i in range(count)])


def _where(known: Known) -> Value:
    return _each(_chosen, known.value(0), known.value(1), known.value(2))


def _chosen(condition: Any, left: Any, right: Any) -> Any:
    if condition is None:
        return left if left == right else None
    return left if condition else right


def _nonzero(known: Known) -> Value:
    found = np.nonzero(concrete(known.value(0)).astype(bool))
    return objects(np.concatenate(found).tolist(), (len(found), len(found[0])))


def _reduce(known: Known, combine: Callable[[list[Any]], Any]) -> Value:
    value = known.value(0)
    axes = known.integers(1, "axes", [])
    if not axes and known.call.integer("noop_with_empty_axes", 0):
        return value
    axes = [axis % value.ndim for axis in axes] or list(range(value.ndim))
    kept = [axis for axis in range(value.ndim) if axis not in axes]
    shape = tuple(value.shape[axis] for axis in kept)
    rows = value.transpose([*kept, *axes]).reshape(math.prod(shape), -1)
    made = objects([combine(row.tolist()) for row in rows], shape)
    return np.expand_dims(made, tuple(axes)) if known.call.integer("keepdims", 1) else made


def _product(entries: Any) -> Any:
    result: Any = 1
    for entry in entries:
        result = _times(result, entry)
    return result


def _total(entries: list[Any]) -> Any:
    result: Any = 0
    for entry in entries:
        result = _plus(result, entry)
    return result


def _extreme(choose: Callable[[list[Any]], Any], entries: list[Any]) -> Any:
    return choose(concrete(objects(entries)).tolist())


def _each(function: Callable[..., Any], *values: Value) -> Value:
    if math.prod(np.broadcast_shapes(*(value.shape for value in values))) > MOST_ELEMENTS:
        raise Unknown
    with np.errstate(all="ignore"):
        return np.asarray(np.frompyfunc(function, len(values), 1)(*values), object)


def _unknown(*entries: Any) -> bool:
    return any(entry is None or isinstance(entry, str) for entry in entries)


def _plus(left: Any, right: Any) -> Any:
    if _unknown(left, right):
        return left if right == 0 else right if left == 0 else None
    return left + right


def _minus(left: Any, right: Any) -> Any:
    if _unknown(left, right):
        return left if right == 0 else 0 if left is not None and left == right else None
    return left - right


def _times(left: Any, right: Any) -> Any:
    if left == 0 or right == 0:
        return 0
    if _unknown(left, right):
        return left if right == 1 else right if left == 1 else None
    return left * right


def _over(left: Any, right: Any) -> Any:
    if _unknown(left, right) or right == 0:
        return left if right == 1 else None
    if isinstance(left, int) and isinstance(right, int):
        # Integers divide towards zero.
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _equal(left: Any, right: Any) -> Any:
    """A symbolic dimension equals itself and is never negative; else it may be anything."""
    if not _unknown(left, right):
        return left == right
    if isinstance(left, str) and left == right:
        return True
    number = right if isinstance(left, str) else left
    symbol = left if isinstance(left, str) else right
    if isinstance(symbol, str) and not _unknown(number) and number < 0:
        return False
    return None


def _sure(function: Callable[..., Any], *entries: Any) -> Any:
    """A function of numbers alone."""
    return None if _unknown(*entries) else function(*entries)


def _mod(known: Known) -> Value:
    """The remainder has the divisor's sign, with `fmod` the dividend's."""
    remainder = _fmod if known.call.integer("fmod", 0) else _modulo
    return _each(partial(_sure, remainder), known.value(0), known.value(1))


def _modulo(left: Any, right: Any) -> Any:
    return left % right if right else None


def _fmod(left: Any, right: Any) -> Any:
    made = math.fmod(left, right) if right else None
    return int(made) if made is not None and isinstance(left, int) else made


def _elementwise(function: Callable[..., Any]) -> Fold:
    def fold(known: Known) -> Value:
        return _each(function, *(known.value(i) for i in range(len(known.values))))

    return fold


def _sured(function: Callable[..., Any]) -> Fold:
    return _elementwise(partial(_sure, function))


FOLDS: dict[str, Fold] = {
    "Constant": _constant,
    "Shape": _shape,
    "Size": _size,
    "Identity": _identity,
    "Cast": _cast,
    "Gather": _gather,
    "Concat": _concat,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Split": _split,
    "Expand": _expand,
    "ConstantOfShape": _constant_of_shape,
    "Tile": _tile,
    "Range": _range,
    "Where": _where,
    "NonZero": _nonzero,
    "ReduceProd": partial(_reduce, combine=_product),
    "ReduceSum": partial(_reduce, combine=_total),
    "ReduceMax": partial(_reduce, combine=partial(_extreme, max)),
    "ReduceMin": partial(_reduce, combine=partial(_extreme, min)),
    "Add": _elementwise(_plus),
    "Sub": _elementwise(_minus),
    "Mul": _elementwise(_times),
    "Div": _elementwise(_over),
    "Mod": _mod,
    "Equal": _elementwise(_equal),
    "Less": _sured(lambda left, right: left < right),
    "Greater": _sured(lambda left, right: left > right),
    "LessOrEqual": _sured(lambda left, right: left <= right),
    "GreaterOrEqual": _sured(lambda left, right: left >= right),
    "And": _sured(lambda left, right: left and right),
    "Or": _sured(lambda left, right: left or right),
    "Not": _sured(lambda entry: not entry),
    "Min": _sured(lambda *entries: min(entries)),
    "Max": _sured(lambda *entries: max(entries)),
    "Neg": _sured(lambda entry: -entry),
    "Abs": _sured(abs),
    "Floor": _sured(lambda entry: float(math.floor(entry))),
    "Ceil": _sured(lambda entry: float(math.ceil(entry))),
    "Round": _sured(lambda entry: float(round(entry))),
    "Sqrt": _sured(math.sqrt),
    "Pow": _sured(lambda left, right: left**right if abs(right) < 64 else None),
}
"""By operator of the ONNX standard."""
