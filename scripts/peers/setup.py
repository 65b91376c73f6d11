"""Makes what the comparison needs: Debian's packages, PyPI's in a folder of their own, and what is compiled."""
import contextlib
import glob
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCES = f"{ROOT}/Benchmarks/peers"
BUILD = f"{ROOT}/.build/peers"
VENV = f"{BUILD}/venv"

PACKAGES = {
    "": ["gcc", "libc6-dev"],
    "nchan": ["nginx", "libnginx-mod-nchan"],
    "uwebsockets": ["libuv1", "python3-venv"],
    "fastapi": ["redis-server", "python3-venv"],
    "centrifuge": [
        "golang-go", "golang-github-centrifugal-centrifuge-dev", "golang-github-golang-jwt-jwt-dev",
        "golang-github-centrifugal-protocol-dev", "golang-github-fzambia-eagle-dev", "golang-github-igm-sockjs-go-dev",
        "golang-github-mna-redisc-dev"],
}
PYTHON = {"uwebsockets": ["socketify"], "fastapi": ["fastapi", "uvicorn[standard]", "redis", "sqlalchemy", "pyjwt"]}


def quietly(*command, **options):
    """Runs a command; what it said is shown only where it failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def version(package):
    """The installed version of a Debian package, or nothing."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", package], capture_output=True, text=True)
    return done.stdout[3:].strip() if done.stdout.startswith("ii") else ""


def upstream(package):
    """Its version without Debian's own parts."""
    return re.sub(r"^\d+:|[-+~].*", "", version(package))


@contextlib.contextmanager
def no_services():
    """Keeps packages from starting their services: the comparison starts its own, on free ports."""
    policy = "/usr/sbin/policy-rc.d"
    if os.geteuid() != 0 or os.path.exists(policy):
        yield
        return
    with open(policy, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nexit 101\n")
    os.chmod(policy, 0o755)
    try:
        yield
    finally:
        os.remove(policy)


def install_packages(names):
    missing = [name for name in names if not version(name)]
    if not missing:
        return
    print(f"==> Installing {' '.join(missing)}", file=sys.stderr)
    if not shutil.which("apt-get"):
        raise RuntimeError(f"not on Debian, and missing: {' '.join(missing)}")
    if os.geteuid() != 0:
        raise RuntimeError(f"please install as root: apt-get install --no-install-recommends {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quietly("apt-get", "update", "-qq", env=environment)
    with no_services():
        quietly("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=environment)


def install_python(names):
    # Debian's own: its version of Python is the one that python3-venv belongs to.
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    if not os.path.exists(f"{VENV}/bin/pip"):
        quietly(python, "-m", "venv", VENV)
    installed = python_versions()
    missing = [name for name in names if name.split("[")[0].lower() not in installed]
    if missing:
        print(f"==> Installing {' '.join(missing)} from PyPI", file=sys.stderr)
        quietly(f"{VENV}/bin/pip", "install", "--quiet", "--disable-pip-version-check", *missing)


def python_versions():
    lines = quietly(f"{VENV}/bin/pip", "list", "--format=freeze", "--disable-pip-version-check").split()
    return {name.lower(): number for name, _, number in (line.partition("==") for line in lines)}


def compile_c(name, *libraries):
    quietly("gcc", "-O2", "-o", f"{BUILD}/{name}", f"{SOURCES}/{name}.c", *libraries)


def compile_centrifuge():
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": f"{BUILD}/go-cache",
        "GOFLAGS": ""}
    quietly("go", "build", "-o", f"{BUILD}/centrifuge", ".", cwd=f"{SOURCES}/centrifuge", env=environment)


def prepare(peer):
    """Makes what one peer needs, or with an empty name what all need; says why where that is impossible."""
    os.makedirs(BUILD, exist_ok=True)
    install_packages(PACKAGES.get(peer, []))
    if peer in PYTHON:
        install_python(PYTHON[peer])
    if peer == "":
        compile_c("load")
    elif peer == "uwebsockets":
        library = glob.glob(f"{VENV}/lib/python3*/site-packages/socketify/libsocketify_linux_amd64.so")
        if not library or os.uname().machine != "x86_64":
            raise RuntimeError("socketify's uWebSockets is built for x86-64 only")
        compile_c("uws", library[0])
    elif peer == "centrifuge":
        compile_centrifuge()
