from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from inspector.ui.verify import VerifyPanel
from inspector.verify.measures import compare
from inspector.verify.run import OutputResult, Seconds, VerifyResult
from inspector.verify.thresholds import judge

REFERENCE = np.array([[1.0, 2.0, 4.0, 8.0]], np.float32)


def output(name: str, values: np.ndarray, reference: np.ndarray = REFERENCE) -> OutputResult:
    measures = compare(reference, values)
    return OutputResult(name, measures, judge(measures))


def result(*outputs: OutputResult) -> VerifyResult:
    return VerifyResult(
        passed=all(found.verdict.passed for found in outputs),
        text="",
        outputs=outputs,
        inputs=("input: float32 1×3×224×224, standard normal",),
        left="opened.onnx",
        right="tiled.onnx",
        seed=7,
        trials=1,
        seconds=Seconds(0.2, 0.03, 0.5, 0.1, 0.9),
        versions={"onnxruntime": "1.20"},
        notes=("2 threads",),
    )


SAME = output("y", REFERENCE)
# Every element is off by 0.01: MSE 1e-4 against a limit of 1e-5.
OFF = output("z", REFERENCE + np.float32(0.01))


@pytest.fixture
def panel(qtbot: QtBot) -> VerifyPanel:
    panel = VerifyPanel()
    qtbot.addWidget(panel)
    panel.resize(960, 240)
    panel.show()
    return panel


def texts(panel: VerifyPanel, row: int) -> list[str]:
    model = panel.table.model()
    shown = [c for c in range(model.columnCount()) if not panel.table.isColumnHidden(c)]
    return [model.index(row, column).data() for column in shown]


def edit(qtbot: QtBot, panel: VerifyPanel, name: str, text: str) -> None:
    field = panel.form.fields[name]
    field.clear()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_never_run(qtbot: QtBot, panel: VerifyPanel) -> None:
    assert panel.verdict.text() == "Not verified yet"
    assert not panel.copy_result.isVisible()
    assert not panel.cancel.isVisible()
    with qtbot.waitSignal(panel.verify_requested):
        qtbot.mouseClick(panel.run, Qt.MouseButton.LeftButton)


def test_running(qtbot: QtBot, panel: VerifyPanel) -> None:
    panel.show_running()
    panel.set_progress(0.25, "Running opened.onnx")
    assert panel.bar.value() / panel.bar.maximum() == 0.25
    assert panel.stage.text() == "Running opened.onnx"
    assert not panel.run.isVisible()
    with qtbot.waitSignal(panel.cancel_requested):
        qtbot.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)


def test_passed(panel: VerifyPanel) -> None:
    panel.show_result(result(SAME))
    assert panel.verdict.text() == "✓  The models agree"
    assert panel.verdict.property("role") == "success"
    assert texts(panel, 0) == ["✓  y", "✓  0", "✓  0", "0", "✓  0", "✓  1", "✓  same"]
    assert "seed 7" in panel.facts.text()
    assert "tiled.onnx against opened.onnx" in panel.facts.text()


def test_failed_outputs_come_first_and_say_which_rule_decided(panel: VerifyPanel) -> None:
    panel.show_result(result(SAME, OFF))
    assert panel.verdict.text() == "✗  1 of 2 outputs differ"
    assert panel.verdict.property("role") == "error"
    assert panel.reason.text().startswith("Failed: z, MSE 0.0001 ≥ 1e-05")
    row = texts(panel, 0)
    assert row[0] == "✗  z"
    assert row[1] == "✗  0.0001"
    assert float(row[2].split()[1]) == pytest.approx(0.01, rel=1e-3)
    # 0.02 / sqrt(1 + 4 + 16 + 64)
    assert float(row[4].split()[1]) == pytest.approx(0.02 / 85**0.5, rel=1e-2)


