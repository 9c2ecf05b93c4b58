"""Recurrent layers: per time step, each gate multiplies the input and the hidden state."""

from __future__ import annotations

from inspector.analysis.costs.registry import Call, Cost, costs


def _recurrent(call: Call) -> Cost:
    sequence, batch, size = call.input(0)
    if call.integer("layout", 0):
        sequence, batch = batch, sequence
    # W is (directions, gates * hidden, input size), R is (directions, gates * hidden, hidden).
    directions, rows, _ = call.input(1)
    hidden = call.input(2)[2]
    steps = (("steps", sequence), ("batch", batch), ("directions", directions))
    return Cost(
        (
            (*steps, ("gate rows", rows), ("inputs", size)),
            (*steps, ("gate rows", rows), ("hidden", hidden)),
        )
    )


@costs("RNN", "LSTM", "GRU")
def recurrent(call: Call) -> Cost:
    """steps * batch * directions * (gates * hidden) * (input + hidden); gates in W's rows."""
    return _recurrent(call)
