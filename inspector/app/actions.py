"""Every command of the window as data: what it is called, where it stands, what triggers it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MENUS = ("File", "Edit", "View", "Analyze", "Transform", "Verify", "Help")


class ActionId(StrEnum):
    """Names of the commands, stable across versions."""

    FILE_OPEN = "file.open"
    FILE_OPEN_RECENT = "file.open_recent"
    FILE_SAMPLES = "file.samples"
    FILE_SAVE = "file.save"
    FILE_SAVE_AS = "file.save_as"
    FILE_EXPORT_CSV = "file.export_csv"
    FILE_EXPORT_JSON = "file.export_json"
    FILE_CLOSE = "file.close"
    FILE_QUIT = "file.quit"
    EDIT_UNDO = "edit.undo"
    EDIT_REDO = "edit.redo"
    EDIT_COPY = "edit.copy"
    EDIT_FIND = "edit.find"
    EDIT_FIND_NEXT = "edit.find_next"
    EDIT_FIND_PREVIOUS = "edit.find_previous"
    VIEW_FIT = "view.fit"
    VIEW_ZOOM_SELECTION = "view.zoom_selection"
    VIEW_ZOOM_IN = "view.zoom_in"
    VIEW_ZOOM_OUT = "view.zoom_out"
    VIEW_ZOOM_RESET = "view.zoom_reset"
    VIEW_FOLD = "view.fold"
    VIEW_FOLD_ALL = "view.fold_all"
    VIEW_UNFOLD_ALL = "view.unfold_all"
    VIEW_CONSTANTS = "view.constants"
    VIEW_PROPERTIES = "view.properties"
    VIEW_METRICS = "view.metrics"
    VIEW_THEME_SYSTEM = "view.theme_system"
    VIEW_THEME_LIGHT = "view.theme_light"
    VIEW_THEME_DARK = "view.theme_dark"
    ANALYZE_UNIT = "analyze.unit"
    ANALYZE_MEMORY = "analyze.memory"
    ANALYZE_ROOFLINE = "analyze.roofline"
    ANALYZE_PROBLEMS = "analyze.problems"
    ANALYZE_COLOUR = "analyze.colour"
    ANALYZE_SIZES = "analyze.sizes"
    ANALYZE_BANDWIDTH_COURSE = "analyze.bandwidth_course"
    ANALYZE_BANDWIDTH_TRUE = "analyze.bandwidth_true"
    TRANSFORM_TILE = "transform.tile"
    VERIFY_RUN = "verify.run"
    VERIFY_AGAINST = "verify.against"
    HELP_SHORTCUTS = "help.shortcuts"
    HELP_ABOUT = "help.about"


@dataclass(frozen=True)
class ActionSpec:
    """One command.

    Attributes:
        title: with the ampersand of its mnemonic, and an ellipsis where a question follows.
        menu: one of ``MENUS``.
        icon: the name of a line icon, or empty.
        shortcuts: in Qt's portable notation; the first is the one that menus show.
        group: actions of one menu with the same number stand together, separators between.
        radio: name of a set of which exactly one is checked, or empty.
        submenu: stands for a submenu that the window fills.
        canvas_only: its shortcuts are plain keys, which count only while the graph has the focus.
    """

    id: ActionId
    title: str
    menu: str
    icon: str = ""
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    checkable: bool = False
    group: int = 0
    radio: str = ""
    submenu: bool = False
    canvas_only: bool = False

    @property
    def plain_title(self) -> str:
        """The title without mnemonic and ellipsis, for lists and tooltips."""
        return self.title.replace("&", "").rstrip("…")


_A = ActionId

_FILE = (
    ActionSpec(
        _A.FILE_OPEN, "&Open…", "File", "open", ("Ctrl+O",), "Open a model file in this window"
    ),
    ActionSpec(
        _A.FILE_OPEN_RECENT, "Open &Recent", "File", tip="Files opened before", submenu=True
    ),
    ActionSpec(
        _A.FILE_SAMPLES,
        "Open Sa&mple",
        "File",
        tip="Well-known networks with seeded random weights",
        submenu=True,
    ),
    ActionSpec(
        _A.FILE_SAVE, "&Save", "File", "save", ("Ctrl+S",), "Save the model to its file", group=1
    ),
    ActionSpec(
        _A.FILE_SAVE_AS,
        "Save &As…",
        "File",
        "save-as",
        ("Ctrl+Shift+S",),
        "Save the model to another file",
        group=1,
    ),
    ActionSpec(
        _A.FILE_EXPORT_CSV,
        "Export Metrics as &CSV…",
        "File",
        "export",
        tip="Write the cost of every node as a table",
        group=2,
    ),
    ActionSpec(
        _A.FILE_EXPORT_JSON,
        "Export Metrics as &JSON…",
        "File",
        tip="Write totals and the cost of every node as JSON",
        group=2,
    ),
    ActionSpec(
        _A.FILE_CLOSE, "C&lose Model", "File", "close", ("Ctrl+W",), "Close the model", group=3
    ),
    ActionSpec(_A.FILE_QUIT, "&Quit", "File", "", ("Ctrl+Q",), "Close the window", group=3),
)

_EDIT = (
    ActionSpec(_A.EDIT_UNDO, "&Undo", "Edit", "undo", ("Ctrl+Z",), "Take back the last transform"),
    ActionSpec(
        _A.EDIT_REDO,
        "&Redo",
        "Edit",
        "redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Apply again what was taken back",
    ),
    ActionSpec(
        _A.EDIT_COPY, "&Copy", "Edit", "copy", ("Ctrl+C",), "Copy what is selected", group=1
    ),
    ActionSpec(
        _A.EDIT_FIND,
        "&Find…",
        "Edit",
        "search",
        ("Ctrl+F",),
        "Find nodes by name, operator, tensor, attribute or shape",
        group=2,
    ),
    ActionSpec(
        _A.EDIT_FIND_NEXT, "Find &Next", "Edit", "next", ("F3",), "Go to the next match", group=2
    ),
    ActionSpec(
        _A.EDIT_FIND_PREVIOUS,
        "Find &Previous",
        "Edit",
        "previous",
        ("Shift+F3",),
        "Go to the previous match",
        group=2,
    ),
)

_VIEW = (
    ActionSpec(
        _A.VIEW_FIT,
        "&Fit Graph",
        "View",
        "fit",
        ("F",),
        "Show the whole graph",
        canvas_only=True,
    ),
    ActionSpec(
        _A.VIEW_ZOOM_SELECTION,
        "&Zoom to Selection",
        "View",
        "zoom-selection",
        ("Z",),
        "Show what is selected as large as fits",
        canvas_only=True,
    ),
    ActionSpec(
        _A.VIEW_ZOOM_IN, "Zoom &In", "View", "zoom-in", ("Ctrl++", "Ctrl+="), "Show it larger"
    ),
    ActionSpec(_A.VIEW_ZOOM_OUT, "Zoom &Out", "View", "zoom-out", ("Ctrl+-",), "Show it smaller"),
    ActionSpec(_A.VIEW_ZOOM_RESET, "&Actual Size", "View", "", ("Ctrl+0",), "Zoom to 100 %"),
    ActionSpec(
        _A.VIEW_FOLD,
        "Fold or &Unfold Group",
        "View",
        "fold",
        ("Space",),
        "Fold the selected group, or unfold it",
        group=1,
        canvas_only=True,
    ),
    ActionSpec(_A.VIEW_FOLD_ALL, "Fold A&ll", "View", "", (), "Fold every group", group=1),
    ActionSpec(
        _A.VIEW_UNFOLD_ALL, "U&nfold All", "View", "unfold", (), "Unfold every group", group=1
    ),
    ActionSpec(
        _A.VIEW_CONSTANTS,
        "Show &Constants",
        "View",
        "constants",
        tip="Draw weights and constants as nodes of their own",
        checkable=True,
        group=2,
    ),
    ActionSpec(
        _A.VIEW_PROPERTIES,
        "&Properties",
        "View",
        "properties",
        tip="Show or hide the property pane",
        checkable=True,
        group=3,
    ),
    ActionSpec(
        _A.VIEW_METRICS,
        "&Metrics",
        "View",
        "metrics",
        tip="Show or hide the metrics panel",
        checkable=True,
        group=3,
    ),
    ActionSpec(
        _A.VIEW_THEME_SYSTEM,
        "&System Theme",
        "View",
        "theme",
        tip="Light or dark as the desktop says",
        checkable=True,
        group=4,
        radio="theme",
    ),
    ActionSpec(
        _A.VIEW_THEME_LIGHT,
        "Li&ght Theme",
        "View",
        tip="Dark text on light panes",
        checkable=True,
        group=4,
        radio="theme",
    ),
    ActionSpec(
        _A.VIEW_THEME_DARK,
        "&Dark Theme",
        "View",
        tip="Light text on dark panes",
        checkable=True,
        group=4,
        radio="theme",
    ),
)

_ANALYZE = (
    ActionSpec(
        _A.ANALYZE_UNIT,
        "Matrix &Unit",
        "Analyze",
        tip="How well matrix multiplies fit a unit of fixed size",
    ),
    ActionSpec(
        _A.ANALYZE_MEMORY,
        "Activation &Memory",
        "Analyze",
        tip="Which activations are alive when, and what makes the peak",
    ),
    ActionSpec(
        _A.ANALYZE_ROOFLINE,
        "&Roofline",
        "Analyze",
        tip="Which nodes an accelerator computes and which wait for memory",
    ),
    ActionSpec(
        _A.ANALYZE_PROBLEMS,
        "&Problems",
        "Analyze",
        "warning",
        tip="What the checker and the reader found in this model",
    ),
    ActionSpec(
        _A.ANALYZE_SIZES,
        "&Open Dimensions…",
        "Analyze",
        tip="Give sizes to dimensions that the model leaves open",
    ),
    ActionSpec(
        _A.ANALYZE_COLOUR,
        "&Colour By",
        "Analyze",
        tip="Colour nodes by category or by a figure",
        group=1,
        submenu=True,
    ),
    ActionSpec(
        _A.ANALYZE_BANDWIDTH_COURSE,
        "Bandwidth without &Scalars",
        "Analyze",
        tip="Count inputs of rank 0 as 0 bytes, as the course does",
        checkable=True,
        group=2,
        radio="bandwidth",
    ),
    ActionSpec(
        _A.ANALYZE_BANDWIDTH_TRUE,
        "Bandwidth of &Every Byte",
        "Analyze",
        tip="Count inputs of rank 0 too",
        checkable=True,
        group=2,
        radio="bandwidth",
    ),
)

_TRANSFORM = (
    ActionSpec(
        _A.TRANSFORM_TILE,
        "&Tile Linear Layers…",
        "Transform",
        "tile",
        ("Ctrl+T",),
        "Cut matrix multiplies into tiles of a fixed size",
    ),
)

_VERIFY = (
    ActionSpec(
        _A.VERIFY_RUN,
        "&Verify Against Opened File",
        "Verify",
        "verify",
        ("Ctrl+R",),
        "Run this model and the file as opened on the same inputs and compare the outputs",
    ),
    ActionSpec(
        _A.VERIFY_AGAINST,
        "Verify Against &Another File…",
        "Verify",
        tip="Run this model and another file on the same inputs and compare the outputs",
    ),
)

_HELP = (
    ActionSpec(
        _A.HELP_SHORTCUTS,
        "&Keyboard Shortcuts",
        "Help",
        "",
        ("F1",),
        "Every command and its keys",
    ),
    ActionSpec(
        _A.HELP_ABOUT,
        "&About Graph Inspector",
        "Help",
        "info",
        tip="Version and libraries",
        group=1,
    ),
)

ACTIONS: tuple[ActionSpec, ...] = (
    *_FILE,
    *_EDIT,
    *_VIEW,
    *_ANALYZE,
    *_TRANSFORM,
    *_VERIFY,
    *_HELP,
)


def action(which: ActionId) -> ActionSpec:
    """The command of that name."""
    return _BY_ID[which]


_BY_ID = {spec.id: spec for spec in ACTIONS}
