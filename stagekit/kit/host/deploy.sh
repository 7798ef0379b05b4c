# The user that stages are deployed by: no password, in the group docker. KEY is who may come in as it.
getent passwd "$USER_NAME" >/dev/null || useradd --create-home --shell /bin/bash "$USER_NAME"
# An account without a password, not a locked one: sshd lets its keys in either way of asking.
case "$(getent shadow "$USER_NAME" | cut -d: -f2)" in '!'*) usermod --password '*' "$USER_NAME" ;; esac
getent group docker >/dev/null || groupadd --system docker
usermod --append --groups docker "$USER_NAME"
