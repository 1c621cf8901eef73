#!/usr/bin/env python3
"""Tests of tools/reproduce with a program that stands in for mnist, and of the README's table.

    python3 tools/tests/test_reproduce.py
"""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ROWS = json.loads((REPOSITORY / "tools" / "published-weights.json").read_text())["rows"]

STANDIN = """#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
def value(name):
    return arguments[arguments.index(name) + 1] if name in arguments else None
rows = json.load(open(os.environ["ROWS"]))["rows"]
data = value("--data") or ""
kind = "embedded" if "--embedded" in arguments else "random" if "/tmp" in data else "MNIST"
if kind == "random":
    for name in ("train", "t10k"):
        for rest in ("images-idx3", "labels-idx1"):
            assert os.path.exists(f"{data}/{name}-{rest}-ubyte.gz")
if os.environ.get("FAIL"):
    sys.exit("mnist: something is wrong")
dataset = {"embedded": "embedded digits", "random": "MNIST"}.get(kind, os.environ["MNIST"])
names = ("hidden", "batch-size", "learning-rate", "momentum", "epochs", "validation-split", "seed")
row = next(
    row for row in rows
    if row["data"] == kind and all(str(row[name]) == value("--" + name) for name in names))
kernel = os.environ["KERNEL"]
crc = row["baseline" if kernel == "baseline" else "fused"]
if os.environ.get("WRONG") == value("--threads"):
    crc = "deadbeef"
with open(value("--log"), "w") as log:
    print(json.dumps({"event": "start", "kernel": kernel, "dataset": dataset}), file=log)
    print(json.dumps({"event": "end", "weights_crc32": crc}), file=log)
"""


class Reproduce(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = pathlib.Path(folder.name) / "mnist"
        self.program.write_text(STANDIN)
        self.program.chmod(0o755)

    def run_tool(self, *arguments, **environment):
        defaults = {
            "ROWS": str(REPOSITORY / "tools" / "published-weights.json"), "KERNEL": "avx2",
            "MNIST": "MNIST", "TMPDIR": "/tmp"}
        return subprocess.run(
            [REPOSITORY / "tools" / "reproduce", "--program", self.program, *arguments],
            env={**os.environ, **defaults, **environment}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def test_all_is_well(self):
        for kernel in ("avx2", "avx512", "neon", "baseline"):
            run = self.run_tool("--threads", "3", KERNEL=kernel)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(run.stdout.splitlines()[-1], f"{len(ROWS)} ok, 0 different")

    def test_the_table_has_100_columns_at_most(self):
        lines = self.run_tool("--threads", "1024", WRONG="1024").stdout.splitlines()
        self.assertLessEqual(max(map(len, lines)), 100)

    def test_a_difference_is_shown_and_fails(self):
        run = self.run_tool("--threads", "1,3", WRONG="3")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stdout.count("deadbeef DIFFERS"), len(ROWS))
        self.assertIn(f"{len(ROWS)} ok, {len(ROWS)} different", run.stdout)

    def test_without_mnist_its_rows_are_skipped(self):
        run = self.run_tool("--threads", "1", MNIST="embedded digits")
        self.assertEqual(run.returncode, 0, run.stderr)
        skipped = sum(row["data"] == "MNIST" for row in ROWS)
        self.assertIn(f"no MNIST found: {skipped} rows skipped", run.stdout)
        self.assertIn(f"{len(ROWS) - skipped} ok, 0 different", run.stdout)

    def test_other_data_of_the_same_format_is_an_error(self):
        run = self.run_tool("--threads", "1", MNIST="Fashion-MNIST")
        self.assertEqual(run.returncode, 2)
        self.assertIn("found Fashion-MNIST, expected MNIST", run.stderr)

    def test_a_program_that_fails_is_an_error(self):
        run = self.run_tool(FAIL="1")
        self.assertEqual(run.returncode, 2)
        self.assertIn("mnist: something is wrong", run.stderr)

    def test_threads_are_numbers(self):
        for text in ("0", "1,", "two", "1025", "-1"):
            self.assertEqual(self.run_tool(f"--threads={text}").returncode, 2)


class Documentation(unittest.TestCase):
    def test_the_readme_shows_the_published_weights(self):
        lines = (REPOSITORY / "README.md").read_text().splitlines()
        for row in ROWS:
            *words, fused, baseline = map(str, row.values())
            self.assertIn(f"| {' | '.join(words)} | `{fused}` | `{baseline}` |", lines)

    def test_weights_are_eight_digits(self):
        for row in ROWS:
            for column in ("fused", "baseline"):
                self.assertRegex(row[column], "^[0-9a-f]{8}$")


if __name__ == "__main__":
    unittest.main()
