"""One worker process as its owner sees it: a connection, a way to end it, and its last words."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from inspector.worker.process import main
from inspector.worker.protocol import FromWorker, ToWorker

_LAST_WORDS_BYTES = 8192


class Child:
    """A process that was just started. Raises OSError where it cannot be."""

    def __init__(self, name: str) -> None:
        context = multiprocessing.get_context("spawn")
        handle, log = tempfile.mkstemp(prefix="graph-inspector-", suffix=".log")
        os.close(handle)
        self._log = Path(log)
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=main, args=(theirs, log), name=f"graph-inspector {name}", daemon=True
        )
        try:
            self._process.start()
        except BaseException:
            self.connection.close()
            self._remove_log()
            raise
        finally:
            theirs.close()
        self.process_id = self._process.pid
        self.sentinel = self._process.sentinel

    @property
    def alive(self) -> bool:
        """False once the process has ended."""
        return self._process.is_alive()

    def send(self, message: ToWorker) -> None:
        """Sends a message. Raises OSError where the process is gone."""
        self.connection.send(message)

    def receive(self) -> FromWorker | None:
        """The next message, or None where the process died before it."""
        try:
            message: FromWorker = self.connection.recv()
        except (EOFError, OSError):
            return None
        return message

    def kill(self) -> None:
        """Ends the process at once; may be called from any thread."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            self._process.kill()

    def end(self, patience_s: float = 0.05) -> tuple[str, str, str]:
        """Ends the process, killing it after `patience_s`, and frees all it used.

        Gives why it had ended, in words, what to do about that, and the end of what it printed.
        """
        self.connection.close()
        self._process.join(patience_s)
        self._process.kill()
        # Starting another process may collect this one's exit first, in another thread.
        while self._process.exitcode is None:
            self._process.join(0.01)
        reason, hint = _reason(self._process.exitcode or 0)
        self._process.close()
        words = self._last_words()
        self._remove_log()
        return reason, hint, words

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return self._log.read_bytes()[-_LAST_WORDS_BYTES:].decode("utf-8", "replace").strip()
        return ""

    def _remove_log(self) -> None:
        with contextlib.suppress(OSError):
            self._log.unlink()


def _reason(exit_code: int) -> tuple[str, str]:
    if exit_code >= 0:
        return f"exit code {exit_code}", ""
    number = -exit_code
    if number == getattr(signal, "SIGKILL", 9):
        return f"signal {number}", "The system may have run out of memory; close other programs."
    return f"signal {number}", "The library it ran has a fault; nothing else was lost."
