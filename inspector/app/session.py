"""What the window does with models: open, find out, tile, verify, save. No widgets here.

Each method starts a job and returns it; a document takes the result when the job has finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from inspector.analysis.checks import structural_problems
from inspector.analysis.figures import Convention, Figures, compute_figures
from inspector.app.document import Document, Revision
from inspector.app.jobs import Job, JobError, call_worker, run_in_thread, run_in_worker
from inspector.app.settings import BANDWIDTH, SEED, THRESHOLDS, Settings
from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import remove_drafts, require_other_file
from inspector.io.originals import keep_originals, remove_session_folder, session_folder
from inspector.io.samples import cache_folder
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network
from inspector.model.problems import Cancelled, ModelError, Problem, Severity
from inspector.transforms.linear_layers import TileOptions
from inspector.transforms.result import TransformResult
from inspector.transforms.tile_linear import tile_linears

if TYPE_CHECKING:
    from inspector.model.tensors import TensorType
    from inspector.worker.client import WorkerClient

Progress = Callable[[float, str], None]
Cancel = Callable[[], bool]


_CHECK_LIMIT_S = 60
_TOO_LONG = JobError(
    f"it took longer than {_CHECK_LIMIT_S} s and was stopped",
    "Shapes that the file does not state stay unknown.",
)


class Session(QObject):
    """Owns the settings and the child processes; makes documents."""

    document_opened = Signal(Document)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self._clients: dict[str, WorkerClient] = {}
        self._checks: list[Job] = []

    # Child processes ---------------------------------------------------------------------------

    def client(self, name: str) -> WorkerClient:
        """A child process by name; "analysis" for quick work, "verify" for long runs."""
        if name not in self._clients:
            from inspector.worker.client import WorkerClient

            self._clients[name] = WorkerClient(name)
        return self._clients[name]

    def warm_up(self) -> None:
        """Starts the child process for quick work before it is needed."""
        self.client("analysis").start()

    def warm_up_verify(self) -> None:
        """Has the child process for long runs import what it needs before it is asked."""
        self.client("verify").submit("warm", None)

    def close(self) -> None:
        """Ends the child processes and removes what this process kept on disk."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        remove_session_folder(cache_folder())

    # Opening -----------------------------------------------------------------------------------

    def open(self, path: Path) -> Job:
        """Reads a model. `document_opened` comes when it can be drawn; more follows later."""
        convention = self.convention
        job = run_in_thread(
            f"Opening {path.name}",
            lambda progress, cancelled: _read(path, convention, progress, cancelled),
            self,
        )
        job.finished.connect(lambda revision: self._opened(path, revision))
        return job

    def ensure_sample(self, key: str) -> Job:
        """Builds or exports a sample into the cache; the result is its path."""
        return run_in_worker(f"Preparing {key}", self.client("sample"), "sample", (key, 0), self)

    def forget(self, document: Document) -> None:
        """Stops what is still being found out about a document, and lets it go."""
        for job in self._checks:
            if job.parent() is document:
                job.blockSignals(True)
                job.cancel()
        self._checks = [job for job in self._checks if job.parent() is not document]
        document.deleteLater()

    def _opened(self, path: Path, revision: Revision) -> None:
        is_sample = path.is_relative_to(cache_folder())
        document = Document(path, revision, self, is_sample=is_sample)
        if not is_sample:
            self.settings.add_recent_file(path)
        self.document_opened.emit(document)
        self._find_out(document)

    def _find_out(self, document: Document) -> None:
        """Has the child infer types and run the checker on the model as opened."""
        graph = document.opened.graph
        client = self.client("analysis")
        payload: tuple[str, dict[str, int]] = (str(document.path), {})
        job = run_in_worker("Inferring shapes", client, "check", payload, document)
        job.finished.connect(lambda found: self._found(document, graph, found))
        job.failed.connect(lambda error: self._not_found(document, graph, error))
        job.cancelled.connect(lambda: self._not_found(document, graph, _TOO_LONG))
        QTimer.singleShot(_CHECK_LIMIT_S * 1000, job, job.cancel)
        self._checks = [check for check in self._checks if not check.is_over]
        self._checks.append(job)

    def _found(
        self,
        document: Document,
        graph: Graph,
        found: tuple[dict[str, TensorType], Sequence[Problem]],
    ) -> None:
        types, problems = found
        all_problems = (*problems, *document.opened.problems)
        document.update(graph, problems=all_problems)
        convention = self.convention
        job = run_in_thread(
            "Computing figures",
            lambda progress, cancelled: _with_types(graph, types, convention, cancelled),
            document,
        )
        job.finished.connect(lambda new: self._typed(document, graph, *new))

    def _typed(self, document: Document, old: Graph, graph: Graph, figures: Figures) -> None:
        document.is_ready = True
        document.update(old, new_graph=graph if graph is not old else None)
        document.update(graph, figures=figures)

    def _not_found(self, document: Document, graph: Graph, error: JobError) -> None:
        document.is_ready = True
        problem = Problem(
            Severity.WARNING, f"Shape inference failed: {error.what}", None, error.hint
        )
        document.update(graph, problems=(problem, *document.opened.problems))
        self.recompute(document)

    # Figures -----------------------------------------------------------------------------------

    @property
    def convention(self) -> Convention:
        """How bytes are counted."""
        return Convention(self.settings.get(BANDWIDTH))

    def set_sizes(self, document: Document, sizes: Mapping[str, int]) -> Job:
        """Gives open dimensions a size, by name or as ``INPUT[AXIS]``, for the figures alone."""
        document.sizes = dict(sizes)
        graph, convention = document.graph, self.convention
        client = self.client("analysis")

        def work(progress: Progress, cancelled: Cancel) -> Figures:
            payload = (graph.network, dict(sizes))
            types, _ = call_worker(client, "check", payload, progress, cancelled)
            network = graph.network.with_dims(sizes).with_types(types)
            return compute_figures(build_graph(network), convention, cancelled)

        job = run_in_thread("Computing figures", work, document)
        job.finished.connect(lambda figures: document.update(graph, figures=figures))
        return job

    def recompute(self, document: Document) -> Job:
        """Figures of the revision shown, by the convention set."""
        if document.sizes:
            return self.set_sizes(document, document.sizes)
        graph, convention = document.graph, self.convention
        job = run_in_thread(
            "Computing figures",
            lambda progress, cancelled: compute_figures(graph, convention, cancelled),
            document,
        )
        job.finished.connect(lambda figures: document.update(graph, figures=figures))
        return job

    # Changing ----------------------------------------------------------------------------------

    def tile(self, document: Document, nodes: Sequence[int], options: TileOptions) -> Job:
        """Tiles Linear layers as one step of undo."""
        graph, convention = document.graph, self.convention
        problems = document.revision.problems

        def work(progress: Progress, cancelled: Cancel) -> Revision:
            result = tile_linears(graph, nodes, options, progress, cancelled)
            return _revision(result, convention, problems, progress, cancelled)

        job = run_in_thread("Tiling", work, document)
        job.finished.connect(lambda new: self._tiled(document, graph, new))
        return job

    def _tiled(self, document: Document, graph: Graph, revision: Revision) -> None:
        """Takes the new revision, unless another one is shown by now."""
        if document.graph is graph:
            document.apply(revision)
            if document.sizes:
                self.set_sizes(document, document.sizes)

    # Verifying ---------------------------------------------------------------------------------

    def verify(self, document: Document, other: Path | None = None) -> Job:
        """Compares the model shown with the file as opened, or with another file."""
        from inspector.verify.run import VerifyRequest

        left = str(other) if other is not None else document.opened.network
        request = VerifyRequest(
            left=left,
            right=document.graph.network,
            seed=self.settings.get(SEED),
            dims=document.sizes,
            thresholds=self._thresholds(),
            left_title=other.name if other is not None else f"{document.opened_name} as opened",
            right_title=f"{document.path.name} as shown",
        )
        return run_in_worker("Verifying", self.client("verify"), "verify", request, document)

    def _thresholds(self) -> Any:
        from inspector.verify.thresholds import Thresholds

        changed: Mapping[str, float] = self.settings.get(THRESHOLDS)
        return Thresholds.from_values(changed) if changed else None

    # Saving ------------------------------------------------------------------------------------

    def save(self, document: Document, path: Path, external: bool | None = None) -> Job:
        """Writes the model shown; the old file stays until the new one is whole and checked."""
        opened, network = document.opened.network, document.graph.network
        client = self.client("save")

        def work(progress: Progress, cancelled: Cancel) -> Any:
            progress(0.0, "Keeping the opened file")
            require_other_file(network, path)
            _keep(opened, path)
            payload = (network, str(path), external)
            try:
                return call_worker(client, "save", payload, progress, cancelled)
            except (Cancelled, ModelError):
                # A child that was killed in the middle could not clear up after itself.
                remove_drafts(path)
                raise

        job = run_in_thread(f"Saving {path.name}", work, self)
        index = document.undo_stack.index()
        job.finished.connect(lambda _: self._saved(document, path, index))
        return job

    def _saved(self, document: Document, path: Path, index: int) -> None:
        self.settings.add_recent_file(path)
        if document.undo_stack.index() == index:
            document.set_saved(path)


