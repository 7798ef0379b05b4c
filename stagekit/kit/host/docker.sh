# Docker, from the distribution's own packages. LEAST is the oldest that will do.
lists
have=$(apt-cache policy docker.io | sed -n 's/^ *Candidate: *\([0-9]*\).*/\1/p')
if [ "${have:-0}" -lt "$LEAST" ]; then
    echo "this distribution's Docker is ${have:-none}, and $LEAST is needed: https://docs.docker.com/engine/install/" >&2
    exit 1
fi
set -- docker.io iptables
# Debian 13 has the client in a package of its own; Docker needs AppArmor's tools where the kernel has it on.
apt-cache show docker-cli >/dev/null 2>&1 && set -- "$@" docker-cli
grep -qs Y /sys/module/apparmor/parameters/enabled && set -- "$@" apparmor
apt install -y --no-install-recommends "$@"
systemctl enable --quiet --now docker.service
