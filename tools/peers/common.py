"""What the rivals share: options, data, the way of timing, the check and the report.

Every rival is a program with the same options that prints one line of JSON:

    {"peer": "numpy", "version": "2.4.6", "variant": "", "model": "A", "batch_size": 128,
     "threads": 2, "pixels": "mnist", "samples_per_second": 131000.0,
     "measurements": [130500.0, 131000.0, 131200.0], "loss": 0.0831}

`samples_per_second` is the median of `measurements`; `loss` is the mean over the first samples of
the training set after the last of them.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import sys
import time

MODELS = {
    "A": [784, 128, 10],
    "B": [784, 512, 512, 10],
    "C": [784, 2500, 2000, 1500, 1000, 500, 10],
}
LEARNING_RATE = 0.1
# Least length of the warm-up, which nothing is measured in.
WARM_UP_SECONDS = 1.0
CHECKED_SAMPLES = 4096


def parse_arguments(documentation, variants=(), add_options=None):
    """The options of a rival. Sets the thread counts of OpenMP and the BLAS libraries, which read
    them when they are loaded: call this before NumPy is imported."""
    parser = argparse.ArgumentParser(
        description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", choices=list(MODELS), default="A")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pixels", choices=["mnist", "dense"], default="dense")
    parser.add_argument("--data", metavar="DIR", help="folder of MNIST's files, for --pixels mnist")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="least length of a measurement")
    if variants:
        parser.add_argument(
            "--variant", choices=variants, help="without it: the fastest of them, after a trial"
        )
    if add_options:
        add_options(parser)
    arguments = parser.parse_args()
    if arguments.pixels == "mnist" and not arguments.data:
        parser.error("--pixels mnist needs --data")
    arguments.sizes = MODELS[arguments.model]
    # Model C's epoch would take a minute with all of them.
    arguments.samples = 6_000 if arguments.model == "C" else 60_000
    arguments.steps = arguments.samples // arguments.batch_size
    for name in ("OMP", "MKL", "OPENBLAS"):
        os.environ[f"{name}_NUM_THREADS"] = str(arguments.threads)
    return arguments


def load(arguments):
    """The images, float32 [samples, 784] from 0 to 1, and their labels, int64 [samples]."""
    import numpy as np

    count = arguments.samples
    if arguments.pixels == "mnist":
        bytes_of = lambda stem: np.frombuffer(read_idx(arguments.data, stem), np.uint8)
        pixels = bytes_of("train-images-idx3-ubyte")[16:].reshape(-1, 784)[:count]
        labels = bytes_of("train-labels-idx1-ubyte")[8:][:count]
    else:
        # Random pixels without a zero; 78 of them, those of the image's class, are brighter.
        random = np.random.default_rng(0)
        labels = random.integers(0, 10, count)
        pixels = random.integers(1, 156, (count, 784), np.uint8)
        for label in range(10):
            pixels[labels == label, label * 78 : (label + 1) * 78] += 100
    return pixels.astype(np.float32) * np.float32(1 / 255), labels.astype(np.int64)


def read_idx(folder, stem):
    """One of MNIST's files, packed or not, under any of its names."""
    names = [name + end for name in (stem, stem.replace("-idx", ".idx")) for end in ("", ".gz")]
    for path in (pathlib.Path(folder) / name for name in names):
        if path.exists():
            data = path.read_bytes()
            return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    sys.exit(f"no {stem} in {folder}")


def initial_parameters(arguments):
    """He's initialization: a (weights [inputs, outputs], biases [outputs]) for each layer."""
    import numpy as np

    random = np.random.default_rng(1)
    return [
        (
            (random.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)).astype(np.float32),
            np.zeros(outputs, np.float32),
        )
        for inputs, outputs in zip(arguments.sizes, arguments.sizes[1:])
    ]


def training_loss(images, labels, parameters):
    """Mean cross-entropy over the first samples, the same code for every rival."""
    import numpy as np

    hidden, labels = images[:CHECKED_SAMPLES], labels[:CHECKED_SAMPLES]
    for index, (weights, biases) in enumerate(parameters):
        hidden = hidden @ np.asarray(weights, np.float32) + np.asarray(biases, np.float32)
        if index < len(parameters) - 1:
            hidden = np.maximum(hidden, 0)
    hidden = hidden - hidden.max(1, keepdims=True)
    logarithms = hidden - np.log(np.exp(hidden).sum(1, keepdims=True))
    return float(-logarithms[np.arange(len(labels)), labels].mean())


class Rival:
    """A way to train that can be timed.

    `epoch()` trains one epoch of `samples` samples and returns when it is finished;
    `parameters()` gives what `training_loss` wants.
    """

    def __init__(self, epoch, parameters, samples):
        self.epoch, self.parameters, self.samples = epoch, parameters, samples

    def speed(self, seconds):
        """Samples per second of as many whole epochs as take at least `seconds`."""
        epochs, start = 0, time.perf_counter()
        while True:
            self.epoch()
            epochs += 1
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return self.samples * epochs / elapsed


def run(peer, version, arguments, variants, images, labels):
    """Warms up, measures and reports. `variants` are functions by name that make a `Rival`: without
    --variant, all of them warm up, and the fastest is measured."""
    chosen = getattr(arguments, "variant", None)
    rivals = {name: make() for name, make in variants.items() if chosen in (None, name)}
    speeds = {}
    for name, rival in rivals.items():
        rival.epoch()  # compiles, touches memory for the first time
        speeds[name] = rival.speed(WARM_UP_SECONDS)
    fastest = max(speeds, key=speeds.get)
    measurements = [rivals[fastest].speed(arguments.seconds) for _ in range(arguments.repeats)]
    loss = training_loss(images, labels, rivals[fastest].parameters())
    report(peer, version, fastest, arguments, measurements, loss)


def report(peer, version, variant, arguments, measurements, loss):
    """Prints the line of JSON."""
    is_finite = loss is not None and abs(loss) < float("inf")
    print(
        json.dumps(
            {
                "peer": peer,
                "version": version,
                "variant": variant,
                "model": arguments.model,
                "batch_size": arguments.batch_size,
                "threads": arguments.threads,
                "pixels": arguments.pixels,
                "samples_per_second": round(statistics.median(measurements), 1),
                "measurements": [round(speed, 1) for speed in measurements],
                "loss": round(loss, 4) if is_finite else None,
            }
        )
    )
