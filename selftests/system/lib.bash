# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# What the whole-system tests share.  Made for a guest: devices are started and
# stopped, and the kernel log is cleared.

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vdev=$tree/build/bin/usbsi-vdev
helpers=$tree/build/selftests/system
serial=SYSTEM1
work=$(mktemp -d /tmp/system.XXXXXX)
photos=$work/photos
out=$work/out
vdev_pid=
node=
passed=0
failed=0

cleanup() {
	device_stop
	rm -rf "$work"
}

ok() {
	passed=$((passed + 1))
	echo "ok $*"
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok $*"
}

# result CONDITION-STATUS NAME...
result() {
	if [[ $1 -eq 0 ]]; then
		ok "${@:2}"
	else
		not_ok "${@:2}"
	fi
}

note() {
	sed 's/^/# /' "$@"
}

make_photos() {
	local size

	mkdir -p "$photos/DCIM/100USBSI" "$photos/MISC"
	for size in 0 1 499 500 501 511 512 513 1011 1012 1013 1024 16384 262132 262144; do
		head -c "$size" /dev/urandom >"$photos/DCIM/100USBSI/s$size.jpg"
	done
	head -c 5242881 /dev/urandom >"$photos/DCIM/100USBSI/big.jpg"
	head -c 70001 /dev/urandom >"$photos/DCIM/100USBSI/clip.avi"
	head -c 50003 /dev/urandom >"$photos/MISC/voice.wav"
	head -c 40009 /dev/urandom >"$photos/MISC/film.mp4"
	head -c 3001 /dev/urandom >"$photos/MISC/note.dat"
	(cd "$photos" && find . -type f -exec sha256sum {} + | sed 's| \./.*/| |') \
		>"$work/sums"
}

# device_start [OPTION OF usbsi-vdev]... -- [OPTION OF camera]...
device_start() {
	local own=() tries

	while [[ $# -gt 0 && $1 != -- ]]; do
		own+=("$1")
		shift
	done
	shift || true
	device_stop
	vdev_pid=$("$vdev" --serial "$serial" --detach "${own[@]}" camera "$@" "$photos")
	for ((tries = 0; tries < 100; tries++)); do
		find_node && return
		sleep 0.1
	done
	echo "# no node came for the camera"
	return 1
}

device_stop() {
	local tries

	[[ -n $vdev_pid ]] || return 0
	kill "$vdev_pid" 2>/dev/null || true
	for ((tries = 0; tries < 100; tries++)); do
		[[ -d /proc/$vdev_pid ]] || break
		sleep 0.05
	done
	vdev_pid=
}

# Sets node to that of the device under test; fails when it has none.  Built-ins
# alone: programs are slow to start in the guest.
find_node() {
	local dir text

	node=
	for dir in /sys/class/usbsi/usbsi*; do
		text=
		{ read -r text <"$dir/device/../serial"; } 2>/dev/null
		[[ $text == "$serial" && -c /dev/${dir##*/} ]] || continue
		node=/dev/${dir##*/}
		return
	done
	return 1
}

# An empty folder for what is acquired.
fresh_out() {
	rm -rf "$out"
	mkdir "$out"
}

# run SECONDS COMMAND...: sets status, took (seconds); output in $work/stdout and
# $work/stderr.  What takes longer than SECONDS is killed, status 137.
run() {
	local limit=$1 start=$SECONDS

	shift
	status=0
	timeout -s KILL "$limit" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || status=$?
	took=$((SECONDS - start))
}

# A failure is one line, from usbsictl, to stderr, and says TEXT (a pattern).
one_line() {
	local lines

	mapfile -t lines <"$work/stderr"
	[[ ${#lines[@]} -eq 1 && ${lines[0]} == "usbsictl: "* ]] || return 1
	[[ -z ${1-} ]] || grep -qiE -- "$1" "$work/stderr"
}

# Nothing under any name is left where the output was to go.
nothing_left() {
	local files

	shopt -s nullglob dotglob
	files=("$1"/*)
	shopt -u nullglob dotglob
	[[ ${#files[@]} -eq 0 ]]
}

# expect NAME STATUS TEXT SECONDS COMMAND...: the command fails as it should
expect() {
	local name=$1 want=$2 text=$3 limit=$4

	shift 4
	run "$limit" "$@"
	if [[ $status -eq $want ]] && { [[ $want -eq 0 ]] || one_line "$text"; }; then
		ok "$name ($took s)"
		return
	fi
	not_ok "$name: status $status, not $want, after $took s"
	note "$work/stderr"
}

# The device gives a small item as it should.
usable() {
	run 20 usbsictl -d "$serial" acquire -f s16384.jpg -o "$work/usable.jpg"
	if [[ $status -eq 0 ]] && cmp -s "$work/usable.jpg" "$photos/DCIM/100USBSI/s16384.jpg"; then
		ok "$1: the device is usable afterwards ($took s)"
		return
	fi
	not_ok "$1: the device is not usable afterwards, status $status"
	note "$work/stderr"
}

left() {
	if nothing_left "$2"; then
		ok "$1: nothing is left behind"
	else
		not_ok "$1: left behind: $(ls -A "$2")"
	fi
}

# What the rig itself has to say: how slow the emulated processor is, and a race of
# the virtual controller's timer.
noise='hrtimer: interrupt took|dummy_hcd.* timer fired with no URBs pending'

# Beyond that the kernel has nothing to say at warning or above.
kernel_log() {
	dmesg --level=emerg,alert,crit,err,warn | grep -vE "$noise" \
		>"$work/dmesg" || true
	if [[ -s $work/dmesg ]]; then
		not_ok "$1: the kernel log is clean"
		note "$work/dmesg"
	else
		ok "$1: the kernel log is clean"
	fi
	dmesg --clear
}
