# The firewall: a table of its own, which a unit of its own loads at boot. TEXT is the table, UNIT the unit.
command -v nft >/dev/null || { lists; apt install -y --no-install-recommends nftables; }
put /etc/stagekit/firewall.nft 644 "$TEXT"
put /etc/systemd/system/stagekit-firewall.service 644 "$UNIT"
nft --check --file /etc/stagekit/firewall.nft
systemctl daemon-reload
systemctl enable --quiet stagekit-firewall.service
systemctl restart stagekit-firewall.service
