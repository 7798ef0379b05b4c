#!/bin/sh
# source.sh MODULE VERSION SUM : fetches a Go module, compares its hash with the pinned one and lays its source in /source.
set -eu

[ ! -s /run/ca.pem ] || export SSL_CERT_FILE=/run/ca.pem
# The module mirror sometimes drops a connection; what has come by then is kept.
again() { "$@" || { sleep 2; "$@"; } || { sleep 10; "$@"; }; }

again go mod download -json "$1@$2" >/tmp/module.json
grep -q "\"Sum\": \"$3\"" /tmp/module.json || { echo "$1 $2 is not what was pinned ($3):" >&2; cat /tmp/module.json >&2; exit 1; }
cp -r "$(go env GOMODCACHE)/$1@$2" /source
chmod -R u+w /source
rm -rf /source/vendor # modules travel without what they vendored; go.sum pins the same
cd /source && again go mod download
