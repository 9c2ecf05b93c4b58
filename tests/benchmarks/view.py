"""Times opening, drawing, panning and zooming a model in the real window.

``python -m tests.benchmarks.view MODEL [--unfold] [--json]``; MODEL is a file or a sample's name.
Frames are real mouse and wheel events followed by a full repaint.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

_STARTED = time.perf_counter()

from inspector.app.session import Session  # noqa: E402
from inspector.app.settings import Settings  # noqa: E402
from inspector.io.samples import ensure_sample  # noqa: E402
from inspector.ui.garbage import GarbageKeeper  # noqa: E402
from inspector.ui.main_window import MainWindow  # noqa: E402
from tests.benchmarks.measuring import LoopGaps, percentile, rss_mb, wait_for  # noqa: E402

_SIZE = (1600, 1000)
_PAN_FRAMES = 200
_ZOOM_FRAMES = 120
_NOTCH = 120


class _FirstPaint(QObject):
    """Notes when a widget is painted."""

    def __init__(self, watched: QObject) -> None:
        super().__init__()
        self.seen: float | None = None
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.seen is None:
            self.seen = time.perf_counter()
        return False


def main() -> None:
    """Prints one figure per line, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--unfold", action="store_true", help="unfold every group before panning")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    known = Path(options.model).is_file()
    path = Path(options.model) if known else ensure_sample(options.model)
    found = measure(path, options.unfold)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:<20}{value:>12.4g}")


def measure(path: Path, unfold: bool) -> dict[str, float]:
    """Opens a model in a window of its own and measures; seconds, milliseconds, MB."""
    sys.setswitchinterval(0.001)
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Settings(Path(folder) / "settings.ini"))
        window = MainWindow(session)
        garbage = GarbageKeeper()
        window.document_shown.connect(garbage.set_aside)
        window.resize(*_SIZE)
        window.show()
        app.processEvents()
        found = {"window_s": time.perf_counter() - _STARTED}
        session.warm_up()
        gaps = LoopGaps()
        found |= _open(window, path)
        found["ui_gap_max_ms"] = 1000 * gaps.longest
        gaps.stop()
        canvas = window.canvas
        canvas.set_animation(False)
        if unfold:
            found["unfold_s"] = wait_for(canvas.scene_ready, canvas.unfold_all)
        for name, frames in (("pan", _pan(window)), ("zoom", _zoom(window))):
            times = list(frames)
            found[f"{name}_p50_ms"] = percentile(times, 50)
            found[f"{name}_p99_ms"] = percentile(times, 99)
        found["rss_mb"] = rss_mb()
        window.close()
        garbage.stop()
        session.close()
    return found


def _open(window: MainWindow, path: Path) -> dict[str, float]:
    canvas = window.canvas
    began = time.perf_counter()
    marks: dict[str, float] = {}
    paint: list[_FirstPaint] = []

    def ready() -> None:
        marks.setdefault("ready", time.perf_counter())
        paint.append(_FirstPaint(canvas.viewport()))

    window.session.document_opened.connect(
        lambda _: marks.setdefault("opened", time.perf_counter())
    )
    canvas.scene_ready.connect(ready)
    wait_for(canvas.scene_ready, lambda: window.files.open(str(path)))
    deadline = time.perf_counter() + 10
    while paint[0].seen is None and time.perf_counter() < deadline:
        QApplication.processEvents()
    document = window.document
    while document is not None and not document.is_ready and time.perf_counter() < deadline:
        QApplication.processEvents()
    return {
        "open_s": marks["opened"] - began,
        "layout_s": marks["ready"] - marks["opened"],
        "first_paint_s": (paint[0].seen or time.perf_counter()) - began,
    }


def _pan(window: MainWindow) -> Iterator[float]:
    """Milliseconds per frame of dragging the graph at several zooms."""
    canvas = window.canvas
    view = canvas.viewport()
    for reset in (canvas.fit, canvas.zoom_reset, _zoomed_between(window)):
        reset()
        QApplication.processEvents()
        at = QPointF(view.width() / 2, view.height() / 2)
        _mouse(view, QEvent.Type.MouseButtonPress, at, Qt.MouseButton.MiddleButton)
        for frame in range(_PAN_FRAMES // 3):
            at += QPointF(7 if frame % 40 < 20 else -7, 4 if frame % 20 < 10 else -4)
            began = time.perf_counter()
            _mouse(view, QEvent.Type.MouseMove, at, Qt.MouseButton.MiddleButton)
            view.repaint()
            yield 1000 * (time.perf_counter() - began)
        _mouse(view, QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.MiddleButton)


def _zoomed_between(window: MainWindow):  # type: ignore[no-untyped-def]
    def zoom() -> None:
        window.canvas.fit()
        for _ in range(6):
            window.canvas.zoom_in()

    return zoom


def _zoom(window: MainWindow) -> Iterator[float]:
    """Milliseconds per frame of turning the wheel in and out again."""
    view = window.canvas.viewport()
    window.canvas.fit()
    QApplication.processEvents()
    centre = QPointF(view.width() / 2, view.height() / 2)
    for frame in range(_ZOOM_FRAMES):
        notch = _NOTCH if frame < _ZOOM_FRAMES // 2 else -_NOTCH
        event = QWheelEvent(
            centre,
            view.mapToGlobal(centre),
            QPoint(),
            QPoint(0, notch),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        began = time.perf_counter()
        QApplication.sendEvent(view, event)
        view.repaint()
        yield 1000 * (time.perf_counter() - began)


def _mouse(view: QObject, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
    moved = kind == QEvent.Type.MouseMove
    released = kind == QEvent.Type.MouseButtonRelease
    event = QMouseEvent(
        kind,
        at,
        view.mapToGlobal(at),  # type: ignore[attr-defined]
        Qt.MouseButton.NoButton if moved else button,
        Qt.MouseButton.NoButton if released else button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, event)


if __name__ == "__main__":
    main()
