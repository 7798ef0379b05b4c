# Puts back what was: BEFORE is the text of our file, or nothing; INCLUDED whether the main file read it before.
if [ -n "$BEFORE" ]; then
    put /etc/ssh/sshd_config.d/00-stagekit.conf 644 "$BEFORE"
else
    rm -f /etc/ssh/sshd_config.d/00-stagekit.conf
fi
[ -n "$INCLUDED" ] || sed -i '1{/^Include \/etc\/ssh\/sshd_config.d\/\*.conf$/d}' /etc/ssh/sshd_config
systemctl try-reload-or-restart ssh.service
