"""The cases of tools/golden: what is trained, on which samples, from which parameters."""

import itertools
import struct

SIZES = [7, 5, 3]
SMALL = [7, 3, 3]
MIXED = [7, 6, 5, 3]
TINY = [2, 2, 3]
ACTIVATIONS = [
    "identity", "step", "sigmoid", "tanh", "relu", "leaky-relu:0.1", "elu:1", "maxout:2",
    "softmax", "gelu", "silu",
]
LOSSES = [
    "cross-entropy", "cross-entropy:0.1", "binary-cross-entropy", "mean-squared-error",
    "half-squared-error", "mean-absolute-error",
]
OPTIMIZERS = {
    "sgd": 0.125, "momentum:0.9": 0.0625, "lecture-momentum:0.9": 0.25, "nesterov:0.9": 0.0625,
    "rmsprop:0.9:1e-08": 0.0078125, "adam:0.9:0.999:1e-08": 0.015625,
    "adamw:0.9:0.999:1e-08:0.01": 0.015625,
}
REGULARIZERS = [
    "l2:0.03125", "l1:0.0078125", "weight-elimination:0.015625", "decoupled-weight-decay:0.0625",
    "max-norm:0.75",
]
CLIPPINGS = ["norm:0.25", "value:0.03125"]


def case(
    hidden, loss="cross-entropy", output="identity", optimizer="sgd", regularizers=(),
    clipping="none", sizes=SIZES,
):
    return {
        "sizes": sizes, "activations": [*hidden, output], "loss": loss, "optimizer": optimizer,
        "learningRate": OPTIMIZERS[optimizer], "regularizers": list(regularizers),
        "clipping": clipping,
    }


def listed():
    """Larger networks, other activations of the outputs, clipping and mixtures."""
    for activation in ACTIVATIONS:
        yield case([activation])
    for loss in LOSSES:
        for activation in ["tanh", "silu"]:
            takes_logits = "cross-entropy" in loss
            yield case([activation], loss, "identity" if takes_logits else "sigmoid")
    for output in ["identity", "tanh", "relu", "elu:1", "softmax", "maxout:3"]:
        yield case(["sigmoid"], "mean-squared-error", output)
    for optimizer in OPTIMIZERS:
        for regularizers in [[]] + [[one] for one in REGULARIZERS]:
            yield case(["tanh"], optimizer=optimizer, regularizers=regularizers)
        for clipping in CLIPPINGS:
            yield case(["tanh"], optimizer=optimizer, clipping=clipping)
    yield case(
        ["gelu", "maxout:2"], "cross-entropy:0.1", optimizer="adam:0.9:0.999:1e-08",
        regularizers=["l2:0.03125", "max-norm:0.75"], clipping="norm:0.25", sizes=MIXED)
    yield case(
        ["softmax", "elu:1"], "half-squared-error", "tanh", "nesterov:0.9",
        ["l1:0.0078125", "weight-elimination:0.015625"], "value:0.03125", MIXED)
    yield case(
        ["leaky-relu:0.1", "sigmoid"], "binary-cross-entropy", "identity", "rmsprop:0.9:1e-08",
        ["decoupled-weight-decay:0.0625"], sizes=MIXED)
    # Either way of clipping with every value of the other factors, which take turns.
    for clipping in CLIPPINGS:
        for turn, activation in enumerate(ACTIVATIONS):
            def one_of(values):
                return list(values)[turn % len(values)]

            yield case(
                [activation], one_of(LOSSES), "identity", one_of(OPTIMIZERS),
                one_of([[], *([one] for one in REGULARIZERS)]), clipping, SMALL)


def product():
    """Every activation with every loss, optimizer and regularizer, the last one turning fastest."""
    for activation, loss, optimizer, regularizers in itertools.product(
            ACTIVATIONS, LOSSES, OPTIMIZERS, [[], *([one] for one in REGULARIZERS)]):
        yield case([activation], loss, "identity", optimizer, regularizers, sizes=TINY)


def unique(cases):
    """Without those that more than one of the lists has."""
    seen = []
    for one in cases:
        if one not in seen:
            seen.append(one)
            yield one


# MARK: Numbers


class Numbers:
    """Initial parameters and samples, all of few digits, from a generator of 32-bit integers
    (Numerical Recipes' linear congruential one), so that they are the same everywhere."""

    def __init__(self, seed):
        self.state = seed

    def next(self, denominator, limit):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return ((self.state >> 8) % (2 * limit + 1) - limit) / denominator

    def rows(self, rows, columns, denominator, limit):
        return [[self.next(denominator, limit) for _ in range(columns)] for _ in range(rows)]


def samples(features, labels, outputs):
    """Features, classes for the losses that take them, and values for the others."""
    numbers = Numbers(7)
    count = len(labels)
    return {
        "features": numbers.rows(count, features, 64, 96),
        "labels": labels,
        "targets": [[0.5 + 0.5 * x for x in row] for row in numbers.rows(count, outputs, 64, 60)],
    }


LISTED_SAMPLES = samples(SIZES[0], [0, 1, 2, 2, 1, 0], SIZES[-1])
# An odd number, so that no mean absolute error has as many above as below.
PRODUCT_SAMPLES = samples(TINY[0], [0, 1, 2, 1, 0], TINY[-1])


def initial_parameters(case, seed):
    """[outputs][inputs] weights, then biases, layer by layer."""
    numbers = Numbers(seed)
    # Few inputs take larger weights.
    limit = 300 if case["sizes"] == TINY else 180
    layers = []
    for inputs, outputs, activation in zip(case["sizes"], case["sizes"][1:], case["activations"]):
        units = outputs * pieces(activation)
        layers.append((
            numbers.rows(units, inputs, 256, limit), numbers.rows(1, units, 256, 60)[0]))
    return layers


def pieces(activation):
    name, *parameter = activation.split(":")
    return int(parameter[0]) if name == "maxout" else 1


def float_of(text):
    """The 32-bit float that a text means, because that is what the package computes with."""
    return struct.unpack("f", struct.pack("f", float(text)))[0]
