#!/bin/sh
# Lets the default site listen on IPv6 too, where the kernel has it and the file is the image's own and writable.
set -eu

site=/etc/nginx/conf.d/default.conf
[ -f /proc/net/if_inet6 ] && [ -w "$site" ] && grep -q '^    listen 80;$' "$site" || exit 0
! grep -q '\[::\]:80' "$site" || exit 0
sed -i 's/^    listen 80;$/&\n    listen [::]:80;/' "$site"
