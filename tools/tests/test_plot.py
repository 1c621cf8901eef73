"""Tests of tools/plot.py: what it refuses, and where matplotlib is installed, what it draws."""

import importlib.util
import json
import pathlib
import struct
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


def measurement(threads, speed, batch=128):
    return {"id": f"A {batch} {threads}", "model": "A", "batch_size": batch, "threads": threads,
            "pixels": "mnist", "averaging": "slabs", "scaling": "strong",
            "samples_per_second": {"median": speed, "min": speed, "max": speed},
            "speed_up_interval": [speed / 1000 - 0.1, speed / 1000 + 0.1],
            "phases": {"gather": 0.1, "forward": 0.3, "loss": 0.1, "backward": 0.1, "update": 0.3,
                       "waiting": 0.1},
            "gflops": speed / 10, "peak_gflops": 100.0 * threads,
            "operations_per_iteration": 5e7, "bytes_per_iteration": 2e6}


LAW = {"scaling": "strong", "model": "A", "size": 128, "pixels": "mnist", "averaging": "slabs",
       "fits": [{"form": form, "rate": {"value": 1000}, "sigma": {"value": 0.05},
                 "kappa": {"value": 0.001}} for form in ("amdahl", "coherenceOnly", "universal")]}
REPORT = {"benchmark": "bench-scaling",
          "machine": {"processor": "Some CPU", "cores_usable": 2, "kernel": "avx2"},
          "measurements": [measurement(1, 1000), measurement(2, 1900), measurement(1, 900, 32),
                           measurement(2, 1500, 32)],
          "laws": [LAW], "bandwidth": {"one_core": 1e10, "all_cores": 1.5e10}}


def spread(value):
    return {"median": value, "min": 0.9 * value, "max": 1.1 * value}


PEERS = {"rivals": {"jax": {}}, "machine": REPORT["machine"],
         "rows": [{"model": "A", "batch_size": 128, "threads": 2, "pixels": pixels, "rival": rival,
                   "ours": spread(500_000), "samples_per_second": spread(200_000),
                   "ratio": spread(2.5)}
                  for pixels in ("mnist", "dense") for rival in ("jax", "c-mkl")]}


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

    def assert_draws(self, *arguments):
        out = self.folder / "picture.png"
        outcome = self.run_tool(*arguments, "--out", str(out))
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(out.read_bytes()[:4], b"\x89PNG")

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_reports_of_benchmarks_are_drawn(self):
        path = self.log([REPORT], "report.json")
        self.assert_draws(path)
        for picture in ("scaling", "heatmap", "phases", "roofline"):
            self.assert_draws(path, "--picture", picture)
        self.assert_draws(self.log([REPORT | {"benchmark": "bench-throughput"}], "other.json"))

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_reports_without_what_a_picture_needs_are_refused(self):
        bare = {key: value for key, value in measurement(2, 1).items() if key != "phases"}
        for report, picture, message in [
            (REPORT | {"measurements": []}, "scaling", "no measurement in samples per second"),
            (REPORT | {"measurements": [bare]}, "phases", "has no phases"),
            (REPORT | {"measurements": [bare]}, "scaling", "one thread was not measured"),
            ({key: REPORT[key] for key in ("benchmark", "machine", "measurements")}, "roofline",
             "no operations and bytes"),
        ]:
            outcome = self.run_tool(self.log([report], "report.json"), "--picture", picture)
            self.assertEqual(outcome.returncode, 1)
            self.assertIn(message, outcome.stderr)
            self.assertNotIn("Traceback", outcome.stderr)

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_rivals_are_drawn(self):
        self.assert_draws(self.log([PEERS], "peers.json"))

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_models_and_their_mistakes_are_drawn(self):
        self.assert_draws(self.log(
            [{"event": "confusion", "dataset": "x", "counts": [[5, 1], [0, 7]]}], "confusion.json"))
        self.assert_draws(self.model([3, 4]))

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_models_of_other_inputs_are_refused(self):
        for shape, message in [([3, 5], "square images"), ([3], "expected a model of mnist")]:
            outcome = self.run_tool(self.model(shape))
            self.assertEqual(outcome.returncode, 1)
            self.assertIn(message, outcome.stderr)
            self.assertNotIn("Traceback", outcome.stderr)

    def model(self, shape):
        """A safetensors file with one tensor."""
        count = 1
        for size in shape:
            count *= size
        header = json.dumps({"layers.0.weight": {
            "dtype": "F32", "shape": shape, "data_offsets": [0, 4 * count]}}).encode()
        path = self.folder / "model.safetensors"
        path.write_bytes(struct.pack("<Q", len(header)) + header
                         + struct.pack(f"<{count}f", *range(count)))
        return str(path)


if __name__ == "__main__":
    unittest.main()
