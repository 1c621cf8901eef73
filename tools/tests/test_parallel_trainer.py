#!/usr/bin/env python3
"""Tests of tools/python/parallel_trainer.py: scikit-learn's own checks of estimators, and the manners
that it does not check. Needs NumPy, scikit-learn and the library: PARALLEL_TRAINER_LIBRARY."""

import os
import pathlib
import pickle
import signal
import sys
import tempfile
import threading
import time
import unittest
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import parallel_trainer
from parallel_trainer import Error, MLPClassifier, MLPRegressor

# scikit-learn's checks that do not apply, and why.
NOT_FOR_US = {}


def digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, random_state=0)


class ScikitLearnChecks(unittest.TestCase):
    def check(self, estimator):
        results = check_estimator(estimator, expected_failed_checks=NOT_FOR_US, on_fail=None)
        failed = [r for r in results if r["status"] == "failed"]
        for result in failed:
            print(f"{result['check_name']}: {result['exception']!r}", file=sys.stderr)
        self.assertEqual([r["check_name"] for r in failed], [])
        passed = sum(r["status"] == "passed" for r in results)
        expected = [r["check_name"] for r in results if r["status"] == "xfail"]
        skipped = [r["check_name"] for r in results if r["status"] == "skipped"]
        self.assertGreater(passed, 40)
        print(f"{type(estimator).__name__}: {passed} of scikit-learn's checks passed; do not apply: "
              f"{expected}; skipped by scikit-learn: {skipped}")

    def test_classifier(self):
        self.check(MLPClassifier(max_iter=50, learning_rate_init=0.01))

    def test_regressor(self):
        self.check(MLPRegressor(max_iter=50, learning_rate_init=0.01))


class Classifier(unittest.TestCase):
    def test_as_good_as_scikit_learn(self):
        X, X_test, y, y_test = digits()
        options = dict(hidden_layer_sizes=(64,), max_iter=30, random_state=1)
        ours = MLPClassifier(n_jobs=2, **options).fit(X, y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = Theirs(**options).fit(X, y)
        # Two binomial deviations of an accuracy of 0.95 on 450 samples, for each of the two.
        self.assertGreater(ours.score(X_test, y_test), theirs.score(X_test, y_test) - 0.041)
        self.assertEqual([w.shape for w in ours.coefs_], [w.shape for w in theirs.coefs_])
        self.assertEqual(len(ours.loss_curve_), 30)

    def test_same_weights_on_any_number_of_threads(self):
        X, _, y, _ = digits()
        models = [
            MLPClassifier(max_iter=3, random_state=5, n_jobs=threads).fit(X, y)
            for threads in (1, 2, 5)
        ]
        for model in models[1:]:
            for ours, first in zip(model.coefs_, models[0].coefs_):
                np.testing.assert_array_equal(ours, first)

    def test_layouts(self):
        """Predictions do not depend on how the array lies in memory."""
        X, X_test, y, _ = digits()
        model = MLPClassifier(max_iter=3, random_state=5).fit(X, y)
        plain = np.ascontiguousarray(X_test, dtype=np.float32)
        expected = model.predict_proba(plain)
        wide = np.empty((len(plain), 2 * plain.shape[1]), dtype=np.float32)
        wide[:, ::2] = plain
        for layout in (plain.astype(np.float64), np.asfortranarray(plain), wide[:, ::2]):
            np.testing.assert_array_equal(model.predict_proba(layout), expected)
        np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(model.predict(plain), expected.argmax(axis=1))

    def test_arrays_are_not_copied(self):
        X = np.zeros((1000, 8), dtype=np.float32)
        dataset = parallel_trainer._Dataset(X, labels=np.zeros(1000), class_count=2)
        self.assertTrue(np.shares_memory(dataset.features, X))
        self.assertFalse(np.shares_memory(
            parallel_trainer._Dataset(X[:, ::2], labels=np.zeros(1000), class_count=2).features, X))

    def test_labels_of_any_kind(self):
        X, y = load_iris(return_X_y=True)
        names = np.array(["setosa", "versicolor", "virginica"])[y]
        model = MLPClassifier(
            max_iter=60, learning_rate_init=0.02, batch_size=16, random_state=0)
        self.assertGreater(model.fit(X, names).score(X, names), 0.9)
        self.assertEqual(set(model.predict(X)), set(names))

    def test_partial_fit(self):
        X, X_test, y, y_test = digits()
        model = MLPClassifier(random_state=1, learning_rate_init=0.01)
        with self.assertRaisesRegex(ValueError, "classes must be passed"):
            model.partial_fit(X, y)
        for _ in range(10):
            for start in range(0, len(X), 100):
                model.partial_fit(
                    X[start:start + 100], y[start:start + 100], classes=np.arange(10))
        self.assertGreater(model.score(X_test, y_test), 0.9)
        with self.assertRaisesRegex(ValueError, "not in `self.classes_`"):
            model.partial_fit(X[:1], [10])

    def test_pipeline_and_grid_search(self):
        X, X_test, y, y_test = digits()
        pipeline = make_pipeline(
            StandardScaler(), MLPClassifier(max_iter=15, random_state=0, n_jobs=2))
        search = GridSearchCV(
            pipeline,
            {"mlpclassifier__hidden_layer_sizes": [(8,), (32,)],
             "mlpclassifier__learning_rate_init": [0.001, 0.01]}, cv=3)
        search.fit(X, y)
        self.assertEqual(search.best_params_["mlpclassifier__hidden_layer_sizes"], (32,))
        self.assertGreater(search.score(X_test, y_test), 0.93)

    def test_grid_search_in_processes(self):
        X, _, y, _ = digits()
        search = GridSearchCV(
            MLPClassifier(max_iter=5, random_state=0, n_jobs=2), {"alpha": [0.0, 1e-3]}, cv=2,
            n_jobs=2, error_score="raise")
        search.fit(X, y)
        alone = cross_val_score(search.best_estimator_, X, y, cv=2).mean()
        self.assertAlmostEqual(alone, search.best_score_)

    def test_early_stopping(self):
        X, _, y, _ = digits()
        model = MLPClassifier(
            max_iter=200, early_stopping=True, n_iter_no_change=3, random_state=0,
            learning_rate_init=0.01)
        model.fit(X, y)
        self.assertLess(model.n_iter_, 200)
        self.assertEqual(len(model.validation_scores_), model.n_iter_)

    def test_pickle_and_clone(self):
        X, X_test, y, _ = digits()
        model = MLPClassifier(max_iter=3, random_state=5).fit(X, y)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict_proba(X_test), model.predict_proba(X_test))
        self.assertEqual(clone(model).get_params(), model.get_params())
        with self.assertRaises(NotFittedError):
            clone(model).predict(X_test)
        with self.assertRaises(NotFittedError):
            pickle.loads(pickle.dumps(MLPClassifier())).predict(X_test)

    def test_errors(self):
        X, _, y, _ = digits()
        for options, part in (
            (dict(solver="lbfgs"), "option optimizer: found 'lbfgs'"),
            (dict(learning_rate="adaptive"), "scikit-learn's alone"),
            (dict(activation="cube"), "activation 'cube'"),
            (dict(hidden_layer_sizes=(0,)), "has 0 units"),
            (dict(learning_rate_init=-1), "learning rate: found -1"),
            (dict(n_jobs=2000), "threads: found 2000"),
        ):
            with self.subTest(options), self.assertRaisesRegex((Error, ValueError), part):
                MLPClassifier(**options).fit(X, y)
        with self.assertRaisesRegex(ValueError, "diverged"):
            MLPClassifier(solver="sgd", learning_rate_init=1e30, max_iter=3).fit(X, y)

    def test_save(self):
        X, _, y, _ = digits()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "digits.safetensors"
            MLPClassifier(max_iter=1).fit(X, y).save(path)
            data = path.read_bytes()
        header = int.from_bytes(data[:8], "little")
        self.assertIn(b"ParallelTrainer model", data[8:8 + header])


