"""inspect, tile and verify without a window."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.analysis.figures import Figures
    from inspector.model.graph import Graph
    from inspector.model.network import Network
    from inspector.model.problems import Problem

OK, DIFFERENT, ERROR = 0, 1, 2


def run(arguments: Sequence[str]) -> int:
    """Runs `COMMAND ...`; returns the exit code and prints errors to standard error."""
    from inspector.model.problems import ModelError

    options = _parser().parse_args(arguments)
    try:
        code: int = options.function(options)
        return code
    except ModelError as error:
        print(f"graph-inspector: {plain(error.what)}", file=sys.stderr)
        if error.hint:
            print(plain(error.hint), file=sys.stderr)
        return ERROR
    except BrokenPipeError:
        return ERROR
    except KeyboardInterrupt:
        print("graph-inspector: stopped", file=sys.stderr)
        return ERROR


def plain(text: str) -> str:
    """Text from a model as a terminal may see it: control characters are spelled out."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="graph-inspector")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (function, help_text, declare) in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=help_text)
        declare(command)
        command.set_defaults(function=function)
    return parser


# inspect ---------------------------------------------------------------------------------------


def _declare_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="an .onnx file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument(
        "--convention",
        choices=["course", "true"],
        default="course",
        help="course counts rank-0 inputs as 0 bytes, true counts every byte",
    )
    parser.add_argument(
        "--dim",
        action="append",
        default=[],
        metavar="NAME=SIZE",
        help="size of an open dimension, by its name or as INPUT[AXIS] (repeatable)",
    )


def _inspect(options: argparse.Namespace) -> int:
    from inspector.analysis.figures import Convention, compute_figures
    from inspector.report.tables import inspect_json

    graph, problems = _open(options.model, dict(_dim(text) for text in options.dim))
    figures = compute_figures(graph, Convention(options.convention))
    if options.json:
        json.dump(inspect_json(figures, problems), sys.stdout, indent=1)
        print()
    else:
        _print_totals(figures, problems)
    return OK


def _print_totals(figures: Figures, problems: Sequence[Problem]) -> None:
    totals = figures.totals
    rows = {
        "nodes": figures.graph.node_count,
        "parameters": totals.parameters,
        "weight bytes": totals.weight_bytes,
        "MACs": totals.macs,
        "element operations": totals.element_operations,
        "read bytes": totals.read_bytes,
        "write bytes": totals.write_bytes,
        "peak activation bytes": totals.peak_activation_bytes,
    }
    for label, value in rows.items():
        print(f"{label:<22}{value:>20,}")
    for op_type, count in figures.operators.items():
        print(f"  {op_type:<20}{count:>20,}")
    print(f"MACs are known for {figures.coverage:.1%} of the nodes.")
    for op_type, count in figures.unknown_operators:
        print(f"  {'unknown: ' + op_type:<20}{count:>20,}")
    for note in figures.notes:
        print(f"note: {note}")
    for problem in problems:
        print(f"{problem.severity}: {plain(problem.message)}")


# tile ------------------------------------------------------------------------------------------


def tile_size(text: str) -> tuple[int, int, int]:
    """Reads MxKxN. Raises argparse.ArgumentTypeError."""
    parts = text.lower().replace("×", "x").split("x")
    try:
        m, k, n = (int(part) for part in parts)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not MxKxN, such as 64x64x64") from None
    if min(m, k, n) < 1:
        raise argparse.ArgumentTypeError("each side of a tile is at least 1")
    return m, k, n


def _declare_tile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="an .onnx file")
    parser.add_argument("-o", "--output", required=True, help="the file to write")
    parser.add_argument("--tile", type=tile_size, default=(64, 64, 64), metavar="MxKxN")
    parser.add_argument("--padded", action="store_true", help="fill the last tiles with zeros")
    parser.add_argument(
        "--weights",
        choices=["initializers", "split"],
        default="initializers",
        help="cut weights into initializers, or split them at run time",
    )
    parser.add_argument(
        "--layer", action="append", default=[], metavar="NAME", help="only this layer (repeatable)"
    )
    parser.add_argument("--external", action="store_true", help="keep weights in OUTPUT.data")


