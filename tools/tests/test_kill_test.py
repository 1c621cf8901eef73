#!/usr/bin/env python3
"""Tests of tools/kill-test: a few kills of the real program, and programs that do not survive.

    python3 tools/tests/test_kill_test.py [MNIST]

MNIST is the program, .build/release/mnist without it. Takes about fifteen seconds.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOOL = REPOSITORY / "tools" / "kill-test"
MNIST = REPOSITORY / ".build" / "release" / "mnist"


def run(*arguments, program=None):
    return subprocess.run(
        [TOOL, "--mnist", program or MNIST, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


class KillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def wrapper(self, script):
        """A program that does something else than mnist with some of its arguments."""
        path = self.folder / "mnist"
        path.write_text(f'#!/usr/bin/env bash\nreal="{MNIST}"\n{script}\nexec "$real" "$@"\n')
        path.chmod(0o755)
        return path

    def test_the_program_survives(self):
        finished = run("--kills", "8", "--seed", "1")
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("all 8 kills survived", finished.stdout)
        self.assertIn("seed 1", finished.stdout)

    def test_other_weights_are_found_out(self):
        # A resumed run that says it came to other weights.
        script = """
        if [[ " $* " == *" --resume "*copy.ckpt* ]]; then
          "$real" "$@" || exit
          sed -i 's/"weights_crc32":"......../"weights_crc32":"00000000/' "${@: -2:1}"
          exit 0
        fi"""
        finished = run("--kills", "20", "--seed", "1", program=self.wrapper(script))
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertIn("weights_crc32: expected", finished.stderr)

    def test_a_damaged_checkpoint_is_found_out(self):
        script = """
        if [ "$1" = info ]; then printf X | dd of="$2" bs=1 seek=5000 conv=notrunc 2>/dev/null; fi"""
        finished = run("--kills", "20", "--seed", "1", program=self.wrapper(script))
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertIn("the newest checkpoint cannot be read", finished.stderr)

    def test_wrong_usage(self):
        for arguments in [("--kills", "0"), ("--every", "0"), ("--mnist", "/nonexistent")]:
            self.assertEqual(run(*arguments).returncode, 2)
        self.assertTrue(os.access(TOOL, os.X_OK))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        MNIST = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
