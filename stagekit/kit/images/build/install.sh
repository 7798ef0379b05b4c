#!/bin/sh
# install.sh PACKAGE... : installs Debian packages in a build stage, never what is only recommended.
# A certificate bundle at /run/ca.pem is used for mirrors that are reached over HTTPS.
set -eu

[ ! -s /run/ca.pem ] || set -- -o Acquire::https::CAInfo=/run/ca.pem "$@"
install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Acquire::Retries=3 \
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@" >/tmp/install.log 2>&1
}

# The package lists are a cached layer: once the mirror has moved on, they are fetched again.
install "$@" || { apt-get update -qq && install "$@"; } || { cat /tmp/install.log >&2; exit 1; }
