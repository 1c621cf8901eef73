#!/usr/bin/env python3
"""Tests of tools/fetch-mnist against HTTP servers on the loopback address.

    python3 tools/tests/test_fetch_mnist.py

Needs Python 3, bash and curl; reaches no other host. Most tests fetch four small files
that they make themselves, named in a --manifest. One more test fetches the real MNIST
files, where it finds them: in the folder that MNIST_DIR names, or in
../shared/data/mnist beside the repository.
"""

import gzip
import hashlib
import http.server
import os
import pathlib
import pty
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "tools" / "fetch-mnist"
NAMES = [
    "t10k-labels-idx1-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "train-images-idx3-ubyte.gz",
]
HTML = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"


def sample_files():
    """Four gzip files of noise, so that no two are alike and the last is 300 kB."""
    noise = random.Random(1)
    lengths = [100, 600, 50_000, 300_000]
    return {
        name: gzip.compress(noise.randbytes(length), mtime=0)
        for name, length in zip(NAMES, lengths)
    }


def manifest_of(files):
    return "# a comment\n\n" + "".join(
        f"{hashlib.sha256(data).hexdigest()} {len(data)} {name}\n" for name, data in files.items()
    )


# ---- what a server does with a request: each takes the handler and the file's bytes -----


def good(handler, data):
    """The file, or the end of it that a Range header asks for."""
    asked = handler.headers.get("Range")
    if asked is None:
        handler.answer(200, data)
        return
    start = int(asked[len("bytes="):].split("-")[0])
    if start >= len(data):
        handler.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
    else:
        span = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.answer(206, data[start:], {"Content-Range": span})


def without_ranges(handler, data):
    handler.answer(200, data)


