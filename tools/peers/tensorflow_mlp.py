"""TensorFlow: a whole epoch in one function compiled by XLA.

What is timed: float32; dense layers with ReLU, softmax cross-entropy; plain SGD at 0.1. All samples
are in memory, as one tensor. Each epoch shuffles the samples' order, gathers each batch of it, and
drops the short last batch. Loading, compilation and warm-up are not timed; whole epochs are.

Why this is its fastest way: no Python runs between steps; Keras' fit and a Python loop over
compiled steps are slower.
"""

import os

import common

arguments = common.parse_arguments(__doc__)
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # reads the thread counts that the lines above have set
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
images, labels = common.load(arguments)
shape = (arguments.steps, arguments.batch_size)
done = arguments.steps * arguments.batch_size


def compiled_epoch():
    all_samples, all_labels = tf.constant(images), tf.constant(labels.astype(np.int32))
    layers = [tuple(map(tf.Variable, layer)) for layer in common.initial_parameters(arguments)]
    variables = [variable for layer in layers for variable in layer]

    def step(indices):
        hidden, classes = tf.gather(all_samples, indices), tf.gather(all_labels, indices)
        with tf.GradientTape() as tape:
            for index, (weights, biases) in enumerate(layers):
                hidden = tf.matmul(hidden, weights) + biases
                if index < len(layers) - 1:
                    hidden = tf.nn.relu(hidden)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(classes, hidden)
            loss = tf.reduce_mean(losses)
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            variable.assign_sub(common.LEARNING_RATE * gradient)
        return loss

    @tf.function(jit_compile=True)
    def train(order):
        loss = tf.constant(0.0)
        for index in tf.range(arguments.steps):
            loss = step(order[index])
        return loss

    def epoch():
        order = tf.random.shuffle(tf.range(arguments.samples))[:done]
        train(tf.reshape(order, shape)).numpy()

    as_arrays = lambda: [(weights.numpy(), biases.numpy()) for weights, biases in layers]
    return common.Rival(epoch, as_arrays, done)


common.run("tensorflow", tf.__version__, arguments, {"": compiled_epoch}, images, labels)
