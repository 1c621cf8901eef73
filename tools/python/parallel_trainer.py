"""ParallelTrainer for Python: small neural networks, trained on the processor's cores, with the same
weights bit for bit on any number of threads.

    from parallel_trainer import MLPClassifier

    model = MLPClassifier(hidden_layer_sizes=(128,), max_iter=10, n_jobs=2).fit(X, y)
    print(model.score(X_test, y_test))

`MLPClassifier` and `MLPRegressor` have the manners of scikit-learn's estimators and the names of its
own multilayer perceptrons' parameters, so that they can stand in for them; where something differs,
the class says so. They need NumPy and scikit-learn. Everything happens in the shared library that
`tools/install` builds, which is found by, in this order: the environment variable
PARALLEL_TRAINER_LIBRARY (a file), the folder of this file, its `../lib`, and the system's loader.

NumPy arrays of float32 whose rows lie one behind the other are not copied; others are, once.
"""

import ctypes
import functools
import os
import pathlib
import signal
import threading

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["Error", "MLPClassifier", "MLPRegressor", "library_version"]

# The C interface -----------------------------------------------------------------------------------

ABI_VERSION = 1
_BORROW = 1
_COMPLETED, _INTERRUPTED, _STOPPED_EARLY, _DIVERGED = range(4)

_Float = ctypes.POINTER(ctypes.c_float)
_Handle = ctypes.c_void_p
_OutHandle = ctypes.POINTER(_Handle)


class _CError(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 508)]


class _Targets(ctypes.Structure):
    _fields_ = [
        ("labels", ctypes.POINTER(ctypes.c_int32)),
        ("class_count", ctypes.c_int32),
        ("values", _Float),
        ("value_count", ctypes.c_int64),
    ]


class _Layer(ctypes.Structure):
    _fields_ = [
        ("outputs", ctypes.c_int64),
        ("activation", ctypes.c_char_p),
        ("dropout", ctypes.c_float),
    ]


class _Result(ctypes.Structure):
    _fields_ = [
        ("stopped", ctypes.c_int32),
        ("epochs", ctypes.c_int64),
        ("iterations", ctypes.c_int64),
        ("samples", ctypes.c_int64),
        ("loss", ctypes.c_double),
        ("seconds", ctypes.c_double),
        ("detail", ctypes.c_char * 128),
    ]


class _Epoch(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_double)
        for name in ("loss", "validation_loss", "validation_accuracy", "seconds", "learning_rate")
    ]


_ERROR = ctypes.POINTER(_CError)
_EVENT = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)
_STATUS_FUNCTIONS = {
    "pt_dataset_create_floats": [
        ctypes.c_char_p, _Float, ctypes.c_int64, ctypes.c_int64, ctypes.POINTER(_Targets),
        ctypes.c_int32, _OutHandle, _ERROR,
    ],
    "pt_dataset_split": [
        _Handle, ctypes.c_double, ctypes.c_uint64, _OutHandle, _OutHandle, _ERROR,
    ],
    "pt_model_create": [
        ctypes.c_int64, ctypes.POINTER(_Layer), ctypes.c_int32, ctypes.c_float, ctypes.c_char_p,
        ctypes.c_uint64, _OutHandle, _ERROR,
    ],
    "pt_model_copy_with_parameters": [_Handle, _Float, ctypes.c_int64, _OutHandle, _ERROR],
    "pt_model_save": [_Handle, ctypes.c_char_p, _ERROR],
    "pt_model_get_parameters": [_Handle, _Float, ctypes.c_int64, _ERROR],
    "pt_trainer_create": [_Handle, ctypes.POINTER(ctypes.c_char_p), _OutHandle, _ERROR],
    "pt_trainer_fit": [
        _Handle, _Handle, _Handle, _EVENT, ctypes.c_void_p, _Handle,
        ctypes.POINTER(_Result), _ERROR,
    ],
    "pt_trainer_partial_fit": [_Handle, _Handle, _Handle, ctypes.POINTER(_Result), _ERROR],
    "pt_trainer_copy_model": [_Handle, _OutHandle, _ERROR],
    "pt_trainer_predict": [
        _Handle, _Float, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64), _ERROR,
    ],
    "pt_trainer_predict_probabilities": [
        _Handle, _Float, ctypes.c_int64, _Float, ctypes.c_int64, _ERROR,
    ],
    "pt_trainer_predict_outputs": [
        _Handle, _Float, ctypes.c_int64, _Float, ctypes.c_int64, _ERROR,
    ],
}
_DESTROYERS = {"dataset", "model", "trainer", "stop"}


