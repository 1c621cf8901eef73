#!/usr/bin/env python3
"""Draws what `mnist`, the benchmarks and tools/compare-peers have written.

    tools/plot.py depth.jsonl                  # mnist experiment NAME --log: writes depth.png
    tools/plot.py run1.jsonl run2.jsonl --out runs.png             # mnist train --log
    tools/plot.py digits.safetensors           # mnist train --save: the first layer's weights
    tools/plot.py confusion.json               # mnist evaluate --confusion
    tools/plot.py scaling.json                 # bench-scaling --json: speed-up and efficiency
    tools/plot.py scaling.json --picture roofline      # also heatmap, phases
    tools/plot.py peers.json                   # tools/compare-peers --json

A file is drawn for what it holds; several training runs go into one picture. Needs matplotlib:
pip install matplotlib.
"""

import argparse
import json
import pathlib
import sys

from plots import Failure, benchmarks, models


def read(path):
    """The objects of a log's lines; of a benchmark's report, the one object."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: cannot be read: {error}") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        content = None
    if benchmarks.is_report(content) or benchmarks.is_comparison(content):
        return content
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


def draw(figure, paths, picture):
    """Draws what some files hold."""
    if len(paths) == 1 and models.is_model(paths[0]):
        models.draw_weights(figure, paths[0])
        return
    contents = [(pathlib.Path(path).stem, read(path)) for path in paths]
    first = contents[0][1]
    if len(contents) == 1 and benchmarks.is_comparison(first):
        benchmarks.draw_rivals(figure, first)
        return
    if len(contents) == 1 and benchmarks.is_report(first):
        benchmarks.draw(figure, first, picture)
        return
    if any(isinstance(content, dict) for _, content in contents):
        raise Failure("expected one report alone, found several files")
    kinds = {lines[0]["event"] for _, lines in contents}
    if kinds == {"start"}:
        draw_runs(figure, contents)
    elif kinds == {"confusion"} and len(contents) == 1:
        models.draw_confusion(figure, first)
    elif kinds == {"experiment"} and len(contents) == 1:
        start = first[0]
        name = start["experiment"]
        if name not in EXPERIMENTS:
            raise Failure(f"{paths[0]}: the experiment \"{name}\" is not known here")
        EXPERIMENTS[name](figure, start, rows(first))
        figure.suptitle(f"{name}, {start['dataset']}, seed {start['seed']}")
    else:
        raise Failure("expected the log of one experiment, or logs of training runs")


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="what the programs have written")
    parser.add_argument(
        "--out", metavar="FILE", help="picture to write (default: the first file's name and .png)")
    parser.add_argument(
        "--picture", choices=list(benchmarks.PICTURES),
        help="which picture of a benchmark's report (default: scaling, or heatmap)")
    parser.add_argument("--dpi", type=int, default=150, help="dots per inch: 150")
    options = parser.parse_args(arguments)
    try:
        import matplotlib
    except ImportError:
        raise Failure("this needs matplotlib: pip install matplotlib") from None
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5), layout="constrained")
    draw(figure, options.files, options.picture)
    out = options.out or str(pathlib.Path(options.files[0]).with_suffix(".png"))
    try:
        figure.savefig(out, dpi=options.dpi)
    except (OSError, ValueError) as error:
        raise Failure(f"{out}: cannot be written: {error}") from error
    print(f"{out} written")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"plot.py: {failure}")
