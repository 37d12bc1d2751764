// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The PTP minidriver: still-image devices of class 06/01/01
 */
#include "ptp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int ptp_match(const struct usbsi_interface_id *id)
{
	return id->interface_class == 6 && id->interface_subclass == 1 &&
	       id->interface_protocol == 1;
}

static int ptp_initialize(struct usbsi_port *port, void **state)
{
	struct ptp *ptp = calloc(1, sizeof(*ptp));
	struct usbsi_device_info info;
	int ret;

	if (ptp)
		ptp->buffer = malloc(PTP_BUFFER_LEN);
	if (!ptp || !ptp->buffer) {
		free(ptp);
		return usbsi_port_error(port, -ENOMEM, "out of memory");
	}
	ret = usbsi_port_get_info(port, &info, sizeof(info));
	if (ret < 0) {
		free(ptp->buffer);
		free(ptp);
		return ret;
	}
	ptp->port = port;
	ptp->interface_number = info.interface_number;
	ptp->read_address = info.read.address;
	ptp->write_address = info.write.address;
	*state = ptp;
	return 0;
}

static void ptp_release(void *state)
{
	struct ptp *ptp = state;

	ptp_device_info_clear(&ptp->info);
	free(ptp->buffer);
	free(ptp);
}

static int ptp_capabilities(void *state, struct usbsi_capabilities *caps)
{
	caps->generic = USBSI_CAPABILITY_STREAM | USBSI_CAPABILITY_NOTIFICATIONS;
	return 0;
}

/* Works beside a data client: it opens no session. */
static int ptp_status(void *state, struct usbsi_device_status *status)
{
	struct ptp_device_status device;
	int ret;

	status->online = USBSI_ONLINE_OPERATIONAL;
	status->hardware_code = 0;
	ret = ptp_device_status(state, &device);
	if (ret == -ENODEV || ret == -ECANCELED)
		return ret;
	if (ret < 0)
		return 0;	/* a device without the request is not in error */
	status->hardware_code = device.code;
	if (device.code == PTP_DEVICE_BUSY)
		status->online |= USBSI_ONLINE_BUSY;
	else if (device.code != PTP_OK)
		status->online |= USBSI_ONLINE_ERROR;
	return 0;
}

static void ptp_unlock(void *state)
{
	ptp_session_close(state);
}

static int ptp_reset(void *state)
{
	int ret = ptp_device_reset(state);

	return ret < 0 ? ret : 0;
}

/*
 * In status mode there is no conversation while somebody acquires: a session
 * is the device's only one.
 */
static int check_busy(struct ptp *ptp)
{
	struct usbsi_device_info info;
	int ret;

	if (usbsi_port_open_mode(ptp->port) != USBSI_OPEN_STATUS)
		return 0;
	ret = usbsi_port_get_info(ptp->port, &info, sizeof(info));
	if (ret < 0 || !info.data_client.pid)
		return ret;
	if (info.data_client.pid < 0)
		return usbsi_port_error(ptp->port, -EBUSY,
					"another program is acquiring; try again when it is done");
	return usbsi_port_error(ptp->port, -EBUSY,
				"%s (pid %d) is acquiring; try again when it is done",
				info.data_client.comm, info.data_client.pid);
}

static int ptp_items_checked(void *state, struct usbsi_item *root)
{
	int ret = check_busy(state);

	return ret < 0 ? ret : ptp_items(state, root);
}

static void describe_operations(struct usbsi_describe *describe, const struct ptp_codes *codes)
{
	const char *name;
	char number[8];
	size_t i;

	usbsi_describe_begin(describe, "operations", true);
	for (i = 0; i < codes->count; i++) {
		name = ptp_operation_name(codes->code[i]);
		snprintf(number, sizeof(number), "%04X", codes->code[i]);
		usbsi_describe_string(describe, NULL, name ? name : number);
	}
	usbsi_describe_end(describe);
}

static void describe_device(struct usbsi_describe *describe, const struct ptp_device_info *info)
{
	char version[16];

	snprintf(version, sizeof(version), "%u.%02u", info->version / 100, info->version % 100);
	usbsi_describe_begin(describe, "ptp", false);
	usbsi_describe_string(describe, "manufacturer", info->manufacturer);
	usbsi_describe_string(describe, "model", info->model);
	usbsi_describe_string(describe, "device_version", info->device_version);
	usbsi_describe_string(describe, "serial", info->serial);
	usbsi_describe_string(describe, "standard_version", version);
	if (info->extension[0])
		usbsi_describe_string(describe, "extension", info->extension);
	describe_operations(describe, &info->operations);
	usbsi_describe_end(describe);
}

/* A storage that the device does not tell about is no error; a device that fell silent is. */
static int describe_storage(struct ptp *ptp, struct usbsi_describe *describe, uint32_t storage)
{
	struct ptp_storage_info info;
	bool refused = false;
	char id[16];
	int ret = 0;

	snprintf(id, sizeof(id), "%08X", storage);
	usbsi_describe_begin(describe, NULL, false);
	usbsi_describe_string(describe, "id", id);
	if (storage & 0xFFFF)
		ret = ptp_get_storage_info(ptp, storage, &info, &refused);
	else
		usbsi_describe_string(describe, "state", "empty");
	if (!ret && storage & 0xFFFF) {
		usbsi_describe_string(describe, "description", info.description);
		usbsi_describe_string(describe, "label", info.label);
		usbsi_describe_number(describe, "capacity", info.capacity);
		usbsi_describe_number(describe, "free", info.free_bytes);
	}
	usbsi_describe_end(describe);
	return refused ? 0 : ret;
}

static int ptp_describe(void *state, struct usbsi_describe *describe)
{
	struct ptp_handles storages = { 0 };
	struct ptp *ptp = state;
	size_t i;
	int ret;

	ret = check_busy(ptp);
	if (ret == -EBUSY && ptp->has_info) {
		describe_device(describe, &ptp->info);
		return 0;
	}
	if (!ret)
		ret = ptp_session_open(ptp);
	if (ret < 0)
		return ret;
	if (ptp->has_info)
		describe_device(describe, &ptp->info);
	ret = ptp_get_storages(ptp, &storages);
	if (ret < 0 && ret != -EOPNOTSUPP)
		return ret;
	ret = 0;
	usbsi_describe_begin(describe, "storages", true);
	for (i = 0; !ret && i < storages.count; i++)
		ret = describe_storage(ptp, describe, storages.handle[i]);
	usbsi_describe_end(describe);
	free(storages.handle);
	return ret;
}

const struct usbsi_minidriver ptp_minidriver = {
	.version = USBSI_MINIDRIVER_VERSION,
	.size = sizeof(struct usbsi_minidriver),
	.name = "ptp",
	.match = ptp_match,
	.initialize = ptp_initialize,
	.release = ptp_release,
	.capabilities = ptp_capabilities,
	.status = ptp_status,
	.describe = ptp_describe,
	.unlock = ptp_unlock,
	.reset = ptp_reset,
	.items = ptp_items_checked,
	.acquire = ptp_acquire,
};
