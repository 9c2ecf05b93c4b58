"""Transform > Tile Linear layers: which layers, for which unit, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.figures import Figures
from inspector.model.graph import Graph
from inspector.transforms.linear_layers import LinearLayer, TileOptions, WeightMode, too_many_tiles
from inspector.ui.transform.layer_model import COLUMNS, NAME, NOTE, LayerModel
from inspector.ui.transform.preview import Change, preview
from inspector.ui.widgets.figures import count_text, percent_text
from inspector.ui.widgets.look import hairline, label, theme_of

_PRESETS = (
    ("16 × 16 × 16", (16, 16, 16)),
    ("32 × 32 × 32", (32, 32, 32)),
    ("64 × 64 × 64 (2DMM)", (64, 64, 64)),
    ("128 × 128 × 128", (128, 128, 128)),
)
_LARGEST = 65536
_WIDTHS = (224, 96, 64, 72, 72, 72, 72, 120)


class TileDialog(QDialog):
    """Asks which Linear layers to tile and how; `chosen()` tells the answer."""

    def __init__(
        self,
        graph: Graph,
        figures: Figures | None,
        layers: Sequence[LinearLayer],
        options: TileOptions | None = None,
        selected: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Tile Linear Layers")
        self.resize(900, 640)
        options = options or TileOptions()
        self._graph = graph
        self._figures = figures
        self._selected = set(selected)
        self.model = LayerModel(layers, options, self)
        self.table = QTableView()
        self.preset = QComboBox()
        self.sizes = [QSpinBox() for _ in range(3)]
        self.ragged = QRadioButton("As small as what is left")
        self.padded = QRadioButton("Padded with zeros to a whole tile")
        self.cut = QRadioButton("Cut now, one per tile")
        self.split = QRadioButton("Split at run time by Split nodes")
        self.preview_labels: dict[str, tuple[QLabel, QLabel]] = {}
        self.reason = label("", "secondary", wrap=True)
        self.apply_button = QPushButton("Tile")
        self._lay_out()
        self._show_options(options)
        self._connect()
        self._choose_at_first()
        self._refresh()

    def options(self) -> TileOptions:
        """The unit and the ways chosen now."""
        m, k, n = (box.value() for box in self.sizes)
        mode = WeightMode.SPLIT if self.split.isChecked() else WeightMode.INITIALIZERS
        return TileOptions(m, k, n, self.padded.isChecked(), mode)

    def chosen(self) -> tuple[list[int], TileOptions]:
        """Ids of the layers to tile, and how."""
        return [layer.node for layer in self.model.chosen()], self.options()

    def _choose_at_first(self) -> None:
        wanted = {layer.node for layer in self.model.layers} & self._selected
        if wanted:
            self.model.choose(wanted)

    # Layout ------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 16)
        whole.setSpacing(12)
        whole.addLayout(self._option_columns())
        whole.addWidget(hairline())
        whole.addLayout(self._choice_row())
        whole.addWidget(self._layer_table(), 1)
        whole.addWidget(hairline())
        whole.addLayout(self._preview_grid())
        whole.addLayout(self._bottom_row())

    def _option_columns(self) -> QHBoxLayout:
        columns = QHBoxLayout()
        columns.setSpacing(32)
        columns.addLayout(self._unit_column())
        last = self._radio_column("LAST TILE OF A ROW OR COLUMN", (self.ragged, self.padded))
        columns.addLayout(last)
        columns.addLayout(self._radio_column("WEIGHT BLOCKS", (self.cut, self.split)))
        columns.addStretch(1)
        return columns

    def _unit_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(label("MATRIX UNIT  M × K × N", "section"))
        for title, _ in _PRESETS:
            self.preset.addItem(title)
        self.preset.addItem("Custom")
        self.preset.setAccessibleName("Preset of the matrix unit")
        column.addWidget(self.preset)
        row = QHBoxLayout()
        row.setSpacing(6)
        for axis, box in zip("MKN", self.sizes, strict=True):
            if axis != "M":
                row.addWidget(label("×", "secondary"))
            box.setRange(1, _LARGEST)
            box.setAccessibleName(f"Tile size along {axis}")
            box.setToolTip(f"Tile size along {axis}")
            box.setMinimumWidth(76)
            row.addWidget(box)
        column.addLayout(row)
        column.addStretch(1)
        return column

    def _radio_column(self, title: str, buttons: tuple[QRadioButton, ...]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(label(title, "section"))
        group = QButtonGroup(self)
        for button in buttons:
            group.addButton(button)
            column.addWidget(button)
        column.addStretch(1)
        return column

    def _choice_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.count = label("", "section")
        row.addWidget(self.count)
        row.addStretch(1)
        for title, nodes in (("All", self._all), ("None", set), ("Only Selected", self._marked)):
            button = QPushButton(title)
            button.setFlat(True)
            button.setAutoDefault(False)
            button.clicked.connect(self._chooser(nodes))
            row.addWidget(button)
            if title == "Only Selected":
                button.setVisible(bool(self._marked()))
                button.setToolTip("Those selected in the graph")
        return row

    def _layer_table(self) -> QTableView:
        table = self.table
        self.model.quiet_colour = QColor(theme_of(self).secondary)
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setAccessibleName("Linear layers")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(30)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in zip(range(len(COLUMNS)), _WIDTHS, strict=True):
            table.setColumnWidth(column, width)
        has_notes = any(self.model.index(row, NOTE).data() for row in range(self.model.rowCount()))
        table.setColumnHidden(NOTE, not has_notes)
        widest = NOTE if has_notes else NAME
        for column in range(len(COLUMNS)):
            if column not in (NAME, NOTE):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)
        table.setStyleSheet("QHeaderView::section { padding: 6px 11px; }")
        return table

    def _preview_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(2)
        titles = (
            ("nodes", "Nodes"),
            ("multiplies", "Matrix multiplies"),
            ("tiles", "2DMM tiles"),
            ("utilisation", "Utilisation"),
            ("macs", "MACs"),
            ("parameters", "Parameters"),
        )
        for column, (name, title) in enumerate(titles):
            before, after = label("", "secondary"), label("", "figure", copyable=True)
            grid.addWidget(label(title, "secondary"), 0, column)
            grid.addWidget(after, 1, column)
            grid.addWidget(before, 2, column)
            grid.setColumnStretch(column, 1)
            self.preview_labels[name] = (before, after)
        return grid

    def _bottom_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.reason, 1)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.apply_button.setDefault(True)
        self.apply_button.setProperty("primary", True)
        self.apply_button.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(self.apply_button)
        return row

    # What the user does ------------------------------------------------------------------------

    def _connect(self) -> None:
        self.preset.currentIndexChanged.connect(self._take_preset)
        for box in self.sizes:
            box.valueChanged.connect(self._refresh)
        for button in (self.ragged, self.padded, self.cut, self.split):
            button.toggled.connect(self._refresh)
        self.model.chosen_changed.connect(self._refresh)

    def _show_options(self, options: TileOptions) -> None:
        values = (options.tile_m, options.tile_k, options.tile_n)
        for box, value in zip(self.sizes, values, strict=True):
            box.setValue(value)
        (self.padded if options.padded else self.ragged).setChecked(True)
        is_split = options.weights is WeightMode.SPLIT
        (self.split if is_split else self.cut).setChecked(True)

    def _take_preset(self, number: int) -> None:
        if number < len(_PRESETS):
            for box, value in zip(self.sizes, _PRESETS[number][1], strict=True):
                box.setValue(value)

    def _chooser(self, nodes: Callable[[], set[int]]) -> Callable[[], None]:
        return lambda: self.model.choose(nodes())

    def _all(self) -> set[int]:
        return {layer.node for layer in self.model.layers}

    def _marked(self) -> set[int]:
        can = {layer.node for layer in self.model.layers if not layer.reason}
        return can & self._selected

    def _refresh(self) -> None:
        options, chosen = self.options(), self.model.chosen()
        self.model.set_options(options)
        self._match_preset(options)
        can = sum(not layer.reason for layer in self.model.layers)
        self.count.setText(f"LINEAR LAYERS · {len(chosen):,} OF {can:,} CHOSEN")
        self._show_preview(chosen, options)
        excess = too_many_tiles(chosen, options)
        self.apply_button.setEnabled(bool(chosen) and not excess)
        plural = "" if len(chosen) == 1 else "s"
        self.apply_button.setText(f"Tile {len(chosen):,} Layer{plural}" if chosen else "Tile")
        self.reason.setText(excess[:1].upper() + excess[1:] if chosen else self._why_not(can))

    def _why_not(self, can: int) -> str:
        if not self.model.layers:
            if self._graph.marks:
                return "Every Linear layer of this model is tiled already."
            return "This model has no Linear layer: no Gemm or MatMul with a constant weight."
        if not can:
            return "None of the layers can be tiled; the table says why."
        return "Choose at least one layer."

    def _match_preset(self, options: TileOptions) -> None:
        sizes = (options.tile_m, options.tile_k, options.tile_n)
        found = [i for i, (_, preset) in enumerate(_PRESETS) if preset == sizes]
        with QSignalBlocker(self.preset):
            self.preset.setCurrentIndex(found[0] if found else len(_PRESETS))

    def _show_preview(self, chosen: list[LinearLayer], options: TileOptions) -> None:
        found = preview(self._graph, self._figures, chosen, options)
        for name in ("nodes", "multiplies", "tiles", "macs", "parameters"):
            change: Change = getattr(found, name)
            before, after = self.preview_labels[name]
            after.setText(count_text(change.after))
            same = change.after == change.before
            before.setText("unchanged" if same else f"before {count_text(change.before)}")
        before, after = self.preview_labels["utilisation"]
        after.setText("–" if found.utilisation is None else percent_text(found.utilisation))
        before.setText("of the unit's MACs")