class Error(RuntimeError):
    """What the library says went wrong; `code` is one of the header's PT_… numbers."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def _candidates():
    names = ["libparallel_trainer.so", "libparallel_trainer.dylib"]
    given = os.environ.get("PARALLEL_TRAINER_LIBRARY")
    if given:
        return [given]
    here = pathlib.Path(__file__).resolve().parent
    beside = [folder / name for folder in (here, here.parent / "lib") for name in names]
    return [str(path) for path in beside if path.exists()] + names


@functools.cache
def _library():
    """The shared library, loaded when it is needed first."""
    problems = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
            break
        except OSError as problem:
            problems.append(str(problem))
    else:
        raise ImportError(
            "libparallel_trainer is not to be found: run tools/install --prefix DIR and set "
            "PARALLEL_TRAINER_LIBRARY to the library in DIR/lib\n" + "\n".join(problems))
    library.pt_abi_version.restype = ctypes.c_int32
    found = library.pt_abi_version()
    if found != ABI_VERSION:
        raise ImportError(f"libparallel_trainer has the ABI version {found}, expected {ABI_VERSION}")
    library.pt_version.restype = ctypes.c_char_p
    for name, arguments in _STATUS_FUNCTIONS.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = ctypes.c_int32
    for kind in _DESTROYERS:
        function = getattr(library, f"pt_{kind}_destroy")
        function.argtypes = [_Handle]
        function.restype = None
    library.pt_stop_create.argtypes = []
    library.pt_stop_create.restype = _Handle
    library.pt_stop_request.argtypes = [_Handle]
    library.pt_stop_request.restype = None
    library.pt_model_parameter_count.argtypes = [_Handle]
    library.pt_model_parameter_count.restype = ctypes.c_int64
    library.pt_trainer_history.argtypes = [_Handle, ctypes.POINTER(_Epoch), ctypes.c_int64]
    library.pt_trainer_history.restype = ctypes.c_int64
    return library


def library_version():
    """The version of the package that the shared library was built from."""
    return _library().pt_version().decode()


def _call(name, *arguments):
    error = _CError()
    if getattr(_library(), name)(*arguments, ctypes.byref(error)) != 0:
        raise Error(error.code, error.message.decode())


class _Object:
    """A handle of the library's, destroyed with the object; as it is, an argument of its functions."""

    def __init__(self, kind):
        self._destroy = getattr(_library(), f"pt_{kind}_destroy")
        self._as_parameter_ = _Handle()

    @property
    def out(self):
        return ctypes.byref(self._as_parameter_)

    def __del__(self):
        self._destroy(self._as_parameter_)


def _floats(array):
    return array.ctypes.data_as(_Float)


