# The engine's settings; TEXT is the whole file, BEFORE what it was. What the engine refuses is not kept.
file=/etc/docker/daemon.json
back() { if [ -n "$BEFORE" ]; then put "$file" 644 "$BEFORE"; else rm -f "$file"; fi; }
put "$file" 644 "$TEXT"
if command -v dockerd >/dev/null; then
    dockerd --validate --config-file "$file" >&2 || { back; exit 1; }
    # First live-restore alone, which takes no restart: then the restart leaves containers running.
    systemctl reload docker.service 2>/dev/null || true
    systemctl restart docker.service || { back; systemctl restart docker.service; exit 1; }
fi
