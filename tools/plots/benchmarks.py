"""Pictures of what the benchmarks write with --json (see Benchmarks/README.md)."""

from . import Failure

PHASES = ["gather", "forward", "loss", "backward", "update", "waiting"]
COLORS = ["#8da0cb", "#66c2a5", "#e78ac3", "#fc8d62", "#a6d854", "#bbbbbb"]


def measurements(report):
    """The training measurements of a report that have a throughput."""
    found = [m for m in report.get("measurements", []) if "samples_per_second" in m]
    if not found:
        raise Failure("the report has no measurement in samples per second")
    return found


def heading(report):
    machine = report["machine"]
    return f"{machine['processor']}, {machine['cores_usable']} cores, {machine['kernel']}"


def groups(report):
    """Measurements that differ in the number of threads only: name and list, by threads."""
    found = {}
    for m in measurements(report):
        weak = m.get("scaling") == "weak"
        size = m["batch_size"] // m["threads"] if weak else m["batch_size"]
        key = (m["model"], m["pixels"], m.get("averaging", "slabs"), weak, size)
        found.setdefault(key, []).append(m)
    for key, members in found.items():
        model, pixels, averaging, weak, size = key
        name = f"{model}, {'shard' if weak else 'batch'} {size}"
        if averaging != "slabs":
            name += f", {averaging}"
        if pixels != "mnist":
            name += f", {pixels}"
        yield name, key, sorted(members, key=lambda m: m["threads"])


def law_of(report, key):
    """The fitted laws of a group, if the report has any."""
    for law in report.get("laws", []):
        weak = law["scaling"] == "weak"
        if (law["model"], law["pixels"], law["averaging"], weak, law["size"]) == key:
            return law
    return None


def predicted(fit, threads):
    """X(N) = λ N / (1 + σ (N − 1) + κ N (N − 1))"""
    rate, sigma, kappa = (fit[name]["value"] for name in ("rate", "sigma", "kappa"))
    return rate * threads / (1 + sigma * (threads - 1) + kappa * threads * (threads - 1))


def scaling(figure, report):
    """Speed-up and efficiency by threads, measured and fitted."""
    left, right = figure.subplots(1, 2)
    largest = 1
    for name, key, members in groups(report):
        if members[0]["threads"] != 1:
            raise Failure(f"{name}: one thread was not measured, so there is no speed-up")
        base = members[0]["samples_per_second"]["median"]
        threads = [m["threads"] for m in members]
        speed_ups = [m["samples_per_second"]["median"] / base for m in members]
        bounds = [m.get("speed_up_interval", [s, s]) for m, s in zip(members, speed_ups)]
        errors = [[max(0, s - b[0]) for s, b in zip(speed_ups, bounds)],
                  [max(0, b[1] - s) for s, b in zip(speed_ups, bounds)]]
        drawn = left.errorbar(threads, speed_ups, yerr=errors, fmt="o", capsize=3, label=name)
        color = drawn[0].get_color()
        right.plot(threads, [100 * s / n for s, n in zip(speed_ups, threads)], "o", color=color,
                   label=name)
        largest = max([largest, *threads])
        law = law_of(report, key)
        cores = report["machine"]["cores_usable"]
        for fit in law["fits"] if law else []:
            counts = [1 + i / 20 for i in range(20 * max(largest, cores) - 19)]
            curve = [predicted(fit, n) / predicted(fit, 1) for n in counts]
            style = {"amdahl": "--", "universal": "-", "coherenceOnly": ":"}[fit["form"]]
            left.plot(counts, curve, style, color=color, linewidth=1)
            right.plot(counts, [100 * s / n for s, n in zip(curve, counts)], style, color=color,
                       linewidth=1)
    left.plot([1, largest], [1, largest], color="#cccccc", linewidth=1, zorder=0)
    cores = report["machine"]["cores_usable"]
    for axes in (left, right):
        axes.axvline(cores, color="#cccccc", linestyle=":", zorder=0)
        axes.set_xlabel("threads (dotted line: cores)")
    left.set_ylabel("speed-up, with 95 % intervals")
    right.set(ylabel="efficiency in %", ylim=(0, None))
    left.legend(fontsize=8)
    right.set_title("dashes: Amdahl's law; dots: coherence alone; line: USL", fontsize=8)


def thousands(value):
    """To two digits at least: 1.9k, 27k, 448k."""
    return f"{value / 1000:,.{0 if value >= 9950 else 1}f}k"


def heatmap(figure, report):
    """Throughput by batch size and threads, a map for each model."""
    strong = [m for m in measurements(report)
              if m.get("scaling", "strong") == "strong" and m.get("averaging", "slabs") == "slabs"]
    if not strong:
        raise Failure("the report has no measurement with a fixed batch, averaged by slabs")
    kinds = sorted({(m["model"], m["pixels"]) for m in strong})
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds):
        own = [m for m in strong if (m["model"], m["pixels"]) == kind]
        sizes = sorted({m["batch_size"] for m in own})
        threads = sorted({m["threads"] for m in own})
        values = {(m["batch_size"], m["threads"]): m["samples_per_second"]["median"] for m in own}
        table = [[values.get((size, n), float("nan")) for size in sizes] for n in threads]
        image = axes.imshow(table, aspect="auto", origin="lower", cmap="viridis")
        middle = sum(image.get_clim()) / 2
        for row, n in enumerate(threads):
            for column, size in enumerate(sizes):
                value = values.get((size, n))
                if value is not None:
                    axes.text(column, row, thousands(value), ha="center", va="center",
                              color="white" if value < middle else "black", fontsize=8)
        axes.set_xticks(range(len(sizes)), sizes)
        axes.set_yticks(range(len(threads)), threads)
        axes.set(xlabel="batch size", ylabel="threads",
                 title=f"{kind[0]}, {kind[1]}: samples/s")


