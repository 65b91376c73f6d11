#!/usr/bin/env python3
"""usage: bench-table.py PATH-TO-PEAL [ROUNDS]

Measures Peal beside bare C loops, in turn and in one run, and prints Markdown: each figure as the median of the rounds with
its least and greatest, ratios taken within a round. Needs cc and libsqlite3-dev. Everything stays on loopback and ends by
itself; about two minutes a round.
"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

PEAL = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def bench(*arguments):
    output = subprocess.run([PEAL, "bench", *arguments, "--json"], check=True, capture_output=True, text=True).stdout
    return next(iter(json.loads(output).values()))


def number(pattern, text):
    return float(re.search(pattern, text).group(1).replace(",", ""))


def compile_floors(folder):
    subprocess.run(["cc", "-O2", "-o", f"{folder}/fanout", f"{ROOT}/Benchmarks/fanout/floor.c"], check=True)
    subprocess.run(["cc", "-O2", "-o", f"{folder}/store", f"{ROOT}/Benchmarks/sqlite/loop.c", "-lsqlite3"], check=True)


def one_round(folder):
    figures = {}
    floor = subprocess.run([f"{folder}/fanout", "10000", "700", "20"], check=True, capture_output=True, text=True).stdout
    fanout = bench("fanout", "--connections", "10000", "--events", "20", "--one-user")
    floor_cpu = number(r"CPU per write\s+([\d.]+)", floor)
    cpu = fanout["server CPU per delivery (µs)"]
    figures["C `write` loop: CPU per write (µs)"] = floor_cpu
    figures["fan-out to 10,000 sessions: server CPU per delivery (µs)"] = cpu
    figures["ratio to the C loop"] = cpu / floor_cpu
    figures["fan-out to 10,000 sessions: deliveries (/s)"] = fanout["deliveries (/s)"]

    latency = bench("latency", "--rate", "1000", "--connections", "10000", "--duration", "15s")
    for percentile in ("p50", "p95", "p99"):
        figures[f"1,000 creates/s, 10,000 online: create → frame {percentile} (ms)"] = latency[
            f"create → frame {percentile} (ms)"]

    data = f"{folder}/data"
    shutil.rmtree(data, ignore_errors=True)
    os.mkdir(data)
    store = subprocess.run([f"{folder}/store", data, "200000"], check=True, capture_output=True, text=True).stdout
    shutil.rmtree(data)
    floor_rate = number(r"256 to a commit:\s+([\d,]+)", store)
    batched = bench("ingest", "--clients", "8", "--batch", "256", "--duration", "10s")["creates (/s)"]
    figures["C loop on SQLite, 256 to a commit (/s)"] = floor_rate
    figures["durable creates, 256 a request (/s)"] = batched
    figures["ratio to the C loop on SQLite"] = batched / floor_rate
    figures["durable creates, 1 a request, 64 clients (/s)"] = bench(
        "ingest", "--clients", "64", "--duration", "10s")["creates (/s)"]

    idle = bench("idle", "--connections", "15000", "--duration", "30s")
    figures["15,000 idle sessions: memory per session (KiB)"] = idle["memory per session (KiB)"]
    figures["15,000 idle sessions: CPU per session (µs/s)"] = idle["server CPU per idle session (µs/s)"]
    figures["handshakes with a token never seen (/s)"] = idle["handshakes (/s)"]
    figures["server CPU per handshake (µs)"] = idle["server CPU per handshake (µs)"]
    return figures


def text(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        compile_floors(folder)
        rounds = [one_round(folder) for _ in range(ROUNDS)]
    print(f"| figure | median of {ROUNDS} | least … greatest |\n|---|---|---|")
    for name in rounds[0]:
        values = [figures[name] for figures in rounds]
        print(f"| {name} | {text(statistics.median(values))} | {text(min(values))} … {text(max(values))} |")


main()
