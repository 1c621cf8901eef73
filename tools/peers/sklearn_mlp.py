"""scikit-learn: MLPClassifier with plain SGD, one partial_fit an epoch.

What is timed: float32; dense layers with ReLU, softmax cross-entropy; plain SGD at 0.1 (momentum
0, alpha 0). All samples are in memory. Each epoch shuffles the samples' order and gathers each
batch of it; scikit-learn keeps the short last batch, whose samples are counted. Loading and
warm-up are not timed; whole epochs are.

Why this is its fastest way: float32 samples stay float32, partial_fit does what fit does in an
epoch without the bookkeeping of stopping early, and the checks of every sample for infinities are
switched off (assume_finite).
"""

import warnings

import common

arguments = common.parse_arguments(__doc__)

import numpy as np  # reads the thread counts that the line above has set
import sklearn
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")
sklearn.set_config(assume_finite=True)
images, labels = common.load(arguments)


def partial_fit():
    classifier = MLPClassifier(
        hidden_layer_sizes=arguments.sizes[1:-1],
        activation="relu",
        solver="sgd",
        alpha=0,
        batch_size=arguments.batch_size,
        learning_rate="constant",
        learning_rate_init=common.LEARNING_RATE,
        momentum=0,
        nesterovs_momentum=False,
        shuffle=True,
        random_state=0,
    )
    classes = np.arange(10)
    return common.Rival(
        lambda: classifier.partial_fit(images, labels, classes=classes),
        lambda: list(zip(classifier.coefs_, classifier.intercepts_)),
        arguments.samples,
    )


common.run("sklearn", sklearn.__version__, arguments, {"": partial_fit}, images, labels)
