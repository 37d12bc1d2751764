# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Devices that fail: one clear line, status 6, in time, no half file.

# fault NAME TEXT FAULT [OPTION OF camera]...
fault() {
	local name=$1 text=$2 kind=$3

	shift 3
	device_start -- --fault "$kind" "$@" || {
		not_ok "$name: the device starts"
		return
	}
	fresh_out
	expect "$name" 6 "$text" 15 usbsictl -d "$serial" -t 2 acquire big.jpg -o "$out/big.jpg"
	left "$name" "$out"
	case $kind in
	unplug*) [[ " $* " == *" --replug "* ]] && wait_back ;;
	*,once) ;;
	*) return ;;
	esac
	find_node && usable "$name"
}

wait_back() {
	local tries

	for ((tries = 0; tries < 80; tries++)); do
		find_node && return
		sleep 0.1
	done
}

test_faults() {
	local at

	for at in 0 100000 5000000; do
		fault "stall at $at" "" "stall@$at,once"
		fault "short container, $at bytes" "" "short@$at,once"
		fault "no progress from $at on" "" "nak@$at,once"
	done
	for at in 1 12 100000; do
		fault "container too long by $at" "" "long@$at,once"
	done
	fault "no answer" "" nak,once
	fault "garbage" "" garbage,once
	fault "wrong transaction" "" wrong-transaction,once
	fault "error response" "" error-response,once
	for at in 0 5000 3000000; do
		fault "unplug at $at" "unplug|gone|went|disconnect" "unplug@$at,once" --replug 500
	done
	# With the quirks that change how a container looks
	fault "split header, short" "" short@100000,once --split-header
	fault "split header, stall" "" stall@100000,once --split-header
	fault "split header, no progress" "" nak@100000,once --split-header
	# Every time, not once: it fails every time, in time
	fault "stalls for ever" "" stall@100000
	fault "never answers" "" nak
	expect "never answers, again" 6 "" 15 \
		usbsictl -d "$serial" -t 2 acquire big.jpg -o "$out/big.jpg"
	kernel_log faults
}
