"""The window: what stands where. What it does is in the controllers."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.app.actions import ActionId
from inspector.app.document import Document
from inspector.app.session import Session
from inspector.app.settings import THEME
from inspector.ui.commands import connect_actions
from inspector.ui.controllers.analyze import AnalyzeController
from inspector.ui.controllers.colouring import ColouringController
from inspector.ui.controllers.context import ContextMenu
from inspector.ui.controllers.files import FilesController
from inspector.ui.controllers.finding import FindController
from inspector.ui.controllers.jobs import JobsController
from inspector.ui.controllers.selection import NodesView, SelectionController
from inspector.ui.controllers.sizes import SizesController
from inspector.ui.controllers.views import ViewsController
from inspector.ui.controllers.work import TileController, VerifyController
from inspector.ui.dialogs.job_widget import JobWidget
from inspector.ui.dialogs.message_bar import MessageBar
from inspector.ui.graph_view.canvas import GraphCanvas
from inspector.ui.menus import Menus
from inspector.ui.metrics import MetricsPanel
from inspector.ui.problems_panel import ProblemsPanel
from inspector.ui.properties import PropertyPane
from inspector.ui.search_bar import SearchBar
from inspector.ui.status_line import StatusLine
from inspector.ui.theme import ThemeName, apply_theme, theme_for
from inspector.ui.verify import VerifyPanel
from inspector.ui.welcome import WelcomePage

_SIZE = QSize(1440, 900)
_PROPERTIES_WIDTH = 360
_METRICS_HEIGHT = 260
_STATE_VERSION = 1


class MainWindow(QMainWindow):
    """One model at a time, or the welcome page."""

    document_shown = Signal()
    """A document's first picture is ready."""
    document_closed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.document: Document | None = None
        self._closing = False
        self.setWindowTitle("Graph Inspector")
        self.setAcceptDrops(True)
        self._make_widgets()
        self._make_controllers()
        self._arrange()
        self.jobs.busy_changed.connect(
            lambda busy: self.statusBar().setVisible(busy or self.document is not None)
        )
        self.canvas.scene_ready.connect(self.document_shown)
        connect_actions(self)
        session.document_opened.connect(self.show_document)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_theme_changed)
        self.set_theme(session.settings.get(THEME))
        self.show_document(None)

    # Construction ------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.canvas = GraphCanvas()
        self.welcome = WelcomePage(self.session.settings.recent_files)
        self.properties = PropertyPane()
        self.metrics = MetricsPanel()
        self.verify_panel = VerifyPanel()
        self.problems = ProblemsPanel()
        self.search = SearchBar()
        self.messages = MessageBar()
        self.job_widget = JobWidget()
        self.status_line = StatusLine()
        self.menus = Menus(self, self.canvas)

    def _make_controllers(self) -> None:
        self.jobs = JobsController(self.job_widget, self.messages, self)
        self.files = FilesController(self, self.session, self.jobs)
        self.analyze = AnalyzeController(self.session.settings, self)
        views: tuple[NodesView, ...] = (self.metrics, *self.analyze.panels)
        self.selection = SelectionController(
            self.canvas, views, self.properties, self.problems, self
        )
        self.finding = FindController(self.search, self.canvas, self.selection, self)
        self.colouring = ColouringController(
            self.canvas,
            self.menus.submenus[ActionId.ANALYZE_COLOUR],
            self.session.settings,
            self,
        )
        self.views = ViewsController(
            self.canvas,
            self.metrics,
            self.analyze,
            self.colouring,
            self.problems,
            self.selection,
            self.finding,
            self,
        )
        self.context = ContextMenu(self.menus, self.selection, self)
        self.sizes = SizesController(self, self.session, self.jobs, self.messages)
        self.tiling = TileController(self, self.session, self.jobs, self.selection)
        self.verifying = VerifyController(self, self.session, self.jobs, self.verify_panel)

    def _arrange(self) -> None:
        self.setMenuWidget(self._top_bar())
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.canvas)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(centre)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.metrics, "Metrics")
        self.tabs.addTab(self.analyze.fit, "Matrix Unit")
        self.tabs.addTab(self.analyze.memory, "Memory")
        self.tabs.addTab(self.analyze.roofline, "Roofline")
        self.tabs.addTab(self.verify_panel, "Verification")
        self.tabs.addTab(self.problems, "Problems")
        right, bottom = (
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        )
        self.properties_dock = self._dock("properties", "Properties", self.properties, right)
        self.metrics_dock = self._dock("metrics", "Metrics", self.tabs, bottom)
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        self.resizeDocks([self.properties_dock], [_PROPERTIES_WIDTH], Qt.Orientation.Horizontal)
        self.resizeDocks([self.metrics_dock], [_METRICS_HEIGHT], Qt.Orientation.Vertical)
        self.statusBar().addWidget(self.status_line, 1)
        self.statusBar().addPermanentWidget(self.job_widget)
        self.statusBar().setSizeGripEnabled(False)

    def _top_bar(self) -> QWidget:
        bar = QFrame()
        bar.setObjectName("topBar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 4, 16, 4)
        row.addWidget(self.menus.bar)
        row.addStretch(1)
        row.addWidget(self.search, 2)
        row.addStretch(1)
        return bar

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        # The content has its own heading; a title bar would say it twice.
        dock.setTitleBarWidget(QWidget())
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.addDockWidget(area, dock)
        return dock

    # Document ----------------------------------------------------------------------------------

    def show_document(self, document: Document | None) -> None:
        """Shows another document, or the welcome page."""
        old, self.document = self.document, document
        for controller in (self.files, self.tiling, self.verifying, self.sizes):
            controller.document = document
        self.views.set_document(document)
        self.verify_panel.reset()
        is_open = document is not None
        self.pages.setCurrentWidget(self.canvas if is_open else self.welcome)
        self.properties_dock.setVisible(is_open and self._wanted(ActionId.VIEW_PROPERTIES))
        self.metrics_dock.setVisible(is_open and self._wanted(ActionId.VIEW_METRICS))
        self.search.setVisible(is_open)
        self.statusBar().setVisible(is_open or self.jobs.is_busy)
        self.status_line.setVisible(is_open)
        if is_open:
            self.messages.dismiss()
            self.canvas.setFocus()
        else:
            self.welcome.refresh()
        if old is not None and old is not document:
            old.destroyed.connect(lambda: QTimer.singleShot(0, self, self.document_closed.emit))
            self.session.forget(old)
        self.refresh_title()

    def close_document(self) -> None:
        """Back to the welcome page, after asking about unsaved changes."""
        if self.document is None or self.jobs.is_busy:
            return
        if self.files.may_discard(lambda: self.show_document(None)):
            self.show_document(None)

    def refresh_title(self) -> None:
        """The file's name with the mark of unsaved changes."""
        document = self.document
        self.setWindowModified(document is not None and document.is_modified)
        name = f"{document.path.name}[*] — " if document is not None else ""
        self.setWindowTitle(f"{name}Graph Inspector")
        self.status_line.show_document(document)

    def _wanted(self, action: ActionId) -> bool:
        return self.menus[action].isChecked()

    # Theme -------------------------------------------------------------------------------------

    def set_theme(self, name: str) -> None:
        """Applies "light", "dark" or "system" to the whole window."""
        theme = theme_for(cast(ThemeName, name))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, theme)
        self.menus.set_theme(theme)
        for part in (self.canvas, self.welcome, self.search, self.messages, self.problems):
            part.set_theme(theme)

    def _system_theme_changed(self) -> None:
        if self.session.settings.get(THEME) == "system":
            self.set_theme("system")

    # Window ------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Size, place and docks as they were left."""
        settings = self.session.settings
        self.resize(_SIZE)
        geometry = settings.window_bytes("geometry")
        if geometry:
            self.restoreGeometry(QByteArray(geometry))
        state = settings.window_bytes("state")
        if state:
            self.restoreState(QByteArray(state), _STATE_VERSION)
        self.show_document(self.document)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self.jobs.cancel()
        settings = self.session.settings
        settings.set_window_bytes("geometry", bytes(self.saveGeometry().data()))
        if self.document is not None:
            settings.set_window_bytes("state", bytes(self.saveState(_STATE_VERSION).data()))
        settings.sync()
        self.views.set_document(None)
        self.document = None
        self.canvas.shutdown()
        self.properties.shut_down()
        event.accept()

    def _may_close(self) -> bool:
        if self._closing:
            return True
        self._closing = self.files.may_discard(self._close_now)
        return self._closing

    def _close_now(self) -> None:
        self._closing = True
        self.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files.open(paths[0])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ModifiedChange:
            self.status_line.show_document(self.document)
