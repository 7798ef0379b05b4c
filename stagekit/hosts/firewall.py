"""The firewall's table: SSH, the web, and what belongs to any connection that is there. Docker's rules stay its own."""

from __future__ import annotations

from collections.abc import Iterable

WEB = (80, 443)


def table(ports: Iterable[int]) -> str:
    """The table in the language of nftables. `ports` are those of sshd.

    A table that is there is replaced whole, in one step. Only what is for the machine itself is looked at: what goes on
    to a container passes by the rules that Docker makes for each published port.
    """
    wanted = ", ".join(str(port) for port in sorted({*ports, *WEB}))
    return f"""\
# Written by `stagekit host init`. What comes in for this machine itself; Docker's own rules decide for its containers.
table inet stagekit
delete table inet stagekit
table inet stagekit {{
    chain input {{
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        ct state invalid drop
        iif lo accept
        meta l4proto {{ icmp, ipv6-icmp }} accept
        udp dport {{ 68, 546 }} accept comment "answers of DHCP"
        tcp dport {{ {wanted} }} accept
    }}
}}"""
