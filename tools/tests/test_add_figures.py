"""Tests of tools/add-figures: what it adds, what it replaces, what it refuses."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[1] / "add-figures"
README = "# Title\n\n<!-- figures of machines -->\n<!-- end of figures -->\n\nThe end.\n"


def measurement(threads, speed, **more):
    return {"model": "A", "batch_size": 128, "pixels": "mnist", "averaging": "slabs",
            "threads": threads, "samples_per_second": {"median": speed}} | more


def report(*measurements, processor="Some CPU", cores=4):
    return {"machine": {"processor": processor, "cores_usable": cores, "kernel": "avx2"},
            "measurements": list(measurements)}


class AddFiguresTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.readme = self.folder / "README.md"
        self.readme.write_text(README)

    def add(self, content):
        path = self.folder / "report.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return subprocess.run([sys.executable, str(TOOL), str(path), "--into", str(self.readme)],
                              capture_output=True, text=True)

    def rows(self):
        return [line for line in self.readme.read_text().split("\n") if line.startswith("|")][2:]

    def test_a_machine_is_added_and_measured_again(self):
        first = report(measurement(1, 1000), measurement(2, 1900),
                       measurement(4, 3600, speed_up_interval=[3.5, 3.7]))
        self.assertEqual(self.add(first).returncode, 0)
        self.assertEqual(
            self.rows(),
            ["| Some CPU | avx2 | 4 | A | 128 | mnist | 1,000 | 3,600 | 3.60 (3.50 to 3.70) |"])
        other = report(measurement(1, 10), measurement(2, 20), processor="B | C", cores=2)
        self.assertEqual(self.add(other).returncode, 0)
        self.assertEqual(len(self.rows()), 2)
        self.assertTrue(self.rows()[1].startswith("| B / C | avx2 | 2 "))
        again = report(measurement(1, 1000), measurement(4, 4000))
        self.assertEqual(self.add(again).returncode, 0)
        self.assertEqual(len(self.rows()), 2)
        self.assertIn("| 4,000 | 4.00 |", self.rows()[0])
        self.assertTrue(self.readme.read_text().startswith("# Title\n"))
        self.assertTrue(self.readme.read_text().endswith("\nThe end.\n"))

    def test_what_is_no_report_is_refused_and_changes_nothing(self):
        for content, message in [
            ("no JSON", "cannot be read"), ({}, "expected a report"), ([], "expected a report"),
            (report(measurement(1, 1000)), "expected measurements of 1 thread and of 4"),
            (report({"model": "A"}), "expected a report"),
        ]:
            outcome = self.add(content)
            self.assertEqual(outcome.returncode, 1)
            self.assertIn(message, outcome.stderr)
            self.assertNotIn("Traceback", outcome.stderr)
            self.assertEqual(self.readme.read_text(), README)

    def test_a_readme_without_the_table_is_refused(self):
        self.readme.write_text("# Title\n")
        outcome = self.add(report(measurement(1, 1), measurement(4, 3)))
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("<!-- figures of machines -->", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
