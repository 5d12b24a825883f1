#!/bin/sh
# Make a virtual environment with the first Python of this machine that is new enough (3.11).
# Debian keeps `venv` in a package of its own: root gets it installed, everybody else is told the one line.
set -eu
venv=$1

for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found=$python
        break
    fi
done
if [ -z "${found:-}" ]; then
    echo "Telegraphone needs Python 3.11 or newer, and there is none in PATH. On Debian 12: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi

if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"
    else
        echo "This Python cannot make virtual environments yet. Run: sudo apt-get install $package" >&2
        exit 1
    fi
fi

# A half-made environment of an interrupted run is made anew.
"$found" -m venv --clear "$venv"
