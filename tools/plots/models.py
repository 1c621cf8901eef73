"""Pictures of models and of what they mistake: safetensors files, and `mnist evaluate --confusion`."""

import json
import math
import pathlib
import struct

from . import Failure


def is_model(path):
    """Whether a file begins like a safetensors file: the length of a header, and the header."""
    try:
        with open(path, "rb") as file:
            start = file.read(9)
    except OSError:
        return False
    return len(start) == 9 and start[8:9] == b"{" and struct.unpack("<Q", start[:8])[0] < 1 << 30


def first_layer(path):
    """The weights of the first layer, a row for each unit, as lists of numbers."""
    content = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    try:
        header = json.loads(content[8:8 + length])
        tensor = header["layers.0.weight"]
        units, inputs = tensor["shape"]
        start, end = (8 + length + offset for offset in tensor["data_offsets"])
        values = struct.unpack(f"<{units * inputs}f", content[start:end])
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise Failure(f"{path}: expected a model of mnist, whose first weights are 32-bit floats: "
                      f"{error!r}") from error
    return [values[unit * inputs:(unit + 1) * inputs] for unit in range(units)]


def draw_weights(figure, path):
    """What each unit of the first layer looks for: its weights, in the places of the pixels."""
    units = first_layer(path)
    side = math.isqrt(len(units[0]))
    if side * side != len(units[0]):
        raise Failure(f"{path}: expected a model of square images, found {len(units[0])} inputs")
    shown = units[:100]
    columns = math.ceil(math.sqrt(2 * len(shown)))
    rows = math.ceil(len(shown) / columns)
    # One picture of all: a hundred axes would take half a minute to draw.
    gap = 1
    canvas = [[math.nan] * (columns * (side + gap) - gap) for _ in range(rows * (side + gap) - gap)]
    for index, weights in enumerate(shown):
        largest = max(map(abs, weights)) or 1
        top, left = (index // columns) * (side + gap), (index % columns) * (side + gap)
        for row in range(side):
            for column in range(side):
                canvas[top + row][left + column] = weights[row * side + column] / largest
    axes = figure.subplots()
    axes.imshow(canvas, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_axis_off()
    more = f", the first {len(shown)} of {len(units)} units" if len(units) > len(shown) else ""
    figure.suptitle(f"weights of the first layer{more}: red is for ink, blue against it",
                    fontsize=10)


def draw_confusion(figure, lines):
    """Which class is taken for which."""
    entry = lines[0]
    counts = entry["counts"]
    figure.set_size_inches(7, 5.5)
    axes = figure.subplots()
    # Mistakes are few: the diagonal would hide them.
    mistakes = [[math.nan if row == column else count for column, count in enumerate(line)]
                for row, line in enumerate(counts)]
    image = axes.imshow(mistakes, cmap="Reds")
    dark = 0.6 * image.get_clim()[1]
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            color = "#999999" if row == column else "white" if count > dark else "black"
            axes.text(column, row, f"{count:,}" if count else "", ha="center", va="center",
                      fontsize=8, color=color)
    axes.set_xticks(range(len(counts)))
    axes.set_yticks(range(len(counts)))
    axes.set(xlabel="taken for", ylabel="label")
    right = sum(counts[index][index] for index in range(len(counts)))
    total = sum(map(sum, counts))
    axes.set_title(f"{entry['dataset']}: {total - right:,} of {total:,} mistaken", fontsize=10)
    figure.colorbar(image, ax=axes, label="mistakes")
