// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sessions and the small operations
 */
#include "ptp.h"

#include <errno.h>
#include <stdlib.h>

#define STORAGES_MAX	64

#define SESSION_ID	1

/* Closing must not keep a user waiting who has seen the error already */
#define CLOSE_MS	3000
#define CLOSE_UNSURE_MS	500

/*
 * The first command of all: a device that is still sending what a killed
 * program had asked for may take no other until that has been cancelled
 */
#define FIRST_MS	3000

/* What whoever had the device before has left in the pipes is gone after a recovery. */
static bool worth_a_second_try(int error, const struct ptp_transaction *t)
{
	return (error == -EPIPE || error == -EPROTO) && !ptp_refused(t);
}

static int open_once(struct ptp *ptp, struct ptp_transaction *t)
{
	int ret;

	*t = (struct ptp_transaction){
		.operation = PTP_OPEN_SESSION,
		.param = { SESSION_ID },
		.params = 1,
	};
	ret = ptp_transact(ptp, t);
	if (worth_a_second_try(ret, t))
		ret = ptp_transact(ptp, t);
	return ret;
}

static void session_begin(struct ptp *ptp)
{
	ptp->session_open = true;
	ptp->next_transaction = 1;
	ptp->session++;
}

static int close_once(struct ptp *ptp)
{
	struct ptp_transaction t = {
		.operation = PTP_CLOSE_SESSION,
		.timeout_ms = ptp->unsure ? CLOSE_UNSURE_MS : CLOSE_MS,
	};

	if (usbsi_port_timeout(ptp->port) < t.timeout_ms)
		t.timeout_ms = usbsi_port_timeout(ptp->port);
	return ptp_transact(ptp, &t);
}

/**
 * ptp_session_open() - have a session
 * @ptp: the device, locked
 *
 * A session that a program has left open is closed first, so that handles and
 * transaction ids are ours.
 *
 * Return: 0 or a negative errno with the error text set.
 */
int ptp_session_open(struct ptp *ptp)
{
	struct ptp_transaction t;
	int ret;

	if (ptp->session_open)
		return 0;
	ret = ptp_get_device_info(ptp);
	if (ret < 0)
		return ret;
	ret = open_once(ptp, &t);
	if (t.phase.response.code == PTP_SESSION_ALREADY_OPEN) {
		session_begin(ptp);
		ret = close_once(ptp);
		ptp->session_open = false;
		if (ret == -ENODEV || ret == -ECANCELED)
			return ret;
		ret = open_once(ptp, &t);
		if (t.phase.response.code == PTP_SESSION_ALREADY_OPEN)
			ret = 0;
	}
	if (!ret)
		session_begin(ptp);
	return ret;
}

/* Whether the device answers at all; GetDeviceInfo needs no session. */
static bool answers(struct ptp *ptp)
{
	struct ptp_transaction t = {
		.operation = PTP_GET_DEVICE_INFO,
		.timeout_ms = CLOSE_UNSURE_MS,
	};
	struct ptp_dataset dataset = { 0 };
	int ret;

	ret = ptp_get_dataset(ptp, &t, &dataset);
	free(dataset.bytes);
	ptp->unsure = false;
	return !ret || ret == -ENODEV || ptp_refused(&t);
}

/**
 * ptp_session_close() - end the session, whatever has happened
 * @ptp: the device, locked
 *
 * A device that does not answer after a failed recovery is reset, its port if
 * need be, so that the next program finds it in order.
 */
void ptp_session_close(struct ptp *ptp)
{
	bool closed = ptp->session_open;
	int ret = 0;

	if (ptp->session_open)
		ret = close_once(ptp);
	ptp->session_open = false;
	if (ret == -ENODEV || !ptp->unsure)
		return;
	ptp->unsure = false;
	if ((closed && !ret) || answers(ptp))
		return;
	if (ptp_device_reset(ptp) >= 0 && answers(ptp))
		return;
	usbsi_port_log(ptp->port, USBSI_LOG_INFO, "ptp: no answer, resetting the port");
	usbsi_port_reset(ptp->port);
}

/**
 * ptp_get_device_info() - know what the device is
 * @ptp: the device, locked; @ptp->info is valid if it has told
 *
 * Return: 0, also when the device refuses to tell, or a negative errno with
 * the error text set.
 */
