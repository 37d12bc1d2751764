// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Recovery: the way back to idle after a stall, a cancel or nonsense
 *
 * All of it is bounded: single requests by REQUEST_MS, the whole by
 * RECOVERY_MS and a number of rounds.  Class requests are an aid, not a
 * condition: there are devices that refuse all of them.
 */
#include "ptp.h"

#include <errno.h>

#define REQUEST_MS	1000
#define DRAIN_MS	100
#define PAUSE_MS	20
#define RECOVERY_MS	4000
#define ROUNDS_MAX	64

#define REQUEST_OUT	0x21	/* class, interface */
#define REQUEST_IN	0xA1

/* Some gadgets answer class requests with index 0 only, whatever their interface. */
static int class_request(struct ptp *ptp, uint8_t type, uint8_t request, void *data, uint16_t len)
{
	int ret;

	ret = usbsi_port_control(ptp->port, type, request, 0, ptp->interface_number, data, len,
				 REQUEST_MS);
	if (ret == -EPIPE && ptp->interface_number)
		ret = usbsi_port_control(ptp->port, type, request, 0, 0, data, len, REQUEST_MS);
	return ret;
}

/**
 * ptp_device_status() - the request Get Device Status
 * @ptp: the device, locked
 * @status: out
 *
 * Return: 0 or a negative errno; -EPIPE from devices without it.
 */
int ptp_device_status(struct ptp *ptp, struct ptp_device_status *status)
{
	uint8_t answer[64];
	int ret;

	ret = class_request(ptp, REQUEST_IN, PTP_REQUEST_DEVICE_STATUS, answer, sizeof(answer));
	if (ret < 0)
		return ret;
	return ptp_unpack_device_status(answer, (size_t)ret, status);
}

/**
 * ptp_device_reset() - the request Device Reset
 * @ptp: the device, locked; its session is gone afterwards
 *
 * Return: 0 or a negative errno; -EPIPE from devices without it.
 */
int ptp_device_reset(struct ptp *ptp)
{
	int ret;

	usbsi_port_log(ptp->port, USBSI_LOG_INFO, "ptp: device reset");
	ret = class_request(ptp, REQUEST_OUT, PTP_REQUEST_DEVICE_RESET, NULL, 0);
	if (ret < 0)
		return ret;
	ptp->session_open = false;
	usbsi_port_clear_halt(ptp->port, USBSI_PIPE_READ);
	usbsi_port_clear_halt(ptp->port, USBSI_PIPE_WRITE);
	return 0;
}

/* Clear what the device says is halted; both pipes when it says nothing useful. */
static void clear_halts(struct ptp *ptp, const struct ptp_device_status *status)
{
	bool cleared = false;
	unsigned int i;

	for (i = 0; status && i < status->endpoints; i++) {
		if (status->endpoint[i] == ptp->read_address)
			usbsi_port_clear_halt(ptp->port, USBSI_PIPE_READ);
		else if (status->endpoint[i] == ptp->write_address)
			usbsi_port_clear_halt(ptp->port, USBSI_PIPE_WRITE);
		else
			continue;
		cleared = true;
	}
	if (cleared)
		return;
	usbsi_port_clear_halt(ptp->port, USBSI_PIPE_READ);
	usbsi_port_clear_halt(ptp->port, USBSI_PIPE_WRITE);
}

/* Take what the device still sends: number of transfers, or a negative errno. */
static int drain(struct ptp *ptp, uint64_t deadline)
{
	int transfers = 0;
	ssize_t ret;

	while (usbsi_port_now_ms(ptp->port) < deadline) {
		ret = usbsi_port_read(ptp->port, ptp->buffer, PTP_BUFFER_LEN, DRAIN_MS);
		if (ret == -ETIMEDOUT)
			return transfers;
		if (ret == -EPIPE) {
			clear_halts(ptp, NULL);
			return transfers + 1;
		}
		if (ret < 0)
			return (int)ret;
		transfers++;
	}
	return -ETIMEDOUT;
}

static int recover_stall(struct ptp *ptp, uint64_t deadline)
{
	struct ptp_device_status status;
	unsigned int round;
	int ret;

	for (round = 0; round < ROUNDS_MAX && usbsi_port_now_ms(ptp->port) < deadline; round++) {
		ret = ptp_device_status(ptp, &status);
		if (ret == -ENODEV)
			return ret;
		if (!round || (!ret && status.endpoints))
			clear_halts(ptp, ret < 0 ? NULL : &status);
		if (ret < 0 || status.code != PTP_DEVICE_BUSY)
			return 0;
		usbsi_port_sleep(ptp->port, PAUSE_MS);
	}
	return -ETIMEDOUT;
}

/*
 * Polling the status without draining deadlocks with some devices, draining
 * without polling with others: both in turns.  There will be no response.
 */
static int recover_cancel(struct ptp *ptp, uint32_t transaction, uint64_t deadline)
{
	struct ptp_device_status status;
	uint8_t cancel[PTP_CANCEL_LEN];
	unsigned int round;
	int ret, drained;

	ptp_pack_cancel(cancel, sizeof(cancel), transaction);
	ret = class_request(ptp, REQUEST_OUT, PTP_REQUEST_CANCEL, cancel, sizeof(cancel));
	if (ret == -ENODEV)
		return ret;
	for (round = 0; round < ROUNDS_MAX && usbsi_port_now_ms(ptp->port) < deadline; round++) {
		ret = ptp_device_status(ptp, &status);
		drained = drain(ptp, deadline);
		if (drained < 0)
			return drained;
		if (!ret && status.endpoints)
			clear_halts(ptp, &status);
		if (!drained && (ret < 0 || status.code == PTP_OK))
			return ret == -ENODEV ? ret : 0;
		usbsi_port_sleep(ptp->port, PAUSE_MS);
	}
	return -ETIMEDOUT;
}

/**
 * ptp_recover() - bring the device back to idle
 * @ptp: the device, locked, no stream running
 * @error: what went wrong
 * @transaction: id of the transaction that it went wrong in
 *
 * Not to be cancelled.  Where it does not succeed, and Device Reset does not
 * either, @ptp->unsure is set.
 */
void ptp_recover(struct ptp *ptp, int error, uint32_t transaction)
{
	uint64_t deadline = usbsi_port_now_ms(ptp->port) + RECOVERY_MS;
	int ret;

	if (error == -ENODEV || error == -ESHUTDOWN) {
		ptp->session_open = false;
		return;
	}
	usbsi_port_log(ptp->port, USBSI_LOG_INFO, "ptp: recovery after error %d", error);
	usbsi_port_shield(ptp->port, true);
	if (error == -EPIPE)
		ret = recover_stall(ptp, deadline);
	else
		ret = recover_cancel(ptp, transaction, deadline);
	if (ret < 0 && ret != -ENODEV)
		ret = ptp_device_reset(ptp);
	usbsi_port_shield(ptp->port, false);
	if (ret < 0)
		usbsi_port_log(ptp->port, USBSI_LOG_INFO, "ptp: recovery failed: %d", ret);
	ptp->unsure = ret < 0 || error == -ETIMEDOUT;
}