class _Dataset(_Object):
    """Samples in arrays, which the object keeps."""

    def __init__(self, features, labels=None, class_count=0, values=None):
        super().__init__("dataset")
        # Neither array is copied where it has this layout already.
        self.features = np.ascontiguousarray(features, dtype=np.float32)
        targets = _Targets()
        if labels is not None:
            labels = np.ascontiguousarray(labels, dtype=np.int32)
            targets.labels = labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
            targets.class_count = class_count
        else:
            self.values = np.ascontiguousarray(values, dtype=np.float32)
            targets.values = _floats(self.values)
            targets.value_count = self.values.shape[1]
        count, width = self.features.shape
        _call(
            "pt_dataset_create_floats", b"samples", _floats(self.features), count, width,
            ctypes.byref(targets), _BORROW, self.out)

    def split(self, fraction, seed):
        training, validation = _Object("dataset"), _Object("dataset")
        _call("pt_dataset_split", self, fraction, seed, training.out, validation.out)
        # The parts share the memory of the arrays.
        training.whole = validation.whole = self
        return training, validation


class _Interruptible(_Object):
    """A request to stop that Ctrl-C makes: the run ends at the next iteration, and then the signal's
    own handler is called, which raises KeyboardInterrupt. A handler that raised in the middle of the
    run could only be printed and ignored, because there is C between it and the caller."""

    def __init__(self):
        super().__init__("stop")
        self._as_parameter_ = _Handle(_library().pt_stop_create())
        self.caught = []

    def __enter__(self):
        self.handler = signal.getsignal(signal.SIGINT)
        self.is_watching = callable(self.handler) and (
            threading.current_thread() is threading.main_thread())
        if self.is_watching:
            signal.signal(signal.SIGINT, self.catch)
        return self

    def catch(self, number, frame):
        self.caught.append((number, frame))
        _library().pt_stop_request(self)

    def __exit__(self, *_):
        if self.is_watching:
            signal.signal(signal.SIGINT, self.handler)
            for caught in self.caught[:1]:
                self.handler(*caught)


class _Trainer(_Object):
    def __init__(self, model, options):
        super().__init__("trainer")
        texts = [f"{name}={value}".encode() for name, value in options.items()]
        _call(
            "pt_trainer_create", model,
            (ctypes.c_char_p * (len(texts) + 1))(*texts, None), self.out)

    def fit(self, training, validation=None):
        result = _Result()
        with _Interruptible() as stop:
            # Ten times a second Python gets to handle signals.
            _call(
                "pt_trainer_fit", self, training, validation, _EVENT(lambda *_: 0), None, stop,
                ctypes.byref(result))
        return result

    def partial_fit(self, samples):
        result = _Result()
        _call("pt_trainer_partial_fit", self, samples, None, ctypes.byref(result))
        return result

    @property
    def history(self):
        count = _library().pt_trainer_history(self, None, 0)
        epochs = (_Epoch * count)()
        _library().pt_trainer_history(self, epochs, count)
        return epochs

    @property
    def model(self):
        model = _Object("model")
        _call("pt_trainer_copy_model", self, model.out)
        return model

    def outputs(self, name, features, width):
        features = np.ascontiguousarray(features, dtype=np.float32)
        found = np.empty((len(features), width), dtype=np.float32)
        _call(name, self, _floats(features), len(features), _floats(found), found.size)
        return found

    def classes(self, features):
        features = np.ascontiguousarray(features, dtype=np.float32)
        found = np.empty(len(features), dtype=np.int64)
        _call(
            "pt_trainer_predict", self, _floats(features), len(features),
            found.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)))
        return found


def _parameters(model):
    values = np.empty(_library().pt_model_parameter_count(model), dtype=np.float32)
    _call("pt_model_get_parameters", model, _floats(values), values.size)
    return values


# The estimators ------------------------------------------------------------------------------------

_ACTIVATIONS = {"logistic": "sigmoid"}
_SCHEDULES = {"invscaling", "adaptive"}


