#!/bin/bash
# Installs EXTRA_PIP_PACKAGES when it is set, then runs the command; without one, a shell.
set -e

if [ -n "${EXTRA_PIP_PACKAGES:-}" ]; then
    # Words on purpose: the variable holds a list of requirements.
    # shellcheck disable=SC2086
    pip install --root-user-action ignore $EXTRA_PIP_PACKAGES
fi
[ $# -gt 0 ] || set -- bash --login
exec "$@"
