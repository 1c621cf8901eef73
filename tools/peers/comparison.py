"""Rows, the order of measuring, ratios, and the table."""

import dataclasses
import statistics

from rivals import Failure

# After a run, the mean training loss of ten classes is 2.3 where nothing was learned.
LOSS_BOUND = 1.5


@dataclasses.dataclass(frozen=True)
class Row:
    model: str
    batch_size: int
    threads: int
    pixels: str

    def __str__(self):
        threads = f"{self.threads} thread" + ("s" if self.threads > 1 else "")
        return f"{self.model}, batch {self.batch_size}, {threads}, {self.pixels}"


@dataclasses.dataclass
class Pair:
    """A measurement of a rival and the one of ours right before it, in samples per second."""

    ours: float
    rival: float
    loss: float
    variant: str = ""
    ours_loss: float = None

    @property
    def ratio(self):
        return self.ours / self.rival


def check_loss(loss):
    """Throws unless the network learned: who computes nonsense is neither fast nor slow."""
    if loss is None or not loss < LOSS_BOUND:
        raise Failure(f"its training loss after the run is {loss}, not below {LOSS_BOUND}")


def measure_row(row, rivals, rounds, measure_ours, measure_rival, leave_out):
    """The pairs of each rival: in every round ours, a rival, ours, the next rival, and so on.

    `measure_ours(row)` returns (samples per second, loss or None), `measure_rival(name, row)` the
    rival's line of JSON; a rival that raises `Failure` is given to `leave_out(name, row, reason)`
    and is not run again in this row.
    """
    pairs = {name: [] for name in rivals}
    for _ in range(rounds):
        for name in list(pairs):
            ours, ours_loss = measure_ours(row)
            try:
                measured = measure_rival(name, row)
                check_loss(measured["loss"])
            except Failure as failure:
                leave_out(name, row, str(failure))
                del pairs[name]
                continue
            speed, variant = measured["samples_per_second"], measured.get("variant", "")
            pairs[name].append(Pair(ours, speed, measured["loss"], variant, ours_loss))
    return pairs


def spread(values):
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def result(row, name, pairs):
    """What the JSON file says about one rival in one row."""
    return {
        **dataclasses.asdict(row),
        "rival": name,
        "ours": spread([pair.ours for pair in pairs]),
        "samples_per_second": spread([pair.rival for pair in pairs]),
        "ratio": spread([pair.ratio for pair in pairs]),
        "pairs": [{**dataclasses.asdict(pair), "ratio": pair.ratio} for pair in pairs],
    }


def doubts(results):
    """Why the figures may say more about the machine than about the programs: sentences."""
    reasons = []
    others = max((entry["other_programs"] or 0 for entry in results), default=0)
    if others > 0.03:
        reasons.append(f"other programs took up to {others:.0%} of the processors")
    rows = {}
    for entry in results:
        row = Row(entry["model"], entry["batch_size"], entry["threads"], entry["pixels"])
        rows.setdefault(row, []).extend(pair["ours"] for pair in entry["pairs"])
    for row, speeds in rows.items():
        if max(speeds) > 1.3 * min(speeds):
            span = f"{min(speeds):,.0f} to {max(speeds):,.0f}"
            reasons.append(f"in {row}, ours alone went from {span} samples/s")
    return reasons


HEADINGS = [
    *("", "batch", "thr", "pixels", "rival", "samples/s", "least", "most"),
    *("ours", "ratio", "least", "most"),
]
TO_THE_LEFT = {0, 3, 4}


def table(results):
    """The table's lines; a group of rivals for each row."""
    cells = [HEADINGS]
    previous = None
    for entry in results:
        row = [entry["model"], entry["batch_size"], entry["threads"], entry["pixels"]]
        speeds, ours, ratio = entry["samples_per_second"], entry["ours"], entry["ratio"]
        cells.append(
            [str(cell) for cell in (row if row != previous else [""] * 4)]
            + [entry["rival"]]
            + [f"{speeds[key]:,.0f}" for key in ("median", "min", "max")]
            + [f"{ours['median']:,.0f}"]
            + [f"{ratio[key]:.2f}" for key in ("median", "min", "max")]
        )
        previous = row
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  ".join(
            cell.ljust(width) if index in TO_THE_LEFT else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in cells
    ]
