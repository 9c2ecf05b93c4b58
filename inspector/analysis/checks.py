"""What is wrong with a model: our own look at its structure, and onnx's checker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx

from inspector.analysis.costs import is_known_operator
from inspector.io.onnx_reader import read_onnx
from inspector.io.slim import slim_model
from inspector.model.graph import Graph, TensorKind
from inspector.model.network import Network
from inspector.model.problems import ModelError, Problem, Severity

_MOST_OF_A_KIND = 50


def structural_problems(graph: Graph) -> tuple[Problem, ...]:
    """Unknown operators, values that nobody makes, names made twice, nodes out of order."""
    return (
        *_limited(_unknown_operators(graph)),
        *_limited(_undefined(graph)),
        *_limited(_made_twice(graph)),
        *_limited(_called_alike(graph)),
        *_limited(_out_of_order(graph)),
    )


def run_checker(network: Network) -> Problem | None:
    """The first complaint of onnx's checker, with the node it names if it names one."""
    try:
        onnx.checker.check_model(slim_model(network))
    except Exception as error:  # the C++ side raises several unrelated types
        text = " ".join(str(error).split())
        return Problem(Severity.ERROR, f"onnx checker: {text}", _named_node(network, str(error)))
    return None


def require_sound(path: Path, network: Network) -> None:
    """Reads a file just written and compares it with what should be in it.

    Raises ModelError where nodes or weights are missing, or where onnx's checker complains about
    the file but not about the network: a model that was opened with a complaint can be saved.
    """
    written = read_onnx(path).network
    if len(written.nodes) != len(network.nodes) or set(written.weights) != set(network.weights):
        raise ModelError("The file written does not hold the whole model; nothing was replaced.")
    complaint = run_checker(written)
    if complaint is not None and run_checker(network) is None:
        raise ModelError(
            f"Nothing was replaced: the file written is not valid. {complaint.message}"
        )


def _named_node(network: Network, message: str) -> int | None:
    found = re.search(r"Name: (.*?) OpType: (\S+)", message)
    if found is None:
        return None
    key = (found[1], found[2])
    named = [i for i, node in enumerate(network.nodes) if (node.name, node.op_type) == key]
    if len(named) == 1:
        return named[0]
    return next((i for i in named if not _passes(network, i)), None)


def _passes(network: Network, node: int) -> bool:
    context = onnx.checker.C.CheckerContext()
    context.ir_version = network.header.ir_version
    context.opset_imports = network.opsets
    try:
        onnx.checker.check_node(network.nodes[node], context)
    except Exception:  # as above
        return False
    return True


def _limited(problems: Iterator[Problem]) -> Iterator[Problem]:
    for count, problem in enumerate(problems):
        if count == _MOST_OF_A_KIND:
            yield Problem(problem.severity, "More problems of the same kind are not listed.")
            return
        yield problem


def _unknown_operators(graph: Graph) -> Iterator[Problem]:
    local = {(f.domain, f.name) for f in graph.network.functions}
    seen: set[tuple[str, str]] = set()
    for node, proto in enumerate(graph.protos):
        key = (proto.domain, proto.op_type)
        if key in seen or key in local or is_known_operator(*key):
            continue
        seen.add(key)
        domain = proto.domain or "ai.onnx"
        yield Problem(
            Severity.WARNING,
            f"{proto.op_type} of domain {domain} is not an operator that is known here.",
            node,
            "Its attributes are shown as they are; its cost is unknown.",
        )


def _undefined(graph: Graph) -> Iterator[Problem]:
    for tensor in np.flatnonzero(graph.tensor_kinds == TensorKind.UNDEFINED).tolist():
        readers = graph.tensor_consumers(tensor)
        name = graph.tensor_names[tensor]
        if len(readers):
            node = int(readers[0])
            text = f"{graph.names[node]} reads {name!r}, which nothing in the model makes."
            yield Problem(Severity.ERROR, text, node)
        else:
            yield Problem(Severity.ERROR, f"Nothing makes the model's output {name!r}.")


def _made_twice(graph: Graph) -> Iterator[Problem]:
    makers: dict[str, int] = {}
    for node, proto in enumerate(graph.network.nodes):
        for name in proto.output:
            if name and name in makers:
                text = f"{name!r} is made by {graph.names[makers[name]]} and {graph.names[node]}."
                yield Problem(Severity.ERROR, text, node)
            makers[name] = node


def _called_alike(graph: Graph) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for node, proto in enumerate(graph.network.nodes):
        name = graph.names[node]
        if proto.name and seen.setdefault(name, node) != node:
            text = f"Several nodes are called {name!r}."
            yield Problem(Severity.WARNING, text, node, "onnxruntime may refuse the model.")


def _out_of_order(graph: Graph) -> Iterator[Problem]:
    owner = np.repeat(np.arange(graph.node_count), np.diff(graph.input_offsets))
    real = graph.inputs >= 0
    readers, makers = owner[real], graph.producers[graph.inputs[real]]
    main = (readers < graph.main_count) & (makers < graph.main_count)
    for node in np.unique(readers[main & (makers >= readers)]).tolist():
        text = f"{graph.names[node]} reads a value that is made only later, or by itself."
        yield Problem(Severity.ERROR, text, node, "Nodes must be listed in the order they run.")
