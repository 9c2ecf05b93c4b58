"""The command line: the window, and the same engine without it."""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence

from inspector.cli import commands

_EXAMPLES = """examples:
  graph-inspector model.onnx                          open a model in the window
  graph-inspector --sample alexnet                    open a built-in sample
  graph-inspector inspect model.onnx --json           print what it costs
  graph-inspector tile model.onnx -o tiled.onnx       tile its Linear layers to 64x64x64
  graph-inspector verify model.onnx tiled.onnx        compare the two under onnxruntime

exit codes: 0 done (verify: equal), 1 verify: the models differ, 2 error
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in commands.COMMANDS:
        return commands.run(arguments)
    options = _window_parser().parse_args(arguments)
    return _open_window(options)


def _window_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="graph-inspector",
        description="Opens a neural network, says what it costs, tiles its Linear layers and "
        "verifies the result.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", nargs="?", help="an .onnx file to open in the window")
    parser.add_argument("--sample", metavar="NAME", help="open a sample, such as alexnet")
    parser.add_argument(
        "--theme", choices=["system", "light", "dark"], help="colours of the window"
    )
    version = importlib.metadata.version("graph-inspector")
    parser.add_argument("--version", action="version", version=f"graph-inspector {version}")
    return parser


def _open_window(options: argparse.Namespace) -> int:
    try:
        from inspector.ui.application import run
    except ImportError as error:
        print(
            f"graph-inspector: the window cannot open: {error}\n"
            "Qt's system libraries are missing: see README for the line that installs them. "
            "inspect, tile and verify work without them.",
            file=sys.stderr,
        )
        return commands.ERROR
    return int(run(options.model, options.sample, options.theme))


if __name__ == "__main__":
    sys.exit(main())
