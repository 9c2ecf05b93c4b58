"""How a section's title and its rows are laid out and painted in the width there is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPalette,
    QPen,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from inspector.analysis.weight_stats import WeightStats
from inspector.ui.properties.histogram import histogram_height, paint_histogram
from inspector.ui.properties.model import PageModel
from inspector.ui.properties.sections import Row, RowKind
from inspector.ui.theme import Theme
from inspector.ui.widgets.look import scaled_font, theme_of, wrap_text

MARGIN = 16
_ONNX_DOCUMENTS = "https://github.com/onnx/onnx/blob/main/docs/"
_GAP = 12
_PAD = 3
_SECTION_HEIGHT = 36
_MOST_LINES = 6
_LEAST_NAME, _MOST_NAME = 56.0, 0.36


class _Type:
    """The fonts of the rows with their measures, made once and used for every row."""

    def __init__(self, font: QFont) -> None:
        self.font = QFont(font)
        self.small = scaled_font(font, 0.9)
        self.title = scaled_font(font, 0.86, semibold=True)
        self.metrics = QFontMetricsF(self.font)
        self.small_metrics = QFontMetricsF(self.small)
        self.line = self.metrics.height() + 2
        self.small_line = self.small_metrics.height() + 2

    def elided(self, text: str, width: float) -> str:
        """One line that keeps its two ends."""
        return self.metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width)

    def packed(self, parts: tuple[str, ...], width: float) -> list[str]:
        """Small parts joined by dots into as few lines as their widths allow."""
        lines: list[str] = []
        for part in parts:
            joined = f"{lines[-1]} · {part}" if lines else part
            if self.small_metrics.horizontalAdvance(joined) <= width:
                lines[-1:] = [joined]
            else:
                lines.extend(wrap_text(part, self.small, width, 4))
        return lines


@dataclass(frozen=True)
class _Laid:
    """A row cut into lines for one width."""

    name: str
    values: tuple[str, ...]
    details: tuple[str, ...]
    tag: bool
    cut: bool


class RowDelegate(QStyledItemDelegate):
    """Paints two aligned columns; the first is as wide as the page's names need."""

    def __init__(self, view: QTreeView, model: PageModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._laid: dict[tuple[int, int], _Laid] = {}
        self._documents: dict[str, QTextDocument] = {}
        self._type = _Type(view.font())
        self._name_width = _LEAST_NAME
        self.hovered = QPersistentModelIndex()

    def forget(self) -> None:
        """The page, the width or the font changed: lay out again."""
        self._laid.clear()
        self._type = _Type(self._view.font())
        metrics = self._type.metrics
        names = {row.name for section in self._model.page.sections for row in section.rows}
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        most = self._view.viewport().width() * _MOST_NAME
        self._name_width = min(max(widest + 1, _LEAST_NAME), most)

    def value_left(self) -> float:
        """Where the second column begins."""
        return MARGIN + self._name_width + _GAP

    def histogram_area(self, rect: QRect) -> QRectF:
        """The place of a histogram in its row."""
        return QRectF(rect).adjusted(MARGIN, _PAD, -MARGIN, -_PAD)

    def address_at(self, index: QModelIndex, rect: QRect, where: QPoint) -> str:
        """The address of the link under a point of a document, or nothing."""
        row = self._model.row_at(index)
        if row is None or row.kind is not RowKind.DOCUMENT:
            return ""
        inside = QPointF(where) - QPointF(rect.left() + MARGIN, rect.top() + _PAD)
        anchor = self._document(row).documentLayout().anchorAt(inside)
        if not anchor or anchor.startswith(("http://", "https://")):
            return anchor
        # The schemas of onnx link to their own folder of documents.
        return _ONNX_DOCUMENTS + anchor if anchor.partition("#")[0].endswith(".md") else ""

    def is_cut(self, index: QModelIndex) -> bool:
        """Whether a row does not show all it says."""
        row = self._model.row_at(index)
        return row is not None and row.kind is RowKind.VALUE and self._layout(index, row).cut

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        width = self._view.viewport().width()
        row = self._model.row_at(index)
        if row is None:
            return QSize(width, _SECTION_HEIGHT)
        if row.kind is RowKind.HISTOGRAM:
            return QSize(width, histogram_height(self._type.small) + 2 * _PAD)
        if row.kind is RowKind.DOCUMENT:
            return QSize(width, round(self._document(row).size().height()) + 2 * _PAD)
        laid = self._layout(index, row)
        style = self._type
        tall = len(laid.values) * style.line + len(laid.details) * style.small_line
        return QSize(width, round(max(tall, style.line)) + 2 * _PAD)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = theme_of(self._view)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        section = self._model.section_at(index)
        row = self._model.row_at(index)
        if section is not None:
            first = index.row() == 0
            self._paint_title(painter, rect, section.title, bool(state & _OPEN), theme, first)
        elif row is not None:
            if state & QStyle.StateFlag.State_Selected:
                painter.fillRect(rect, QColor(theme.selection))
            self._paint_row(painter, rect, index, row, theme)
        if self._view.hasFocus() and self._view.currentIndex() == index:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        painter.restore()

    def _paint_title(
        self, painter: QPainter, rect: QRect, title: str, opened: bool, theme: Theme, first: bool
    ) -> None:
        if not first:
            painter.fillRect(
                rect.left() + MARGIN,
                rect.top() + 6,
                rect.width() - 2 * MARGIN,
                1,
                QColor(theme.hairline),
            )
        area = QRectF(rect).adjusted(MARGIN, 10, -MARGIN, -2)
        painter.setFont(self._type.title)
        painter.setPen(QColor(theme.secondary))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.secondary), 1.4))
        x, y = area.right() - 5, area.center().y()
        points = (
            [QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]
            if opened
            else [QPointF(x - 2, y - 4), QPointF(x + 2, y), QPointF(x - 2, y + 4)]
        )
        painter.drawPolyline(points)

    def _paint_row(
        self,
        painter: QPainter,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
        row: Row,
        theme: Theme,
    ) -> None:
        if row.kind is RowKind.HISTOGRAM and isinstance(row.payload, WeightStats):
            area = self.histogram_area(rect)
            paint_histogram(painter, area, row.payload, theme, self._type.small)
        elif row.kind is RowKind.DOCUMENT:
            self._paint_document(painter, rect, row, theme)
        else:
            self._paint_value(painter, rect, index, row, theme)

    def _paint_document(self, painter: QPainter, rect: QRect, row: Row, theme: Theme) -> None:
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(theme.text))
        painter.translate(rect.left() + MARGIN, rect.top() + _PAD)
        self._document(row).documentLayout().draw(painter, context)

    def _paint_value(
        self,
        painter: QPainter,
        rect: QRect,
        index: QModelIndex | QPersistentModelIndex,
        row: Row,
        theme: Theme,
    ) -> None:
        laid = self._layout(index, row)
        font, small = self._type.font, self._type.small
        line, small_line = self._type.line, self._type.small_line
        top = float(rect.top() + _PAD)
        painter.setFont(font)
        painter.setPen(QColor(theme.secondary))
        painter.drawText(
            _place(rect.left() + MARGIN, top, self._name_width, line), _LEFT, laid.name
        )
        left, width = self._value_place(row)
        left += rect.left()
        is_link = row.link is not None or row.kind is RowKind.MORE
        painter.setPen(QColor(theme.accent if is_link else theme.text))
        if is_link and self.hovered == index:
            underlined = QFont(font)
            underlined.setUnderline(True)
            painter.setFont(underlined)
        for text in laid.values:
            painter.drawText(_place(left, top, width, line), _LEFT, text)
            top += line
        painter.setFont(small)
        painter.setPen(QColor(theme.secondary))
        if laid.tag:
            after = left + self._type.metrics.horizontalAdvance(laid.values[-1]) + 8
            painter.drawText(_place(after, top - line, width, line), _LEFT, "default")
        for text in laid.details:
            painter.drawText(_place(left, top, width, small_line), _LEFT, text)
            top += small_line

    def _layout(self, index: QModelIndex | QPersistentModelIndex, row: Row) -> _Laid:
        key = (index.internalId(), index.row())
        found = self._laid.get(key)
        if found is None:
            found = self._laid[key] = self._lay_out(row)
        return found

    def _lay_out(self, row: Row) -> _Laid:
        style = self._type
        _, width = self._value_place(row)
        name = style.elided(row.name, self._name_width)
        if row.one_line:
            values = [style.elided(row.value, width)]
            cut = values[0] != row.value
        else:
            values = wrap_text(row.value, style.font, width, _MOST_LINES)
            cut = "".join(values).replace(" ", "") != row.value.replace(" ", "").replace("\n", "")
        details, tag = row.detail, row.default
        if tag:
            room = width - style.metrics.horizontalAdvance(values[-1]) - 8
            if style.small_metrics.horizontalAdvance("default") > room:
                details, tag = ("default", *details), False
        packed = tuple(style.packed(details, width))
        return _Laid(name, tuple(values), packed, tag, cut or name != row.name)

    def _value_place(self, row: Row) -> tuple[float, float]:
        """Left edge and width of a row's value: a row without a name has it all."""
        left = self.value_left() if row.name else float(MARGIN)
        return left, max(self._view.viewport().width() - left - MARGIN, 24.0)

    def _document(self, row: Row) -> QTextDocument:
        document = self._documents.get(row.value)
        if document is None:
            if len(self._documents) > 8:
                self._documents.clear()
            document = self._documents[row.value] = _document(row.value)
        if document.defaultFont() != self._view.font():
            document.setDefaultFont(self._view.font())
        width = self._view.viewport().width() - 2 * MARGIN
        if document.textWidth() != width:
            document.setTextWidth(width)
        return document


_OPEN = QStyle.StateFlag.State_Open
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _place(left: float, top: float, width: float, height: float) -> QRectF:
    return QRectF(left, top, width, height)


def _document(markdown: str) -> QTextDocument:
    document = QTextDocument()
    document.setDocumentMargin(0)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    document.setMarkdown(markdown)
    _let_code_wrap(document)
    return document


def _let_code_wrap(document: QTextDocument) -> None:
    """Code blocks come as lines that never break, which would run out of a narrow pane."""
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        style = block.blockFormat()
        if style.nonBreakableLines():
            style.setNonBreakableLines(False)
            cursor.setPosition(block.position())
            cursor.setBlockFormat(style)
        block = block.next()
