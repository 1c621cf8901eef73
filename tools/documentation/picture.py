"""Draws the picture of the step, light and dark, for the article about it.

    python3 -m documentation.picture          # in tools: writes the files of the catalogue anew
"""

from .common import REPOSITORY, UMBRELLA

FOLDER = REPOSITORY / "Sources" / UMBRELLA / f"{UMBRELLA}.docc" / "Resources"

LIGHT = {
    "text": "#1d1d1f", "quiet": "#6e6e73", "line": "#86868b", "box": "#ffffff",
    "shards": ["#cfe3fb", "#fbe3c4", "#d5efd3"], "slab": "#ece4f7"}
DARK = {
    "text": "#f5f5f7", "quiet": "#a1a1a6", "line": "#86868b", "box": "#1d1d1f",
    "shards": ["#1f4a7a", "#7a5117", "#2a6129"], "slab": "#4b3a6b"}

LEFT, WIDTH, HEIGHT = -40, 1090, 400
TOP, BAND = 70, 84  # Where the batch begins; the height of a shard.
BOTTOM = TOP + 3 * BAND


def text(x, y, words, colour, size=15, anchor="middle", weight="normal"):
    return (f'<text x="{x}" y="{y}" fill="{colour}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{words}</text>')


def box(x, y, width, height, fill, line, radius=6):
    return (f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" '
            f'fill="{fill}" stroke="{line}"/>')


def arrow(points, line):
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    return f'<path d="{path}" fill="none" stroke="{line}" marker-end="url(#tip)"/>'


def bands(x, width, colours):
    """Samples in the order of the batch: three shards of rows."""
    parts = []
    for index, fill in enumerate(colours["shards"]):
        top = TOP + index * BAND
        parts.append(box(x, top, width, BAND, fill, colours["line"], radius=0))
        parts += [
            f'<path d="M{x} {top + BAND * row // 6} h{width}" stroke="{colours["line"]}" '
            f'stroke-opacity="0.3"/>' for row in range(1, 6)]
    return parts


def barrier(x, colours):
    return [
        f'<path d="M{x} {TOP - 22} V{BOTTOM + 14}" stroke="{colours["quiet"]}" '
        'stroke-dasharray="5 5"/>',
        text(x, BOTTOM + 32, "all units done", colours["quiet"], 13)]


def drawing(colours):
    line, words, quiet = colours["line"], colours["text"], colours["quiet"]
    parts = [
        # docc shows the element of the first id that it finds: all of it.
        f'<svg id="step" xmlns="http://www.w3.org/2000/svg" viewBox="{LEFT} 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" '
        'font-family="-apple-system, Helvetica, Arial, sans-serif">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{line}"/></marker>'
        '</defs>']
    parts += [text(75, 34, "A batch", words, weight="bold"),
              text(75, 54, "in the epoch’s order", quiet, 12)]
    parts += bands(15, 120, colours)
    parts += [text(345, 34, "Phase 1: a unit for each shard", words, weight="bold"),
              text(345, 54, "whichever worker claims it", quiet, 12)]
    for index, fill in enumerate(colours["shards"]):
        top = TOP + index * BAND
        middle = top + BAND // 2
        parts.append(arrow([(135, middle), (173, middle)], line))
        parts.append(box(175, top + 10, 340, BAND - 20, colours["box"], line))
        for place, word in enumerate(["gather", "forward", "loss", "backward"]):
            left = 185 + place * 82
            parts.append(box(left, top + 24, 74, BAND - 48, fill, line))
            parts.append(text(left + 37, middle + 5, word, words, 14))
    parts += barrier(537, colours)
    parts += [text(622, 34, "Its rows in memory", words, weight="bold"),
              text(622, 54, "activations and deltas", quiet, 12)]
    for index in range(3):
        middle = TOP + index * BAND + BAND // 2
        parts.append(arrow([(515, middle), (560, middle)], line))
    parts += bands(562, 120, colours)
    parts += [text(842, 34, "Phase 2: a unit for each slab", words, weight="bold"),
              text(842, 54, "sums over all samples, in their order", quiet, 12)]
    slabs = 4
    height = 3 * BAND // slabs
    parts.append(f'<path d="M682 {TOP + 3 * BAND // 2} H702" stroke="{line}"/>')
    parts.append(
        f'<path d="M702 {TOP + height // 2} V{TOP + height // 2 + (slabs - 1) * height}" '
        f'stroke="{line}"/>')
    for index in range(slabs):
        top = TOP + index * height
        middle = top + height // 2
        parts.append(arrow([(702, middle), (720, middle)], line))
        parts.append(box(722, top + 6, 240, height - 12, colours["slab"], line))
        parts.append(text(842, middle + 5, "sum → ÷ batch size → update", words, 14))
    parts += barrier(980, colours)
    parts += [
        arrow([(980, BOTTOM + 42), (980, HEIGHT - 16), (75, HEIGHT - 16), (75, BOTTOM + 6)], line),
        text(528, HEIGHT - 24, "the next batch, on the same threads", quiet, 13), "</svg>"]
    return "\n".join(parts) + "\n"


PICTURES = {"step.svg": LIGHT, "step~dark.svg": DARK}


def problems():
    """Pictures in the catalogue that are not what this file draws."""
    return [
        f"{FOLDER.relative_to(REPOSITORY) / name}: not what tools/documentation/picture.py draws; "
        "write it anew: (cd tools && python3 -m documentation.picture)"
        for name, colours in PICTURES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != drawing(colours)]


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, colours in PICTURES.items():
        (FOLDER / name).write_text(drawing(colours))