class _MLP(BaseEstimator):
    """What both estimators have in common."""

    def __init__(
        self, hidden_layer_sizes=(100,), activation="relu", *, solver="adam", alpha=0.0001,
        batch_size="auto", learning_rate="constant", learning_rate_init=0.001, max_iter=200,
        random_state=None, tol=0.0001, warm_start=False, momentum=0.9, nesterovs_momentum=True,
        early_stopping=False, validation_fraction=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-8,
        n_iter_no_change=10, dropout=0.0, n_jobs=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.random_state = random_state
        self.tol = tol
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout
        self.n_jobs = n_jobs

    # Parameters as the library's options -----------------------------------------------------------

    def _threads(self):
        if self.n_jobs is None:
            return 1
        if self.n_jobs >= 1:
            return self.n_jobs
        # As everywhere in scikit-learn: −1 for all processors, −2 for all but one.
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return max(1, usable + 1 + self.n_jobs)

    def _optimizer(self):
        if self.solver == "adam":
            return f"adam:{self.beta_1!r}:{self.beta_2!r}:{self.epsilon!r}"
        if self.solver == "sgd":
            if self.momentum == 0:
                return "sgd"
            return f"{'nesterov' if self.nesterovs_momentum else 'momentum'}:{self.momentum!r}"
        # Any other of the library's own: rmsprop, adamw:…
        return self.solver

    def _schedule(self):
        if self.learning_rate in _SCHEDULES:
            raise ValueError(
                f"learning_rate={self.learning_rate!r} is scikit-learn's alone; expected 'constant' "
                "or a schedule of ParallelTrainer: linear, cosine, one-cycle, step:EPOCHS:FACTOR …")
        return self.learning_rate

    def _options(self, count, streams):
        batch = min(200, count) if self.batch_size == "auto" else self.batch_size
        options = {
            "epochs": self.max_iter,
            "batch-size": batch,
            "learning-rate": repr(float(self.learning_rate_init)),
            "schedule": self._schedule(),
            "optimizer": self._optimizer(),
            "loss": self._loss,
            "seed": self._seed,
            "threads": self._threads(),
        }
        # scikit-learn divides its penalty ½ α Σ w² by the samples of a batch.
        if self.alpha:
            options["l2"] = repr(float(self.alpha) / batch)
        if not streams and self.early_stopping:
            options["patience"] = self.n_iter_no_change
            options["min-improvement"] = repr(float(self.tol))
            options["stop-on"] = self._criterion
        return options

    def _layers(self, outputs):
        sizes = self.hidden_layer_sizes
        sizes = [sizes] if np.isscalar(sizes) else list(sizes)
        activation = _ACTIVATIONS.get(self.activation, self.activation).encode()
        layers = [_Layer(int(size), activation, self.dropout) for size in sizes]
        return (_Layer * (len(sizes) + 1))(*layers, _Layer(outputs, None, 0))

    def _model(self, inputs):
        """A model with new parameters."""
        model = _Object("model")
        layers = self._layers(self.n_outputs_)
        _call(
            "pt_model_create", inputs, layers, len(layers), 0, b"xavier", self._seed, model.out)
        return model

    # Training --------------------------------------------------------------------------------------

    def _draw_seed(self):
        """The seed of a run: the number that was given, or one drawn as the generator says."""
        state = self.random_state
        if state is None:
            self._seed = int(np.random.randint(2**31))
        elif isinstance(state, np.random.RandomState):
            self._seed = int(state.randint(2**31))
        else:
            self._seed = int(state)

    def _fit(self, X, dataset):
        if not (isinstance(self.max_iter, (int, np.integer)) and self.max_iter > 0):
            raise ValueError(f"max_iter must be a whole number above 0, got {self.max_iter!r}")
        goes_on = self.warm_start and getattr(self, "_trainer", None) is not None
        if not goes_on:
            self._draw_seed()
        model = self._trainer.model if goes_on else self._model(X.shape[1])
        self._trainer = _Trainer(model, self._options(len(X), streams=False))
        if self.early_stopping:
            training, validation = dataset.split(self.validation_fraction, self._seed)
            result = self._trainer.fit(training, validation)
        else:
            result = self._trainer.fit(dataset)
        history = self._trainer.history
        self.loss_curve_ = [epoch.loss for epoch in history]
        self.n_iter_ = len(history)
        if self.early_stopping:
            self.validation_scores_ = [epoch.validation_accuracy for epoch in history]
        self._finish(result)
        return self

    def _partial_fit(self, X, dataset, is_first):
        if is_first:
            self._draw_seed()
            self._trainer = _Trainer(
                self._model(X.shape[1]), self._options(len(X), streams=True))
            self.loss_curve_ = []
            self.n_iter_ = 0
        result = self._trainer.partial_fit(dataset)
        self.loss_curve_.append(result.loss)
        self.n_iter_ += 1
        self._finish(result)
        return self

    def _finish(self, result):
        if result.stopped == _DIVERGED:
            raise ValueError(
                f"Training diverged: {result.detail.decode()}. The learning rate may be too high.")
        self.t_ = result.samples
        self.loss_ = result.loss
        self.n_layers_ = len(self._layers(self.n_outputs_)) + 1

    # State -----------------------------------------------------------------------------------------

    def _weights(self):
        values = _parameters(self._trainer.model)
        sizes = [layer.outputs for layer in self._layers(self.n_outputs_)]
        weights, biases, place, inputs = [], [], 0, self.n_features_in_
        for outputs in sizes:
            end = place + inputs * outputs
            weights.append(values[place:end].reshape(outputs, inputs).T)
            biases.append(values[end:end + outputs])
            place, inputs = end + outputs, outputs
        return weights, biases

    @property
    def coefs_(self):
        """The weights of each layer, [inputs, outputs]."""
        check_is_fitted(self)
        return self._weights()[0]

    @property
    def intercepts_(self):
        """The biases of each layer."""
        check_is_fitted(self)
        return self._weights()[1]

    def __sklearn_is_fitted__(self):
        return getattr(self, "_trainer", None) is not None

    def __getstate__(self):
        state = super().__getstate__().copy()
        trainer = state.pop("_trainer", None)
        if trainer is not None:
            state["_saved"] = _parameters(trainer.model)
        return state

    def __setstate__(self, state):
        state = state.copy()
        saved = state.pop("_saved", None)
        super().__setstate__(state)
        if saved is not None:
            model = _Object("model")
            _call(
                "pt_model_copy_with_parameters", self._model(self.n_features_in_),
                _floats(saved), saved.size, model.out)
            # What an optimizer remembers is not part of the state: a stream begins anew.
            self._trainer = _Trainer(model, self._options(1, streams=True))

    def save(self, path):
        """Writes the model as a safetensors file, which `mnist` and other tools read."""
        check_is_fitted(self)
        _call("pt_model_save", self._trainer.model, os.fsencode(path))

    def _checked(self, X):
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float32, order="C", reset=False)


