#!/bin/sh
# add-user.sh NAME ID HOME SHELL : adds a user and its group to those of the base image, in the tree in /out. Written
# as text because `useradd` stamps the day, which would make every build's layer another one.
set -eu

mkdir -p /out/etc
for file in passwd group shadow gshadow; do
    [ -e "/out/etc/$file" ] || [ ! -e "/kit/base/$file" ] || cp -p "/kit/base/$file" "/out/etc/$file"
done
echo "$1:x:$2:$2::$3:$4" >>/out/etc/passwd
echo "$1:x:$2:" >>/out/etc/group
[ ! -e /out/etc/shadow ] || echo "$1:!:20000::::::" >>/out/etc/shadow
[ ! -e /out/etc/gshadow ] || echo "$1:!::" >>/out/etc/gshadow
