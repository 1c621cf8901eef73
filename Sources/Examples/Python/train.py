#!/usr/bin/env python3
"""Trains scikit-learn's digits in a pipeline, on all processors.

    PYTHONPATH=tools/python PARALLEL_TRAINER_LIBRARY=…/libparallel_trainer.so train.py
"""

from parallel_trainer import MLPClassifier
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, X_test, y, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
model = make_pipeline(
    StandardScaler(), MLPClassifier((64,), max_iter=20, random_state=1, n_jobs=-1))
model.fit(X, y)
accuracy = model.score(X_test, y_test)
print(f"test accuracy {accuracy:.4f}")
raise SystemExit(accuracy < 0.93)
