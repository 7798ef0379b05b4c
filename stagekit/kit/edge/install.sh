#!/bin/sh
# Lays the edge's files into its volume, once HAProxy has found them good: it reads them at its start and at a reload.
# What a promotion has written there, which containers serve and as which release, stays as it is.
set -eu
umask 022

# For the certificate of the stage, and the socket where it is exchanged, which the edge's own user makes.
mkdir -p /edge/certs /edge/run
chmod 1777 /edge/run

rm -rf /edge/.new && mkdir /edge/.new && cp -R /files/. /edge/.new/
if [ -n "${STAGEKIT_RELEASE:-}" ]; then
    printf 'release %s\n' "$STAGEKIT_RELEASE" >/edge/.new/release.map
else
    for file in release.map conf/20-backends.cfg; do [ ! -e "/edge/$file" ] || cp "/edge/$file" "/edge/.new/$file"; done
fi
cp /files/conf/20-backends.cfg /edge/.new/first.cfg

# What the password of the stage looks like to 15-gate.cfg, and the cookie of those who gave it. Neither is the password.
password=/run/secrets/stage-password
: >/edge/.new/gate.map
if [ -e "$password" ]; then
    grep -q 'from gate' /files/conf/30-names.cfg || {
        echo "stage-password guards nothing: 30-names.cfg has no frontend that says 'from gate'" >&2
        exit 1
    }
    printf 'password %s\n' "$(sha256sum <"$password" | cut -d ' ' -f 1)" >>/edge/.new/gate.map
    session=$({ printf 'stagekit session\n'; cat "$password"; } | sha256sum | cut -d ' ' -f 1)
    printf 'session %s\n' "$session" >>/edge/.new/gate.map
fi
haproxy -c -f /edge/.new/conf >/dev/null

mkdir -p /edge/conf
cd /edge/.new && find . -type f | while read -r file; do mv -f "$file" "/edge/$file"; done
for file in /edge/conf/*; do [ -e "/files/conf/${file##*/}" ] || rm "$file"; done
rm -rf /edge/.new
