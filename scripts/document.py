"""What the measuring scripts share: the machine, figures as text, and tables that are put into a document by a command."""
import datetime
import os
import platform

CORES = len(os.sched_getaffinity(0))


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next(
            (line.partition(":")[2].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{datetime.date.today()}, {CORES} × {model}, Linux {platform.release()}"


def number(value):
    """Three digits that say something."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def insert(path, name, text):
    """Replaces what stands between the markers of that name in a file."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    before, found_begin, rest = whole.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise SystemExit(f"{path} has no {begin} and {end}")
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(f"{before}{begin}\n{text}\n{end}{after}")
    os.replace(f"{path}.new", path)
