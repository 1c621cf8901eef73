"""Tests of tools/plot.py: what it refuses, and where matplotlib is installed, what it draws."""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[1] / "plot.py"
HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None

START = {"event": "experiment", "version": "0", "experiment": "width", "kernel": "avx2",
         "threads": 1, "seed": 1, "dataset": "MNIST"}
ROW = {"event": "row", "hidden_units": 8, "parameters": 6370, "training_loss": 0.5,
       "test_accuracy": 0.9, "seconds_per_epoch": 0.1}


class PlotTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def log(self, lines, name="log.jsonl"):
        path = self.folder / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return str(path)

    def run_tool(self, *arguments, environment=None):
        return subprocess.run(
            [sys.executable, str(TOOL), *arguments], capture_output=True, text=True,
            env=environment)

    def test_without_matplotlib_it_says_what_to_install(self):
        # An import that fails, whatever is installed here.
        (self.folder / "matplotlib.py").write_text("raise ImportError\n")
        outcome = self.run_tool(
            self.log([START, ROW]), environment={"PYTHONPATH": str(self.folder), "PATH": ""})
        self.assertEqual(outcome.returncode, 1)
        self.assertEqual(
            outcome.stderr, "plot.py: this needs matplotlib: pip install matplotlib\n")

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_what_is_no_log_is_refused(self):
        text = self.folder / "text"
        text.write_text("no JSON")
        for path, message in [
            (str(text), "line 1 is not JSON"), (str(self.folder / "absent"), "cannot be read"),
            (self.log([{"a": 1}], "other"), "expected a log of mnist"), (self.log([START], "empty"), "no rows"),
            (self.log([START | {"experiment": "other"}, ROW]), "is not known here"),
        ]:
            outcome = self.run_tool(path)
            self.assertEqual(outcome.returncode, 1)
            self.assertIn(message, outcome.stderr)
            self.assertNotIn("Traceback", outcome.stderr)

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_logs_are_drawn(self):
        epoch = {"event": "epoch", "epoch": 1, "loss": 0.5, "validation_loss": None}
        for lines in [[START, ROW, ROW | {"hidden_units": 16}], [{"event": "start"}, epoch]]:
            outcome = self.run_tool(self.log(lines))
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.assertEqual((self.folder / "log.png").read_bytes()[:4], b"\x89PNG")


if __name__ == "__main__":
    unittest.main()
