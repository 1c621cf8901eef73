"""PyTorch: the faster of a backward pass by hand and autograd.

What is timed: float32; dense layers with ReLU, softmax cross-entropy; plain SGD at 0.1. All samples
are in memory, as one tensor. Each epoch shuffles the samples' order, gathers each batch of it
(index_select; a DataLoader is several times slower), and drops the short last batch. Loading
and warm-up are not timed; whole epochs are.

Why this is its fastest way: both variants are tried in the warm-up and the faster one is measured.
torch.compile, measured too, was between the two.

--variant manual  no autograd: preallocated tensors, and the update folded into the product that
                  makes the gradient (addmm_ with alpha = -rate); fastest for small models
--variant eager   autograd and the fused torch.optim.SGD; as fast for large models
"""

import common

arguments = common.parse_arguments(__doc__, variants=["manual", "eager"])

import torch  # reads the thread counts that the line above has set
from torch.nn import functional

torch.set_num_threads(arguments.threads)
torch.manual_seed(0)
images, labels = common.load(arguments)
all_samples, all_labels = torch.from_numpy(images), torch.from_numpy(labels)
batch = arguments.batch_size
done = arguments.steps * batch


def batches():
    """The indices of each batch of a freshly shuffled epoch."""
    return torch.randperm(arguments.samples)[:done].split(batch)


def manual():
    sizes, layers = arguments.sizes, len(arguments.sizes) - 1
    parameters = common.initial_parameters(arguments)
    weights = [torch.from_numpy(weight) for weight, _ in parameters]
    biases = [torch.from_numpy(bias) for _, bias in parameters]
    activations = [torch.empty(batch, size) for size in sizes]
    deltas = [torch.empty(batch, size) for size in sizes]
    batch_labels = torch.empty(batch, dtype=torch.long)
    minus_one = torch.full((batch, 1), -1 / batch)
    rate = common.LEARNING_RATE

    @torch.no_grad()
    def epoch():
        for indices in batches():
            torch.index_select(all_samples, 0, indices, out=activations[0])
            torch.index_select(all_labels, 0, indices, out=batch_labels)
            for l in range(layers):
                torch.addmm(biases[l], activations[l], weights[l], out=activations[l + 1])
                if l < layers - 1:
                    activations[l + 1].relu_()
            delta = functional.softmax(activations[layers], 1).div_(batch)
            delta.scatter_add_(1, batch_labels[:, None], minus_one)
            for l in reversed(range(layers)):
                if l > 0:
                    torch.mm(delta, weights[l].t(), out=deltas[l])
                    below = torch.ops.aten.threshold_backward(deltas[l], activations[l], 0)
                weights[l].addmm_(activations[l].t(), delta, alpha=-rate)
                biases[l].sub_(delta.sum(0), alpha=rate)
                if l > 0:
                    delta = below

    as_arrays = lambda: [(weight.numpy(), bias.numpy()) for weight, bias in zip(weights, biases)]
    return common.Rival(epoch, as_arrays, done)


def autograd():
    layers = []
    for weight, bias in common.initial_parameters(arguments):
        layer = torch.nn.Linear(*weight.shape)
        layer.weight.data = torch.from_numpy(weight.T.copy())
        layer.bias.data = torch.from_numpy(bias)
        layers += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=common.LEARNING_RATE, fused=True)

    def epoch():
        for indices in batches():
            logits = model(all_samples.index_select(0, indices))
            loss = functional.cross_entropy(logits, all_labels.index_select(0, indices))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    as_arrays = lambda: [
        (layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in layers[::2]
    ]
    return common.Rival(epoch, as_arrays, done)


variants = {"manual": manual, "eager": autograd}
common.run("torch", torch.__version__, arguments, variants, images, labels)
