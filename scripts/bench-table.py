#!/usr/bin/env python3
"""Measures Peal beside bare C loops, in turn and in one run, and prints Markdown: each figure as the median of the rounds
with its least and greatest, ratios taken within a round. Needs cc and libsqlite3-dev. Everything stays on loopback and ends
by itself; about six minutes a round.

  scripts/bench-table.py .build/release/peal                              three rounds
  scripts/bench-table.py .build/release/peal --rounds 1 --only fanout,idle
  scripts/bench-table.py .build/release/peal --write docs/benchmarks.md   also put the table between the markers in that file
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from document import insert, machine, number

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATIENCE = 300
# What one node on SQLite is to reach, on two cores that the clients share.
BUDGETS = {
    "ratio to the C `write` loop": "≤ 1.1",
    "four messages at once: ratio to the C `write` loop": "< 0.6",
    "1,000 creates/s, 10,000 WebSockets: create → frame p50 (ms)": "≤ 3",
    "1,000 creates/s, 10,000 WebSockets: create → frame p99 (ms)": "≤ 15",
    "1,000 creates/s, 10,000 event streams: create → frame p95 (ms)": "≤ 50",
    "1,000 creates/s, 10,000 long polls: create → frame p95 (ms)": "≤ 100",
    "10,000 creates/s, 10 a request, 10,000 WebSockets: create → frame p95 (ms)": "≤ 100",
    "ratio to the C loop on SQLite": "≥ 0.5",
    "durable creates, 1 a request, 64 clients (/s)": "≥ 10,000",
    "a million rows, 256 a request: last tenth ÷ first tenth": "kept up",
    "15,000 idle WebSockets on epoll loops: memory of one (KiB)": "≤ 0.59",
    "15,000 idle WebSockets on epoll loops: CPU of one (µs/s)": "≤ 1",
    "15,000 idle event streams on epoll loops: memory of one, to that of a WebSocket": "≤ 1.2",
    "5,000 waiting long polls on SwiftNIO: memory of one (KiB)": "≤ 5",
    "5,000 idle WebSockets on SwiftNIO: memory of one (KiB)": "≤ 5",
    "server CPU of a handshake with a token never seen (µs)": "≤ 83",
    "start → ready (s)": "≤ 0.3",
    "idle memory of a fresh server (MB)": "≤ 40",
    "idle CPU of a fresh server (%)": "≤ 0.3",
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def bench(peal, *arguments):
    output = subprocess.run(
        [peal, "bench", *arguments, "--json"], check=True, capture_output=True, text=True, timeout=PATIENCE).stdout
    return next(iter(json.loads(output).values()))


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout


def found(pattern, text):
    return float(re.search(pattern, text).group(1).replace(",", ""))


def fanout(peal, folder):
    floor = found(r"CPU per write\s+([\d.]+)", run(f"{folder}/fanout", "10000", "700", "40"))
    one = bench(peal, "fanout", "--connections", "10000", "--events", "40", "--one-user")
    four = bench(peal, "fanout", "--connections", "10000", "--events", "15", "--one-user", "--burst", "4")
    cpu = "server CPU per delivery (µs)"
    yield "C `write` loop: CPU of a write (µs)", floor
    yield "fan-out to 10,000 WebSockets of one user: server CPU of a delivery (µs)", one[cpu]
    yield "ratio to the C `write` loop", one[cpu] / floor
    yield "fan-out to 10,000 WebSockets of one user: deliveries (/s)", one["deliveries (/s)"]
    yield "four messages at once: server CPU of a delivery (µs)", four[cpu]
    yield "four messages at once: ratio to the C `write` loop", four[cpu] / floor


def latency(peal, _):
    for transport, name in (("websocket", "WebSockets"), ("sse", "event streams"), ("longpoll", "long polls")):
        result = bench(
            peal, "latency", "--rate", "1000", "--connections", "10000", "--duration", "15s", "--transport", transport)
        for percentile in ("p50", "p95", "p99"):
            yield f"1,000 creates/s, 10,000 {name}: create → frame {percentile} (ms)", result[
                f"create → frame {percentile} (ms)"]
    result = bench(
        peal, "latency", "--rate", "10000", "--batch", "10", "--connections", "10000", "--duration", "15s")
    name = "10,000 creates/s, 10 a request, 10,000 WebSockets"
    yield f"{name}: creates that were made (/s)", result["creates (/s)"]
    yield f"{name}: create → frame p95 (ms)", result["create → frame p95 (ms)"]


def ingest(peal, folder):
    data = f"{folder}/data"
    shutil.rmtree(data, ignore_errors=True)
    os.mkdir(data)
    floor = found(r"256 to a commit:\s+([\d,]+)", run(f"{folder}/store", data, "200000"))
    shutil.rmtree(data)
    batched = bench(peal, "ingest", "--clients", "8", "--batch", "256", "--duration", "10s")["creates (/s)"]
    yield "C loop on SQLite, 256 to a commit (/s)", floor
    yield "durable creates, 256 a request (/s)", batched
    yield "ratio to the C loop on SQLite", batched / floor
    yield "durable creates, 1 a request, 64 clients (/s)", bench(
        peal, "ingest", "--clients", "64", "--duration", "10s")["creates (/s)"]
    million = bench(peal, "ingest", "--clients", "8", "--batch", "256", "--rows", "1000000")
    yield "a million rows, 256 a request (/s)", million["creates (/s)"]
    yield "a million rows, 256 a request: last tenth ÷ first tenth", (
        million["creates, last tenth (/s)"] / million["creates, first tenth (/s)"])


def idle(peal, _):
    def memory(count, *arguments, duration="3s"):
        return bench(peal, "idle", "--connections", str(count), "--duration", duration, *arguments)

    key = "memory per session (KiB)"
    plain = memory(15000, duration="30s")
    yield "15,000 idle WebSockets on epoll loops: memory of one (KiB)", plain[key]
    yield "15,000 idle WebSockets on epoll loops: CPU of one (µs/s)", plain["server CPU per idle session (µs/s)"]
    yield "handshakes with a token never seen (/s)", plain["handshakes (/s)"]
    yield "server CPU of a handshake with a token never seen (µs)", plain["server CPU per handshake (µs)"]
    events = memory(15000, "--transport", "sse")
    yield "15,000 idle event streams on epoll loops: memory of one (KiB)", events[key]
    yield "15,000 idle event streams on epoll loops: memory of one, to that of a WebSocket", events[key] / plain[key]
    yield "15,000 idle compressed WebSockets on epoll loops: memory of one (KiB)", memory(15000, "--compression")[key]
    yield "5,000 idle WebSockets on SwiftNIO: memory of one (KiB)", memory(5000, "--set", "gateway.transport=nio")[key]
    yield "5,000 waiting long polls on SwiftNIO: memory of one (KiB)", memory(5000, "--transport", "longpoll")[key]
    yield "5,000 idle WebSockets over TLS, on SwiftNIO: memory of one (KiB)", memory(5000, "--tls")[key]


def start(peal, _):
    result = bench(peal, "start", "--duration", "10s")
    yield "start → ready (s)", result["start → ready, median of 5 (s)"]
    yield "idle memory of a fresh server (MB)", result["idle memory (MB)"]
    yield "idle memory of a fresh server without the mapped program (MB)", result["idle memory of its own (MB)"]
    yield "idle CPU of a fresh server (%)", result["idle CPU (%)"]


PARTS = {it.__name__: it for it in (fanout, latency, ingest, idle, start)}


def compile_floors(folder):
    run("cc", "-O2", "-o", f"{folder}/fanout", f"{ROOT}/Benchmarks/fanout/floor.c")
    run("cc", "-O2", "-o", f"{folder}/store", f"{ROOT}/Benchmarks/sqlite/loop.c", "-lsqlite3")


def one_round(peal, folder, parts, notes):
    figures = {}
    for part in parts:
        begun = time.monotonic()
        try:
            for name, value in PARTS[part](peal, folder):
                figures[name] = value
        except (subprocess.SubprocessError, OSError, KeyError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip()[-300:]
            say(f"    {part} FAILED: {reason}")
            notes.append(f"{part} failed in one round.")
        say(f"    {part}, {time.monotonic() - begun:.0f} s")
    return figures


def table(rounds):
    lines = [f"| figure | median of {len(rounds)} | least … greatest | wanted |", "|---|---|---|---|"]
    for name in dict.fromkeys(name for figures in rounds for name in figures):
        values = [figures[name] for figures in rounds if name in figures]
        lines.append(
            f"| {name} | {number(statistics.median(values))} | {number(min(values))} … {number(max(values))} "
            f"| {BUDGETS.get(name, '')} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peal", help="the server")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, with commas between (default: {','.join(PARTS)})")
    parser.add_argument("--write", metavar="FILE", help="also write the result between the markers in this file")
    options = parser.parse_args()
    parts = [part for part in options.only.split(",") if part]
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"unknown parts: {', '.join(unknown)}")
    rounds, notes = [], []
    with tempfile.TemporaryDirectory(dir="/var/tmp" if os.access("/var/tmp", os.W_OK) else None) as folder:
        compile_floors(folder)
        for count in range(options.rounds):
            say(f"==> Round {count + 1} of {options.rounds}")
            rounds.append(one_round(os.path.abspath(options.peal), folder, parts, notes))
    text = "\n".join([f"{machine()}.", "", *table(rounds), *(f"\n- {note}" for note in notes)])
    print(text)
    if options.write:
        insert(options.write, "bench", text)


main()
