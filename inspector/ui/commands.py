"""Joins every action to what it does, and says when it can be done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from inspector.app.actions import ActionId as A
from inspector.app.document import Document
from inspector.app.settings import ANIMATION, BANDWIDTH, SHOW_CONSTANTS, THEME
from inspector.io.samples import featured_samples

if TYPE_CHECKING:
    from inspector.ui.main_window import MainWindow

_NEED_DOCUMENT = (
    A.FILE_SAVE,
    A.FILE_SAVE_AS,
    A.FILE_CLOSE,
    A.EDIT_COPY,
    A.EDIT_FIND,
    A.EDIT_FIND_NEXT,
    A.EDIT_FIND_PREVIOUS,
    A.VIEW_FIT,
    A.VIEW_ZOOM_SELECTION,
    A.VIEW_ZOOM_IN,
    A.VIEW_ZOOM_OUT,
    A.VIEW_ZOOM_RESET,
    A.VIEW_FOLD,
    A.VIEW_FOLD_ALL,
    A.VIEW_UNFOLD_ALL,
    A.VIEW_CONSTANTS,
    A.VIEW_PROPERTIES,
    A.VIEW_METRICS,
    A.ANALYZE_UNIT,
    A.ANALYZE_MEMORY,
    A.ANALYZE_ROOFLINE,
    A.ANALYZE_PROBLEMS,
)
_NEED_IDLE = (A.VERIFY_RUN, A.VERIFY_AGAINST)


def connect_actions(window: MainWindow) -> None:
    """Connects menus, panels and canvas of a window; called once."""
    _Commands(window)


class _Commands(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions = window.menus
        self._connect_file()
        self._connect_edit()
        self._connect_view()
        self._connect_work()
        self._connect_panels()
        window.session.document_opened.connect(self._follow)
        window.jobs.busy_changed.connect(lambda _: self.refresh())
        window.views.title_changed.connect(self.refresh)
        window.pages.currentChanged.connect(lambda _: self.refresh())
        self.refresh()

    # Connections -------------------------------------------------------------------------------

    def _on(self, action: A, slot: object) -> None:
        self._actions[action].triggered.connect(lambda _=False: slot())  # type: ignore[operator]

    def _connect_file(self) -> None:
        window, files = self._window, self._window.files
        self._on(A.FILE_OPEN, files.ask_open)
        self._on(A.FILE_SAVE, files.save)
        self._on(A.FILE_SAVE_AS, files.ask_save)
        self._on(A.FILE_EXPORT_CSV, lambda: files.export_metrics("csv"))
        self._on(A.FILE_EXPORT_JSON, lambda: files.export_metrics("json"))
        self._on(A.FILE_CLOSE, window.close_document)
        self._on(A.FILE_QUIT, window.close)
        recent = self._actions.submenus[A.FILE_OPEN_RECENT]
        recent.aboutToShow.connect(self._fill_recent)
        samples = self._actions.submenus[A.FILE_SAMPLES]
        for sample in featured_samples():
            action = samples.addAction(f"{sample.title}   {sample.subtitle}")
            action.triggered.connect(lambda _=False, key=sample.key: files.open_sample(key))
        samples.addSeparator()
        samples.addAction("More Models…").triggered.connect(lambda _=False: self._more_samples())

    def _connect_edit(self) -> None:
        window = self._window
        self._on(A.EDIT_UNDO, self._undo)
        self._on(A.EDIT_REDO, self._redo)
        self._on(A.EDIT_COPY, self._copy)
        self._on(A.EDIT_FIND, window.search.begin)
        self._on(A.EDIT_FIND_NEXT, lambda: window.finding.step(1))
        self._on(A.EDIT_FIND_PREVIOUS, lambda: window.finding.step(-1))

    def _connect_view(self) -> None:
        window, canvas, settings = self._window, self._window.canvas, self._window.session.settings
        self._on(A.VIEW_FIT, canvas.fit)
        self._on(A.VIEW_ZOOM_SELECTION, canvas.zoom_to_selection)
        self._on(A.VIEW_ZOOM_IN, canvas.zoom_in)
        self._on(A.VIEW_ZOOM_OUT, canvas.zoom_out)
        self._on(A.VIEW_ZOOM_RESET, canvas.zoom_reset)
        self._on(A.VIEW_FOLD, self._toggle_fold)
        self._on(A.VIEW_FOLD_ALL, canvas.fold_all)
        self._on(A.VIEW_UNFOLD_ALL, canvas.unfold_all)
        self._checkable(A.VIEW_CONSTANTS, settings.get(SHOW_CONSTANTS), self._show_constants)
        canvas.set_show_constants(settings.get(SHOW_CONSTANTS))
        canvas.set_animation(settings.get(ANIMATION))
        self._checkable(A.VIEW_PROPERTIES, True, window.properties_dock.setVisible)
        self._checkable(A.VIEW_METRICS, True, window.metrics_dock.setVisible)
        for name in ("system", "light", "dark"):
            action = self._actions[A(f"view.theme_{name}")]
            action.setChecked(settings.get(THEME) == name)
            action.triggered.connect(lambda _=False, name=name: self._set_theme(name))

    def _connect_work(self) -> None:
        window = self._window
        pages = (A.ANALYZE_UNIT, A.ANALYZE_MEMORY, A.ANALYZE_ROOFLINE)
        for show, page in zip(pages, window.analyze.panels, strict=True):
            self._on(show, partial(self._show_tab, page))
        self._on(A.ANALYZE_PROBLEMS, lambda: self._show_tab(window.problems))
        self._on(A.ANALYZE_SIZES, window.sizes.ask)
        window.views.title_changed.connect(window.sizes.tell)
        for name in ("course", "true"):
            action = self._actions[A(f"analyze.bandwidth_{name}")]
            action.setChecked(window.session.settings.get(BANDWIDTH) == name)
            action.triggered.connect(lambda _=False, name=name: self._set_bandwidth(name))
        self._on(A.TRANSFORM_TILE, window.tiling.ask)
        self._on(A.VERIFY_RUN, self._verify)
        self._on(A.VERIFY_AGAINST, self._verify_other)
        self._on(A.HELP_SHORTCUTS, self._shortcuts)
        self._on(A.HELP_ABOUT, self._about)

    def _connect_panels(self) -> None:
        window = self._window
        canvas, welcome, files = window.canvas, window.welcome, window.files
        canvas.zoom_changed.connect(window.status_line.show_zoom)
        canvas.files_dropped.connect(lambda paths: files.open(paths[0]))
        welcome.open_requested.connect(files.ask_open)
        welcome.recent_requested.connect(files.open)
        welcome.sample_requested.connect(files.open_sample)
        welcome.cancel_requested.connect(window.jobs.cancel)
        files.sample_progress.connect(welcome.set_sample_progress)
        files.sample_ended.connect(welcome.clear_sample_progress)
        files.saved.connect(lambda path: window.status_line.show_message(f"Saved {path}"))
        window.metrics.export_requested.connect(files.export_metrics)
        window.properties.export_requested.connect(self._export_weight)
        window.search.left.connect(canvas.setFocus)
        window.views.title_changed.connect(window.refresh_title)
        window.views.problem_count_changed.connect(self._count_problems)
        window.verifying.verified.connect(window.status_line.show_verified)
        window.views.revision_changed.connect(self._outdate)
        window.views.title_changed.connect(window.selection.refresh_model)

    def _checkable(self, action: A, checked: bool, slot: object) -> None:
        self._actions[action].setChecked(checked)
        self._actions[action].toggled.connect(slot)

    # What actions do ---------------------------------------------------------------------------

    def _follow(self, document: Document) -> None:
        stack = document.undo_stack
        stack.indexChanged.connect(self._moved)
        self._window.status_line.show_verified(None)
        self._window.status_line.show_message("")
        self.refresh()

    def _undo(self) -> None:
        if self._window.document is not None:
            self._window.document.undo_stack.undo()

    def _redo(self) -> None:
        if self._window.document is not None:
            self._window.document.undo_stack.redo()

    def _outdate(self) -> None:
        """What was verified or saved before is not what is shown now."""
        self._window.status_line.show_verified(None)
        self._window.status_line.show_message("")
        self._window.verify_panel.mark_outdated()

    def _moved(self, index: int) -> None:
        self.refresh()

    def _copy(self) -> None:
        focus = QApplication.focusWidget()
        copy = getattr(focus, "copy", None)
        if callable(copy):
            copy()
            return
        document, nodes = self._window.document, self._window.selection.nodes
        if document is not None and nodes:
            names = "\n".join(document.graph.names[node] for node in nodes)
            QGuiApplication.clipboard().setText(names)

    def _export_weight(self, tensor: int) -> None:
        document = self._window.document
        if document is not None and tensor in document.graph.weights:
            self._window.files.export_weight(document.graph.weights[tensor])

    def _toggle_fold(self) -> None:
        window = self._window
        group = window.selection.group
        if group < 0 and window.selection.nodes and window.document is not None:
            group = int(window.document.graph.node_group[window.selection.nodes[-1]])
        if group >= 0:
            window.canvas.toggle_fold(group)

    def _show_constants(self, shown: bool) -> None:
        self._window.session.settings.set(SHOW_CONSTANTS, shown)
        self._window.canvas.set_show_constants(shown)

    def _set_theme(self, name: str) -> None:
        self._window.session.settings.set(THEME, name)
        self._window.set_theme(name)

    def _set_bandwidth(self, name: str) -> None:
        window = self._window
        window.session.settings.set(BANDWIDTH, name)
        if window.document is not None:
            window.session.recompute(window.document)

    def _show_tab(self, page: QWidget) -> None:
        self._actions[A.VIEW_METRICS].setChecked(True)
        self._window.tabs.setCurrentWidget(page)

    def _verify(self) -> None:
        self._show_tab(self._window.verify_panel)
        self._window.verifying.run()

    def _verify_other(self) -> None:
        self._show_tab(self._window.verify_panel)
        self._window.verifying.ask_other()

    def _count_problems(self, count: int) -> None:
        tabs = self._window.tabs
        title = f"Problems ({count:,})" if count else "Problems"
        tabs.setTabText(tabs.indexOf(self._window.problems), title)

    def _fill_recent(self) -> None:
        menu, window = self._actions.submenus[A.FILE_OPEN_RECENT], self._window
        menu.clear()
        for path in window.session.settings.recent_files():
            action = menu.addAction(str(path))
            action.triggered.connect(lambda _=False, path=path: window.files.open(str(path)))
        if menu.isEmpty():
            menu.addAction("No recent files").setEnabled(False)
            return
        menu.addSeparator()
        forget = QAction("Clear List", menu)
        forget.triggered.connect(lambda _=False: window.session.settings.clear_recent_files())
        menu.addAction(forget)

    def _more_samples(self) -> None:
        from inspector.ui.dialogs.samples_dialog import SamplesDialog

        dialog = SamplesDialog(self._window)
        if dialog.exec():
            key = dialog.chosen()
            if key:
                self._window.files.open_sample(key)

    def _shortcuts(self) -> None:
        from inspector.ui.dialogs.shortcuts_dialog import ShortcutsDialog

        ShortcutsDialog(self._window).exec()

    def _about(self) -> None:
        from inspector.ui.dialogs.about_dialog import AboutDialog

        AboutDialog(self._window).exec()

    # State -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Enables what can be done now."""
        window = self._window
        document = window.document
        is_open, idle = document is not None, not window.jobs.is_busy
        stack = document.undo_stack if document is not None else None
        has_figures = document is not None and document.figures is not None
        self._actions.set_enabled(
            {
                **dict.fromkeys(_NEED_DOCUMENT, is_open),
                **dict.fromkeys(_NEED_IDLE, is_open and idle),
                A.TRANSFORM_TILE: document is not None and document.is_ready and idle,
                A.FILE_OPEN: idle,
                A.ANALYZE_SIZES: bool(window.sizes.names) and idle,
                A.FILE_EXPORT_CSV: has_figures,
                A.FILE_EXPORT_JSON: has_figures,
                A.EDIT_UNDO: stack is not None and stack.canUndo() and idle,
                A.EDIT_REDO: stack is not None and stack.canRedo() and idle,
            }
        )
        undo = stack.undoText() if stack is not None else ""
        redo = stack.redoText() if stack is not None else ""
        self._actions[A.EDIT_UNDO].setText(f"&Undo {undo}".strip())
        self._actions[A.EDIT_REDO].setText(f"&Redo {redo}".strip())
