// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Downloading an object: from the slots of the stream to the client's stream
 */
#include "ptp.h"

#include <errno.h>

/**
 * struct download - one call of ptp_acquire()
 * @ptp: the device
 * @item: what is downloaded
 * @transfer: where to
 * @begun: the client has a stream
 * @open_ended: the device did not say how much will come
 * @received: bytes
 */
struct download {
	struct ptp			*ptp;
	const struct usbsi_item		*item;
	struct usbsi_transfer		*transfer;
	bool				begun;
	bool				open_ended;
	uint64_t			received;
};

/* What the device listed, as far as that says anything: 0 is often a shrug. */
static bool listed_size(const struct download *d, uint64_t *size)
{
	*size = usbsi_item_size(d->item);
	return *size && *size != USBSI_SIZE_UNKNOWN;
}

static int wrong_size(const struct download *d, uint64_t size)
{
	return usbsi_port_error(d->ptp->port, -EPROTO,
				"GetObject: the device sent %s%llu of %llu bytes",
				d->received > size ? "at least " : "",
				(unsigned long long)d->received, (unsigned long long)size);
}

static int download_begin(void *context, uint64_t total)
{
	struct download *d = context;

	d->open_ended = total == PTP_SIZE_UNKNOWN;
	if (d->open_ended)
		total = usbsi_item_size(d->item);
	d->begun = true;
	return usbsi_transfer_next_stream(d->transfer, d->item, total);
}

static int download_data(void *context, const uint8_t *bytes, size_t len)
{
	struct download *d = context;
	uint64_t size;

	d->received += len;
	/* Nothing else would end data without a length. */
	if (d->open_ended && listed_size(d, &size) && d->received > size)
		return wrong_size(d, size);
	return usbsi_transfer_write(d->transfer, bytes, len);
}

/* A handle of an earlier session may be another object's by now. */
static int check_handle(struct ptp *ptp, const struct usbsi_item *item)
{
	struct ptp_object_info info;
	bool refused;
	int ret;

	if (usbsi_item_cookie(item) == ptp->session)
		return 0;
	ret = ptp_get_object_info(ptp, (uint32_t)usbsi_item_handle(item), &info, &refused);
	if (ret < 0)
		return ret;
	if (info.format != usbsi_item_format(item) ||
	    (info.size != PTP_LENGTH_UNKNOWN && info.size != usbsi_item_size(item)))
		return usbsi_port_error(ptp->port, -ESTALE,
					"the device numbers its items anew; list them again");
	return 0;
}

/**
 * ptp_acquire() - download an object
 * @state: of ptp_initialize()
 * @item: the object
 * @transfer: where to
 *
 * Return: 0 or a negative errno with the error text set.
 */
int ptp_acquire(void *state, const struct usbsi_item *item, struct usbsi_transfer *transfer)
{
	static const struct ptp_sink sink = { .begin = download_begin, .data = download_data };
	struct download d = { .ptp = state, .item = item, .transfer = transfer };
	struct ptp_transaction t = {
		.operation = PTP_GET_OBJECT,
		.param = { (uint32_t)usbsi_item_handle(item) },
		.params = 1,
		.stream = true,
		.sink = &sink,
		.context = &d,
	};
	uint64_t size;
	int ret;

	if (usbsi_item_size(item) != USBSI_SIZE_UNKNOWN)
		t.expected = usbsi_item_size(item) + PTP_HEADER_LEN;
	ret = ptp_session_open(d.ptp);
	if (!ret)
		ret = check_handle(d.ptp, item);
	if (!ret)
		ret = ptp_transact(d.ptp, &t);
	if (ret < 0)
		return ret;
	if (d.begun && listed_size(&d, &size) && d.received < size)
		return wrong_size(&d, size);
	if (d.begun)
		return 0;
	/* OK without data is how some devices send an empty object */
	if (usbsi_item_size(item))
		return usbsi_port_error(d.ptp->port, -EPROTO, "GetObject: the device sent no data");
	return usbsi_transfer_next_stream(transfer, item, 0);
}
