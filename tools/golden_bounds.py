"""The training step of tools/golden in double precision, with bounds on what 32-bit floats differ by.

Running error analysis: next to every number stands how far what floats make of it can be from it.
The result of one operation is x (1 + d) with |d| <= U; n such factors differ from 1 by at most
gamma(n); a sum of n products in any order, fused or not, is off by gamma(n + 1) of the sum of
absolute values. What the operands are off by is passed on by the derivatives' largest values. That
is rigorous for one update; for what becomes of it in later ones see train(). It assumes neither
overflow nor underflow. Constants of elementary functions are in units in the last
place: ROUNDINGS_OF_FUNCTION for a value or a derivative, of the sum of its terms' absolute values.

To the list `kinks` goes, from everything that has a kink or a jump, an array of where floats may be
on its other side.
"""

import numpy as np

U = 2.0**-24
# The package's elementary functions are within 2 units of the last place, 4 U; with the two
# operations that follow in an activation or a loss, 6.
ROUNDINGS_OF_FUNCTION = 6


def gamma(n):
    return n * U / (1 - n * U)


class Estimate:
    """Numbers and how far floats can be from them."""

    def __init__(self, value, error=0.0):
        self.value = np.asarray(value, dtype=np.float64)
        self.error = np.asarray(error, dtype=np.float64)
        if self.error.shape != self.value.shape:
            self.error = np.broadcast_to(self.error, self.value.shape)

    @staticmethod
    def constant(value):
        """A coefficient that is rounded to a float."""
        return Estimate(value, U * abs(value))

    @property
    def magnitude(self):
        return np.abs(self.value) + self.error

    @property
    def T(self):
        return Estimate(np.swapaxes(self.value, -1, -2), np.swapaxes(self.error, -1, -2))

    def _rounded(self, value, error, roundings=1):
        return Estimate(value, error + gamma(roundings) * (np.abs(value) + error))

    def __add__(self, other):
        return self._rounded(self.value + other.value, self.error + other.error)

    def __sub__(self, other):
        return self._rounded(self.value - other.value, self.error + other.error)

    def __mul__(self, other):
        error = np.abs(self.value) * other.error + self.error * other.magnitude
        return self._rounded(self.value * other.value, error)

    def __truediv__(self, other):
        quotient = self.value / other.value
        least = np.abs(other.value) - other.error
        error = np.where(
            least > 0, (self.error + np.abs(quotient) * other.error) / np.where(least > 0, least, 1),
            np.inf)
        return self._rounded(quotient, error)

    def square_root(self):
        root = np.sqrt(self.value)
        error = np.maximum(
            np.sqrt(self.value + self.error) - root,
            root - np.sqrt(np.maximum(self.value - self.error, 0)))
        return self._rounded(root, error)


def products(a, b, start=None):
    """`start + a · b`, matrices, or stacks of them."""
    value = a.value @ b.value
    error = np.abs(a.value) @ b.error + a.error @ b.magnitude
    magnitude = a.magnitude @ b.magnitude
    if start is not None:
        value = value + start.value
        error = error + start.error
        magnitude = magnitude + start.magnitude
    return Estimate(value, error + gamma(a.value.shape[-1] + 1) * magnitude)


# MARK: Activations


def normal(x):
    from math import erf

    cumulative = np.vectorize(lambda v: 0.5 * (1 + erf(v / 2**0.5)))(x)
    return cumulative, np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def smooth(activation, z):
    """f, f′, the sums of the absolute values of their terms, and the largest |f″|."""
    name, *parameter = activation.split(":")
    x = z.value
    sigma = 1 / (1 + np.exp(-x))
    if name == "sigmoid":
        slope = sigma * (1 - sigma)
        return sigma, slope, sigma, slope, 0.0963
    if name == "tanh":
        t = np.tanh(x)
        return t, 1 - t * t, np.abs(t), 1 - t * t, 0.77
    if name == "silu":
        slope = sigma * (1 - sigma)
        return (x * sigma, sigma + x * slope, np.abs(x) * sigma, sigma + np.abs(x) * slope, 0.5)
    if name == "gelu":
        cumulative, density = normal(x)
        return (
            x * cumulative, cumulative + x * density, np.abs(x) * cumulative,
            cumulative + np.abs(x) * density, 0.8)
    if name == "elu":
        alpha = float(np.float32(parameter[0]))
        assert alpha == 1, "otherwise the slope jumps at 0"
        e = np.exp(np.minimum(x, 0))
        value = np.where(x > 0, x, e - 1)
        slope = np.where(x > 0, 1.0, e)
        return value, slope, np.abs(value), slope, 1.0
    raise ValueError(activation)


