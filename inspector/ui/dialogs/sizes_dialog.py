"""Asks for the sizes that a model leaves open, so that its figures can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from inspector.ui.widgets.look import label

_LARGEST = 1 << 30
_ABOUT = (
    "The model leaves these sizes of its inputs open. Figures count with the values given here; "
    "verification runs with them too. The model itself keeps them open."
)


class SizesDialog(QDialog):
    """One number per open size; 1 at first."""

    def __init__(
        self, names: Sequence[str], sizes: Mapping[str, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open Dimensions")
        self.boxes: dict[str, QSpinBox] = {}
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for name in names:
            box = QSpinBox()
            box.setRange(1, _LARGEST)
            box.setValue(sizes.get(name, 1))
            box.setAccessibleName(f"Size of {name}")
            self.boxes[name] = box
            form.addRow(label(name, "secondary"), box)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 16)
        whole.setSpacing(16)
        whole.addWidget(label(_ABOUT, "secondary", wrap=True))
        whole.addLayout(form)
        whole.addWidget(buttons)
        self.setMinimumWidth(420)

    def sizes(self) -> dict[str, int]:
        """The size given to each name."""
        return {name: box.value() for name, box in self.boxes.items()}
