"""Recurrent layers: per time step, each gate multiplies the input and the hidden state."""

from __future__ import annotations

from inspector.analysis.costs.registry import MICROSOFT, Call, Cost, UnknownCost, costs


def _recurrent(call: Call, directions: int, rows: int, hidden: int) -> Cost:
    if len(call.input(0)) != 3:
        raise UnknownCost("the input has no three axes")
    sequence, batch, size = call.input(0)
    if call.integer("layout", 0):
        sequence, batch = batch, sequence
    steps = (("steps", sequence), ("batch", batch), ("directions", directions))
    return Cost(
        (
            (*steps, ("gate rows", rows), ("inputs", size)),
            (*steps, ("gate rows", rows), ("hidden", hidden)),
        )
    )


@costs("RNN", "LSTM", "GRU")
def recurrent(call: Call) -> Cost:
    """steps * batch * directions * (gates * hidden) * (input + hidden).

    W is (directions, gates * hidden, input), R is (directions, gates * hidden, hidden). Biases,
    peepholes and the cell's own products are element work; shorter sequences of a batch are not
    discounted.
    """
    directions, rows, _ = call.input(1)
    return _recurrent(call, directions, rows, call.input(2)[2])


@costs("DynamicQuantizeLSTM", domain=MICROSOFT)
def quantized_lstm(call: Call) -> Cost:
    """As LSTM, but W is (directions, input, 4 * hidden) and R (directions, hidden, 4 * hidden)."""
    directions, hidden, rows = call.input(2)
    return _recurrent(call, directions, rows, hidden)
