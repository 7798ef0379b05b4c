#!/bin/sh
# Fills the environment into the files of /etc/nginx/templates and writes them to /etc/nginx/conf.d, under the same
# folders and without the suffix. Only variables that are set are replaced, so nginx's own ($host) stay.
set -eu

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
[ -d "$templates" ] || exit 0
if [ ! -w "$output" ]; then
    echo "docker-entrypoint: $output is not writable, so the templates are left out" >&2
    exit 0
fi

names=$(env -0 | tr '\n\0' ' \n' | sed -n -E 's/^([A-Za-z_][A-Za-z0-9_]*)=.*/\1/p' | grep -E "${NGINX_ENVSUBST_FILTER:-}" || true)
variables=$(for name in $names; do printf '${%s} ' "$name"; done)
find "$templates" -follow -type f -name "*$suffix" | while read -r template; do
    target=$output/${template#"$templates"/}
    target=${target%"$suffix"}
    mkdir -p "$(dirname "$target")"
    envsubst "$variables" <"$template" >"$target"
done
