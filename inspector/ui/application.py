"""Starts the window."""

from __future__ import annotations

import signal
import sys
from typing import Literal, cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from inspector.app.session import Session
from inspector.app.settings import THEME, Settings
from inspector.ui.garbage import GarbageKeeper
from inspector.ui.icons import app_icon
from inspector.ui.main_window import MainWindow

_SWITCH_INTERVAL = 0.001
_WARM_UP_MS = 50


def run(model: str | None = None, sample: str | None = None, theme: str | None = None) -> int:
    """Opens the window, with a model or a sample if one is named; returns the exit code."""
    # Threads hand the interpreter back to the window sooner than the usual 5 ms.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    app = cast(QApplication, QApplication.instance() or QApplication(sys.argv[:1]))
    app.setApplicationName("Graph Inspector")
    app.setDesktopFileName("graph-inspector")
    app.setWindowIcon(app_icon())
    settings = Settings()
    if theme is not None:
        settings.set(THEME, cast(Literal["light", "dark", "system"], theme))
    session = Session(settings)
    window = MainWindow(session)
    garbage = GarbageKeeper(app)
    window.document_shown.connect(garbage.set_aside)
    window.document_closed.connect(garbage.collect_all)
    window.restore()
    window.show()
    if model is not None:
        QTimer.singleShot(0, window, lambda: window.files.open(model))
    elif sample is not None:
        QTimer.singleShot(0, window, lambda: window.files.open_sample(sample))
    QTimer.singleShot(_WARM_UP_MS, window, session.warm_up)
    _obey_interrupt(app)
    try:
        return app.exec()
    finally:
        garbage.stop()
        session.close()


def _obey_interrupt(app: QApplication) -> None:
    """Lets Ctrl+C in the terminal end the program: Qt's loop must turn for Python to notice."""
    signal.signal(signal.SIGINT, lambda *_: app.quit())
    ticker = QTimer(app)
    ticker.start(250)
    ticker.timeout.connect(lambda: None)
