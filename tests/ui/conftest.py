"""A real window on small models, driven as a person would."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from pytestqt.qtbot import QtBot

from inspector.app.session import Session
from inspector.app.settings import ANIMATION, Settings
from inspector.ui.main_window import MainWindow


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """Python may collect on any thread, and Qt objects that die on a wrong one end the process.

    The program collects from its event loop for the same reason; here it is done between tests.
    """
    gc.disable()
    yield
    gc.collect()
    gc.enable()


def small_model() -> onnx.ModelProto:
    """Conv 1x3x8x8 -> Relu -> Flatten -> Gemm 256x10: small enough to run in a moment."""
    rng = np.random.default_rng(7)
    weights = {
        "conv.w": rng.standard_normal((4, 3, 1, 1), dtype=np.float32),
        "fc.w": rng.standard_normal((10, 256), dtype=np.float32) * 0.1,
        "fc.b": rng.standard_normal(10, dtype=np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "conv.w"], ["c"], "conv", kernel_shape=[1, 1]),
        helper.make_node("Relu", ["c"], ["r"], "relu"),
        helper.make_node("Flatten", ["r"], ["f"], "flatten"),
        helper.make_node("Gemm", ["f", "fc.w", "fc.b"], ["y"], "head/fc/Gemm", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    """The small model in a file."""
    path = tmp_path / "small.onnx"
    onnx.save(small_model(), path)
    return path


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session of its own, with settings in a temporary file and no animation."""
    settings = Settings(tmp_path / "settings.ini")
    settings.set(ANIMATION, False)
    session = Session(settings)
    yield session
    session.close()


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> MainWindow:
    """A shown window with no model open; it closes without asking."""
    window = MainWindow(session)
    qtbot.addWidget(window, before_close_func=_forget_changes)
    window.resize(1280, 720)
    with qtbot.waitExposed(window):
        window.show()
    return window


def _forget_changes(window: MainWindow) -> None:
    """Nobody is there to answer whether to save."""
    window.jobs.cancel()
    if window.document is not None:
        window.document.undo_stack.setClean()