def phases(figure, report):
    """Where the time of all workers goes."""
    axes = figure.subplots()
    found = [m for m in measurements(report) if m.get("phases")]
    if not found:
        raise Failure("the report has no phases")
    # A row wants its line of text.
    figure.set_size_inches(10, max(5, 1.5 + 0.17 * len(found)))
    names = []
    for place, m in enumerate(found):
        plural = "s" if m["threads"] > 1 else ""
        names.append(f"{m['model']}, batch {m['batch_size']}, {m['threads']} thread{plural}"
                     + (", perWorker" if m.get("averaging") == "perWorker" else ""))
        start = 0
        for phase, color in zip(PHASES, COLORS):
            share = 100 * m["phases"].get(phase, 0)
            axes.barh(place, share, left=start, color=color, label=phase if place == 0 else None)
            start += share
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel="share of all workers' time in %", xlim=(0, 100))
    axes.legend(ncols=6, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1))


def roofline(figure, report):
    """GFLOP/s by operations for each byte, below what the cores and the memory can do."""
    found = [m for m in measurements(report) if "operations_per_iteration" in m]
    if not found or "bandwidth" not in report:
        raise Failure("the report has no operations and bytes: expected one of bench-scaling")
    axes = figure.subplots()
    intensities = [m["operations_per_iteration"] / m["bytes_per_iteration"] for m in found]
    low, high = min(intensities) / 3, max(intensities) * 3
    for count, style in [(1, "--"), (report["machine"]["cores_usable"], "-")]:
        peaks = [m["peak_gflops"] for m in found if m["threads"] == count]
        speed = report["bandwidth"].get("one_core" if count == 1 else "all_cores")
        if not peaks or not speed:
            continue
        peak, speed = max(peaks), speed / 1e9
        ridge = peak / speed
        points = sorted({low, min(max(ridge, low), high), high})
        axes.plot(points, [min(peak, speed * x) for x in points], style, color="black",
                  label=f"{count} core{'s' if count > 1 else ''}: {peak:,.0f} GFLOP/s, "
                        f"{speed:,.1f} GB/s")
    for m, x in zip(found, intensities):
        marker = "o" if m["threads"] > 1 else "s"
        axes.plot(x, m["gflops"], marker, color=f"C{'ABC'.index(m['model'])}", markersize=6)
        axes.annotate(f"{m['model']} {m['batch_size']}×{m['threads']}", (x, m["gflops"]),
                      fontsize=7, xytext=(4, -3), textcoords="offset points")
    axes.set(xscale="log", yscale="log", xlabel="operations for each byte (zeros counted)",
             ylabel="GFLOP/s (zeros counted)")
    axes.legend(fontsize=8)


PICTURES = {"scaling": scaling, "heatmap": heatmap, "phases": phases, "roofline": roofline}


def is_report(content):
    return isinstance(content, dict) and "benchmark" in content and "machine" in content


def draw(figure, report, picture):
    """One picture of a report; without a name, the one that says most about it."""
    if picture is None:
        picture = "scaling" if report["benchmark"] == "bench-scaling" else "heatmap"
    if picture not in PICTURES:
        raise Failure(f"--picture {picture}: expected one of {', '.join(PICTURES)}")
    PICTURES[picture](figure, report)
    figure.suptitle(heading(report), fontsize=10)


def is_comparison(content):
    return isinstance(content, dict) and "rivals" in content and "rows" in content


def draw_rivals(figure, comparison):
    """Throughput of ours and of each rival, as tools/compare-peers has measured it."""
    axes = figure.subplots()
    rows = comparison["rows"]
    if not rows:
        raise Failure("the comparison has no rows")
    kinds = list(dict.fromkeys(
        (row["model"], row["batch_size"], row["threads"], row["pixels"]) for row in rows))
    rivals = list(dict.fromkeys(row["rival"] for row in rows))
    width = 0.8 / (len(rivals) + 1)
    for place, kind in enumerate(kinds):
        own = {row["rival"]: row for row in rows
               if (row["model"], row["batch_size"], row["threads"], row["pixels"]) == kind}
        # Ours was measured before each rival: the bar is the median of all of them.
        medians = sorted(row["ours"]["median"] for row in own.values())
        ours = medians[len(medians) // 2]
        bars = [("ParallelTrainer", 1.0, (0, 0), "black")]
        for index, name in enumerate(rivals):
            if name in own:
                row = own[name]
                # As a share of ours, from the pairs: drift hits both of a pair alike.
                ratio = row["ratio"]
                share = 1 / ratio["median"]
                bounds = (share - 1 / ratio["max"], 1 / ratio["min"] - share)
                bars.append((name, share, bounds, f"C{index}"))
        for index, (name, share, bounds, color) in enumerate(bars):
            axes.bar(place + index * width, share, width, color=color,
                     yerr=[[bounds[0]], [bounds[1]]] if name != "ParallelTrainer" else None,
                     capsize=2, label=name if place == 0 else None)
        axes.text(place, 1.01, f"{ours / 1000:,.0f}k/s", fontsize=7, ha="center")
    axes.set_xticks(
        [place + 0.4 for place in range(len(kinds))],
        [f"{m}, batch {b}\n{t} thread{'s' if t > 1 else ''}, {p}" for m, b, t, p in kinds],
        fontsize=7)
    axes.set(ylabel="throughput as a share of ours (least and greatest pair)", ylim=(0, None))
    axes.legend(fontsize=8)
    machine = comparison["machine"]
    figure.suptitle(f"{machine['processor']}, {machine['cores_usable']} cores", fontsize=10)
