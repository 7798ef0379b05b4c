# Asks a machine for everything that is to be known of it. Each line is a key and a value in base64, so that a value may
# hold anything. Changes nothing, but for the lists of packages where REFRESH wants new ones and there is no Docker yet.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
say() { printf '%s ' "$1"; base64 -w0; echo; }
have() { command -v "$1" >/dev/null 2>&1; }
account() {
    printf '%s' "$2" | say "$1-name"
    id -Gn "$2" 2>/dev/null | say "$1-groups"
    home=$(getent passwd "$2" | cut -d: -f6)
    cat "${home:-/nowhere}/.ssh/authorized_keys" 2>/dev/null | say "$1-keys"
}

(. /etc/os-release && printf '%s' "$PRETTY_NAME") | say system
(. /etc/os-release && printf '%s' "$ID") | say distribution
uname -m | say architecture
{ have apt-get && have dpkg && echo yes; } | say apt
cat /proc/1/comm | say init
id -u | say uid
account login "${SUDO_USER:-$(id -un)}"
account deploy "$DEPLOY"
sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo | say memory

root=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)
df -Pk "$root" >/dev/null 2>&1 || root=/var/lib
printf '%s' "$root" | say disk-folder
df -Pk "$root" | awk 'NR == 2 { print $4 }' | say disk-free
date +%s.%N | say now
docker version --format '{{.Server.Version}}' 2>/dev/null | say docker
{ if have dockerd || [ -e /lib/systemd/system/docker.service ]; then echo yes; fi; } | say docker-there
docker info --format '{{json .DriverStatus}}' 2>/dev/null | say store
if [ -n "$REFRESH" ] && have apt-get && ! have dockerd && [ "$(id -u)" = 0 ]; then apt-get update -qq >/dev/null 2>&1; fi
apt-cache policy docker.io 2>/dev/null | sed -n 's/^ *Candidate: *//p' | grep -v none | say candidate
cat /etc/docker/daemon.json 2>/dev/null | say daemon
cat "/sys/class/net/$(ip route show default 2>/dev/null | sed -n '1s/.* dev \([^ ]*\).*/\1/p')/mtu" 2>/dev/null | say mtu

echo "${SSH_CONNECTION##* }" | say port
if [ "$(id -u)" = 0 ] && have sshd; then
    # sshd refuses to say anything without this folder, which is missing where systemd starts it on demand.
    mkdir -p /run/sshd
    sshd -T 2>/dev/null
fi | grep -E '^(port|passwordauthentication|kbdinteractiveauthentication|permitrootlogin|clientaliveinterval) ' | say sshd
grep -iE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/\*' /etc/ssh/sshd_config 2>/dev/null | say sshd-included
cat /etc/ssh/sshd_config.d/00-stagekit.conf 2>/dev/null | say sshd-own
cat /etc/stagekit/firewall.nft 2>/dev/null | say firewall
{ if nft list table inet stagekit >/dev/null 2>&1; then echo yes; fi; } | say filtering
cat /etc/apt/apt.conf.d/60stagekit-upgrades 2>/dev/null | say upgrades
{ dpkg-query -W -f '${db:Status-Status}' unattended-upgrades 2>/dev/null | grep -x installed; } | say upgrading
ls /var/lib/stagekit/undo.sh 2>/dev/null | say armed
ss -Hltnp 2>/dev/null | say listening
echo | say end