class MLPClassifier(ClassifierMixin, _MLP):
    """A multilayer perceptron that tells classes apart, 256 at most.

    In place of scikit-learn's, it differs in this: `solver` is "adam", "sgd" or another optimizer of
    the library ("rmsprop", "adamw:0.9:0.999:1e-8:0.01" …), not "lbfgs"; `learning_rate` is "constant"
    or another schedule of the library ("cosine", "linear" …); weights begin uniformly by Glorot's rule
    for every activation; a run without `early_stopping` goes to `max_iter`; early stopping goes by
    the accuracy on the part of the samples that is held back, drawn without regard to classes; sample
    weights and several labels a sample are not taken. `dropout` is the share of hidden outputs that
    are dropped while training, and `n_jobs` the number of threads, on which no result depends.
    """

    _loss = "cross-entropy"
    _criterion = "accuracy"

    def _validate(self, X, y, reset):
        X, y = validate_data(self, X, y, dtype=np.float32, order="C", reset=reset)
        check_classification_targets(y)
        if y.ndim != 1:
            raise ValueError(f"y must have one column, got an array of the shape {y.shape}")
        return X, y

    def _dataset(self, X, y):
        labels = np.searchsorted(self.classes_, y)
        wrong = (labels == len(self.classes_)) | (
            self.classes_[np.minimum(labels, len(self.classes_) - 1)] != y)
        if wrong.any():
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {np.unique(y)}.")
        # One output cannot be told by softmax, so a single class has two.
        return _Dataset(X, labels=labels, class_count=self.n_outputs_)

    def _set_classes(self, classes):
        self.classes_ = classes
        self.n_outputs_ = max(2, len(classes))
        self.out_activation_ = "softmax"

    def fit(self, X, y):
        """Trains on X, [samples, features], and the classes y; anew unless `warm_start`."""
        X, y = self._validate(X, y, reset=True)
        if not (self.warm_start and self.__sklearn_is_fitted__()):
            self._set_classes(unique_labels(y))
        return self._fit(X, self._dataset(X, y))

    def partial_fit(self, X, y, classes=None):
        """Trains on the next samples of a stream, one pass, going on where the last call ended.

        The first call is to be told all classes that will ever come."""
        is_first = not self.__sklearn_is_fitted__()
        X, y = self._validate(X, y, reset=is_first)
        if is_first:
            if classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self._set_classes(unique_labels(classes))
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise ValueError(
                f"classes={classes} is not the same as on last call to partial_fit, was: "
                f"{self.classes_}")
        return self._partial_fit(X, self._dataset(X, y), is_first)

    def predict(self, X):
        """The class of each sample."""
        X = self._checked(X)
        return self.classes_[np.minimum(self._trainer.classes(X), len(self.classes_) - 1)]

    def predict_proba(self, X):
        """The probability of each class, [samples, classes]."""
        X = self._checked(X)
        found = self._trainer.outputs("pt_trainer_predict_probabilities", X, self.n_outputs_)
        if len(self.classes_) == 1:
            return np.ones((len(X), 1), dtype=np.float32)
        return found

    def predict_log_proba(self, X):
        """The logarithms of `predict_proba`."""
        return np.log(self.predict_proba(X))


