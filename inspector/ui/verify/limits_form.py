"""Seed and limits of a verification, editable."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from inspector.ui.widgets.look import label
from inspector.verify.thresholds import default_thresholds

_FIELDS = (
    ("mse", "MSE below", "Mean of the squared differences"),
    ("max_abs", "max abs below", "Largest absolute difference"),
    ("rel_l2", "rel L2 below", "Norm of the difference over the norm of the reference"),
    ("cosine_min", "cosine at least", "Cosine of the angle between both outputs, at most 1"),
)
_LARGEST_SEED = 2**31 - 1
_FIELD_WIDTH = 72


class LimitsForm(QWidget):
    """An empty field leaves the limit to the element type of each output."""

    thresholds_changed = Signal(dict)
    """Only the limits that the user set, as plain numbers by name."""
    seed_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.seed = QSpinBox()
        self.top1 = QCheckBox("Top-1 must agree")
        self.fields: dict[str, QLineEdit] = {}
        self._told: dict[str, float] = {}
        self._reset = QPushButton("Defaults")
        self._lay_out()
        self.seed.valueChanged.connect(self.seed_changed)
        self.top1.toggled.connect(self._tell)
        self._reset.clicked.connect(self._restore)
        self._show({})

    def values(self) -> dict[str, float]:
        """The limits that the user set; fields that do not read are left out."""
        found = {name: _number(name, field.text()) for name, field in self.fields.items()}
        values = {name: value for name, value in found.items() if value is not None}
        if not self.top1.isChecked():
            values["top1"] = 0.0
        return values

    def set_values(self, seed: int, thresholds: Mapping[str, float]) -> None:
        """Shows a seed and limits without telling of it."""
        with QSignalBlocker(self.seed):
            self.seed.setValue(min(seed, _LARGEST_SEED))
        self._show(thresholds)
        self._told = self.values()

    def _show(self, thresholds: Mapping[str, float]) -> None:
        for name, field in self.fields.items():
            field.setText(f"{thresholds[name]:g}" if name in thresholds else "")
            _mark(field, True)
        with QSignalBlocker(self.top1):
            self.top1.setChecked(bool(thresholds.get("top1", True)))
        self._reset.setVisible(bool(thresholds))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setMinimumWidth(_FIELD_WIDTH)
        self.seed.setAccessibleName("Seed of the random inputs")
        grid.addWidget(label("seed", "secondary"), 0, 0)
        grid.addWidget(self.seed, 0, 1)
        usual = default_thresholds("float32")
        for row, (name, title, tip) in enumerate(_FIELDS, 1):
            field = QLineEdit()
            field.setPlaceholderText(f"{getattr(usual, name):g}")
            field.setToolTip(
                f"{tip}.\nEmpty: the default of the output's type, "
                f"{getattr(usual, name):g} for float32."
            )
            field.setAccessibleName(title)
            field.setMinimumWidth(_FIELD_WIDTH)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.textEdited.connect(self._check)
            field.editingFinished.connect(self._tell)
            grid.addWidget(label(title, "secondary"), row, 0)
            grid.addWidget(field, row, 1)
            self.fields[name] = field
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label("INPUTS AND LIMITS", "section"), 1)
        self._reset.setFlat(True)
        self._reset.setToolTip("Take back every limit that was set here")
        self._reset.setStyleSheet("QPushButton { padding: 0 8px; }")
        head.addWidget(self._reset)
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(self.top1)
        column.addStretch(1)

    def _check(self) -> None:
        for name, field in self.fields.items():
            text = field.text().strip()
            _mark(field, not text or _number(name, text) is not None)

    def _tell(self) -> None:
        """A field that does not read stays as it is, marked, and its default counts."""
        self._check()
        self._publish(self.values())

    def _restore(self) -> None:
        self._show({})
        self._publish({})

    def _publish(self, values: dict[str, float]) -> None:
        before, self._told = self._told, values
        self._reset.setVisible(bool(values) or any(f.text() for f in self.fields.values()))
        if values != before:
            self.thresholds_changed.emit(dict(values))


def _number(name: str, text: str) -> float | None:
    """A limit, or None for nothing and for what is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    fits = math.isfinite(value) and value >= 0 and (name != "cosine_min" or value <= 1)
    return value if fits else None


def _mark(field: QLineEdit, valid: bool) -> None:
    if field.property("invalid") is not (not valid):
        field.setProperty("invalid", not valid)
        field.style().unpolish(field)
        field.style().polish(field)