def _keep(opened: Network, path: Path) -> None:
    try:
        keep_originals(opened, path, session_folder(cache_folder()))
    except OSError as error:
        reason = error.strerror or str(error)
        what = f"The opened file could not be kept beside the new one: {reason}."
        raise ModelError(what, "Save under another name.") from None


def _read(path: Path, convention: Convention, progress: Progress, cancelled: Cancel) -> Revision:
    opened = read_onnx(path, progress, cancelled)
    graph = build_graph(opened.network)
    problems = (*opened.problems, *structural_problems(graph))
    figures = compute_figures(graph, convention, cancelled)
    complete = figures if not figures.totals.unknown_nodes else None
    return Revision(graph, "Open", complete, problems)


def _with_types(
    graph: Graph, types: Mapping[str, TensorType], convention: Convention, cancelled: Cancel
) -> tuple[Graph, Figures]:
    network = graph.network.with_types(types)
    typed = graph if network.types == graph.network.types else build_graph(network)
    return typed, compute_figures(typed, convention, cancelled)


def _revision(
    result: TransformResult,
    convention: Convention,
    problems: tuple[Problem, ...],
    progress: Progress,
    cancelled: Cancel,
) -> Revision:
    progress(0.6, "Reading the new graph")
    graph = build_graph(result.network)
    progress(0.8, "Computing figures")
    figures = compute_figures(graph, convention, cancelled)
    moved = tuple(_moved(problem, result) for problem in problems)
    return Revision(graph, result.label, figures, moved, result)


def _moved(problem: Problem, result: TransformResult) -> Problem:
    """The same problem at its node's new id."""
    if problem.node is None:
        return problem
    new = result.new_nodes(problem.node)
    return Problem(problem.severity, problem.message, new[0] if new else None, problem.hint)
