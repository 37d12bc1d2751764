# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Devices that keep to the protocol, and such as bend it: every byte arrives.

# all_items NAME: acquires everything and compares it, one result per item
all_items() {
	local name=$1 line

	fresh_out
	run 60 usbsictl -d "$serial" acquire --all -o "$out/"
	if [[ $status -ne 0 ]]; then
		not_ok "$name: acquire --all ended with status $status"
		note "$work/stderr"
		return
	fi
	while read -r line; do
		case $line in
		*": OK") ok "$name: ${line%: OK}" ;;
		*) not_ok "$name: $line" ;;
		esac
	done < <(cd "$out" && sha256sum -c "$work/sums" 2>/dev/null)
	[[ $(find "$out" -type f | wc -l) -eq $(wc -l <"$work/sums") ]]
	result $? "$name: as many files as items"
}

quirk() {
	local name=$1

	shift
	device_start "$@" || {
		not_ok "$name: the device starts"
		return
	}
	all_items "$name"
}

test_quirks() {
	local speed

	for speed in super high; do
		quirk "$speed" --speed "$speed" --
		quirk "$speed, split header" --speed "$speed" -- --split-header
		quirk "$speed, glued response" --speed "$speed" -- --glued-response
		quirk "$speed, no empty packets" --speed "$speed" -- --no-zlp
		quirk "$speed, unknown length" --speed "$speed" -- --unknown-length
	done
	quirk "unknown size" -- --unknown-size --unknown-length
	quirk "split and glued" -- --split-header --glued-response
	quirk "split, no empty packets" -- --split-header --no-zlp
	quirk "split, unknown length" -- --split-header --unknown-length
	quirk "glued, no empty packets" -- --glued-response --no-zlp
	kernel_log quirks
}
