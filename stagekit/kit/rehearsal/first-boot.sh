#!/bin/sh
# What a cloud does as a machine boots for the first time: who may come in, and how its network is.
# `stagekit rehearsal up` says what it wants in the environment of the container's first process.
set -eu

done=/var/lib/rehearsal-first-boot
[ ! -e "$done" ] || exit 0
wanted() { tr '\0' '\n' </proc/1/environ | sed -n "s/^REHEARSAL_$1=//p"; }

install -m 600 /etc/rehearsal/host-key /etc/ssh/ssh_host_ed25519_key
wanted HOST_KEY_PUBLIC >/etc/ssh/ssh_host_ed25519_key.pub

for user in root deploy; do
    getent passwd "$user" >/dev/null || continue
    home=$(getent passwd "$user" | cut -d: -f6)
    install -d -m 700 -o "$user" -g "$user" "$home/.ssh"
    wanted KEY >"$home/.ssh/authorized_keys"
    chown "$user:$user" "$home/.ssh/authorized_keys"
    chmod 600 "$home/.ssh/authorized_keys"
done

# A larger packet than the link carries would stall an inner container's downloads.
if command -v dockerd >/dev/null; then
    mtu=$(cat /sys/class/net/eth0/mtu)
    store=false
    [ "$(wanted STORE)" != containerd ] || store=true
    mkdir -p /etc/docker
    cat >/etc/docker/daemon.json <<JSON
{
  "mtu": $mtu,
  "live-restore": true,
  "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "$mtu"}},
  "features": {"containerd-snapshotter": $store}
}
JSON
fi
touch "$done"
