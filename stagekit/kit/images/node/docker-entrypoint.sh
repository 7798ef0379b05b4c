#!/bin/sh
# `docker run IMAGE --version` and `docker run IMAGE app.js` go to node; anything that is a command runs as it is.
set -e

if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && [ ! -x "$1" ]; }; then
    set -- node "$@"
fi
exec "$@"
