#!/usr/bin/env python3
"""Tests of tools/compare-peers that install, build and measure nothing.

    python3 tools/tests/test_compare_peers.py

The program itself is run with a stand-in for bench-throughput (--ours) and for the rivals
(--rival), which write what they were asked to do into a log and print made-up figures.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "tools" / "compare-peers"
sys.path.insert(0, str(REPOSITORY / "tools" / "peers"))

import comparison
import rivals
from comparison import Pair, Row
from rivals import Failure

ROW = Row("A", 128, 2, "mnist")

STAND_IN = """\
import json, os, sys
name, behaviour, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
options = dict(zip(arguments[::2], arguments[1::2]))
with open(os.environ["LOG"], "a") as log:
    log.write(json.dumps([name, options]) + "\\n")
if behaviour == "fails":
    sys.exit("error: the library is not there")
if behaviour == "fails at 64" and options["--batch-size"] == "64":
    sys.exit("error: out of memory")
if name == "ours":
    machine = {"processor": "P", "cores_seen": 2, "cores_usable": 2, "kernel": "k"}
    speed = {"median": 3000.0, "min": 3000.0, "max": 3000.0}
    report = {"machine": machine, "measurements": [{"samples_per_second": speed}]}
    json.dump(report, open(options["--json"], "w"))
elif behaviour == "babbles":
    print("hello")
else:
    loss = None if behaviour == "diverges" else 0.25
    print(json.dumps({"version": "1.2", "samples_per_second": 2000.0, "loss": loss}))
