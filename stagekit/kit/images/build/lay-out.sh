#!/bin/sh
# lay-out.sh PATTERN... : copies the files of the packages installed since the base image into /out, without manuals,
# translations and the packages whose name matches a PATTERN (extended regular expression, whole name).
# What is copied is recorded in /var/lib/dpkg/status.d, where image scanners look for it.
set -eu

unwanted='$^'
for pattern in "$@"; do unwanted="$unwanted|$pattern"; done
mkdir -p /out/var/lib/dpkg/status.d
dpkg-query --show --showformat '${Package}\n' | sort -u >/tmp/installed
comm -13 /kit/base/packages /tmp/installed | grep -vxE "$unwanted" >/tmp/packages || true

while read -r package; do
    dpkg-query --status "$package" >"/out/var/lib/dpkg/status.d/$package"
    dpkg-query --listfiles "$package"
done </tmp/packages |
    sed -E -e 's,^/(s?bin|lib|lib64)/,/usr/\1/,' -e '\,^/(\.|s?bin|lib|lib64)$,d' \
        -e '\,^/usr/share/(man|locale|info|lintian|bug|bash-completion|apport|java|maven-repo|vim|polkit-1|perl5)(/|$),d' \
        -e '\,^/usr/share/doc/,{\,/copyright$,!d}' -e '\,^/(usr/lib/(systemd|tmpfiles\.d|sysusers\.d)|etc/(init\.d|default|logrotate\.d|ufw|cron\.d))(/|$),d' |
    sort -u | while read -r path; do if [ -e "$path" ] || [ -L "$path" ]; then echo "$path"; fi; done |
    tar --create --no-recursion --directory / --files-from - --file - 2>/tmp/tar.log | tar --extract --directory /out --file -
