"""Seed and thresholds of a verification, editable; an empty threshold means its default."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from inspector.ui.widgets.look import label
from inspector.verify.thresholds import default_thresholds

_FIELDS = {
    "mse": ("MSE below", "Mean squared error. Alone it proves little on small values."),
    "max_abs": ("Max abs below", "The largest absolute difference of one element."),
    "rel_l2": ("Relative L2 below", "Length of the difference over length of the reference."),
    "cosine_min": ("Cosine at least", "Cosine of the angle between the two outputs."),
}
_LARGEST_SEED = 2**31 - 1


class SettingsForm(QWidget):
    """Emits what the user changed, and only once it can be used."""

    thresholds_changed = Signal(dict)
    seed_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        self.seed = QSpinBox()
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setToolTip("The same seed gives the same random inputs.")
        self.seed.setAccessibleName("Seed of the random inputs")
        self.seed.valueChanged.connect(self.seed_changed)
        form.addRow(label("Seed", "secondary"), self.seed)
        defaults = default_thresholds("float32")
        self.fields: dict[str, QLineEdit] = {}
        for name, (title, tip) in _FIELDS.items():
            field = QLineEdit()
            field.setPlaceholderText(f"{getattr(defaults, name):g}")
            field.setToolTip(f"{tip} Empty: the default of the output's type.")
            field.setAccessibleName(title)
            field.editingFinished.connect(self._announce)
            field.textEdited.connect(self._mark)
            self.fields[name] = field
            form.addRow(label(title, "secondary"), field)
        self._reset = QPushButton("Defaults")
        self._reset.setFlat(True)
        self._reset.clicked.connect(self._restore_defaults)
        form.addRow(QLabel(), self._reset)

    def set_values(self, seed: int, thresholds: Mapping[str, float]) -> None:
        """Shows remembered values without announcing them."""
        self.seed.blockSignals(True)
        self.seed.setValue(seed)
        self.seed.blockSignals(False)
        for name, field in self.fields.items():
            field.setText(f"{thresholds[name]:g}" if name in thresholds else "")
        self._mark()

    def values(self) -> dict[str, float]:
        """The thresholds that differ from the default; fields that cannot be read are left out."""
        found = {name: _number(field.text()) for name, field in self.fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _announce(self) -> None:
        self._mark()
        self.thresholds_changed.emit(self.values())

    def _restore_defaults(self) -> None:
        for field in self.fields.values():
            field.clear()
        self._announce()

    def _mark(self) -> None:
        for field in self.fields.values():
            text = field.text().strip()
            invalid = bool(text) and _number(text) is None
            if field.property("invalid") != invalid:
                field.setProperty("invalid", invalid)
                field.style().unpolish(field)
                field.style().polish(field)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
