"""No test reads or writes the user's settings, cache or screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before any Qt import: the platform plugin is chosen once in a process.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")


@pytest.fixture(scope="session", autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that stands for the user's own, here and in child processes."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPH_INSPECTOR_CACHE", str(home / "cache" / "graph-inspector"))
        for name in ("cache", "config", "data", "state"):
            (home / name).mkdir()
            patch.setenv(f"XDG_{name.upper()}_HOME", str(home / name))
        _redirect_qt(home)
        yield home


def _redirect_qt(home: Path) -> None:
    """Send QSettings and QStandardPaths to ``home``; XDG variables do it on Linux only."""
    try:
        from PySide6.QtCore import QSettings, QStandardPaths
    except ImportError:
        return
    QStandardPaths.setTestModeEnabled(True)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(home / "config"))
