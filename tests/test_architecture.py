"""The rules of the house: import directions, light start-up, lint, format and types."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "inspector"
HEAVY = (
    "torch",
    "torchvision",
    "onnxruntime",
    "pyqtgraph",
    "sclblonnx",
    "onnxscript",
    "onnx2torch",
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, text=True, capture_output=True
    )


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "import sys; from importlinter.cli import lint_imports_command as run; run()"),
    ],
    ids=["ruff check", "ruff format", "mypy", "import contracts"],
)
def test_checkers_have_nothing_to_say(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["inspector.ui.main_window", "inspector.cli.main"])
def test_start_up_imports_nothing_heavy(module: str) -> None:
    done = run(
        "-c",
        f"import sys, {module}\n"
        f"print(*sorted(set(sys.modules) & set({HEAVY!r})))\n"
        "print('PySide6' in sys.modules)",
    )
    assert done.returncode == 0, done.stderr
    heavy, qt = done.stdout.splitlines()
    assert heavy == ""
    assert qt == str(module.startswith("inspector.ui"))


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_widgets_only_in_ui() -> None:
    # The import contracts see PySide6 as a whole; below the window its QtCore alone is allowed,
    # and the undo stack, which lives in QtGui but is no more graphical than a list.
    undo = {"PySide6.QtGui", "PySide6.QtGui.QUndoCommand", "PySide6.QtGui.QUndoStack"}
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules()
        if PACKAGE / "ui" not in path.parents
        for name in imported(path)
        if name.startswith("PySide6.") and name.split(".")[1] != "QtCore"
        if not (path == PACKAGE / "app" / "document.py" and name in undo)
    }
    assert wrong == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_folder_of_code_is_a_package() -> None:
    # A folder without it would work in the checkout and be missing from the wheel.
    folders = {path.parent for path in modules()}
    assert [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").is_file()] == []


def test_packaging_is_no_package() -> None:
    # It would shadow the library of that name.
    assert not (ROOT / "packaging" / "__init__.py").exists()
