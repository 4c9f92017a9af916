#!/usr/bin/env bash
# Makes the environment that the Makefile uses: system libraries, a venv with the pinned packages, and lcpc itself.
# Usage: envs/setup.sh VENV PYTHON. Does nothing when nothing has changed since the last time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=$1
python=$2
stamp=$venv/.lcpc-setup

say() { echo "setup: $*" >&2; }
stop() { say "$@"; exit 1; }

# A venv holds absolute paths, so a folder that was moved needs a new one: its place is part of the stamp.
wanted() { echo "$PWD $(cat envs/requirements.txt pyproject.toml envs/setup.sh | sha256sum | cut -d' ' -f1)"; }

# Debian packages that are missing, one line; by what can be loaded, whoever installed it.
missing_packages() {
    "$python" - <<'PYTHON'
import ctypes
import importlib.util
import sys

LIBRARIES = {"libusb-1.0.so.0": "libusb-1.0-0", "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libX11.so.6": "libx11-6"}


def is_absent(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return True
    return False


missing = [package for library, package in LIBRARIES.items() if is_absent(library)]
if importlib.util.find_spec("ensurepip") is None:
    missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
print(" ".join(missing))
PYTHON
}

install_packages() {
    local command="apt-get install --yes --no-install-recommends $1"
    if [ "$(id -u)" != 0 ]; then
        stop "these system packages are missing; install them, then run make again:  sudo $command"
    fi
    if ! command -v apt-get >/dev/null; then
        stop "these system packages (names as in Debian) are missing: $1. Install them, then run make again."
    fi
    say "installing system packages: $1"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if ! { apt-get update -qq && $command -qq; } </dev/null >/dev/null; then
        stop "system packages could not be installed; see above, then:  apt-get update && $command"
    fi
}

make_venv() {
    local moved=no
    if [ -f "$stamp" ] && [ "$(cut -d' ' -f1 "$stamp")" != "$PWD" ]; then
        moved=yes
    fi
    if [ "$moved" = yes ] || ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
}

install_python_packages() {
    say "installing the packages of envs/requirements.txt into $venv (once; some minutes and 7 GB, most of it torch)"
    local pip="$venv/bin/python -m pip --disable-pip-version-check --no-input"
    $pip install --quiet --no-compile --requirement envs/requirements.txt
    $pip install --quiet --no-compile --no-deps --editable .
    # The plug-in of envs/slurm.txt asks for another numpy, and works with this one.
    local broken
    broken=$($pip check | grep -v -e '^snakemake-executor-plugin-slurm' -e '^No broken requirements' || true)
    [ -z "$broken" ] || stop "the installed packages contradict each other: $broken"
    compile_packages
}

# On all cores, which pip does not do. Without bytecode each process of a run compiles what it imports: a table takes
# twice the time where PYTHONDONTWRITEBYTECODE is set or the venv can't be written to, as in many containers.
compile_packages() {
    "$venv/bin/python" -m compileall -q -j 0 -x '/tests?/' "$venv"/lib/python3*/site-packages >/dev/null || true
}

# Tests open the report in Chromium and are skipped without it: only continuous integration asks for it (20 s).
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && ! command -v chromium google-chrome >/dev/null; then
    (install_packages chromium) || say "no Chromium: the tests that open the report in it are skipped"
fi
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ]; then
    exit 0
fi
if ! command -v "$python" >/dev/null; then
    stop "$python is not there. lcpc needs Python 3.11 or 3.12 (3.13 does for all but learned image codecs): install one, or say where it is:  make PYTHON=/path/to/python3.11"
fi
case "$("$python" -c 'import sys; print(*sys.version_info[:2])')" in
    "3 11" | "3 12") ;;
    "3 13") say "Python 3.13 has no release of compressai: all but learned image codecs works." ;;
    *) stop "$python is $("$python" --version), but lcpc needs Python 3.11 or 3.12:  make PYTHON=/path/to/python3.11" ;;
esac
packages=$(missing_packages)
[ -z "$packages" ] || install_packages "$packages"
started=$SECONDS
make_venv
install_python_packages
wanted >"$stamp"
say "ready after $((SECONDS - started)) s"
