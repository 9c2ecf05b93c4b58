from __future__ import annotations

import numpy as np
import pytest
from onnx import numpy_helper
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from inspector.model.graph import inline_weight
from inspector.model.weights import Missing, Weight
from inspector.ui.dialogs.values_dialog import ValuesDialog, ValuesModel


def weight(values: np.ndarray) -> Weight:
    return inline_weight(numpy_helper.from_array(values, "w"))


def test_a_slice_of_a_convolution_s_weight(qtbot: QtBot) -> None:
    values = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5) / 3
    dialog = ValuesDialog(weight(values))
    qtbot.addWidget(dialog)
    dialog.show()
    model = dialog.table.model()
    assert (model.rowCount(), model.columnCount()) == (4, 5)
    assert len(dialog.selectors) == 2
    dialog.selectors[0].setValue(1)
    qtbot.keyClick(dialog.selectors[1], Qt.Key.Key_Up)
    assert float(model.index(2, 3).data()) == pytest.approx(values[1, 1, 2, 3], rel=1e-5)
    tip = model.index(2, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"[1, 1, 2, 3] = {values[1, 1, 2, 3]}"


@pytest.mark.parametrize(
    ("shape", "rows", "columns"), [((), 1, 1), ((7,), 1, 7), ((23,), 3, 10), ((0, 4), 0, 0)]
)
def test_small_ranks(shape: tuple[int, ...], rows: int, columns: int) -> None:
    values = np.arange(np.prod(shape, dtype=int), dtype=np.int64).reshape(shape)
    model = ValuesModel(values)
    assert (model.rowCount(), model.columnCount()) == (rows, columns)
    if rows:
        assert model.index(0, 0).data() == "0"
    if shape == (23,):
        assert model.index(2, 2).data() == "22"
        assert model.index(2, 3).data() is None
        assert model.headerData(2, Qt.Orientation.Vertical) == 20


def test_a_huge_array_is_not_read() -> None:
    values = np.broadcast_to(np.float32(0.5), (1 << 20, 1 << 20))
    model = ValuesModel(values)
    assert model.rowCount() == 1 << 20
    assert model.index(1_000_000, 1_000_000).data() == "0.5"


def test_copy_takes_exact_values(qtbot: QtBot) -> None:
    values = np.array([[0.1, 1 / 3], [2.5, -1e-8]], np.float32)
    dialog = ValuesDialog(weight(values))
    qtbot.addWidget(dialog)
    dialog.table.selectionModel().select(
        dialog.table.model().index(0, 0), QItemSelectionModel.SelectionFlag.Select
    )
    dialog.table.selectAll()
    qtbot.keyClick(dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert np.array_equal(np.array(copied, np.float32), values)


def test_values_that_cannot_be_had(qtbot: QtBot) -> None:
    dialog = ValuesDialog(Weight("w", 1, (2, 2), Missing("the file is not there")))
    qtbot.addWidget(dialog)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "w: the file is not there" in texts
