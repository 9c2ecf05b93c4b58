"""The canvas: one widget that paints the whole graph and turns events into calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from inspector.analysis.attributes import headline as node_headline
from inspector.model.groups import GroupKind
from inspector.ui.graph_view.gestures import ClickOrPan, Gesture, OverviewDrag, RubberZoom
from inspector.ui.graph_view.hovering import HEADER, chevron_at, node_at
from inspector.ui.graph_view.kinds import FRAMES
from inspector.ui.graph_view.labels import Headline
from inspector.ui.graph_view.overlays import Hover
from inspector.ui.graph_view.selection import NOTHING, Selection
from inspector.ui.graph_view.showing import SceneView
from inspector.ui.graph_view.view import View, centred
from inspector.ui.graph_view.walking import Walker

_NOTCH = 120.0
_WALK: dict[int, Callable[[Walker, Selection], Selection]] = {
    Qt.Key.Key_Down: lambda walker, at: walker.down(at),
    Qt.Key.Key_Up: lambda walker, at: walker.up(at),
    Qt.Key.Key_Left: lambda walker, at: walker.sideways(at, -1),
    Qt.Key.Key_Right: lambda walker, at: walker.sideways(at, 1),
    Qt.Key.Key_Home: lambda walker, at: walker.first(),
    Qt.Key.Key_End: lambda walker, at: walker.last(),
}
_BY_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


@dataclass(frozen=True)
class _Target:
    """What lies under a screen point; -1 for none. `chevron` is the group whose chevron it is."""

    selection: Selection = NOTHING
    item: int = -1
    node: int = -1
    group: int = -1
    chevron: int = -1


class GraphCanvas(SceneView):
    """The graph view: mouse, wheel, keys and drops."""

    node_activated = Signal(int)
    """A node was double-clicked, or Return was pressed on it."""
    files_dropped = Signal(list)
    """Paths as strings."""
    context_requested = Signal(int, int, QPoint)
    """Node or -1, group or -1, and the global position."""

    def __init__(self, parent: QWidget | None = None, headline: Headline = node_headline) -> None:
        super().__init__(parent, headline)
        self._gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_F: self.fit,
            Qt.Key.Key_Z: self.zoom_to_selection,
            Qt.Key.Key_Space: self.fold_selected,
            Qt.Key.Key_Return: self._activate_selected,
            Qt.Key.Key_Enter: self._activate_selected,
        }
        self._control_keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_0: self.zoom_reset,
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
        }

    # Gestures call these ------------------------------------------------------------------------

    def set_view(self, view: View) -> None:
        """Show that view at once."""
        self._camera.set(view)

    def set_grabbing(self, grabbing: bool) -> None:
        """The closed hand while the view is dragged."""
        if grabbing:
            self._put_overlay(hover=Hover())
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.viewport().unsetCursor()

    def show_rubber(self, rect: QRectF | None) -> None:
        """The rectangle being marked."""
        self._put_overlay(rubber=rect)

    def zoom_to_rect(self, rect: QRectF) -> None:
        """Fill the view with a screen rectangle."""
        left, top = self.view.to_scene(rect.left(), rect.top())
        right, bottom = self.view.to_scene(rect.right(), rect.bottom())
        self._camera.fit((left, top, right, bottom), 16.0, 0.0)

    def centre_overview(self, position: QPointF) -> None:
        """Move the view to what a point of the overview shows."""
        card, shown = self._overview_card(), self._shown
        if card is not None and shown is not None:
            x, y = self._overview.scene_point(shown.scene, card, position)
            size = self._canvas_size()
            self._camera.set(centred(x, y, self.scale, size.width(), size.height()))

    def click_at(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Select what is there; Ctrl adds or takes away a node; a chevron folds."""
        target = self._target(position)
        if target.chevron >= 0:
            self.toggle_fold(target.chevron)
            return
        found = target.selection
        if modifiers & Qt.KeyboardModifier.ControlModifier and found.nodes:
            node, nodes = found.nodes[0], self._selection.nodes
            kept = tuple(n for n in nodes if n != node)
            found = Selection(nodes=kept if node in nodes else (*nodes, node))
        self.select(found)

    def fold_selected(self) -> None:
        """Fold or unfold the selected group, or the one that the selected node belongs to."""
        group = self._selection.group
        if group < 0 and self._selection.nodes and self._graph is not None:
            group = int(self._graph.node_group[self._selection.nodes[0]])
        if group >= 0:
            self.toggle_fold(self._foldable(group))

    def _target(self, position: QPointF) -> _Target:
        shown = self._current()
        if shown is None:
            return _Target()
        scene = shown.scene
        x, y = self.view.to_scene(position.x(), position.y())
        item = scene.item_at(x, y)
        if item < 0:
            return _Target()
        group, node = int(scene.group[item]), node_at(scene, self.view, x, y)
        if scene.kind[item] in FRAMES and y > scene.y[item] + HEADER:
            return _Target(NOTHING, item, group=group)  # The ground of a frame is no target.
        chosen = Selection(nodes=(node,)) if node >= 0 else Walker(scene).of_item(item)
        return _Target(chosen, item, node, group, chevron_at(scene, self.view, x, y))

    def _foldable(self, group: int) -> int:
        """The group that folds: for the body of an operator the operator."""
        if self._graph is None or self._graph.groups[group].kind is not GroupKind.BODY:
            return group
        return self._graph.groups[group].parent

    # Mouse --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.cancel()
            self._gesture = None
            return
        self._put_overlay(keyboard=False)
        gesture = self._gesture_for(event)
        if gesture is None or self._shown is None:
            event.ignore()
            return
        self._camera.motion.stop()
        self._gesture, self._button = gesture, event.button()
        gesture.start(event.position(), event.modifiers())

    def _gesture_for(self, event: QMouseEvent) -> Gesture | None:
        if event.button() == Qt.MouseButton.MiddleButton:
            return ClickOrPan(self, clicks=False)
        if event.button() != Qt.MouseButton.LeftButton:
            return None
        if self._over_card(event.position()):
            return OverviewDrag(self)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return RubberZoom(self)
        if self._over_legend(event.position()):
            return ClickOrPan(self, clicks=False)
        return ClickOrPan(self, clicks=True)

    def _over_card(self, position: QPointF) -> bool:
        card = self._overview_card()
        return card is not None and card.contains(position)

    def _over_legend(self, position: QPointF) -> bool:
        card = self._legend_card()
        return card is not None and card.contains(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._gesture is not None:
            self._gesture.move(event.position())
        elif self._over_card(event.position()) or self._over_legend(event.position()):
            self._put_overlay(hover=Hover())
        else:
            self._set_hover(self._hover_under(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None and event.button() == self._button:
            gesture, self._gesture = self._gesture, None
            gesture.end(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a group it folds or unfolds; on a node it centres and activates."""
        at = event.position()
        covered = self._over_card(at) or self._over_legend(at)
        if event.button() != Qt.MouseButton.LeftButton or covered:
            return
        target = self._target(event.position())
        if target.chevron >= 0:
            self.mousePressEvent(event)
        elif target.group >= 0 and not target.selection.empty:
            self.toggle_fold(self._foldable(target.group))
        elif target.node >= 0:
            self.centre_on(target.node)
            self.node_activated.emit(target.node)
        elif not target.selection.empty:
            self.reveal_selection()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._card_timer.stop()
        self._put_overlay(hover=Hover())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel zooms at the pointer; two fingers pan, with Ctrl they zoom."""
        at, pixels, angle = event.position(), event.pixelDelta(), event.angleDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        trackpad = event.phase() != Qt.ScrollPhase.NoScrollPhase and not pixels.isNull()
        self._put_overlay(hover=Hover())
        if trackpad and not control:
            self._camera.pan(pixels.x(), pixels.y())
        elif trackpad:
            self._camera.pinch(1.004 ** pixels.y(), at.x(), at.y())
        elif angle.y():
            self._camera.wheel(angle.y() / _NOTCH, at.x(), at.y())
        elif angle.x():
            self._camera.pan(angle.x() / 2, 0)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        zoom = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == zoom:
            at = event.position()
            self._camera.pinch(1 + event.value(), at.x(), at.y())
            return True
        return QAbstractScrollArea.viewportEvent(self, event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._context_of_selection()
            return
        target = self._target(QPointF(event.pos()))
        chosen = target.selection
        if chosen.empty or not set(chosen.nodes) & set(self._selection.nodes):
            self.select(chosen)
        self.context_requested.emit(target.node, target.group, event.globalPos())

    def _context_of_selection(self) -> None:
        boxes = self._selected_boxes()
        place = QPoint(16, 16)
        if len(boxes):
            place = QPointF(*self.view.to_screen(*boxes[0, :2].tolist())).toPoint()
        node = self._selection.nodes[0] if self._selection.nodes else -1
        self.context_requested.emit(node, self._selection.group, self.mapToGlobal(place))

    # Keys ---------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._handle_key(event):
            self._forget_pointer()
        else:
            event.ignore()

    def _handle_key(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Escape:
            return self._escape()
        if modifiers & ~Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.ControlModifier:
            action = self._control_keys.get(key)
        elif modifiers == Qt.KeyboardModifier.NoModifier:
            action = self._keys.get(key)
            if key in _WALK:
                self._walk(_WALK[Qt.Key(key)])
                return True
        else:
            return False
        if action is None:
            return False
        action()
        return True

    def _escape(self) -> bool:
        if self._gesture is not None:
            self._gesture.cancel()
            self._gesture = None
            return True
        if self._selection.empty:
            return False
        self.select(NOTHING)
        return True

    def _walk(self, step: Callable[[Walker, Selection], Selection]) -> None:
        walker = self._walker()
        found = step(walker, self._selection) if walker is not None else NOTHING
        if not found.empty:
            self.select(found)
            self.reveal_selection()

    def _activate_selected(self) -> None:
        if self._selection.nodes:
            self.centre_on(self._selection.nodes[0])
            self.node_activated.emit(self._selection.nodes[0])

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._put_overlay(keyboard=event.reason() in _BY_TAB)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._put_overlay(keyboard=False)
        super().focusOutEvent(event)

    # Drops --------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local_files(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _local_files(event)
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)


def _local_files(event: QDropEvent) -> list[str]:
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [str(Path(url.toLocalFile())) for url in urls if url.isLocalFile()]
