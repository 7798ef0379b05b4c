# Has a change undo itself SECONDS from now, and after a boot, unless disarm.sh runs before. UNDO is what then runs.
put /var/lib/stagekit/undo.sh 700 "$UNDO"
put /etc/systemd/system/stagekit-undo.service 644 "[Unit]
Description=Undoes a change that nobody confirmed (stagekit host init)
[Service]
Type=oneshot
ExecStart=/bin/sh /var/lib/stagekit/undo.sh"
put /etc/systemd/system/stagekit-undo.timer 644 "[Unit]
Description=Waits for a change to be confirmed (stagekit host init)
[Timer]
OnActiveSec=$SECONDS_LEFT
AccuracySec=1s
[Install]
WantedBy=timers.target"
systemctl daemon-reload
systemctl enable --quiet --now stagekit-undo.timer
