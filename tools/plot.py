#!/usr/bin/env python3
"""Draws what `mnist experiment NAME --log FILE` or `mnist train --log FILE` has written.

    tools/plot.py depth.jsonl                  # writes depth.png
    tools/plot.py run1.jsonl run2.jsonl --out runs.png

A file is drawn for what it holds: an experiment's table, or the course of a training run; several
runs go into one picture. Needs matplotlib: pip install matplotlib.
"""

import argparse
import json
import pathlib
import sys


class Failure(Exception):
    """What a person must be told."""


def read(path):
    """The objects of a log's lines."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: cannot be read: {error}") from error
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise Failure(f"{path}: line {number} is not JSON: {error}") from error
    if not lines or not isinstance(lines[0], dict) or "event" not in lines[0]:
        raise Failure(f"{path}: expected a log of mnist, found something else")
    return lines


def rows(lines):
    found = [line for line in lines if line["event"] == "row"]
    if not found:
        raise Failure("the log has no rows: the experiment did not come that far")
    return found


def column(table, name):
    return [row[name] for row in table]


def percent(values):
    return [None if value is None else 100 * value for value in values]


# Each function draws on an empty figure.


def depth(figure, start, table):
    axes = figure.subplots()
    for layers in sorted({row["hidden_layers"] for row in table}):
        part = [row for row in table if row["hidden_layers"] == layers]
        axes.plot(
            column(part, "parameters"), percent(column(part, "test_accuracy")), marker="o",
            label=f"{layers} hidden layer{'s' if layers > 1 else ''}")
    axes.set(xscale="log", xlabel="parameters", ylabel="test accuracy in %")
    axes.legend()


def width(figure, start, table):
    left, right = figure.subplots(1, 2)
    units = column(table, "hidden_units")
    left.plot(units, percent(column(table, "test_accuracy")), marker="o")
    left.set(xlabel="hidden units (0: none)", ylabel="test accuracy in %")
    right.plot(units, column(table, "seconds_per_epoch"), marker="o")
    right.set(xlabel="hidden units", ylabel="seconds an epoch")
    for axes in (left, right):
        axes.set_xscale("symlog", base=2)


def batch_size(figure, start, table):
    left, right = figure.subplots(1, 2)
    sizes = column(table, "batch_size")
    left.plot(sizes, column(table, "seconds_per_epoch"), marker="o")
    left.set(xscale="log", yscale="log", xlabel="batch size", ylabel="seconds an epoch")
    right.plot(
        sizes, percent(column(table, "accuracy_after_epochs")), marker="o",
        label="after the same epochs")
    right.plot(
        sizes, percent(column(table, "accuracy_after_time")), marker="o",
        label="after the same time")
    right.set(xscale="log", xlabel="batch size", ylabel="test accuracy in %")
    right.legend()


def vanishing(figure, start, table):
    axes = figure.subplots()
    layers = column(table, "layer")
    for name in [key for key in table[0] if key.endswith(("_before", "_after"))]:
        activation, moment = name.rsplit("_", 1)
        axes.plot(
            layers, column(table, name), marker="o",
            linestyle="-" if moment == "before" else "--",
            label=f"{activation.replace('_', ' ')}, {moment} training")
    axes.set(yscale="log", xlabel="layer", ylabel="norm of the gradient of its weights")
    axes.legend()


def boundary(figure, start, table):
    import math

    columns = math.ceil(math.sqrt(len(table)))
    grid = figure.subplots(math.ceil(len(table) / columns), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, row in zip(grid.flat, table):
        axes.set_axis_on()
        low, high = row["from"], row["to"]
        # Rows of the picture go from the top to the bottom.
        picture = [[float(letter) for letter in line] for line in row["classes"]]
        axes.imshow(picture, extent=(low, high, low, high), cmap="coolwarm", alpha=0.6)
        axes.set_title(f"{row['shape']}, {row['hidden_units']} hidden units: "
                       f"{100 * row['accuracy']:.1f} %", fontsize=9)


EXPERIMENTS = {
    "depth": depth, "width": width, "batch-size": batch_size, "vanishing": vanishing,
    "boundary": boundary,
}


def draw_runs(figure, runs):
    """The course of training runs, by epoch."""
    left, right = figure.subplots(1, 2)
    for name, lines in runs:
        epochs = [line for line in lines if line["event"] == "epoch"]
        if not epochs:
            raise Failure(f"{name}: the run has no complete epoch")
        numbers = column(epochs, "epoch")
        (line,) = left.plot(numbers, column(epochs, "loss"), label=f"{name}: training")
        color = line.get_color()
        if epochs[0]["validation_loss"] is not None:
            left.plot(
                numbers, column(epochs, "validation_loss"), "--", color=color,
                label=f"{name}: validation")
            right.plot(
                numbers, percent(column(epochs, "validation_accuracy")), color=color, label=name)
    left.set(xlabel="epoch", ylabel="loss", yscale="log")
    right.set(xlabel="epoch", ylabel="validation accuracy in %")
    left.legend()


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="logs, JSON Lines")
    parser.add_argument(
        "--out", metavar="FILE", help="picture to write (default: the first file's name and .png)")
    options = parser.parse_args(arguments)
    try:
        import matplotlib
    except ImportError:
        raise Failure("this needs matplotlib: pip install matplotlib") from None
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    logs = [(pathlib.Path(path).stem, read(path)) for path in options.files]
    kinds = {lines[0]["event"] for _, lines in logs}
    figure = Figure(figsize=(10, 5), layout="constrained")
    if kinds == {"start"}:
        draw_runs(figure, logs)
    elif kinds == {"experiment"} and len(logs) == 1:
        start = logs[0][1][0]
        name = start["experiment"]
        if name not in EXPERIMENTS:
            raise Failure(f"{options.files[0]}: the experiment \"{name}\" is not known here")
        EXPERIMENTS[name](figure, start, rows(logs[0][1]))
        figure.suptitle(f"{name}, {start['dataset']}, seed {start['seed']}")
    else:
        raise Failure("expected the log of one experiment, or logs of training runs")
    out = options.out or str(pathlib.Path(options.files[0]).with_suffix(".png"))
    try:
        figure.savefig(out, dpi=150)
    except (OSError, ValueError) as error:
        raise Failure(f"{out}: cannot be written: {error}") from error
    print(f"{out} written")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"plot.py: {failure}")
