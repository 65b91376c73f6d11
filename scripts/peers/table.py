"""Medians, spreads and ratios as Markdown."""
import statistics

from document import number

FIGURES = {
    "memory": ("memory of an idle connection (KiB)", False),
    "handshakes": ("handshakes (/s)", True),
    "handshake_cpu": ("CPU of a handshake (µs)", False),
    "delivery_cpu": ("fan-out: CPU of a delivery (µs)", False),
    "deliveries": ("fan-out: deliveries (/s)", True),
    "generator_cpu": ("fan-out: the load generator's CPU of a delivery (µs)", None),
    "bytes": ("fan-out: a frame (bytes)", None),
    "p50_200": ("200 creates/s: create → frame p50 (ms)", False),
    "p99_200": ("200 creates/s: create → frame p99 (ms)", False),
    "p50_1000": ("1,000 creates/s: create → frame p50 (ms)", False),
    "p99_1000": ("1,000 creates/s: create → frame p99 (ms)", False),
}


def cell(values):
    """The median with its least and greatest; where a server could not follow, how far it came the first time."""
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) < len(values) or not values:
        return next((value for value in values if isinstance(value, str)), "–")
    middle, least, greatest = (number(it) for it in (statistics.median(numbers), min(numbers), max(numbers)))
    return middle if least == greatest else f"{middle} ({least}…{greatest})"


def row(cells):
    return f"| {' | '.join(cells)} |"


def head(names):
    return [row(names), f"|{'---|' * len(names)}"]


def figures_table(rounds, servers, facts):
    lines = head(["", *servers])
    for label, values in facts.items():
        lines.append(row([label, *values]))
    for key, (label, _) in FIGURES.items():
        lines.append(row([label, *(cell([it[name][key] for it in rounds if name in it]) for name in servers)]))
    return lines


def ratios(rounds, name, reference, key, is_more_better):
    values = []
    for figures in rounds:
        if name not in figures or reference not in figures:
            continue
        theirs, ours = figures[name][key], figures[reference][key]
        if not isinstance(theirs, str) and not isinstance(ours, str) and theirs > 0 and ours > 0:
            values.append(ours / theirs if is_more_better else theirs / ours)
    return values


def ratios_table(rounds, servers, reference):
    others = [name for name in servers if name != reference]
    lines = head([f"{reference} against", *others])
    for key, (label, is_more_better) in FIGURES.items():
        if is_more_better is None:
            continue
        cells = []
        for name in others:
            values = ratios(rounds, name, reference, key, is_more_better)
            is_whole = len(values) == sum(name in it and reference in it for it in rounds)
            cells.append(cell(values) if values and is_whole else "could not follow" if values or any(
                isinstance(it[name][key], str) for it in rounds if name in it) else "–")
        lines.append(row([label.rpartition(" (")[0], *cells]))
    return lines