class MLPRegressor(RegressorMixin, _MLP):
    """A multilayer perceptron that predicts one or several numbers, by their squared error.

    It differs from scikit-learn's as `MLPClassifier` does; early stopping goes by the loss on the part
    of the samples that is held back. The loss is the mean of the squared errors, not half of it.
    """

    _loss = "mean-squared-error"
    _criterion = "loss"

    def _validate(self, X, y, reset):
        X, y = validate_data(
            self, X, y, dtype=np.float32, order="C", multi_output=True, y_numeric=True, reset=reset)
        y = np.asarray(y, dtype=np.float32)
        if y.ndim == 2 and y.shape[1] == 1:
            from sklearn.utils.validation import column_or_1d

            y = column_or_1d(y, warn=True)
        return X, y

    def _dataset(self, X, y):
        return _Dataset(X, values=y.reshape(len(y), -1))

    def fit(self, X, y):
        """Trains on X, [samples, features], and y, [samples] or [samples, values]."""
        X, y = self._validate(X, y, reset=True)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        self.out_activation_ = "identity"
        return self._fit(X, self._dataset(X, y))

    def partial_fit(self, X, y):
        """Trains on the next samples of a stream, one pass, going on where the last call ended."""
        is_first = not self.__sklearn_is_fitted__()
        X, y = self._validate(X, y, reset=is_first)
        if is_first:
            self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
            self.out_activation_ = "identity"
        return self._partial_fit(X, self._dataset(X, y), is_first)

    def predict(self, X):
        """The values of each sample: [samples], or [samples, values] where there are several."""
        X = self._checked(X)
        found = self._trainer.outputs("pt_trainer_predict_outputs", X, self.n_outputs_)
        found = found.astype(np.float64)
        return found[:, 0] if self.n_outputs_ == 1 else found

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
