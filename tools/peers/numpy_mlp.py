"""NumPy: the step written by hand with its matrix product, which is OpenBLAS's.

What is timed: float32; dense layers with ReLU, softmax cross-entropy; plain SGD at 0.1. All samples
are in memory. Each epoch shuffles the samples' order, gathers each batch of it, and drops the short
last batch. Loading and warm-up are not timed; whole epochs are.

Why this is its fastest way: every buffer exists before the first step (`out=`), nothing is
transposed or copied, the learning rate is folded into the loss's gradient (a tenth of the values of
any other place), and the loss itself is only computed after the run.
"""

import common

arguments = common.parse_arguments(__doc__)

import numpy as np  # reads the thread counts that the line above has set

images, labels = common.load(arguments)


def by_hand():
    sizes, batch, layers = arguments.sizes, arguments.batch_size, len(arguments.sizes) - 1
    weights, biases = map(list, zip(*common.initial_parameters(arguments)))
    activations = [np.empty((batch, size), np.float32) for size in sizes]
    deltas = [np.empty((batch, size), np.float32) for size in sizes]
    masks = [np.empty((batch, size), bool) for size in sizes]
    weight_steps = [np.empty_like(weight) for weight in weights]
    rows = np.arange(batch)
    scale = np.float32(common.LEARNING_RATE / batch)
    zero = np.float32(0)
    random = np.random.default_rng(2)

    def step(indices):
        np.take(images, indices, axis=0, out=activations[0], mode="clip")
        for l in range(layers):
            z = activations[l + 1]
            np.matmul(activations[l], weights[l], out=z)
            z += biases[l]
            if l < layers - 1:
                np.maximum(z, zero, out=z)
        logits, delta = activations[layers], deltas[layers]
        logits -= logits.max(1, keepdims=True)
        np.exp(logits, out=delta)
        delta /= delta.sum(1, keepdims=True)
        delta[rows, labels[indices]] -= 1
        delta *= scale
        for l in reversed(range(layers)):
            if l > 0:
                np.matmul(deltas[l + 1], weights[l].T, out=deltas[l])
                np.greater(activations[l], zero, out=masks[l])
                np.multiply(deltas[l], masks[l], out=deltas[l])
            np.matmul(activations[l].T, deltas[l + 1], out=weight_steps[l])
            weights[l] -= weight_steps[l]
            biases[l] -= deltas[l + 1].sum(0)

    def epoch():
        order = random.permutation(arguments.samples)
        for first in range(0, arguments.steps * batch, batch):
            step(order[first : first + batch])

    return common.Rival(epoch, lambda: list(zip(weights, biases)), arguments.steps * batch)


common.run("numpy", np.__version__, arguments, {"": by_hand}, images, labels)
