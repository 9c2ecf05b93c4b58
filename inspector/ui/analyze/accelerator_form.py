"""The accelerator's figures as fields, with presets."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.accelerator import PRESETS, Accelerator
from inspector.ui.widgets.look import label

_GIGA, _KIBI = 1e9, 1024
_CUSTOM = "Custom"


class AcceleratorForm(QWidget):
    """Edits one `Accelerator`; tells of the user's changes only."""

    accelerator_changed = Signal(object)
    padding_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("pane", True)
        self.accelerator = PRESETS[0]
        self.presets = QComboBox()
        self.peak = _rate("Peak of the accelerator", " GMAC/s", 1e7)
        self.bandwidth = _rate("Bandwidth of its memory", " GB/s", 1e6)
        self.on_chip = QSpinBox()
        self.padding = QCheckBox("Count padding of tiles")
        self._lay_out()
        self.set_values(self.accelerator, True)
        self.presets.activated.connect(self._take_preset)
        self.padding.toggled.connect(self.padding_changed)
        for spin in (self.peak, self.bandwidth, self.on_chip):
            spin.setKeyboardTracking(False)
            # The widest value would ask for more than the side has.
            spin.setMinimumWidth(96)
            spin.valueChanged.connect(lambda _: self._take())

    def set_values(self, accelerator: Accelerator, padding: bool) -> None:
        """Shows an accelerator, without telling of it."""
        self.accelerator = accelerator
        fields = (self.presets, self.peak, self.bandwidth, self.on_chip, self.padding)
        blockers = [QSignalBlocker(field) for field in fields]
        self.peak.setValue(accelerator.peak_macs_per_s / _GIGA)
        self.bandwidth.setValue(accelerator.bandwidth_bytes_per_s / _GIGA)
        self.on_chip.setValue(accelerator.on_chip_bytes // _KIBI)
        self.padding.setChecked(padding)
        self._show_preset()
        del blockers
        unit = accelerator.unit.text()
        self.padding.setToolTip(
            f"A matrix multiply takes the time of all its {unit} tiles, full or not. "
            "The unit's size is set under Matrix Unit."
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 8, 0)
        column.setSpacing(4)
        self.presets.setAccessibleName("Accelerator")
        self.presets.addItems([preset.name for preset in PRESETS])
        self.presets.setMinimumContentsLength(8)
        self.presets.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        column.addWidget(self.presets)
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.on_chip.setRange(0, 1 << 30)
        self.on_chip.setSuffix(" KiB")
        self.on_chip.setGroupSeparatorShown(True)
        self.on_chip.setAccessibleName("On-chip memory")
        self.on_chip.setToolTip(
            "Activations stay on chip while all that are alive fit; 0 moves every byte"
        )
        fields = (("Peak", self.peak), ("Bandwidth", self.bandwidth), ("On chip", self.on_chip))
        for row, (title, field) in enumerate(fields):
            grid.addWidget(label(title, "secondary"), row, 0)
            grid.addWidget(field, row, 1)
        column.addLayout(grid)
        column.addWidget(self.padding)
        column.addStretch(1)

    def _take_preset(self, index: int) -> None:
        if index < len(PRESETS):
            self.set_values(PRESETS[index], self.padding.isChecked())
            self.accelerator_changed.emit(self.accelerator)

    def _take(self) -> None:
        changed = replace(
            self.accelerator,
            name=_CUSTOM,
            peak_macs_per_s=self.peak.value() * _GIGA,
            bandwidth_bytes_per_s=self.bandwidth.value() * _GIGA,
            on_chip_bytes=self.on_chip.value() * _KIBI,
        )
        if changed != replace(self.accelerator, name=_CUSTOM):
            self.accelerator = changed
            self._show_preset()
            self.accelerator_changed.emit(changed)

    def _show_preset(self) -> None:
        """The name of the preset that these figures are, or that they are none."""
        figures = [replace(preset, name=_CUSTOM) for preset in PRESETS]
        custom = self.presets.findText(_CUSTOM)
        own = replace(self.accelerator, name=_CUSTOM)
        if own in figures:
            if custom >= 0:
                self.presets.removeItem(custom)
            self.presets.setCurrentIndex(figures.index(own))
            return
        if custom < 0:
            self.presets.addItem(_CUSTOM)
            custom = self.presets.count() - 1
        self.presets.setCurrentIndex(custom)


def _rate(name: str, suffix: str, most: float) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setDecimals(3)
    spin.setRange(0.001, most)
    spin.setSuffix(suffix)
    spin.setGroupSeparatorShown(True)
    spin.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    spin.setAccessibleName(name)
    spin.setToolTip(name)
    return spin