def test_another_shape_and_integers(panel: VerifyPanel) -> None:
    numbers = np.array([1, 2, 3])
    panel.show_result(
        result(output("shape", REFERENCE[:, :2]), output("ids", numbers + 1, numbers))
    )
    assert "The shape differs" in texts(panel, 0)[-1]
    assert "3 elements differ" in texts(panel, 1)[-1]
    assert texts(panel, 1)[1] == "–" or panel.table.isColumnHidden(1)


def test_limits_judge_the_same_measures_again(qtbot: QtBot, panel: VerifyPanel) -> None:
    panel.show_result(result(OFF))
    wanted = {"mse": "0.001", "max_abs": "0.1", "rel_l2": "1e-2"}
    for name, text in wanted.items():
        edit(qtbot, panel, name, text)
    assert panel.verdict.text() == "✓  The models agree"
    assert panel.result is not None and panel.result.passed
    with qtbot.waitSignal(panel.result_changed), qtbot.waitSignal(panel.thresholds_changed) as told:
        edit(qtbot, panel, "max_abs", "1e-3")
    assert told.args == [{"mse": 0.001, "max_abs": 0.001, "rel_l2": 0.01}]
    assert panel.verdict.text() == "✗  The models differ"


def test_a_limit_that_is_none_is_marked_and_not_told(qtbot: QtBot, panel: VerifyPanel) -> None:
    for name, text in (("mse", "small"), ("cosine_min", "1.5"), ("max_abs", "-1")):
        with qtbot.assertNotEmitted(panel.thresholds_changed):
            edit(qtbot, panel, name, text)
        assert panel.form.fields[name].property("invalid") is True
        assert panel.form.fields[name].text() == text


def test_defaults_take_everything_back(qtbot: QtBot, panel: VerifyPanel) -> None:
    panel.set_values(3, {"mse": 1e-7, "top1": 0.0})
    assert panel.form.seed.value() == 3
    assert panel.form.values() == {"mse": 1e-7, "top1": 0.0}
    with qtbot.waitSignal(panel.thresholds_changed) as told:
        qtbot.mouseClick(panel.form._reset, Qt.MouseButton.LeftButton)
    assert told.args == [{}]
    assert panel.form.top1.isChecked()
    assert panel.form.seed.value() == 3


def test_seed_and_top1_are_told(qtbot: QtBot, panel: VerifyPanel) -> None:
    with qtbot.waitSignal(panel.seed_changed) as seed:
        qtbot.keyClick(panel.form.seed, Qt.Key.Key_Up)
    assert seed.args == [1]
    with qtbot.waitSignal(panel.thresholds_changed) as told:
        panel.form.top1.click()
    assert told.args == [{"top1": 0.0}]


def test_values_from_outside_are_not_told(qtbot: QtBot, panel: VerifyPanel) -> None:
    with (
        qtbot.assertNotEmitted(panel.thresholds_changed),
        qtbot.assertNotEmitted(panel.seed_changed),
    ):
        panel.set_values(5, {"mse": 1e-3})


def test_error(panel: VerifyPanel) -> None:
    panel.show_error("onnxruntime cannot load it", "Use other operators.")
    assert panel.error.isVisible() and panel.error.text() == "onnxruntime cannot load it"
    assert panel.advice.isVisible()
    panel.show_error("It stopped")
    assert not panel.advice.isVisible()


def test_cancel_brings_the_last_result_back(panel: VerifyPanel) -> None:
    panel.show_running()
    panel.show_cancelled()
    assert panel.verdict.text() == "Cancelled: not verified"
    panel.show_result(result(SAME))
    panel.show_running()
    panel.show_cancelled()
    assert panel.verdict.text() == "✓  The models agree"


def test_copy(qtbot: QtBot, panel: VerifyPanel) -> None:
    panel.show_result(replace(result(OFF), passed=False))
    qtbot.mouseClick(panel.copy_result, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("DIFFERENT")
    assert "MSE 0.0001" in text
    panel.table.selectRow(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("✗  z\t✗  0.0001")
