"""One round of one server: the same steps and the same load generator for each."""
import json
import os
import select
import subprocess
import time

from setup import BUILD
from servers import end_with_parent

IN_FLIGHT = 64
WARM = 64
RATES = (200, 1000)
SECONDS = 6
FANOUT_SECONDS = 4
TICK = os.sysconf("SC_CLK_TCK")


class Load:
    """The load generator, spoken to in lines."""

    def __init__(self, server, plan):
        path = f"{server.folder}/plan"
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(plan) + "\n")
        self.request = f"{server.folder}/request"
        with open(self.request, "w", encoding="utf-8") as file:
            file.write(server.request())
        self.frames = server.frames_until_ready
        self.said = open(f"{server.folder}/load.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [f"{BUILD}/load", str(server.port), path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said,
            start_new_session=True, preexec_fn=end_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.said):
            try:
                file.close()
            except BrokenPipeError:
                pass

    def ask(self, command, patience):
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()
        is_there, _, _ = select.select([self.process.stdout], [], [], patience)
        line = self.process.stdout.readline() if is_there else b""
        if not line:
            self.said.seek(0)
            raise RuntimeError(f"no answer to '{command}': {self.said.read()[-500:]}")
        return json.loads(line)

    def connect(self, count):
        return self.ask(f"connect {count} {IN_FLIGHT} {self.frames}", 100)

    def fanout(self, seconds):
        return self.ask(f"fanout {seconds} {self.request}", seconds + 40)

    def latency(self, rate, seconds):
        return self.ask(f"latency {rate} {seconds} {self.request}", seconds + 20)


def cpu_seconds(server):
    """User and system time of all processes of a server."""
    ticks = 0
    for pid in server.pids():
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def memory_bytes(server):
    """Resident memory of all processes of a server; what they share counts once."""
    total = 0
    for pid in server.pids():
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            total += next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    return total


def connect(server, load, count, notes):
    """Connects a few, whose cost belongs to the server, then the rest; how many there are, and how fast the rest came."""
    warm = load.connect(WARM)
    if warm["failed"]:
        load.said.seek(0)
        raise RuntimeError(f"{warm['failed']} of {WARM} connections failed: {load.said.read()[-500:]}")
    time.sleep(1)
    memory, cpu = memory_bytes(server), cpu_seconds(server)
    all_ = load.connect(count)
    cpu = cpu_seconds(server) - cpu
    if all_["failed"]:
        notes.add(f"{server.name} served only {all_['ready']:,} of {count:,} connections.")
    return all_["ready"], all_["ready"] - WARM, all_["seconds"], memory, cpu


def idle_and_latency(server, count, notes):
    figures = {}
    with Load(server, [server.plan(user) for user in range(count)]) as load:
        _, added, seconds, memory, cpu = connect(server, load, count, notes)
        time.sleep(2)
        figures["memory"] = (memory_bytes(server) - memory) / 1024 / added
        figures["handshakes"] = added / seconds
        figures["handshake_cpu"] = cpu * 1e6 / added
        for rate in RATES:
            result = load.latency(rate, SECONDS)
            arrived = result["in_time"] / SECONDS
            if result["refused"] or result["lost"]:
                notes.add(f"{server.name} at {rate:,}/s: {result['refused']} requests refused, {result['lost']} sessions lost.")
            if arrived >= 0.97 * rate:
                missing = result["sent"] - result["received"]
                if missing > 0:
                    notes.add(f"{server.name} at {rate:,}/s: {missing} messages had not arrived after 5 s.")
                figures[f"p50_{rate}"], figures[f"p99_{rate}"] = result["frame_p50_ms"], result["frame_p99_ms"]
            else:
                figures[f"p50_{rate}"] = figures[f"p99_{rate}"] = f"only {arrived:,.0f}/s"
    return figures


def fanout(server, count, notes):
    with Load(server, [server.plan(0) for _ in range(count)]) as load:
        connect(server, load, count, notes)
        time.sleep(1)
        load.fanout(0.1)
        cpu = cpu_seconds(server)
        result = load.fanout(FANOUT_SECONDS)
        cpu = cpu_seconds(server) - cpu
    if result["missing"] or result["refused"] or result["lost"]:
        notes.add(f"{server.name}, fan-out: {result['missing']} messages missing, {result['refused']} requests refused, "
                  f"{result['lost']} sessions lost.")
    return {
        "delivery_cpu": cpu * 1e6 / result["deliveries"], "deliveries": result["deliveries"] / result["seconds"],
        "generator_cpu": result["cpu_seconds"] * 1e6 / result["deliveries"], "bytes": result["bytes"]}


def one_round(make, folder, count, notes):
    """All figures of one server, which is started anew for each half."""
    with make(f"{folder}/idle") as server:
        figures = idle_and_latency(server, count, notes)
    with make(f"{folder}/fanout") as server:
        figures |= fanout(server, count, notes)
    return figures