int ptp_get_device_info(struct ptp *ptp)
{
	unsigned int timeout = usbsi_port_timeout(ptp->port);
	struct ptp_transaction t = {
		.operation = PTP_GET_DEVICE_INFO,
		.timeout_ms = timeout / 2 < FIRST_MS ? timeout / 2 + 1 : FIRST_MS,
	};
	struct ptp_dataset dataset = { 0 };
	int ret;

	if (ptp->has_info)
		return 0;
	ret = ptp_get_dataset(ptp, &t, &dataset);
	if (ret == -ETIMEDOUT || worth_a_second_try(ret, &t)) {
		t.timeout_ms = timeout > t.timeout_ms ? timeout - t.timeout_ms : 1;
		ret = ptp_get_dataset(ptp, &t, &dataset);
	}
	if (ret == -ETIMEDOUT)
		usbsi_port_error(ptp->port, ret, "the device does not answer within %u ms",
				 timeout);
	if (!ret && !ptp_unpack_device_info(dataset.bytes, dataset.len, &ptp->info))
		ptp->has_info = true;
	else if (!ret || ptp_refused(&t))
		usbsi_port_log(ptp->port, USBSI_LOG_WARNING, "ptp: no usable DeviceInfo");
	free(dataset.bytes);
	return ptp_refused(&t) ? 0 : ret;
}

/* How many and which ids is the device's choice, and each costs a transaction. */
static void limit_storages(struct ptp *ptp, struct ptp_handles *storages)
{
	size_t i, j, count = 0;

	for (i = 0; i < storages->count && count < STORAGES_MAX; i++) {
		for (j = 0; j < count && storages->handle[j] != storages->handle[i]; j++)
			;
		if (j == count)
			storages->handle[count++] = storages->handle[i];
	}
	if (i < storages->count)
		usbsi_port_log(ptp->port, USBSI_LOG_WARNING,
			       "ptp: of %zu storages the first %d are used", storages->count,
			       STORAGES_MAX);
	storages->count = count;
}

/**
 * ptp_get_storages() - the ids of the storages
 * @ptp: the device, in a session
 * @storages: out: to be freed; each id once, at most STORAGES_MAX
 *
 * Return: 0 or a negative errno with the error text set.
 */
int ptp_get_storages(struct ptp *ptp, struct ptp_handles *storages)
{
	struct ptp_transaction t = { .operation = PTP_GET_STORAGE_IDS };
	struct ptp_dataset dataset = { 0 };
	int ret;

	ret = ptp_get_dataset(ptp, &t, &dataset);
	if (!ret) {
		ret = ptp_unpack_handles(dataset.bytes, dataset.len, storages);
		if (ret < 0)
			usbsi_port_error(ptp->port, ret, "GetStorageIDs: the list makes no sense");
		else
			limit_storages(ptp, storages);
	}
	free(dataset.bytes);
	return ret;
}

/**
 * ptp_get_storage_info() - what a storage is
 * @ptp: the device, in a session
 * @storage: its id
 * @info: out
 * @refused: out: the device would not tell or told nonsense; others may do better
 *
 * Return: 0 or a negative errno with the error text set.
 */
int ptp_get_storage_info(struct ptp *ptp, uint32_t storage, struct ptp_storage_info *info,
			 bool *refused)
{
	struct ptp_transaction t = {
		.operation = PTP_GET_STORAGE_INFO,
		.param = { storage },
		.params = 1,
	};
	struct ptp_dataset dataset = { 0 };
	int ret;

	ret = ptp_get_dataset(ptp, &t, &dataset);
	*refused = ptp_refused(&t);
	if (!ret) {
		ret = ptp_unpack_storage_info(dataset.bytes, dataset.len, info);
		*refused = ret < 0;
		if (ret < 0)
			usbsi_port_error(ptp->port, ret,
					 "GetStorageInfo: the dataset makes no sense");
	}
	free(dataset.bytes);
	return ret;
}

/**
 * ptp_get_object_info() - what an object is
 * @ptp: the device, in a session
 * @handle: its handle
 * @info: out
 * @refused: out: the device would not tell or told nonsense; others may do better
 *
 * Return: 0 or a negative errno with the error text set.
 */
int ptp_get_object_info(struct ptp *ptp, uint32_t handle, struct ptp_object_info *info,
			bool *refused)
{
	struct ptp_transaction t = {
		.operation = PTP_GET_OBJECT_INFO,
		.param = { handle },
		.params = 1,
	};
	struct ptp_dataset dataset = { 0 };
	int ret;

	ret = ptp_get_dataset(ptp, &t, &dataset);
	*refused = ptp_refused(&t);
	if (!ret) {
		ret = ptp_unpack_object_info(dataset.bytes, dataset.len, info);
		*refused = ret < 0;
		if (ret < 0)
			usbsi_port_error(ptp->port, ret,
					 "GetObjectInfo: the dataset makes no sense");
	}
	free(dataset.bytes);
	return ret;
}