def piecewise(activation, z, kinks):
    """f, f′ on both sides of 0, and where floats may be on the other side."""
    name, *parameter = activation.split(":")
    left = {
        "identity": 1.0, "relu": 0.0, "step": 0.0,
        "leaky-relu": float(np.float32(parameter[0])) if parameter else 0.0,
    }[name]
    right = 0.0 if name == "step" else 1.0
    unsure = np.abs(z.value) <= z.error
    if left != right:
        kinks.append(unsure)
    if name == "step":
        value = Estimate((z.value >= 0).astype(float), unsure.astype(float))
    else:
        v = np.where(z.value > 0, right, left) * z.value
        value = Estimate(v, z.error * max(left, right) + 2 * U * np.abs(v))
    slope = np.where(z.value > 0, right, left)
    return value, Estimate(slope, np.where(unsure, abs(right - left), U * slope))


def activate(activation, z, kinks):
    """The outputs, and the function from their gradient to that of z."""
    name, *parameter = activation.split(":")
    if name == "softmax":
        y = softmax(z)

        def back(g):
            units = z.value.shape[-1]
            dot = Estimate(
                (g.value * y.value).sum(axis=-1, keepdims=True),
                (np.abs(g.value) * y.error + g.error * y.magnitude
                 + gamma(units + 1) * g.magnitude * y.magnitude).sum(axis=-1, keepdims=True))
            # y g − y Σ is rounded as two products and a difference.
            return y * g - y * dot

        return y, back
    if name == "maxout":
        k = int(parameter[0])
        shape = z.value.shape
        pieces = (*shape[:-1], k, shape[-1] // k)
        value = z.value.reshape(pieces)
        error = z.error.reshape(pieces)
        mask = np.arange(k)[:, None] == value.argmax(axis=-2)[..., None, :]
        unsure = value + error >= (value - error).max(axis=-2, keepdims=True)
        unsure &= unsure.sum(axis=-2, keepdims=True) > 1
        kinks.append(unsure)

        def back(g):
            spread = g.value[..., None, :]
            off = g.error[..., None, :]
            result = np.where(mask, spread, 0)
            error = np.where(unsure, np.abs(spread) + off, np.where(mask, off, 0))
            return Estimate(result.reshape(shape), error.reshape(shape))

        return Estimate(value.max(axis=-2), error.max(axis=-2)), back
    if name in ("identity", "relu", "step", "leaky-relu"):
        y, slope = piecewise(activation, z, kinks)
        return y, (lambda g: g) if name == "identity" else (lambda g: g * slope)
    value, slope, terms, slope_terms, curvature = smooth(activation, z)
    rounding = gamma(ROUNDINGS_OF_FUNCTION)
    y = Estimate(value, z.error * (np.abs(slope) + curvature * z.error) + rounding * terms)
    slope = Estimate(slope, curvature * z.error + rounding * slope_terms)
    return y, lambda g: g * slope


def softmax(z):
    """Within (1.4 N + 5) U and what the logits are off by: SoftmaxTests."""
    e = np.exp(z.value - z.value.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    factor = np.exp(2 * z.error.max(axis=-1, keepdims=True)) - 1
    return Estimate(p, p * factor + (1.4 * z.value.shape[-1] + 5) * U)


# MARK: Losses


def loss_gradient(loss, y, data, kinks):
    """Of each sample's loss with respect to the outputs."""
    name, *parameter = loss.split(":")
    outputs = y.value.shape[-1]
    if name == "cross-entropy":
        s = float(np.float32(parameter[0])) if parameter else 0.0
        target = (1 - s) * np.eye(outputs)[data["labels"]] + s / outputs
        return softmax(y) - Estimate(target, 0.0 if s == 0 else 3 * U * target)
    t = Estimate(data["targets"])
    n = Estimate.constant(1 / outputs)
    if name == "binary-cross-entropy":
        sigma = 1 / (1 + np.exp(-y.value))
        p = Estimate(sigma, y.error / 4 + gamma(ROUNDINGS_OF_FUNCTION) * sigma)
        return (p - t) * n
    difference = y - t
    if name == "mean-squared-error":
        return difference * n * Estimate(2.0)
    if name == "half-squared-error":
        return difference
    if name == "mean-absolute-error":
        unsure = np.abs(difference.value) <= difference.error
        kinks.append(unsure)
        return Estimate(np.sign(difference.value), np.where(unsure, 2.0, 0.0)) * n
    raise ValueError(loss)


# MARK: The step


def gradients(case, layers, data, kinks):
    """The averages over the samples, in the order of the layers."""
    x = Estimate(data["features"])
    inputs, backs = [], []
    for (w, b), activation in zip(layers, case["activations"]):
        inputs.append(x)
        x, back = activate(activation, products(x, w.T, b), kinks)
        backs.append(back)
    delta = backs[-1](loss_gradient(case["loss"], x, data, kinks))
    scale = Estimate.constant(1 / len(data["features"]))
    ones = Estimate(np.ones((1, len(data["features"]))))
    result = []
    for index in reversed(range(len(layers))):
        result.insert(0, (
            products(delta.T, inputs[index]) * scale, products(ones, delta) * scale))
        if index > 0:
            delta = backs[index - 1](products(delta, layers[index][0]))
    return result


def clip(case, layers, kinks):
    kind, *limit = case["clipping"].split(":")
    if kind == "none":
        return layers
    limit = float(np.float32(limit[0]))
    if kind == "value":
        for layer in layers:
            kinks.extend(np.abs(np.abs(g.value) - limit) <= g.error for g in layer)
        return [
            tuple(Estimate(np.clip(g.value, -limit, limit), g.error) for g in layer)
            for layer in layers]
    # The norm of vectors that differ by e differs by at most |e|; with the roundings of its sum.
    parts = [g for layer in layers for g in layer]
    norm = np.sqrt(sum((g.value**2).sum(axis=(-2, -1), keepdims=True) for g in parts))
    off = np.sqrt(sum((g.error**2).sum(axis=(-2, -1), keepdims=True) for g in parts))
    off += gamma(sum(g.value.shape[-1] * g.value.shape[-2] for g in parts) + 2) * (norm + off)
    return [
        tuple(scaled_down(g, Estimate(limit) / Estimate(norm + 1e-6, off), kinks) for g in layer)
        for layer in layers]


def scaled_down(x, factor, kinks):
    """x times the factor, or x where the factor is above 1, exactly x where floats are sure."""
    sure = factor.value - factor.error > 1
    kinks.append(np.abs(factor.value - 1) <= factor.error)
    scaled = x * Estimate(np.minimum(factor.value, 1), np.where(sure, 0.0, factor.error))
    return Estimate(scaled.value, np.where(sure, x.error, scaled.error))


def strength(text):
    return Estimate(float(np.float32(text.split(":")[1])))


def regularized(case, w, g, kinks):
    for regularizer in case["regularizers"]:
        kind = regularizer.split(":")[0]
        s = strength(regularizer)
        if kind == "l2":
            g = g + s * w
        elif kind == "l1":
            unsure = np.abs(w.value) <= w.error
            kinks.append(unsure)
            g = g + s * Estimate(np.sign(w.value), np.where(unsure, 2.0, 0.0))
        elif kind == "weight-elimination":
            base = Estimate(1.0) + w * w
            g = g + Estimate(2.0) * s * w / (base * base)
    return g


def moved(case, count, w, g, first, second):
    """An array of parameters and its moments after update `count`, counted from 1."""
    name, *numbers = case["optimizer"].split(":")
    numbers = [float(n) for n in numbers]
    of = Estimate.constant
    rate = of(case["learningRate"])
    if name == "sgd":
        return w - rate * g, first, second
    if name in ("momentum", "nesterov"):
        first = of(numbers[0]) * first + g
        step = first if name == "momentum" else g + of(numbers[0]) * first
        return w - rate * step, first, second
    if name == "lecture-momentum":
        first = of(numbers[0]) * first - of(1 - numbers[0]) * g
        return w + rate * first, first, second
    if name == "rmsprop":
        second = of(numbers[0]) * second + of(1 - numbers[0]) * (g * g)
        return w - rate * g / (second.square_root() + of(numbers[1])), first, second
    beta1, beta2, epsilon, *decay = numbers
    first = of(beta1) * first + of(1 - beta1) * g
    second = of(beta2) * second + of(1 - beta2) * (g * g)
    root = of((1 - beta2**count) ** -0.5) * second.square_root() + of(epsilon)
    step = of(case["learningRate"] / (1 - beta1**count)) * first / root
    if decay:
        w = w * of(1 - case["learningRate"] * decay[0])
    return w - step, first, second


def limited(case, w, kinks):
    for regularizer in case["regularizers"]:
        if not regularizer.startswith("max-norm"):
            continue
        limit = strength(regularizer)
        # The package adds the squares in double precision.
        norm = np.sqrt((w.value**2).sum(axis=-1, keepdims=True))
        off = np.sqrt((w.error**2).sum(axis=-1, keepdims=True))
        w = scaled_down(w, limit / Estimate(norm, off + 2 * U * (norm + off)), kinks)
    return w


class State:
    """Parameters and moments as one vector: all parameters in the canonical order, then all first
    moments, then all second ones."""

    def __init__(self, case, layers):
        self.case = case
        self.shapes = [np.atleast_2d(p).shape for layer in layers for p in layer]
        self.sizes = [int(np.prod(shape)) for shape in self.shapes]
        self.parameters = sum(self.sizes)
        self.start = np.concatenate(
            [np.ravel(p) for layer in layers for p in layer] + [np.zeros(2 * self.parameters)])

    def arrays(self, vectors):
        places = np.cumsum(self.sizes * 3)[:-1]
        return [
            part.reshape(len(vectors), *shape)
            for part, shape in zip(np.split(vectors, places, axis=-1), self.shapes * 3)]

    def step(self, vectors, errors, count, data, kinks):
        """The states after update `count` of some states, one a row, and how far floats are from
        them that start from within `errors` of these. To `kinks` come arrays that say, for each
        state, whether that is on both sides of a kink or a jump."""
        case = self.case
        parts = [Estimate(v, e) for v, e in zip(self.arrays(vectors), self.arrays(errors))]
        n = len(self.shapes)
        parameters, firsts, seconds = parts[:n], parts[n : 2 * n], parts[2 * n :]
        layers = list(zip(parameters[::2], parameters[1::2]))
        slopes = [
            g for layer in clip(case, gradients(case, layers, data, kinks), kinks) for g in layer]
        for index in range(n):
            w, g = parameters[index], slopes[index]
            is_weights = index % 2 == 0
            if is_weights:
                g = regularized(case, w, g, kinks)
                for regularizer in case["regularizers"]:
                    if regularizer.startswith("decoupled"):
                        s = float(strength(regularizer).value)
                        w = w * Estimate.constant(1 - case["learningRate"] * s)
            w, firsts[index], seconds[index] = moved(
                case, count, w, g, firsts[index], seconds[index])
            parameters[index] = limited(case, w, kinks) if is_weights else w
        every = parameters + firsts + seconds
        return (
            np.concatenate([p.value.reshape(len(vectors), -1) for p in every], axis=-1),
            np.concatenate([p.error.reshape(len(vectors), -1) for p in every], axis=-1))

    def update(self, vector, error, count, data):
        """The state after update `count`, what floats add to its error in that update, and its
        derivatives with respect to the state before, by central differences; nothing where there
        is a kink within `error` of the state before or within the differences."""
        firsts = slice(self.parameters, 2 * self.parameters)
        seconds = slice(2 * self.parameters, None)
        # Twice the first order covers the root of a second moment v that is off by x v as long as
        # x is not near -1: (1 + x)^-1/2 - 1 is at most 1.24 |x| / 2 for x from -1/4.
        if np.any(error[seconds] > vector[seconds] / 4):
            return None
        h = np.full_like(vector, 1e-7)
        # Second moments are squares: they are moved by a share of themselves, so as to stay above
        # 0. One that is still 0 is exactly 0, and so is the first: nothing ever learns there.
        h[seconds] = 1e-5 * vector[seconds]
        name = self.case["optimizer"].split(":")[0]
        if count == 1 or name in ("sgd", "rmsprop"):
            h[firsts] = 0
        elif name in ("adam", "adamw"):
            h[firsts] *= vector[seconds] > 0
        moved = np.flatnonzero(h)
        shifts = np.diag(h)[moved]
        # The state itself, all that floats may have come to, and the differences.
        vectors = np.concatenate([[vector, vector], vector + shifts, vector - shifts])
        errors = np.zeros_like(vectors)
        errors[1] = np.maximum(error, h)
        kinks = []
        with np.errstate(all="ignore"):
            after, added = self.step(vectors, errors, count, data, kinks)
        if any(np.any(kink[1]) for kink in kinks) or not np.all(np.isfinite(added[1])):
            return None
        jacobian = np.zeros((len(vector), len(vector)))
        above, below = np.split(after[2:], 2)
        jacobian[:, moved] = ((above - below) / (2 * h[moved])[:, None]).T
        return after[0], added[0], jacobian


def train(case, layers, data, steps):
    """The parameters and their bounds after each of some steps, in the canonical order; nothing
    where a kink is too near for the bounds to hold.

    What floats add in an update, from a state that is exact, is bounded rigorously. It then changes
    the later states by the derivatives of the updates in between: to first order, as usual, and
    twice that, for the rest. Intervals all the way would grow by the sum of absolute values where
    in truth most of it cancels, to infinity within ten updates of Adam. Derivatives say something
    only where no kink lies between the exact numbers and those of floats; so each update is also
    run once as intervals, from all that is within twice the error that has come together before.
    """
    state = State(case, layers)
    vector = state.start
    passed_on = []
    error = np.zeros_like(vector)
    after = []
    for count in range(1, steps + 1):
        updated = state.update(vector, 2 * error, count, data)
        if updated is None:
            return None
        vector, added, jacobian = updated
        passed_on = [jacobian @ matrix for matrix in passed_on] + [np.diag(added)]
        error = sum(np.abs(matrix).sum(axis=1) for matrix in passed_on)
        after.append((
            vector[: state.parameters].tolist(),
            ((1 if count == 1 else 2) * error[: state.parameters]).tolist()))
    return after
