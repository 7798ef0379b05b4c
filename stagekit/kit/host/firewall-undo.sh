# Puts back what was: BEFORE is the text of the table, or nothing.
if [ -n "$BEFORE" ]; then
    put /etc/stagekit/firewall.nft 644 "$BEFORE"
    systemctl restart stagekit-firewall.service
else
    systemctl disable --quiet --now stagekit-firewall.service || true
    nft delete table inet stagekit 2>/dev/null || true
    rm -f /etc/stagekit/firewall.nft /etc/systemd/system/stagekit-firewall.service
    systemctl daemon-reload
fi
