"""JAX: a whole epoch in one compiled function.

What is timed: float32; dense layers with ReLU, softmax cross-entropy; plain SGD at 0.1. All samples
are in memory, as one array of JAX's. Each epoch shuffles the samples' order, gathers each batch of
it, and drops the short last batch. Loading, compilation and warm-up are not timed; whole epochs
are.

Why this is its fastest way: no Python runs between steps. The loop over the batches is inside the
compiled function, gather included, the parameters are donated (updated in place), and the epoch is
waited for once. A Python loop over jitted steps, as in the examples, is slower by the cost of a
dispatch a step.

--variant scan  the loop is lax.scan
--variant fori  the loop is lax.fori_loop, which keeps no loss of each step

The number of threads is the number of processors that the process may run on: the caller sets it
(XLA has no option for it that holds). With one, XLA's own switch is set too.
"""

import functools
import os

import common

arguments = common.parse_arguments(__doc__, variants=["scan", "fori"])
os.environ["JAX_PLATFORMS"] = "cpu"
if arguments.threads == 1:
    os.environ["XLA_FLAGS"] = (
        "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    )

import jax  # reads what the lines above have set
import jax.numpy as jnp
import numpy as np

images, labels = common.load(arguments)
shape = (arguments.steps, arguments.batch_size)
done = arguments.steps * arguments.batch_size


def mean_loss(parameters, batch, batch_labels):
    hidden = batch
    for index, (weights, biases) in enumerate(parameters):
        hidden = hidden @ weights + biases
        if index < len(parameters) - 1:
            hidden = jax.nn.relu(hidden)
    logarithms = jax.nn.log_softmax(hidden)
    return -jnp.mean(jnp.take_along_axis(logarithms, batch_labels[:, None], 1))


def step(parameters, images, labels, indices):
    loss, gradients = jax.value_and_grad(mean_loss)(parameters, images[indices], labels[indices])
    update = lambda value, gradient: value - common.LEARNING_RATE * gradient
    return jax.tree.map(update, parameters, gradients), loss


@functools.partial(jax.jit, donate_argnums=0)
def scan(parameters, images, labels, order):
    body = lambda parameters, indices: step(parameters, images, labels, indices)
    return jax.lax.scan(body, parameters, order)[0]


@functools.partial(jax.jit, donate_argnums=0)
def fori(parameters, images, labels, order):
    body = lambda index, parameters: step(parameters, images, labels, order[index])[0]
    return jax.lax.fori_loop(0, arguments.steps, body, parameters)


def compiled(train):
    state = {"parameters": jax.tree.map(jnp.asarray, common.initial_parameters(arguments))}
    samples, classes = jnp.asarray(images), jnp.asarray(labels.astype(np.int32))
    random = np.random.default_rng(2)

    def epoch():
        order = random.permutation(arguments.samples)[:done].astype(np.int32).reshape(shape)
        state["parameters"] = train(state["parameters"], samples, classes, order)
        jax.block_until_ready(state["parameters"])

    return common.Rival(epoch, lambda: state["parameters"], done)


variants = {"scan": lambda: compiled(scan), "fori": lambda: compiled(fori)}
common.run("jax", jax.__version__, arguments, variants, images, labels)
