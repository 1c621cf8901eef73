"""The package, its build and its toolchain, as the other files here see them."""

import json
import pathlib
import shutil
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
UMBRELLA = "ParallelTrainer"


class Failure(Exception):
    """Something that must hold does not; the text says what, in lines for a person."""


def run(command, **options):
    """What a command prints; what it complains of is a Failure."""
    try:
        outcome = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    except FileNotFoundError:
        raise Failure(f"{command[0]} is not installed, or not in PATH") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(command[:3])} … was not done in time") from None
    if outcome.returncode != 0:
        raise Failure(f"{' '.join(command[:3])} … failed:\n{outcome.stdout.rstrip()}")
    return outcome.stdout


def tool(name):
    """A program of the toolchain: in PATH, or beside the `swift` that PATH leads to."""
    if path := shutil.which(name):
        return path
    if swift := shutil.which("swift"):
        beside = pathlib.Path(swift).resolve().with_name(name)
        if beside.exists():
            return str(beside)
    raise Failure(f"{name} is neither in PATH nor beside swift")


class Build:
    """A release build of the library, and what the compiler needs to use it."""

    def __init__(self):
        flags = ["--configuration", "release", "--package-path", str(REPOSITORY)]
        run(["swift", "build", *flags, "--target", UMBRELLA])
        products = run(["swift", "build", *flags, "--show-bin-path"]).strip()
        self.products = pathlib.Path(products)
        self.targets = {
            target["name"]: target for target in
            json.loads(run(["swift", "package", "--package-path", str(REPOSITORY), "describe",
                            "--type", "json"]))["targets"]}

    @property
    def libraries(self):
        """The library's own modules in Swift: those that the umbrella stands on, and itself."""
        return [name for name in self._closure() if self.targets[name]["module_type"] == "SwiftTarget"]

    def _closure(self):
        found, left = [], [UMBRELLA]
        while left:
            name = left.pop()
            if name in found:
                continue
            found.append(name)
            left += self.targets[name].get("target_dependencies", [])
        return sorted(found)

    @property
    def search_paths(self):
        """Options with which the compiler finds the modules, those in C included."""
        options = ["-I", str(self.products / "Modules")]
        for name in self._closure():
            target = self.targets[name]
            if target["module_type"] == "SwiftTarget":
                continue
            folder = REPOSITORY / target["path"]
            maps = [folder / "module.modulemap", folder / "include" / "module.modulemap",
                    self.products / f"{name}.build" / "module.modulemap"]
            found = [path for path in maps if path.exists()]
            if not found:
                raise Failure(f"{name}: no module map in {' or '.join(map(str, maps))}")
            options += ["-Xcc", f"-fmodule-map-file={found[0]}"]
        return options

    @property
    def objects(self):
        """The object files of the library."""
        return sorted(
            str(path) for name in self._closure()
            for path in (self.products / f"{name}.build").rglob("*.o"))
