"""The rivals: which packages each needs, how it is started, and the environment they live in."""

import dataclasses
import json
import os
import pathlib
import resource
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    """Why a rival, or the whole comparison, cannot go on: a sentence for a person."""


@dataclasses.dataclass(frozen=True)
class Rival:
    name: str
    packages: tuple
    script: tuple  # the file in this folder, and its options
    about: str


RIVALS = [
    Rival("c-mkl", ("numpy", "mkl"), ("c_mlp.py", "--blas", "mkl"), "C over MKL"),
    Rival(
        "c-openblas",
        ("numpy", "scipy-openblas32"),
        ("c_mlp.py", "--blas", "openblas"),
        "C over OpenBLAS",
    ),
    Rival("jax", ("jax",), ("jax_mlp.py",), "an epoch in one compiled function"),
    Rival("torch", ("numpy", "torch"), ("torch_mlp.py",), "by hand or autograd, the faster"),
    Rival("sklearn", ("scikit-learn",), ("sklearn_mlp.py",), "MLPClassifier"),
    Rival("numpy", ("numpy",), ("numpy_mlp.py",), "by hand"),
    Rival(
        "tensorflow",
        ("tensorflow",),
        ("tensorflow_mlp.py",),
        "an epoch in one compiled function; optional",
    ),
]
BY_NAME = {rival.name: rival for rival in RIVALS}
DEFAULT = [rival.name for rival in RIVALS if "optional" not in rival.about]


def last_line(text):
    """The line of an error output that says what went wrong, shortened."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["no error message"])[-1][:300]


class Environment:
    """A virtual environment that packages are installed into, one rival after the other."""

    def __init__(self, folder, install_limit, log):
        self.folder = pathlib.Path(folder).absolute()
        self.python = self.folder / "bin" / "python"
        self.install_limit = install_limit
        self.log = log

    def create(self):
        if self.python.exists():
            return
        self.log(f"making a virtual environment in {self.folder}")
        command = [sys.executable, "-m", "venv", str(self.folder)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise Failure(
                "cannot make a virtual environment (Debian and Ubuntu: the package python3-venv): "
                + last_line(result.stdout + result.stderr)
            )

    def versions(self, packages):
        """Version by package; None for one that is not installed."""
        program = (
            "import importlib.metadata as m, json, sys\n"
            "def version(name):\n"
            "    try: return m.version(name)\n"
            "    except m.PackageNotFoundError: return None\n"
            "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
        )
        command = [str(self.python), "-c", program, *packages]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    def install(self, rival):
        """Installs what the rival needs and is not there; its packages' versions."""
        versions = self.versions(rival.packages)
        missing = [name for name, version in versions.items() if version is None]
        if not missing:
            return versions
        self.log(f"installing {', '.join(missing)} for {rival.name}")
        command = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
        try:
            result = subprocess.run(
                [*command, "--quiet", *missing],
                capture_output=True,
                text=True,
                timeout=self.install_limit,
            )
        except subprocess.TimeoutExpired:
            raise Failure(f"not installed within {self.install_limit:g} s (--install-limit)")
        if result.returncode != 0:
            raise Failure("pip: " + last_line(result.stderr))
        return self.versions(rival.packages)

    def command(self, rival):
        script, *options = rival.script
        return [str(self.python), str(FOLDER / script), *options]


def measure(command, row, seconds, data, limit):
    """Runs a rival once and returns its line of JSON."""
    command = [
        *command,
        *("--model", row.model, "--batch-size", str(row.batch_size)),
        *("--threads", str(row.threads), "--pixels", row.pixels),
        *("--repeats", "1", "--seconds", str(seconds)),
    ]
    if row.pixels == "mnist":
        command += ["--data", str(data)]
    result = run(command, row.threads, limit)
    try:
        measured = json.loads(result.splitlines()[-1])
        measured["samples_per_second"] = float(measured["samples_per_second"])
        measured["loss"]
    except (IndexError, ValueError, KeyError, TypeError):
        raise Failure("it did not print the line of JSON that common.py describes")
    return measured


def run(command, threads, limit):
    """The output of a program that may run on as many processors as it has threads."""
    usable = None
    if hasattr(os, "sched_setaffinity"):
        usable = os.sched_getaffinity(0)
        os.sched_setaffinity(0, processors(usable, threads))  # inherited by the program
    try:
        result = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"it did not finish within {limit:g} s (--run-limit)")
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}")
    finally:
        if usable is not None:
            os.sched_setaffinity(0, usable)
    if result.returncode != 0:
        raise Failure(last_line(result.stderr))
    return result.stdout


class OtherPrograms:
    """How much of the machine's processors others take, from now on.

    It matters: the rivals' threads wait for each other by spinning, and on a machine that is not
    idle some of them run at a fifth of their speed, which says nothing about them.
    """

    def __init__(self):
        self.start = self.read()

    @staticmethod
    def read():
        """Seconds that all processors were busy or taken away, that we were, and that all had."""
        try:
            with open("/proc/stat") as file:
                fields = [int(field) for field in file.readline().split()[1:9]]
        except (OSError, ValueError):
            return None
        tick = os.sysconf("SC_CLK_TCK")
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        idle = fields[3] + fields[4]
        return (sum(fields) - idle) / tick, own, sum(fields) / tick

    def share(self):
        """From 0 to 1; None where the system does not tell."""
        end = self.read()
        if self.start is None or end is None:
            return None
        busy, own, total = (after - before for before, after in zip(self.start, end))
        return min(1, max(0, (busy - own) / total)) if total > 0 else 0


def processors(usable, count):
    """`count` of the processors: one of each core first, then the cores' other threads."""
    cores = {}
    for processor in sorted(usable):
        path = f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list"
        try:
            core = pathlib.Path(path).read_text()
        except OSError:
            core = str(processor)
        cores.setdefault(core, []).append(processor)
    rank = {cpu: index for core in cores.values() for index, cpu in enumerate(core)}
    return set(sorted(usable, key=lambda cpu: (rank[cpu], cpu))[:count])
