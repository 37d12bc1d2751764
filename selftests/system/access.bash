# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Who may have the device, and who has it.

test_none() {
	device_stop
	sleep 0.5
	expect "no device: ls" 3 "no " 10 usbsictl ls
	expect "no device: info" 3 "no " 10 usbsictl info
	expect "no device: acquire" 3 "no " 10 usbsictl acquire --all -o "$work/"
	run 10 usbsictl list --json
	[[ $status -eq 0 && $(jq length "$work/stdout") -eq 0 ]]
	result $? "no device: list --json is an empty array"
}

test_missing() {
	fresh_out
	expect "a device that is not there" 3 "NOSUCH" 10 usbsictl -d NOSUCH ls
	expect "a node that is not there" 3 "usbsi99" 10 usbsictl -d /dev/usbsi99 ls
	expect "a node that is none" 3 "" 10 usbsictl -d /dev/null ls
	expect "an item that is not there" 3 "nosuch.jpg" 10 \
		usbsictl -d "$serial" acquire nosuch.jpg -o "$out/"
	expect "a handle that is not there" 3 "" 10 \
		usbsictl -d "$serial" acquire '#99999' -o "$out/"
	left "what is not there" "$out"
	expect "no command" 2 "" 10 usbsictl
	expect "an unknown command" 2 "" 10 usbsictl frobnicate
	expect "acquire of nothing" 2 "" 10 usbsictl -d "$serial" acquire
}

test_permission() {
	local public=/run/usbsi-public
	local other=(setpriv --reuid=65534 --regid=65534 --clear-groups
		env "LD_LIBRARY_PATH=$public" "$public/usbsictl")

	# The tree may lie where other users cannot even look
	mkdir -p "$public"
	cp -L "$(command -v usbsictl)" "$USBSI_TREE"/build/lib/libusbsi.so.0 "$public/"
	chmod -R a+rX "$public"
	find_node
	chmod 0660 "$node"
	expect "no permission: ls" 5 "permission" 10 "${other[@]}" -d "$serial" ls
	expect "no permission: by node" 5 "permission" 10 \
		"${other[@]}" -d "$node" acquire s512.jpg -o -
}

test_second_client() {
	local pid

	device_start -- --rate 250000 || {
		not_ok "the slow device starts"
		return
	}
	fresh_out
	usbsictl -d "$serial" acquire big.jpg -o "$out/big.jpg" >/dev/null 2>"$work/first" &
	pid=$!
	sleep 2
	expect "a second data client" 4 "usbsictl.*\\b$pid\\b|\\b$pid\\b.*usbsictl" 10 \
		usbsictl -d "$serial" acquire s512.jpg -o "$work/second.jpg"
	[[ ! -e $work/second.jpg ]]
	result $? "a second data client: no file"
	run 10 usbsictl list --json
	[[ $(jq -r ".[] | select(.serial == \"$serial\") | .holder.pid" "$work/stdout") == "$pid" &&
	   $(jq -r ".[] | select(.serial == \"$serial\") | .holder.comm" "$work/stdout") == usbsictl ]]
	result $? "list --json names the holder"
	expect "ls beside a data client" 4 "\\b$pid\\b" 10 usbsictl -d "$serial" ls
	status=0
	wait "$pid" || status=$?
	[[ $status -eq 0 ]] && cmp -s "$out/big.jpg" "$photos/DCIM/100USBSI/big.jpg"
	result $? "the first data client is not disturbed"
	usable "a second data client"
}

test_usbfs() {
	local pid

	device_start -- || {
		not_ok "the device starts"
		return
	}
	"$helpers/hold_usbfs" 1209 0001 >"$work/claimed" 2>&1 &
	pid=$!
	sleep 1
	[[ $(cat "$work/claimed") == claimed ]]
	result $? "usbfs takes the device away"
	expect "claimed through usbfs" 4 "hold_usbfs.*\\b$pid\\b|\\b$pid\\b.*hold_usbfs" 10 \
		usbsictl -d "$serial" ls
	expect "claimed through usbfs, the only device" 4 "\\b$pid\\b" 10 \
		usbsictl acquire s512.jpg -o "$work/never.jpg"
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	[[ ! -e $work/never.jpg ]]
	result $? "claimed through usbfs: no file"
}

test_killed() {
	local pid

	device_start -- --rate 500000 || {
		not_ok "the slow device starts"
		return
	}
	fresh_out
	usbsictl -d "$serial" acquire big.jpg -o "$out/big.jpg" >/dev/null 2>&1 &
	pid=$!
	sleep 2
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	[[ ! -e $out/big.jpg ]]
	result $? "killed in mid-transfer: no half file under the final name"
	usable "killed in mid-transfer"
}

test_access() {
	test_none
	device_start -- || {
		not_ok "the device starts"
		return
	}
	test_missing
	test_permission
	test_second_client
	test_usbfs
	test_killed
	kernel_log access
}
