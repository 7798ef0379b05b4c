#!/bin/sh
# update.sh : notes what the base image holds, for lay-out.sh and add-user.sh, and fetches the package lists.
set -eu

mkdir -p /kit/base
dpkg-query --show --showformat '${Package}\n' | sort -u >/kit/base/packages
for file in passwd group shadow gshadow; do [ ! -e "/etc/$file" ] || cp -p "/etc/$file" /kit/base/; done
[ ! -s /run/ca.pem ] || set -- -o Acquire::https::CAInfo=/run/ca.pem
apt-get update -qq -o Acquire::Retries=3 "$@"