def _tile(options: argparse.Namespace) -> int:
    from inspector.analysis.checks import require_sound
    from inspector.io.onnx_writer import save_atomic
    from inspector.model.problems import ModelError
    from inspector.transforms.linear_layers import TileOptions, WeightMode, find_linears
    from inspector.transforms.tile_linear import tile_linears

    graph, _ = _open(options.model)
    layers = find_linears(graph)
    wanted = set(options.layer)
    unknown = wanted - {layer.name for layer in layers}
    if unknown:
        names = ", ".join(layer.name for layer in layers) or "none"
        raise ModelError(
            f"{sorted(unknown)[0]} is not a Linear layer of {options.model}.", f"Those are: {names}"
        )
    chosen = [layer for layer in layers if (layer.name in wanted if wanted else not layer.reason)]
    for layer in layers:
        if layer.reason and not wanted:
            print(f"left as it is: {plain(layer.name)}: {layer.reason}", file=sys.stderr)
    if not chosen:
        raise ModelError(f"{options.model} has no Linear layer that can be tiled.")
    m, k, n = options.tile
    tile_options = TileOptions(m, k, n, options.padded, WeightMode(options.weights))
    result = tile_linears(graph, [layer.node for layer in chosen], tile_options)
    sound = partial(require_sound, network=result.network)
    save_atomic(result.network, options.output, external=options.external or None, check=sound)
    for layer in chosen:
        tiling = layer.tiling(tile_options)
        sizes = f"{tiling.m}x{tiling.k}x{tiling.n}"
        print(
            f"{plain(layer.name)}: {sizes}, {tiling.tiles:,} tiles, {tiling.utilisation:.2%} used"
        )
    print(f"wrote {options.output}: {len(result.network.nodes):,} nodes")
    return OK


# verify ----------------------------------------------------------------------------------------


def _declare_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("left", help="the model to compare with")
    parser.add_argument("right", help="the model to compare")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--seed", type=_seed, default=0, help="seed of the random inputs")
    parser.add_argument("--mse", type=_limit, help="largest mean squared error that passes")
    parser.add_argument(
        "--dim", action="append", default=[], metavar="NAME=SIZE", help="value of a symbolic size"
    )


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _limit(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return value


def _verify(options: argparse.Namespace) -> int:
    from inspector.report.verification import verification_json, verification_text
    from inspector.verify.run import VerifyRequest
    from inspector.verify.thresholds import Thresholds
    from inspector.worker.client import WorkerClient

    dims = dict(_dim(text) for text in options.dim)
    thresholds = Thresholds(mse=options.mse) if options.mse is not None else None
    request = VerifyRequest(
        options.left, options.right, seed=options.seed, dims=dims, thresholds=thresholds
    )
    with WorkerClient("verify") as client:
        result = client.run("verify", request)
    if options.json:
        json.dump(verification_json(result), sys.stdout, indent=1)
        print()
    else:
        print(plain(verification_text(result)))
    return OK if result.passed else DIFFERENT


def _dim(text: str) -> tuple[str, int]:
    from inspector.model.problems import ModelError

    name, equals, value = text.rpartition("=")
    if not equals or not name or not _is_size(value):
        raise ModelError(f"{text!r} is not NAME=SIZE.", "Write for example --dim batch=1")
    return name, int(value)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) < 2**31


# Shared ----------------------------------------------------------------------------------------


def _open(path: str, dims: Mapping[str, int] | None = None) -> tuple[Graph, tuple[Problem, ...]]:
    """The graph with all types that can be inferred, and what is wrong with it.

    `dims` gives open sizes a value. Raises ModelError for a name that the model does not have.
    """
    from inspector.analysis.checks import structural_problems
    from inspector.io.onnx_reader import read_onnx
    from inspector.model.graph import build_graph

    opened = read_onnx(path)
    dims = dims or {}
    _require_open(opened.network, dims)
    types, found = _worker_check(path, dims)
    graph = build_graph(opened.network.with_dims(dims).with_types(types))
    return graph, (*opened.problems, *structural_problems(graph), *found)


def _require_open(network: Network, dims: Mapping[str, int]) -> None:
    from inspector.model.problems import ModelError

    unknown = [name for name in dims if name not in network.open_sizes]
    if unknown:
        names = ", ".join(network.open_sizes) or "none"
        raise ModelError(f"No open size is called {unknown[0]!r}.", f"The model has: {names}")


def _worker_check(path: str, dims: Mapping[str, int]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    from inspector.worker.client import WorkerClient

    with WorkerClient("analysis") as client:
        types, problems = client.run("check", (path, dict(dims)))
    return types, tuple(problems)


_Command = tuple[
    Callable[[argparse.Namespace], int], str, Callable[[argparse.ArgumentParser], None]
]
COMMANDS: dict[str, _Command] = {
    "inspect": (_inspect, "Print what a model costs.", _declare_inspect),
    "tile": (_tile, "Tile the Linear layers of a model for a matrix unit.", _declare_tile),
    "verify": (_verify, "Compare two models under onnxruntime.", _declare_verify),
}
