#!/usr/bin/env python3
"""Tests of tools/measure-presets with a program that stands in for mnist.

    python3 tools/tests/test_measure_presets.py
"""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

STANDIN = """#!/usr/bin/env python3
import json, os, signal, sys
arguments = sys.argv[1:]
value = lambda name: arguments[arguments.index(name) + 1]
seed = value("--seed")
if os.environ.get("FAIL") == seed:
    sys.exit("mnist: something is wrong")
if os.environ.get("INTERRUPT") == seed:
    os.kill(os.getppid(), signal.SIGINT)
accuracy = {"sprint": 0.98, "linear": 0.92}[value("--preset")] + int(seed) / 1000
if "--max-norm" in arguments:
    accuracy += 0.01
with open(value("--log"), "w") as log:
    print(json.dumps({
        "event": "start", "kernel": "avx2", "dataset": value("--data"), "layer_sizes": [784, 10],
        "threads": int(value("--threads"))}), file=log)
    print(json.dumps({
        "event": "end", "test_accuracy": accuracy, "weights_crc32": "00000000"}), file=log)
"""


class MeasurePresets(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.program = self.folder / "mnist"
        self.program.write_text(STANDIN)
        self.program.chmod(0o755)

    def run_tool(self, *arguments, **environment):
        return subprocess.run(
            [REPOSITORY / "tools" / "measure-presets", "--program", self.program,
             "--data", "MNIST", *arguments],
            env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
            # Ignored where a shell has started this in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def test_a_row_for_each_preset(self):
        run = self.run_tool("sprint", "linear", "--seeds", "1-3", "--threads", "5")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("MNIST, avx2 kernels, 5 threads", run.stdout)
        self.assertIn(
            "| `sprint` | 784-10 | 1 to 3 | 98.20 ± 0.10 % (98.10 to 98.30) | ", run.stdout)
        self.assertIn("| `linear` | 784-10 | 1 to 3 | 92.20 ± 0.10 %", run.stdout)

    def test_presets_take_turns(self):
        run = self.run_tool("sprint", "linear", "--seeds", "1-2")
        begun = [line.split(":")[0] for line in run.stdout.splitlines() if ", seed" in line]
        self.assertEqual(begun, [
            "sprint, seed 1", "linear, seed 1", "sprint, seed 2", "linear, seed 2"])

    def test_one_seed_has_no_deviation(self):
        run = self.run_tool("sprint", "--seeds", "4")
        self.assertIn("| `sprint` | 784-10 | 4 | 98.40 % | ", run.stdout)

    def test_options_for_mnist(self):
        run = self.run_tool("sprint", "--seeds", "4", "--", "--max-norm", "2")
        self.assertIn("| 99.40 % |", run.stdout)

    def test_the_file_has_every_run(self):
        path = self.folder / "runs.json"
        self.run_tool("sprint", "--seeds", "1-2", "--json", path, "--", "--max-norm", "2")
        runs = json.loads(path.read_text())["runs"]
        self.assertEqual([run["seed"] for run in runs], [1, 2])
        self.assertEqual(runs[0]["options"], ["--max-norm", "2"])
        self.assertGreater(runs[0]["seconds"], 0)

    def test_a_file_that_cannot_be_written_is_an_error_before_anything_runs(self):
        run = self.run_tool("sprint", "--json", self.folder / "none" / "runs.json")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("runs.json", run.stderr)

    def test_a_run_that_fails_is_an_error_and_the_others_are_shown(self):
        path = self.folder / "runs.json"
        run = self.run_tool("sprint", "--seeds", "1-3", "--json", path, FAIL="3")
        self.assertEqual(run.returncode, 2)
        self.assertIn("mnist: something is wrong", run.stderr)
        self.assertIn("| `sprint` | 784-10 | 1 to 2 |", run.stdout)
        self.assertEqual(len(json.loads(path.read_text())["runs"]), 2)

    def test_an_interruption_shows_what_is_complete(self):
        run = self.run_tool("sprint", "--seeds", "1-3", INTERRUPT="3")
        self.assertEqual(run.returncode, 130)
        self.assertIn("| `sprint` | 784-10 | 1 to 2 |", run.stdout)

    def test_nothing_is_kept_of_a_first_run_that_fails(self):
        new, old = self.folder / "new.json", self.folder / "old.json"
        old.write_text("{}")
        for path in (new, old):
            run = self.run_tool("sprint", "--json", path, FAIL="1")
            self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertFalse(new.exists())
        self.assertEqual(old.read_text(), "{}")

    def test_seeds_and_threads_are_numbers(self):
        for text in ("x", "3-1", "1-", "-1", "0-5000", ""):
            self.assertEqual(self.run_tool(f"--seeds={text}").returncode, 2, text)
        for text in ("0", "two", "1025"):
            self.assertEqual(self.run_tool(f"--threads={text}").returncode, 2, text)


if __name__ == "__main__":
    unittest.main()
