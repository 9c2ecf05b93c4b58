"""Attention: queries times keys, then probabilities times values, for every query head.

Counted dense: masked and causal positions are multiplied. Rotary embeddings, scaling and softmax
are element work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from inspector.analysis.costs.registry import MICROSOFT, Call, Cost, Factor, UnknownCost, costs


@dataclass(frozen=True, slots=True)
class Heads:
    """Extents of one attention: `keys` counts those of the cache too."""

    batch: int
    heads: int
    queries: int
    keys: int
    size: int
    value_size: int

    @property
    def scores(self) -> int:
        """Elements of the score matrices."""
        return self.batch * self.heads * self.queries * self.keys

    @property
    def products(self) -> tuple[tuple[Factor, ...], ...]:
        """The two multiplies as products of factors."""
        common = (
            ("batch", self.batch),
            ("heads", self.heads),
            ("queries", self.queries),
            ("keys", self.keys),
        )
        return (*common, ("head size", self.size)), (*common, ("value head size", self.value_size))


def attention_heads(call: Call) -> Heads:
    """Extents of an attention of any operator that `HEADS` names. Raises UnknownCost."""
    return HEADS[call.node.op_type, call.node.domain](call)


def _share(width: int, heads: int) -> int:
    """The size of one head."""
    if heads < 1 or width % heads:
        raise UnknownCost(f"{width} does not divide into {heads} heads")
    return width // heads


def _standard(call: Call) -> Heads:
    """ai.onnx: (batch, heads, length, size), or (batch, length, heads * size) with attributes."""
    query, key, value = call.input(0), call.input(1), call.input(2)
    past = call.input(4)[2] if call.has_input(4) else 0
    if len(query) == 4:
        batch, heads, queries, size = query
        return Heads(batch, heads, queries, key[2] + past, size, value[3])
    batch, queries, width = query
    heads = call.integer("q_num_heads", 0)
    value_size = _share(value[2], call.integer("kv_num_heads", 0))
    return Heads(batch, heads, queries, key[1] + past, _share(width, heads), value_size)


def _flexible(call: Call) -> Heads:
    batch, heads, queries, size = call.input(0)
    return Heads(batch, heads, queries, call.input(1)[2], size, call.input(2)[3])


def _multi_head(call: Call) -> Heads:
    """com.microsoft: query alone may carry key and value, key may carry value.

    Key and value of rank 4 are a cache that is used as it is, for cross attention.
    """
    query, heads = call.input(0), call.integer("num_heads", 0)
    past = call.input(6)[2] if call.has_input(6) else 0
    if len(query) == 5:
        batch, queries, heads, _, size = query
        return Heads(batch, heads, queries, queries + past, size, size)
    batch, queries, width = query
    size = _share(width, heads)
    key = call.input(1)
    if len(key) == 5:
        return Heads(batch, heads, queries, key[1] + past, size, size)
    value = call.input(2)
    if len(key) == 4:
        return Heads(batch, heads, queries, key[2], size, value[3])
    return Heads(batch, heads, queries, key[1] + past, size, _share(value[2], heads))


def _decoder(call: Call) -> Heads:
    """One new token against a cache: past_key is input 5; a key of rank 4 is the cache itself."""
    batch, queries, width = call.input(0)
    heads = call.integer("num_heads", 0)
    if not call.has_input(1):
        raise UnknownCost("a query that carries key and value does not say their sizes apart")
    key, value = call.input(1), call.input(2)
    size = _share(width, heads)
    if len(key) == 4:
        return Heads(batch, heads, queries, key[2], size, value[3])
    past = call.input(5)[2] if call.has_input(5) else 0
    return Heads(batch, heads, queries, key[1] + past, size, _share(value[2], heads))


def _grouped(call: Call) -> Heads:
    """Keys by the present cache, output 1, where its shape is known, else past and new ones.

    A cache that is allocated once for the longest sequence counts in full: how much of it is in
    use is only known when the model runs.
    """
    batch, queries, width = call.input(0)
    heads, shared = call.integer("num_heads", 0), call.integer("kv_num_heads", 0)
    packed = not call.has_input(1)
    size = _share(width, heads + 2 * shared) if packed else _share(width, heads)
    present = call.output_types[1] if len(call.output_types) > 1 else None
    if present is not None and present.elements is not None:
        keys = call.output(1)[2]
    else:
        new = queries if packed else call.input(1)[1]
        keys = new + (call.input(3)[2] if call.has_input(3) else 0)
    return Heads(batch, heads, queries, keys, size, size)


def _projected(call: Call, past_input: int) -> Heads:
    """Attention with its own projection: the weight's columns are those of Q, K and V."""
    batch, queries, _ = call.input(0)
    heads, columns = call.integer("num_heads", 0), call.input(1)[1]
    sizes = call.integers("qkv_hidden_sizes") or (columns // 3,) * 3
    past = call.input(past_input)[3] if call.has_input(past_input) else 0
    keys = queries + past
    return Heads(batch, heads, queries, keys, _share(sizes[0], heads), _share(sizes[2], heads))


HEADS: dict[tuple[str, str], Callable[[Call], Heads]] = {
    ("Attention", ""): _standard,
    ("Attention", "ai.onnx"): _standard,
    ("FlexAttention", "ai.onnx.preview"): _flexible,
    ("MultiHeadAttention", MICROSOFT): _multi_head,
    ("DecoderMaskedMultiHeadAttention", MICROSOFT): _decoder,
    ("GroupQueryAttention", MICROSOFT): _grouped,
    ("Attention", MICROSOFT): lambda call: _projected(call, 4),
    ("DecoderMaskedSelfAttention", MICROSOFT): lambda call: _projected(call, 4),
    ("QAttention", MICROSOFT): lambda call: _projected(call, 8),
}
"""How each operator states its extents, by operator and domain."""


@costs("Attention")
@costs("FlexAttention", domain="ai.onnx.preview")
@costs(
    "MultiHeadAttention",
    "DecoderMaskedMultiHeadAttention",
    "GroupQueryAttention",
    domain=MICROSOFT,
)
def attention(call: Call) -> Cost:
    """batch * heads * queries * keys * (head size + value head size)."""
    return Cost(attention_heads(call).products)


@costs("Attention", "DecoderMaskedSelfAttention", "QAttention", domain=MICROSOFT)
def projected_attention(call: Call) -> Cost:
    """batch * queries * inputs * (columns of Q, K and V), and the attention itself."""
    rows, weight = prod(call.input(0)[:-1]), call.input(1)
    projection = (("rows", rows), ("inputs", weight[0]), ("columns of Q, K, V", weight[1]))
    return Cost((projection, *attention_heads(call).products))


@costs("LinearAttention")
@costs("LinearAttention", domain=MICROSOFT)
def linear_attention(call: Call) -> Cost:
    """Per token: an outer product into the state of each key head, one read for each query head.

    The delta rules read the state once more for each key head. Decay is element work.
    """
    batch, steps, width = call.input(0)
    heads, shared = call.integer("q_num_heads", 0), call.integer("kv_num_heads", 0)
    state = (
        ("batch", batch),
        ("steps", steps),
        ("head size", _share(width, heads)),
        ("value head size", _share(call.input(2)[2], shared)),
    )
    rule = call.text("update_rule", "gated_delta")
    touched = 2 * shared if rule.endswith("delta") else shared
    return Cost(((*state, ("updates", touched)), (*state, ("query heads", max(heads, shared)))))