"""


class OrderTests(unittest.TestCase):
    def measure(self, names, rounds, failing=()):
        calls, left_out = [], []

        def ours(row):
            calls.append("ours")
            return 300.0 + len(calls), None

        def rival(name, row):
            calls.append(name)
            if name in failing:
                raise Failure("it broke")
            return {"samples_per_second": 100.0, "loss": 0.1}

        leave_out = lambda name, row, reason: left_out.append((name, row, reason))
        pairs = comparison.measure_row(ROW, names, rounds, ours, rival, leave_out)
        return pairs, calls, left_out

    def test_each_rival_is_measured_right_after_ours(self):
        pairs, calls, _ = self.measure(["x", "y"], 2)
        self.assertEqual(calls, ["ours", "x", "ours", "y"] * 2)
        self.assertEqual([pair.ours for pair in pairs["x"]], [301.0, 305.0])
        self.assertEqual([pair.ours for pair in pairs["y"]], [303.0, 307.0])

    def test_a_rival_that_fails_is_left_out_once(self):
        pairs, calls, left_out = self.measure(["x", "y"], 2, failing=["x"])
        self.assertEqual(left_out, [("x", ROW, "it broke")])
        self.assertEqual(list(pairs), ["y"])
        self.assertEqual(calls, ["ours", "x", "ours", "y", "ours", "y"])

    def test_a_loss_that_is_too_high_or_no_number_is_a_failure(self):
        for loss in (None, float("nan"), float("inf"), 2.3):
            with self.subTest(loss=loss), self.assertRaises(Failure):
                comparison.check_loss(loss)
        comparison.check_loss(0.4)


class FigureTests(unittest.TestCase):
    PAIRS = [Pair(300, 100, 0.1), Pair(200, 100, 0.1), Pair(500, 50, 0.1)]

    def test_ratios_are_of_pairs_not_of_medians(self):
        result = comparison.result(ROW, "x", self.PAIRS)
        self.assertEqual(result["ratio"], {"median": 3, "min": 2, "max": 10})
        self.assertEqual(result["ours"], {"median": 300, "min": 200, "max": 500})
        self.assertEqual(result["samples_per_second"], {"median": 100, "min": 50, "max": 100})

    def test_the_median_of_two_is_their_mean(self):
        self.assertEqual(comparison.spread([1.0, 4.0])["median"], 2.5)

    def test_the_table_is_at_most_100_columns_wide(self):
        row = Row("C", 60_000, 128, "mnist")
        pairs = [Pair(9_999_999, 1_234_567, 0.1), Pair(9_999_999, 123_456, 0.1)]
        results = [comparison.result(row, name, pairs) for name in rivals.BY_NAME]
        lines = comparison.table(results)
        self.assertEqual(len(lines), 1 + len(results))
        self.assertLessEqual(max(map(len, lines)), 100)
        self.assertTrue(lines[1].startswith("C  60000  128  mnist   c-mkl"), lines[1])
        self.assertTrue(lines[2].lstrip().startswith("c-openblas"), lines[2])

    def test_processors_are_of_different_cores_first(self):
        usable = {0, 1, 2, 3}
        self.assertLessEqual(rivals.processors(usable, 2), usable)
        self.assertEqual(len(rivals.processors(usable, 2)), 2)
        self.assertEqual(rivals.processors(usable, 9), usable)


    def test_a_noisy_machine_is_named(self):
        def results(ours, others):
            pairs = [Pair(speed, 100, 0.1) for speed in ours]
            return [{**comparison.result(ROW, "x", pairs), "other_programs": others}]

        self.assertEqual(comparison.doubts(results([300, 310], 0.01)), [])
        self.assertEqual(comparison.doubts(results([300, 310], None)), [])
        self.assertEqual(len(comparison.doubts(results([300, 310], 0.2))), 1)
        self.assertEqual(len(comparison.doubts(results([300, 600], 0.2))), 2)


class ProgramTests(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "stand-in.py").write_text(STAND_IN)
        self.log = self.folder / "log"

    def stand_in(self, name, behaviour="works"):
        return f"{sys.executable} {self.folder}/stand-in.py {name} '{behaviour}'"

    def run_program(self, *options, ours="works", fails=False):
        command = [sys.executable, str(SCRIPT), "--rivals", "none", "--rounds", "2"]
        command += ["--ours", self.stand_in("ours", ours), *options]
        environment = dict(os.environ, LOG=str(self.log), HOME=str(self.folder))
        environment.pop("MNIST_DIR", None)
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        self.assertEqual(result.returncode != 0, fails, result.stdout + result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        return result

    def runs(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def rival(self, name, behaviour="works"):
        return ["--rival", f"{name}={self.stand_in(name, behaviour)}"]

    def test_the_report(self):
        path = self.folder / "report.json"
        result = self.run_program(
            *self.rival("x"), *self.rival("y"), "--pixels", "dense", "--json", str(path)
        )
        order = ["x", "y"] + ["ours", "x", "ours", "y"] * 2  # a trial of each rival first
        self.assertEqual([name for name, _ in self.runs()], order)
        for _, options in self.runs()[2:]:
            self.assertEqual(options["--threads"], "2")
            self.assertEqual(options["--pixels"], "dense")
        self.assertIn("1.50", result.stdout)
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 100)

        report = json.loads(path.read_text())
        self.assertEqual(report["machine"]["processor"], "P")
        self.assertEqual(report["rivals"]["x"], {"version": "1.2", "packages": {}})
        self.assertEqual(report["left_out"], [])
        self.assertEqual([entry["rival"] for entry in report["rows"]], ["x", "y"])
        row = report["rows"][0]
        self.assertEqual((row["model"], row["batch_size"], row["threads"]), ("A", 128, 2))
        self.assertEqual(row["ratio"], {"median": 1.5, "min": 1.5, "max": 1.5})
        pair = {"ours": 3000, "rival": 2000, "loss": 0.25, "variant": "", "ours_loss": None}
        self.assertEqual(row["pairs"], [{**pair, "ratio": 1.5}] * 2)

    def test_rivals_that_fail_are_named_with_the_reason(self):
        result = self.run_program(
            *self.rival("good"),
            *self.rival("broken", "fails"),
            *self.rival("wrong", "diverges"),
            *self.rival("chatty", "babbles"),
            *("--rival", "absent=/no/such/program", "--pixels", "dense"),
        )
        listed = result.stdout[result.stdout.index("left out:") :]
        self.assertIn("broken: error: the library is not there", listed)
        self.assertIn("wrong: its training loss after the run is None", listed)
        self.assertIn("chatty: it did not print the line of JSON", listed)
        self.assertIn("absent: /no/such/program: No such file or directory", listed)
        self.assertNotIn("good", listed)

    def test_a_rival_may_fail_in_one_row(self):
        result = self.run_program(
            *self.rival("x", "fails at 64"), "--batch-size", "64,128", "--pixels", "dense"
        )
        self.assertIn("x of A, batch 64, 2 threads, dense: error: out of memory", result.stdout)
        self.assertIn("A    128    2  dense   x", result.stdout)

    def test_no_rival_left_is_an_error(self):
        result = self.run_program(
            *self.rival("broken", "fails"), "--pixels", "dense", fails=True
        )
        self.assertIn("no rival is left", result.stderr)

    def test_ours_failing_is_an_error(self):
        result = self.run_program(
            *self.rival("x"), "--pixels", "dense", ours="fails", fails=True
        )
        self.assertIn("bench-throughput: error: the library is not there", result.stderr)

    def test_mnist_is_unpacked_for_the_rivals(self):
        data = self.folder / "mnist"
        data.mkdir()
        for stem in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
            (data / stem).write_bytes(b"raw")
        self.run_program(*self.rival("x"), "--model", "B", "--data", str(data))
        runs = self.runs()
        self.assertEqual(runs[1][1]["--data"], str(data))
        self.assertNotEqual(runs[2][1]["--data"], str(data))
        self.assertEqual(runs[2][1]["--model"], "B")

    def test_wrong_usage_exits_with_2(self):
        for options in (
            ["--no-such-option"],
            ["--model", "D"],
            ["--batch-size", "0"],
            ["--threads", "two"],
            ["--rounds", "0"],
            ["--seconds", "nan"],
            ["--rivals", "abacus"],
            ["--rival", "nameless"],
            ["--rival", "torch=true"],
            ["--json", "/no/such/folder/file"],
        ):
            with self.subTest(options=options):
                result = self.run_program(*options, fails=True)
                self.assertEqual(result.returncode, 2)
                self.assertFalse(self.log.exists())


if __name__ == "__main__":
    unittest.main()
