"""Times tiling and verifying AlexNet's three Linear layers: ``python -m tests.benchmarks.tile``.

Verification is set beside the bare time of the same work: two onnxruntime sessions on the saved
files and one run each, in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from inspector.analysis.figures import compute_figures
from inspector.app.session import Session
from inspector.app.settings import Settings
from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import save_atomic
from inspector.io.samples import ensure_sample
from inspector.model.graph import Graph, build_graph
from inspector.transforms.linear_layers import TileOptions, find_linears
from inspector.transforms.tile_linear import tile_linears
from inspector.ui.garbage import GarbageKeeper
from inspector.ui.main_window import MainWindow
from inspector.verify.run import VerifyRequest
from inspector.worker.client import WorkerClient
from tests.benchmarks.measuring import LoopGaps, median, wait_for

_BARE = """
import sys, time, json
import numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
began = time.perf_counter()
for path in sys.argv[1:]:
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    values = numpy.random.default_rng(0).standard_normal(feed.shape, dtype=numpy.float32)
    session.run(None, {feed.name: values})
    del session
print(time.perf_counter() - began)
"""


def main() -> None:
    """Prints medians over the repetitions, in seconds, and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    path = ensure_sample("alexnet")
    graph = build_graph(read_onnx(path).network)
    found = {"tile_s": median([_tile(graph)[1] for _ in range(options.repeat)])}
    tiled, _ = _tile(graph)
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "tiled.onnx"
        began = time.perf_counter()
        save_atomic(tiled.network, saved)
        found["save_s"] = time.perf_counter() - began
        runs = [_verify(graph, tiled, path, saved) for _ in range(options.repeat)]
    found["verify_s"] = median([ours for ours, _, _ in runs])
    found["bare_s"] = median([bare for _, bare, _ in runs])
    found["verify_over_bare"] = median([ours / bare for ours, bare, _ in runs])
    found["mse"] = runs[0][2]
    found["nodes"] = len(tiled.network.nodes)
    found |= _in_window(path)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:<20}{value:>14.6g}")


def _in_window(path: Path) -> dict[str, float]:
    """Tiling in the real window: until the new graph is drawn, and how long the window stood."""
    app = QApplication.instance() or QApplication([])
    sys.setswitchinterval(0.001)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Settings(Path(folder) / "settings.ini"))
        window = MainWindow(session)
        window.resize(1600, 1000)
        window.show()
        garbage = GarbageKeeper()
        window.document_shown.connect(garbage.set_aside)
        wait_for(window.canvas.scene_ready, lambda: window.files.open(str(path)))
        document = window.document
        assert document is not None
        while not document.is_ready or window.jobs.is_busy:
            app.processEvents()
        layers = [layer.node for layer in find_linears(document.graph) if not layer.reason]
        gaps = LoopGaps()
        drawn: list[float] = []
        window.canvas.scene_ready.connect(lambda: drawn.append(time.perf_counter()))
        began = time.perf_counter()
        wait_for(document.revision_changed, lambda: session.tile(document, layers, TileOptions()))
        tiled = time.perf_counter()
        while not drawn:
            app.processEvents()
        window.canvas.viewport().repaint()
        found = {
            "window_tile_s": tiled - began,
            "window_draw_s": time.perf_counter() - tiled,
            "ui_gap_max_ms": 1000 * gaps.longest,
        }
        document.undo_stack.setClean()
        window.close()
        garbage.stop()
        session.close()
    return found


def _tile(graph: Graph) -> tuple[Graph, float]:
    """Tiling up to the new graph with its figures, as the window does it."""
    layers = [layer.node for layer in find_linears(graph) if not layer.reason]
    began = time.perf_counter()
    tiled = build_graph(tile_linears(graph, layers, TileOptions()).network)
    compute_figures(tiled)
    return tiled, time.perf_counter() - began


def _verify(graph: Graph, tiled: Graph, path: Path, saved: Path) -> tuple[float, float, float]:
    """Seconds of our verification and of the bare work, one right after the other, and MSE."""
    with WorkerClient("verify") as client:
        client.run("warm", None)
        began = time.perf_counter()
        result = client.run("verify", VerifyRequest(graph.network, tiled.network))
        ours = time.perf_counter() - began
    command = [sys.executable, "-c", _BARE, str(path), str(saved)]
    bare = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return ours, bare, result.outputs[0].measures.mse


if __name__ == "__main__":
    main()