def truncated(handler, data):
    """A shorter file, served without a fault."""
    good(handler, data[: len(data) // 2])


def too_long(handler, data):
    good(handler, data + b"more")


def far_too_long(handler, data):
    good(handler, data + bytes(3 << 20))


def altered(handler, data):
    good(handler, data[:-1] + bytes([data[-1] ^ 1]))


def empty(handler, data):
    handler.answer(200, b"")


def html_page(handler, data):
    handler.answer(200, HTML, {"Content-Type": "text/html"})


def not_found(handler, data):
    handler.answer(404, HTML)


def breaks_off(handler, data):
    """Announces the whole file, closes the connection at the middle of it."""
    start = int(handler.headers.get("Range", "bytes=0-")[len("bytes="):].split("-")[0])
    status, headers = 200, {}
    if start > 0:
        status = 206
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
    handler.answer(status, data[start:], headers, send=data[start : len(data) // 2])


def hangs(handler, data):
    """Sends half of the file, then nothing, until the server is closed."""
    handler.answer(200, data, send=data[: len(data) // 2])
    handler.server.closing.wait(30)


def once(first, then):
    """Treats a file's first request in one way and the later ones in another."""
    seen = set()

    def behave(handler, data):
        behaviour = then if handler.path in seen else first
        seen.add(handler.path)
        behaviour(handler, data)

    return behave


def status(code):
    return lambda handler, data: handler.answer(code, HTML)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.rsplit("/", 1)[-1]
        self.server.requests.append((name, self.headers.get("Range")))
        if name not in self.server.files:
            not_found(self, b"")
            return
        behave = self.server.behaviours.get(name, self.server.behaviour)
        behave(self, self.server.files[name])

    def answer(self, code, body, headers=None, send=None):
        """Announces `body`; sends `send` in its place where that is given."""
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        sent = body if send is None else send
        try:
            self.wfile.write(sent)
            self.wfile.flush()
            self.server.sent += len(sent)
        except ConnectionError:
            pass  # curl has seen enough, as with a file that is far too long

    def log_message(self, *arguments):
        pass


class Mirror(http.server.ThreadingHTTPServer):
    """A server of `files`, in its own thread; `behaviours` overrides single files."""

    daemon_threads = True

    def __init__(self, files, behaviour=good, behaviours=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.behaviour = behaviour
        self.behaviours = behaviours or {}
        self.requests = []
        self.sent = 0
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/data"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.closing.set()
        self.shutdown()
        self.server_close()

    def asked(self, name):
        return [asked for requested, asked in self.requests if requested == name]


def tree(folder):
    """Every path in a folder, hidden ones too, or None where there is no folder."""
    if not folder.exists():
        return None
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class FetchTestCase(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="fetch-mnist-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.home = self.root / "home"
        self.home.mkdir()
        self.folder = self.root / "made" / "by" / "fetch"
        self.files = sample_files()
        self.manifest = self.root / "manifest"
        self.manifest.write_text(manifest_of(self.files))

    def mirror(self, behaviour=good, behaviours=None, files=None):
        server = Mirror(self.files if files is None else files, behaviour, behaviours)
        self.addCleanup(server.close)
        return server

    def environment(self, **changes):
        result = {"PATH": os.environ["PATH"], "HOME": str(self.home), "no_proxy": "*"}
        result.update(changes)
        return result

    def run_script(self, *arguments, environment=None):
        return subprocess.run(
            [shutil.which("bash"), str(SCRIPT), *map(str, arguments)],
            cwd=self.root,
            env=environment or self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def arguments(self, *mirrors, folder=None):
        result = ["--manifest", self.manifest, "--dir", folder or self.folder]
        for mirror in mirrors:
            result += ["--mirror", getattr(mirror, "url", mirror)]
        return result

    def fetch(self, *mirrors, folder=None):
        return self.run_script(*self.arguments(*mirrors, folder=folder))

    def partial(self, name):
        return self.folder / f".{name}.partial"

    def leave_partial(self, name, data):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.partial(name).write_bytes(data)

    def assert_fetched(self, result, folder=None):
        folder = folder or self.folder
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(tree(folder), sorted(self.files))
        for name, data in self.files.items():
            self.assertEqual((folder / name).read_bytes(), data, name)

    def assert_failed_cleanly(self, result, *words):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertIsNone(tree(self.root / "made"), "something was left behind")


class GoodMirrors(FetchTestCase):
    def test_good_bytes(self):
        result = self.fetch(self.mirror())
        self.assert_fetched(result)
        self.assertEqual(result.stderr, "")
        lines = result.stdout.splitlines()
        for line, (name, data) in zip(lines, self.files.items()):
            self.assertEqual(line.split(), [name, str(len(data)), "bytes", "ok"])
        self.assertEqual(len(lines), 5)
        self.assertIn(f"swift run -c release mnist --data {self.folder}", lines[4])

    def test_progress_on_a_terminal_only(self):
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "rb", buffering=0) as screen:
            mirror = self.mirror()
            process = subprocess.Popen(
                ["bash", str(SCRIPT), *map(str, self.arguments(mirror))],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=theirs,
                text=True,
            )
            os.close(theirs)
            shown = b""
            try:
                while chunk := screen.read(4096):
                    shown += chunk
            except OSError:
                pass  # how Linux says that the other side was closed
            report, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(report.count("ok\n"), 4)
        self.assertIn(f"{mirror.url}/{NAMES[3]} (".encode(), shown)
        self.assertIn(b"100.0%", shown)

    def test_spaces_and_letters_beyond_ascii_in_the_folder_name(self):
        folder = self.root / "my files" / "chiffres écrits"
        result = self.fetch(self.mirror(), folder=folder)
        self.assert_fetched(result, folder)
        # The command can be pasted into a shell as it is.
        quoted = result.stdout.split("--data ")[1].strip()
        printed = subprocess.run(
            ["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True
        )
        self.assertEqual(os.fsdecode(printed.stdout), str(folder))

    def test_relative_folder_with_a_leading_dash(self):
        self.assert_fetched(self.fetch(self.mirror(), folder="-odd/"), self.root / "-odd")

    def test_option_and_value_in_one_word(self):
        arguments = [f"--manifest={self.manifest}", f"--dir={self.folder}"]
        self.assert_fetched(self.run_script(*arguments, f"--mirror={self.mirror().url}/"))

    def test_present_files_make_no_request(self):
        self.assert_fetched(self.fetch(self.mirror()))
        mirror = self.mirror()
        result = self.fetch(mirror)
        self.assert_fetched(result)
        self.assertEqual(mirror.requests, [])
        self.assertEqual(result.stdout.count("kept\n"), 4)

    def test_only_missing_and_wrong_files_are_fetched(self):
        self.assert_fetched(self.fetch(self.mirror()))
        (self.folder / NAMES[1]).unlink()
        (self.folder / NAMES[2]).write_bytes(HTML)
        mirror = self.mirror()
        result = self.fetch(mirror)
        self.assert_fetched(result)
        self.assertEqual([name for name, _ in mirror.requests], [NAMES[1], NAMES[2]])
        self.assertIn(f"{NAMES[2]} is wrong: expected {len(self.files[NAMES[2]])} bytes, "
                      f"found an HTML page ({len(HTML)} bytes)", result.stderr)
        self.assertEqual([line.split()[-1] for line in result.stdout.splitlines()[:4]],
                         ["kept", "ok", "ok", "kept"])


class BadMirrors(FetchTestCase):
    def test_each_fault_is_named_and_leaves_nothing(self):
        name = NAMES[0]
        size = len(self.files[name])
        digest = hashlib.sha256(self.files[name]).hexdigest()
        faults = [
            (truncated, f"expected {size} bytes, found {size // 2}"),
            (too_long, f"expected {size} bytes, found {size + 4}"),
            (far_too_long, f"expected {size} bytes, found over a megabyte more"),
            (altered, f"expected SHA-256 {digest}, found "),
            (empty, f"expected {size} bytes, found 0"),
            (html_page, f"expected {size} bytes, found an HTML page ({len(HTML)} bytes)"),
            (not_found, "HTTP status 404"),
            (status(403), "HTTP status 403"),
            (breaks_off, f"expected {size} bytes, the connection ended after "),
        ]
        for behaviour, words in faults:
            with self.subTest(fault=getattr(behaviour, "__name__", words)):
                mirror = self.mirror(behaviour)
                result = self.fetch(mirror)
                self.assert_failed_cleanly(result, f"{mirror.url}/{name}: {words}")
                self.assertIn(f"no mirror has a good {name}", result.stderr)

    def test_each_fault_with_a_working_second_mirror(self):
        for behaviour in (not_found, truncated, altered, too_long, html_page, breaks_off, empty):
            with self.subTest(fault=behaviour.__name__):
                bad = self.mirror(behaviour)
                result = self.fetch(bad, self.mirror())
                self.assert_fetched(result)
                for name in NAMES:
                    self.assertIn(f"{bad.url}/{name}: ", result.stderr)
                shutil.rmtree(self.root / "made")

    def test_no_server_at_all_then_a_working_mirror(self):
        closed = Mirror({})
        closed.close()
        self.assert_fetched(self.fetch(closed, self.mirror()))
        shutil.rmtree(self.root / "made")
        self.assert_failed_cleanly(self.fetch(closed), f"{closed.url}/{NAMES[0]}: ")

    def test_last_file_failing_leaves_nothing_of_the_others(self):
        bad = {NAMES[3]: html_page}
        result = self.fetch(self.mirror(behaviours=bad), self.mirror(behaviours=bad))
        self.assert_failed_cleanly(result, "an HTML page")

    def test_folder_that_was_there_stays_as_it_was(self):
        self.folder.mkdir(parents=True)
        (self.folder / "notes.txt").write_text("mine")
        self.leave_partial(NAMES[0], b"from an interrupted run")
        result = self.fetch(self.mirror(not_found), self.mirror(truncated))
        self.assertEqual(result.returncode, 1)
        self.assertEqual(tree(self.folder), ["notes.txt"])

    def test_wrong_files_are_kept_when_all_mirrors_fail(self):
        self.folder.mkdir(parents=True)
        for name in NAMES:
            (self.folder / name).write_bytes(b"another set's " + name.encode())
        mirror = self.mirror(behaviours={NAMES[3]: truncated})
        result = self.fetch(mirror)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(tree(self.folder), sorted(NAMES))
        for name in NAMES:  # not one replaced: no mixture of two sets
            self.assertEqual((self.folder / name).read_bytes(), b"another set's " + name.encode())

    def test_busy_server_is_asked_again(self):
        mirror = self.mirror(behaviours={NAMES[0]: once(status(503), good)})
        self.assert_fetched(self.fetch(mirror))
        self.assertEqual(len(mirror.asked(NAMES[0])), 2)

    def test_something_else_in_the_way(self):
        (self.folder / NAMES[0]).mkdir(parents=True)
        result = self.fetch(self.mirror())
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{self.folder / NAMES[0]} is there and is not a plain file", result.stderr)
        result = self.fetch(self.mirror(), folder=self.manifest)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{self.manifest} is there and is not a folder", result.stderr)
        result = self.fetch(self.mirror(), folder=self.manifest / "below")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot make the folder", result.stderr)


class Resuming(FetchTestCase):
    name = NAMES[3]

    def test_partial_file_is_resumed(self):
        data = self.files[self.name]
        self.leave_partial(self.name, data[:200_000])
        mirror = self.mirror()
        self.assert_fetched(self.fetch(mirror))
        self.assertEqual(mirror.asked(self.name), ["bytes=200000-"])
        whole = sum(len(data) for data in self.files.values())
        self.assertEqual(mirror.sent, whole - 200_000)

    def test_complete_partial_file_makes_no_request(self):
        self.leave_partial(self.name, self.files[self.name])
        mirror = self.mirror()
        self.assert_fetched(self.fetch(mirror))
        self.assertEqual(mirror.asked(self.name), [])

    def test_useless_partial_files_recover(self):
        size = len(self.files[self.name])
        for length in (0, 1, 1000, size - 1, size, size + 1000):
            for behaviour in (good, without_ranges):
                with self.subTest(length=length, server=behaviour.__name__):
                    self.leave_partial(self.name, b"?" * length)
                    self.assert_fetched(self.fetch(self.mirror(behaviour)))
                    shutil.rmtree(self.root / "made")

    def test_server_without_ranges(self):
        self.leave_partial(self.name, self.files[self.name][:200_000])
        mirror = self.mirror(without_ranges)
        self.assert_fetched(self.fetch(mirror))
        self.assertEqual(mirror.asked(self.name), ["bytes=200000-", None])

    def test_partial_file_longer_than_the_mirrors_file(self):
        self.leave_partial(self.name, self.files[self.name][:200_000])
        bad = self.mirror(behaviours={self.name: truncated})
        result = self.fetch(bad, self.mirror())
        self.assert_fetched(result)
        self.assertEqual(bad.asked(self.name), ["bytes=200000-", None])
        size = len(self.files[self.name])
        self.assertIn(f"{self.name}: expected {size} bytes, found {size // 2}", result.stderr)

    def test_broken_connection_is_resumed_at_the_same_mirror(self):
        mirror = self.mirror(behaviours={self.name: once(breaks_off, good)})
        self.assert_fetched(self.fetch(mirror))
        half = len(self.files[self.name]) // 2
        self.assertEqual(mirror.asked(self.name), [None, f"bytes={half}-"])

    def test_broken_connection_is_resumed_at_the_second_mirror(self):
        once_only = once(breaks_off, not_found)
        first, second = self.mirror(behaviours={self.name: once_only}), self.mirror()
        self.assert_fetched(self.fetch(first, second))
        half = len(self.files[self.name]) // 2
        self.assertEqual(second.asked(self.name), [f"bytes={half}-"])

    def test_interrupted_run_goes_on(self):
        statuses = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
        for kill, status_expected in statuses.items():
            with self.subTest(signal=kill.name):
                arguments = self.arguments(self.mirror(behaviours={self.name: hangs}))
                process = subprocess.Popen(
                    [shutil.which("bash"), str(SCRIPT), *map(str, arguments)],
                    env=self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                    # A test run in the background would pass on that SIGINT is ignored.
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                )
                self.wait_for_bytes(process)
                os.killpg(process.pid, kill)
                _, errors = process.communicate(timeout=30)
                arrived = self.partial(self.name).stat().st_size
                kept = [f".{name}.partial" for name in NAMES]
                self.assertEqual(process.returncode, status_expected)
                if kill == signal.SIGKILL:
                    kept.append(".fetch-mnist.lock")  # of a process that is no more
                else:
                    self.assertIn("goes on from there", errors)
                self.assertEqual(tree(self.folder), sorted(kept))

                mirror = self.mirror()
                self.assert_fetched(self.fetch(mirror))
                self.assertEqual(mirror.requests, [(self.name, f"bytes={arrived}-")])
                shutil.rmtree(self.root / "made")

    def wait_for_bytes(self, process):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            partial = self.partial(self.name)
            if partial.exists() and partial.stat().st_size > 0:
                return
            time.sleep(0.01)
        process.kill()
        self.fail("no bytes arrived")

    def test_second_run_in_the_same_folder(self):
        self.folder.mkdir(parents=True)
        lock = self.folder / ".fetch-mnist.lock"
        lock.write_text(f"{os.getpid()}\n")
        self.leave_partial(self.name, b"the other run's")
        result = self.fetch(self.mirror())
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"process {os.getpid()} is filling {self.folder}", result.stderr)
        self.assertEqual(tree(self.folder), sorted([lock.name, self.partial(self.name).name]))


class SetsAndFolders(FetchTestCase):
    """The built-in tables, mirrors and folders."""

    first_lines = {  # bytes and SHA-256 of t10k-labels-idx1-ubyte.gz
        "mnist": (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        "fashion-mnist": (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        "kmnist": (5120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
    }
    options = {"mnist": [], "fashion-mnist": ["--fashion"], "kmnist": ["--kmnist"]}

    def test_each_set_has_its_table_and_folder(self):
        environment = self.environment(XDG_CACHE_HOME=str(self.root / "cache"))
        for name, (size, digest) in self.first_lines.items():
            with self.subTest(set=name):
                mirror = self.mirror(files={NAMES[0]: bytes(size)})
                result = self.run_script(
                    *self.options[name], "--mirror", mirror.url, environment=environment
                )
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"expected SHA-256 {digest}, found ", result.stderr)
                self.assertIn(f"into {self.root}/cache/parallel-trainer/{name}\n", result.stderr)
                self.assertIsNone(tree(self.root / "cache"))

    def test_default_folder_follows_the_system_and_the_environment(self):
        fake = self.root / "bin"
        fake.mkdir()
        (fake / "uname").write_text('#!/bin/sh\necho "$FAKE_SYSTEM"\n')
        (fake / "uname").chmod(0o755)
        path = f"{fake}:{os.environ['PATH']}"
        cache = str(self.root / "cache")
        library = f"{self.home}/Library/Caches"
        cases = [
            ("Linux", {}, f"{self.home}/.cache"),
            ("Linux", {"XDG_CACHE_HOME": ""}, f"{self.home}/.cache"),
            ("Linux", {"XDG_CACHE_HOME": "relative"}, f"{self.home}/.cache"),
            ("Linux", {"XDG_CACHE_HOME": cache}, cache),
            ("Darwin", {}, library),
            ("Darwin", {"XDG_CACHE_HOME": cache}, library),
        ]
        mirror = self.mirror(not_found)
        for system, changes, expected in cases:
            with self.subTest(system=system, changes=changes):
                environment = self.environment(PATH=path, FAKE_SYSTEM=system, **changes)
                result = self.run_script("--mirror", mirror.url, environment=environment)
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"into {expected}/parallel-trainer/mnist\n", result.stderr)
                self.assertEqual(tree(self.home), [])

    def test_no_home(self):
        environment = self.environment()
        del environment["HOME"]
        result = self.run_script(environment=environment)
        self.assertEqual(result.returncode, 2)
        self.assertIn("HOME is not set", result.stderr)

    def test_built_in_mirrors_are_asked_in_order(self):
        # A curl that reaches nothing and notes what it was asked for: its last argument.
        fake = self.root / "bin"
        fake.mkdir()
        asked = self.root / "asked"
        (fake / "curl").write_text('#!/bin/sh\nfor last; do :; done\necho "$last" >> "$ASKED"\nexit 6\n')
        (fake / "curl").chmod(0o755)
        environment = self.environment(PATH=f"{fake}:{os.environ['PATH']}", ASKED=str(asked))
        expected = {
            "mnist": [
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
            ],
            "fashion-mnist": [
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ],
            "kmnist": [
                "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
                "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            ],
        }
        for name, mirrors in expected.items():
            with self.subTest(set=name):
                asked.write_text("")
                result = self.run_script(*self.options[name], environment=environment)
                self.assertEqual(result.returncode, 1)
                self.assertEqual(asked.read_text().split(), [url + NAMES[0] for url in mirrors])

    def test_real_files_against_the_built_in_table(self):
        source = pathlib.Path(
            os.environ.get("MNIST_DIR") or REPOSITORY.parent / "shared" / "data" / "mnist"
        )
        if not all((source / name).is_file() for name in NAMES):
            self.skipTest("no MNIST files: set MNIST_DIR to the folder of the four .gz files")
        self.files = {name: (source / name).read_bytes() for name in NAMES}
        environment = self.environment(XDG_CACHE_HOME=str(self.root / "cache"))
        mirror = self.mirror()
        folder = self.root / "cache" / "parallel-trainer" / "mnist"
        result = self.run_script("--mirror", mirror.url, environment=environment)
        self.assert_fetched(result, folder)
        self.assertTrue(result.stdout.endswith("swift run -c release mnist\n"), result.stdout)
        self.assertEqual(len(mirror.requests), 4)


class Usage(FetchTestCase):
    def test_wrong_usage_names_option_and_value(self):
        mirror = ["--mirror", "http://127.0.0.1:9"]
        manifest = ["--manifest", self.manifest]
        broken = self.root / "broken"
        digest = "0" * 64
        cases = [
            (["--fast"], "unknown option '--fast'"),
            (["--fast=yes"], "unknown option '--fast=yes'"),
            (["somewhere"], "unexpected argument 'somewhere'"),
            (["--dir"], "--dir needs a value"),
            (["--dir", ""], "--dir needs a value"),
            (["--mirror", "ftp://host/"], "--mirror 'ftp://host/' does not begin with"),
            (["--fashion", "--kmnist"], "--fashion and --kmnist name two sets"),
            (["--kmnist", "--dir", "x", *mirror, *manifest], "--kmnist name two sets"),
            ([*manifest, *mirror], "needs --dir"),
            ([*manifest, "--dir", "x"], "needs --mirror"),
            (["--manifest", "gone", "--dir", "x", *mirror], "--manifest 'gone' is not a file"),
        ]
        for text in (
            "",
            "only-one-word\n",
            f"{digest[1:]} 10 name\n",
            f"{digest} ten name\n",
            f"{digest} 0 name\n",
            f"{digest} 10 ../name\n",
            f"{digest} 10 .name\n",
            f"{digest} 10 name more\n",
            f"{digest} 10 name\n{digest} 10 name\n",
        ):
            cases.append((text, f"--manifest '{broken}': "))
        for arguments, words in cases:
            with self.subTest(arguments=arguments):
                if isinstance(arguments, str):
                    broken.write_text(arguments)
                    arguments = ["--manifest", broken, "--dir", "x", *mirror]
                result = self.run_script(*arguments)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(words, result.stderr)
                self.assertEqual(result.stdout, "")
        self.assertEqual(tree(self.home), [])

    def test_manifest_from_another_system(self):
        text = manifest_of(self.files).upper().replace("UBYTE.GZ", "ubyte.gz")
        for name in NAMES:
            text = text.replace(name.upper().replace("UBYTE.GZ", "ubyte.gz"), name)
        self.manifest.write_bytes(text.rstrip("\n").replace("\n", "\r\n").encode())
        self.assert_fetched(self.fetch(self.mirror()))

    def test_help(self):
        result = self.run_script("--help")
        self.assertEqual(result.returncode, 0)
        for option in ("--fashion", "--kmnist", "--dir", "--mirror", "--manifest", "--help"):
            self.assertIn(f"\n  {option} ", result.stdout)


class Tools(FetchTestCase):
    """What the script needs: curl, one checksum tool, and what every system has."""

    everywhere = ["cat", "dirname", "head", "mkdir", "mv", "rm", "rmdir", "tr", "uname", "wc"]

    def environment_with(self, *tools):
        folder = self.root / "tools"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for tool in [*self.everywhere, *tools]:
            found = shutil.which(tool)
            if found is None:
                self.skipTest(f"no {tool} here")
            (folder / tool).symlink_to(found)
        return self.environment(PATH=str(folder))

    def test_each_checksum_tool(self):
        for tool in ("sha256sum", "shasum", "openssl"):
            with self.subTest(tool=tool):
                environment = self.environment_with("curl", tool)
                arguments = self.arguments(self.mirror(altered), self.mirror())
                result = self.run_script(*arguments, environment=environment)
                self.assert_fetched(result)
                self.assertIn("expected SHA-256 ", result.stderr)
                shutil.rmtree(self.root / "made")

    def test_no_checksum_tool(self):
        environment = self.environment_with("curl")
        result = self.run_script(*self.arguments(self.mirror()), environment=environment)
        self.assert_failed_cleanly(result, "install one of sha256sum, shasum and openssl")

    def test_no_curl(self):
        environment = self.environment_with("sha256sum")
        result = self.run_script(*self.arguments(self.mirror()), environment=environment)
        self.assert_failed_cleanly(result, "curl is not installed")

    def test_the_shell_accepts_the_script(self):
        subprocess.run(["bash", "-n", str(SCRIPT)], check=True)
        self.assertTrue(os.access(SCRIPT, os.X_OK))


if __name__ == "__main__":
    unittest.main()
