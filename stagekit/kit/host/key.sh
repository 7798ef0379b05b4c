# Lets KEY in as USER_NAME.
home=$(getent passwd "$USER_NAME" | cut -d: -f6)
group=$(id -gn "$USER_NAME")
install -d -m 700 -o "$USER_NAME" -g "$group" "$home/.ssh"
file=$home/.ssh/authorized_keys
if ! grep -qsF "$(echo "$KEY" | cut -d' ' -f1,2)" "$file"; then
    # A last line without its end would swallow the key.
    [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo >>"$file"
    echo "$KEY" >>"$file"
fi
chown "$USER_NAME:$group" "$file"
chmod 600 "$file"
