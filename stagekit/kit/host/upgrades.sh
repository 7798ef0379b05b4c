# Security updates by themselves. TEXT says which packages are left alone.
lists
apt install -y --no-install-recommends unattended-upgrades
put /etc/apt/apt.conf.d/60stagekit-upgrades 644 "$TEXT"
