"""The servers that are compared: how each is started, and what the load generator says to it."""
import base64
import ctypes
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time

from setup import BUILD, SOURCES, VENV, python_versions, quietly, upstream

SECRET = secrets.token_hex(32)
CORES = len(os.sched_getaffinity(0))
TEXT = "Something happened @T@"
# What servers pass on that have no notifications of their own: the size and the shape of Peal's frame.
FRAME = json.dumps({
    "type": "notification", "cursor": "9f8a3c5d7e1b2f40.123456", "seq": 123456, "unread_count": 12, "unseen_count": 12,
    "data": {
        "notification_id": "0193f5c2-7a4e-7b11-9c55-0d9f5a1b2c3d", "user_id": "@U@", "type": "bench",
        "title": "Nova notificação", "message": TEXT, "status": "UNREAD", "is_read": False, "is_seen": False,
        "actor_id": "1000000", "actors": [{"id": "1000000", "name": None}], "actor_count": 1, "target_type": "post",
        "target_id": "42", "url": None, "priority": "normal", "metadata": {}, "created_at": "2026-01-15T10:30:00.000Z",
        "updated_at": "2026-01-15T10:30:00.000Z", "read_at": None, "archived_at": None, "snoozed_until": None,
        "expires_at": None, "seq": 123456}}, separators=(",", ":"), ensure_ascii=False)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def token(user):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    claims = {"user_id": str(user), "exp": int(time.time()) + 3600}
    text = b".".join(part(json.dumps(it, separators=(",", ":")).encode()) for it in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + part(hmac.new(SECRET.encode(), text, hashlib.sha256).digest())).decode()


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Server:
    """One server, with processes of its own in a folder of its own."""
    has_token = True
    is_durable = False
    sends_inbox = False
    frames_until_ready = 0

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.processes = []
        os.makedirs(folder)

    def run(self, *command, **environment):
        with open(f"{self.folder}/log", "ab") as log:
            self.processes.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                preexec_fn=end_with_parent, env={**os.environ, "JWT_SECRET": SECRET, **environment}))

    def log(self):
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_until(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self.processes):
                raise RuntimeError(f"{self.name} did not start: {self.log()[-1000:]}")
            time.sleep(0.02)

    def answers(self, port=None):
        try:
            with socket.create_connection(("127.0.0.1", port or self.port), timeout=5):
                return True
        except OSError:
            return False

    def __enter__(self):
        try:
            self.start()
            self.wait_until(self.answers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        known = self.pids()
        for process in reversed(self.processes):
            process.terminate()
        deadline = time.monotonic() + 8
        for process in reversed(self.processes):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # What a parent that had to be killed leaves behind; the group tells ours from a stranger with the same number.
        ours = {process.pid for process in self.processes}
        for pid in known - ours:
            try:
                if os.getpgid(pid) in ours:
                    os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def pids(self):
        """All processes of this server, children too."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                        parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
                except OSError:
                    pass
        found = {process.pid for process in self.processes}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def plan(self, user):
        """One line of the load generator's plan: path, bearer token, first message."""
        return f"/ws/{user}\t\t"

    def request(self):
        """What makes one message for user @U@."""
        return f"POST /publish/@U@ HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{FRAME}"


class Peal(Server):
    is_durable = True
    sends_inbox = True
    frames_until_ready = 1
    binary = ""

    def __init__(self, folder, name="Peal", arguments=()):
        super().__init__(folder)
        self.name = name
        self.arguments = arguments

    def start(self):
        self.run(
            self.binary, "serve", f"--http-port={self.port}", f"--metrics-port={free_port()}",
            f"--data-directory={self.folder}/data", "--session-max-per-user=1000000", "--drain-duration=0s",
            "--log-level=warning",
            *self.arguments, PEAL_AUTH_JWT_SECRET=SECRET)

    def plan(self, user):
        return f"/ws/notifications\t{token(user)}\t"

    def request(self):
        with open(f"{self.folder}/data/api.key", encoding="utf-8") as file:
            key = file.read().strip()
        body = json.dumps({
            "user_id": "@U@", "type": "bench", "actor_id": "1000000", "target_type": "post", "target_id": "42",
            "message": TEXT})
        return (
            "POST /v1/notifications HTTP/1.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key}\r\n\r\n{body}")

    @classmethod
    def version(cls):
        return f"Peal {quietly(cls.binary, '--version').strip().split()[-1]}"


class Nchan(Server):
    name = "Nchan"
    has_token = False

    def start(self):
        with open(f"{SOURCES}/nginx.conf", encoding="utf-8") as file:
            text = file.read()
        user = "user root;" if os.geteuid() == 0 else ""
        for name, value in {"@PORT@": self.port, "@FOLDER@": self.folder, "@USER@": user}.items():
            text = text.replace(name, str(value))
        with open(f"{self.folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(text)
        self.run(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "-p", self.folder, "-c",
                 f"{self.folder}/nginx.conf", "-e", f"{self.folder}/log")

    @staticmethod
    def version():
        return f"Nchan {upstream('libnginx-mod-nchan')} in nginx {upstream('nginx')} ({CORES} workers)"


class UWebSockets(Server):
    name = "uWebSockets"
    has_token = False

    def start(self):
        self.run(f"{BUILD}/uws", str(self.port))

    @staticmethod
    def version():
        return f"uWebSockets of socketify {python_versions()['socketify']}, called from C (one thread)"


class Centrifuge(Server):
    name = "Centrifuge"
    frames_until_ready = 1

    def start(self):
        self.run(f"{BUILD}/centrifuge", str(self.port))

    def plan(self, user):
        return "/connection/websocket\t\t" + json.dumps({"id": 1, "method": 0, "params": {"token": token(user)}})

    @staticmethod
    def version():
        return f"Centrifuge {upstream('golang-github-centrifugal-centrifuge-dev')} on Go {upstream('golang-go')}"


class FastAPI(Server):
    name = "FastAPI stack"
    is_durable = True
    sends_inbox = True
    frames_until_ready = 1

    def start(self):
        redis = free_port()
        self.run("redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder)
        self.wait_until(lambda: self.answers(redis))
        self.run(
            f"{VENV}/bin/uvicorn", "--app-dir", SOURCES, "--host", "127.0.0.1", "--port", str(self.port), "--workers",
            str(CORES), "--no-access-log", "fastapi_stack:app", DATABASE=f"{self.folder}/stack.db",
            REDIS_PORT=str(redis), PYTHONDONTWRITEBYTECODE="1")
        self.wait_until(lambda: self.log().count("Application startup complete") == CORES)

    def plan(self, user):
        return f"/ws/notifications?token={token(user)}\t\t"

    def request(self):
        body = json.dumps({
            "user_id": 0, "type": "bench", "actor_id": 1000000, "target_type": "post", "target_id": 42, "message": TEXT})
        return f"POST /notifications HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body.replace('0', '@U@', 1)}"

    @staticmethod
    def version():
        python = python_versions()
        return (f"FastAPI {python['fastapi']}, uvicorn {python['uvicorn']} ({CORES} workers, uvloop), "
                f"Redis {upstream('redis-server')}, SQLAlchemy {python['sqlalchemy']} on SQLite")


PEERS = {"nchan": Nchan, "uwebsockets": UWebSockets, "centrifuge": Centrifuge, "fastapi": FastAPI}
