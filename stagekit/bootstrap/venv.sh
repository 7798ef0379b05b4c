#!/bin/sh
# Makes .venv in the checkout and installs what requirements/NAME.txt locks, with stagekit itself on top.
# Usage: venv.sh NAME      (stagekit: what it runs with; dev: what its tests and linters need too)
#
# Run again, it does nothing as long as its inputs are the same. Interrupted, the next run starts from nothing.
# Environment: PYTHON names the Python to use (3.11 or newer); pip's own variables (PIP_CERT, PIP_INDEX_URL) count.
set -eu

name=${1:?usage: venv.sh NAME}
root=$(cd "$(dirname "$0")/../.." && pwd -P)
cd "$root"
venv=.venv
lock=requirements/$name.txt
log=$venv/install.log

fail() { # what, next
    printf '%s\nnext: %s    [venv]\n' "$1" "$2" >&2
    exit 1
}

say() { printf '%-10s %s\n' venv "$1"; }

# Everything that decides what is in .venv, the folder's own place included, as its scripts hold absolute paths.
inputs() { { printf '%s\n' "$root"; cat "$lock" pyproject.toml stagekit/bootstrap/venv.sh; } | cksum; }

suitable() { command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if suitable "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "${PYTHON:-no python3 on the PATH} is not Python 3.11 or newer" \
        "install one (apt-get install python3, brew install python) or name one: PYTHON=/path/to/python3.12 make …"
}

# Debian and Ubuntu ship Python without what makes an environment: a package of its own.
need_ensurepip() { # python
    if "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        return
    fi
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if ! command -v apt-get >/dev/null 2>&1; then
        fail "$1 cannot make environments: its ensurepip is missing" "install a whole Python 3.11 or newer"
    fi
    if [ "$(id -u)" != 0 ]; then
        fail "$1 cannot make environments: the package $package is missing" "sudo apt-get install $package"
    fi
    say "installing the package $package (this Python cannot make environments without it)"
    export DEBIAN_FRONTEND=noninteractive
    options="-qq -o DPkg::Lock::Timeout=120"
    # shellcheck disable=SC2086
    { apt-get $options update && apt-get $options install -y --no-install-recommends "$package"; } >"$scratch" 2>&1 || {
        tail -n 5 "$scratch" >&2
        fail "the package $package could not be installed" "apt-get update && apt-get install $package"
    }
}

# --no-deps: the lock names everything, and an older pip would look up an extra such as sqlalchemy[asyncio] anew.
install_with_pip() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps --require-hashes \
        -r "$lock" &&
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet \
            --no-deps --no-build-isolation --editable .
}

install_with_uv() {
    uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes -r "$lock" &&
        uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
}

have_uv() { [ -z "${STAGEKIT_NO_UV:-}" ] && command -v uv >/dev/null 2>&1; }

[ -r "$lock" ] || fail "there is no $lock" "venv.sh stagekit, or venv.sh dev"
wanted=$(inputs)
stamp=$venv/stamp-$name
if [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x "$venv/bin/python" ] && [ ! -e "$venv/unfinished" ]; then
    exit 0
fi

began=$(date +%s)
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
# An environment that was interrupted, moved, or lost its Python is made anew; else the new lock goes on top.
if [ -e "$venv/unfinished" ] || [ ! -x "$venv/bin/python" ] || [ "$(cat "$venv/place" 2>/dev/null)" != "$root" ]; then
    python=$(find_python)
    have_uv || need_ensurepip "$python"
    rm -rf "$venv"
    mkdir "$venv"
    : >"$venv/unfinished"
    say "making $venv with $("$python" --version)"
    if have_uv; then
        uv venv --quiet --allow-existing --python "$(command -v "$python")" "$venv"
    else
        "$python" -m venv "$venv"
    fi
    printf '%s\n' "$root" >"$venv/place"
fi
: >"$venv/unfinished"
say "installing $lock"
if have_uv; then way=install_with_uv; else way=install_with_pip; fi
$way >"$log" 2>&1 || {
    tail -n 8 "$log" >&2
    fail "the Python packages could not be installed (all of it: $log)" \
        "check the network, and PIP_CERT if it inspects TLS; then run the same command again"
}
printf '%s\n' "$wanted" >"$stamp"
rm -f "$venv/unfinished"
say "ready, $(($(date +%s) - began)) s"