class Regressor(unittest.TestCase):
    def test_values(self):
        X, y = make_regression(300, 5, noise=1, random_state=0)
        y = (y - y.mean()) / y.std()
        model = MLPRegressor(max_iter=100, learning_rate_init=0.01, random_state=0, n_jobs=2)
        self.assertGreater(model.fit(X, y).score(X, y), 0.95)
        self.assertEqual(model.predict(X).shape, (300,))
        both = np.stack([y, -y], axis=1)
        self.assertGreater(model.fit(X, both).score(X, both), 0.95)
        self.assertEqual(model.predict(X).shape, (300, 2))


class Guest(unittest.TestCase):
    @unittest.skipUnless(os.path.isdir("/proc/self/task"), "the system lists no threads")
    def test_threads_are_gone(self):
        """No thread is left of a call's: the system may list one that has been joined for a moment."""
        X, _, y, _ = digits()
        before = set(os.listdir("/proc/self/task"))
        for _ in range(5):
            MLPClassifier(max_iter=1, n_jobs=4).fit(X, y)
        end = time.monotonic() + 10
        while left := set(os.listdir("/proc/self/task")) - before:
            self.assertLess(time.monotonic(), end, f"threads {left} are left")

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_fork(self):
        """A child that the process forks between calls trains as its parent does."""
        X, _, y, _ = digits()
        options = dict(max_iter=2, random_state=3, n_jobs=2)
        expected = MLPClassifier(**options).fit(X, y).coefs_[0]
        with warnings.catch_warnings():
            # Python warns of threads: those of NumPy's BLAS, at most.
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            try:
                found = MLPClassifier(**options).fit(X, y).coefs_[0]
                os._exit(0 if np.array_equal(found, expected) else 1)
            except BaseException:
                os._exit(2)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                self.assertEqual(os.waitstatus_to_exitcode(status), 0)
                return
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.fail("the child hangs")

    def test_from_many_threads(self):
        X, X_test, y, _ = digits()
        expected = MLPClassifier(max_iter=3, random_state=2).fit(X, y).predict_proba(X_test)
        found = []

        def work(threads):
            model = MLPClassifier(max_iter=3, random_state=2, n_jobs=threads).fit(X, y)
            found.append(model.predict_proba(X_test))

        threads = [threading.Thread(target=work, args=(1 + i % 3,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(found), 6)
        for probabilities in found:
            np.testing.assert_array_equal(probabilities, expected)

    def test_ctrl_c_ends_a_run(self):
        # A process that was started in the background ignores the signal.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        X, _, y, _ = digits()
        timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        start = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            MLPClassifier(max_iter=10**6, n_jobs=2).fit(X, y)
        self.assertLess(time.monotonic() - start, 30)


if __name__ == "__main__":
    unittest.main()
