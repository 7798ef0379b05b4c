# The change stays.
systemctl disable --quiet --now stagekit-undo.timer 2>/dev/null || true
rm -f /var/lib/stagekit/undo.sh /etc/systemd/system/stagekit-undo.service /etc/systemd/system/stagekit-undo.timer
systemctl daemon-reload
