# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Output that cannot be written, and what is never overwritten.

test_full_disk() {
	mkdir -p "$work/small"
	mount -t tmpfs -o size=1m small "$work/small"
	expect "full disk" 9 "space" 20 usbsictl -d "$serial" acquire big.jpg -o "$work/small/"
	left "full disk" "$work/small"
	usable "full disk"
	expect "full disk, named file" 9 "space" 20 \
		usbsictl -d "$serial" acquire big.jpg -o "$work/small/x.jpg"
	left "full disk, named file" "$work/small"
	umount "$work/small"
}

test_places() {
	fresh_out
	expect "missing directory" 9 "none" 20 \
		usbsictl -d "$serial" acquire s512.jpg -o "$out/none/x.jpg"
	expect "missing directory with slash" 9 "none" 20 \
		usbsictl -d "$serial" acquire s512.jpg -o "$out/none/"
	: >"$work/file"
	expect "a file as directory" 9 "" 20 \
		usbsictl -d "$serial" acquire s512.jpg -o "$work/file/x.jpg"
	left "places" "$out"
	mkdir "$work/readonly"
	mount -t tmpfs -o ro none "$work/readonly"
	expect "read-only directory" 9 "" 20 \
		usbsictl -d "$serial" acquire s512.jpg -o "$work/readonly/"
	umount "$work/readonly"
	usable "places"
}

test_existing() {
	fresh_out
	echo mine >"$out/s512.jpg"
	expect "a file that is there" 9 "exist" 20 \
		usbsictl -d "$serial" acquire s512.jpg -o "$out/s512.jpg"
	[[ $(cat "$out/s512.jpg") == mine && $(ls -A "$out") == s512.jpg ]]
	result $? "a file that is there is left alone"
	expect "--force" 0 "" 20 usbsictl -d "$serial" acquire -f s512.jpg -o "$out/s512.jpg"
	cmp -s "$out/s512.jpg" "$photos/DCIM/100USBSI/s512.jpg"
	result $? "--force overwrites"
	expect "several items, one file" 2 "" 20 \
		usbsictl -d "$serial" acquire s512.jpg s513.jpg -o "$out/x.jpg"
	[[ ! -e $out/x.jpg ]]
	result $? "several items, one file: nothing was written"
}

test_stdout() {
	expect "to a full stdout" 9 "" 20 \
		sh -c "usbsictl -d $serial acquire big.jpg -o - >/dev/full"
	expect "to a pipe that closes" 9 "" 20 \
		bash -c "usbsictl -d $serial acquire big.jpg -o - | head -c 1 >/dev/null
			 exit \${PIPESTATUS[0]}"
	run 20 usbsictl -d "$serial" acquire s16384.jpg -o -
	[[ $status -eq 0 ]] && cmp -s "$work/stdout" "$photos/DCIM/100USBSI/s16384.jpg"
	result $? "to stdout"
	run 20 sh -c "usbsictl -d $serial ls --json >/dev/full"
	[[ $status -eq 9 ]]
	result $? "ls to a full stdout"
}

# signal NAME SIGNAL: in the middle of a slow transfer
signal() {
	local start

	fresh_out
	# timeout, since the shell lets its own background processes ignore SIGINT
	start=$(date +%s%N)
	run 20 timeout --preserve-status -s "$2" 2 \
		usbsictl -d "$serial" acquire big.jpg -o "$out/big.jpg"
	if [[ $status -eq 130 ]] && one_line ""; then
		ok "$1"
	else
		not_ok "$1: status $status, not 130"
		note "$work/stderr"
	fi
	[[ $(($(date +%s%N) - start)) -lt 6000000000 ]]
	result $? "$1: within seconds"
	left "$1" "$out"
	usable "$1"
}

test_signals() {
	device_start -- --rate 300000 || {
		not_ok "the slow device starts"
		return
	}
	signal "SIGINT in mid-transfer" INT
	signal "SIGTERM in mid-transfer" TERM
	kernel_log signals
}

test_output() {
	device_start -- || {
		not_ok "the device starts"
		return
	}
	test_full_disk
	test_places
	test_existing
	test_stdout
	kernel_log output
	test_signals
}
