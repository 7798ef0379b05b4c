#!/bin/sh
# link.sh [RATE] : holds the machine's link to a rate such as 50mbit, both ways; `none` lets go. What was said last
# holds after a restart too. Without RATE: applies that.
# What comes in is shaped as what goes out of a second interface, to which all of it is sent.
set -eu

kept=/var/lib/rehearsal-link
[ "$#" -eq 0 ] || echo "$1" >"$kept"
rate=$(cat "$kept" 2>/dev/null || echo none)

tc qdisc del dev eth0 root 2>/dev/null || true
tc qdisc del dev eth0 ingress 2>/dev/null || true
ip link del link-in 2>/dev/null || true
[ "$rate" != none ] || exit 0

shape="tbf rate $rate burst 64kb latency 100ms"
tc qdisc add dev eth0 root $shape
ip link add link-in type ifb
ip link set link-in up
tc qdisc add dev link-in root $shape
tc qdisc add dev eth0 handle ffff: ingress
tc filter add dev eth0 parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev link-in
