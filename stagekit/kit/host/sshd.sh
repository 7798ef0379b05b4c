# Who may log in, and how. TEXT is our file of settings, which is read before all others.
grep -qiE '^[[:space:]]*Include[[:space:]]+/etc/ssh/sshd_config\.d/\*' /etc/ssh/sshd_config ||
    sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config
put /etc/ssh/sshd_config.d/00-stagekit.conf 644 "$TEXT"
mkdir -p /run/sshd
sshd -t
systemctl try-reload-or-restart ssh.service
