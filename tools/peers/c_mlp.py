"""A hand-written C program over the matrix product of a BLAS: see mlp_blas.c.

--blas mkl       Intel's MKL from the package `mkl`, with its GNU threading layer, so that MKL and
                 the program's own loops share one pool of OpenMP threads
--blas openblas  OpenBLAS from the package `scipy-openblas32`, which has a pool of its own; the
                 program's loops then stay on one thread, because two pools of spinning threads
                 slow each other down

What work is timed, and why this is the fastest way, is on top of mlp_blas.c. This script compiles
that file into the environment, finds the library, sets the threads and adds the library's version.
"""

import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys

import common

SOURCE = pathlib.Path(__file__).with_name("mlp_blas.c")
FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp"]
# Package, what the library's file is called, the name of the product in it.
LIBRARIES = {
    "mkl": ("mkl", "libmkl_rt.", "cblas_sgemm"),
    "openblas": ("scipy-openblas32", "libscipy_openblas.", "scipy_cblas_sgemm"),
}


def compiled():
    """The program, compiled anew when its source has changed."""
    program = pathlib.Path(sys.prefix) / "mlp_blas"
    if program.exists() and program.stat().st_mtime > SOURCE.stat().st_mtime:
        return program
    compilers = [os.environ["CC"]] if os.environ.get("CC") else ["gcc", "cc"]
    problems = []
    for compiler in compilers:
        command = [compiler, *FLAGS, str(SOURCE), "-o", str(program), "-ldl", "-lm"]
        try:
            result = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            problems.append(f"{compiler}: {error.strerror}")
            continue
        if result.returncode == 0:
            return program
        lines = result.stderr.strip().splitlines() or [f"exit status {result.returncode}"]
        problems.append(f"{compiler}: {next((l for l in lines if 'error' in l), lines[-1])}")
    sys.exit(f"no C compiler with OpenMP ({' '.join(FLAGS)}): " + "; ".join(problems))


def library_path(package, prefix):
    for file in importlib.metadata.files(package) or []:
        if file.name.startswith(prefix):
            return pathlib.Path(file.locate()).resolve()
    sys.exit(f"the package {package} has no {prefix}*")


def add_options(parser):
    parser.add_argument("--blas", choices=list(LIBRARIES), default="mkl")


def main():
    arguments = common.parse_arguments(__doc__, add_options=add_options)
    package, prefix, symbol = LIBRARIES[arguments.blas]
    library = library_path(package, prefix)
    command = [str(compiled()), "--library", str(library), "--symbol", symbol]
    for name in ("model", "batch_size", "repeats", "seconds"):
        command += ["--" + name.replace("_", "-"), str(getattr(arguments, name))]
    command += ["--pass-threads", str(arguments.threads if arguments.blas == "mkl" else 1)]
    if arguments.pixels == "mnist":
        command += ["--data", arguments.data]
    environment = dict(
        os.environ,
        MKL_THREADING_LAYER="GNU",
        MKL_INTERFACE_LAYER="LP64",
        # libmkl_rt loads its own parts by name.
        LD_LIBRARY_PATH=os.pathsep.join(
            filter(None, [str(library.parent), os.environ.get("LD_LIBRARY_PATH")])
        ),
    )
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(result.returncode)
    measured = json.loads(result.stdout)
    version = importlib.metadata.version(package)
    common.report(
        f"c-{arguments.blas}", version, "", arguments, measured["measurements"], measured["loss"]
    )


if __name__ == "__main__":
    main()
