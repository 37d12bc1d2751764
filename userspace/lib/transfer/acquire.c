// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Acquire: a stream minidriver writes to a stream client
 */
#include "../device/device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Progress is told once in that many bytes at most, and at every percent */
#define STATUS_BYTES	(1U << 20)

/**
 * struct usbsi_transfer - one call of usbsi_acquire()
 * @device: the device
 * @client: the client's functions
 * @data: their first argument
 * @item: the item that the current stream is of, NULL between streams
 * @total: its bytes or USBSI_SIZE_UNKNOWN
 * @bytes: of those written
 * @told: value of @bytes at the last status call
 * @percent: told last
 * @result: 0, or what ended the transfer on the client's side; it stays
 */
struct usbsi_transfer {
	struct usbsi_device			*device;
	const struct usbsi_stream_client	*client;
	void					*data;
	const struct usbsi_item			*item;
	uint64_t				total;
	uint64_t				bytes;
	uint64_t				told;
	int					percent;
	int					result;
};

static int client_result(struct usbsi_transfer *transfer, int ret)
{
	if (ret > 0)
		ret = -ECANCELED;
	if (ret == -ECANCELED)
		device_error(transfer->device, ret, "cancelled");
	if (ret < 0)
		transfer->result = ret;
	return ret;
}

/* After a cancel or an error nobody is called any more. */
static int transfer_check(struct usbsi_transfer *transfer)
{
	if (!transfer->result && device_is_cancelled(transfer->device))
		client_result(transfer, -ECANCELED);
	return transfer->result;
}

static int percent_of(uint64_t bytes, uint64_t total)
{
	if (total == USBSI_SIZE_UNKNOWN)
		return -1;
	if (bytes >= total)
		return 100;
	return (int)((double)bytes * 100 / (double)total);
}

static int tell(struct usbsi_transfer *transfer, enum usbsi_message message)
{
	struct usbsi_status status = {
		.message = message,
		.percent = percent_of(transfer->bytes, transfer->total),
		.bytes = transfer->bytes,
		.total = transfer->total,
		.item = transfer->item,
	};

	if (!transfer->client->status)
		return 0;
	transfer->told = transfer->bytes;
	transfer->percent = status.percent;
	return client_result(transfer, transfer->client->status(transfer->data, &status));
}

static int end_stream(struct usbsi_transfer *transfer)
{
	int ret;

	if (!transfer->item)
		return 0;
	ret = tell(transfer, USBSI_MESSAGE_END_OF_STREAM);
	transfer->item = NULL;
	return ret;
}

/**
 * usbsi_transfer_next_stream() - begin an output object
 * @transfer: of the acquire call
 * @item: what it is made of
 * @total: its bytes or USBSI_SIZE_UNKNOWN
 *
 * Return: 0 or a negative errno that acquire must return.
 */
int usbsi_transfer_next_stream(struct usbsi_transfer *transfer, const struct usbsi_item *item,
			       uint64_t total)
{
	int ret = transfer_check(transfer);

	if (!ret)
		ret = end_stream(transfer);
	if (ret < 0)
		return ret;
	transfer->item = item;
	transfer->total = total;
	transfer->bytes = 0;
	transfer->told = 0;
	transfer->percent = -1;
	return client_result(transfer, transfer->client->next_stream(transfer->data, item));
}

/**
 * usbsi_transfer_write() - the next bytes of the output object
 * @transfer: of the acquire call
 * @bytes: not kept
 * @len: how many
 *
 * Return: 0 or a negative errno that acquire must return.
 */
int usbsi_transfer_write(struct usbsi_transfer *transfer, const void *bytes, size_t len)
{
	int ret = transfer_check(transfer);

	if (!ret && len)
		ret = client_result(transfer, transfer->client->write(transfer->data, bytes, len));
	if (ret < 0)
		return ret;
	transfer->bytes += len;
	if (transfer->bytes - transfer->told < STATUS_BYTES &&
	    percent_of(transfer->bytes, transfer->total) == transfer->percent)
		return 0;
	return tell(transfer, USBSI_MESSAGE_STATUS);
}

/**
 * usbsi_acquire() - get the data of an item
 * @dev: the device, opened in data mode
 * @item: from usbsi_device_items() of this device
 * @client: where it goes
 * @data: first argument of @client's functions
 *
 * Runs on the calling thread and returns when the item has been transferred,
 * or the device is idle again after a cancel or an error.
 *
 * Return: 0, -ECANCELED, the client's own error unchanged, or a negative errno
 * with the text in @dev: -EPERM not opened for data, -EISDIR a folder, -ENOENT
 * no longer there, -ENODEV unplugged, -EPROTO, -EIO, -ETIMEDOUT.
 */
int usbsi_acquire(struct usbsi_device *dev, const struct usbsi_item *item,
		  const struct usbsi_stream_client *client, void *data)
{
	struct usbsi_transfer transfer = { .device = dev, .client = client, .data = data };
	int ret;

	if (client->size < sizeof(*client) || !client->next_stream || !client->write)
		return device_error(dev, -EINVAL, "the client's functions are not complete");
	if (dev->mode == USBSI_OPEN_STATUS)
		return device_error(dev, -EPERM, "not opened in data mode");
	if (usbsi_item_is_folder(item))
		return device_error(dev, -EISDIR, "%s is a folder", usbsi_item_name(item));
	if (!dev->driver->acquire)
		return device_error(dev, -EOPNOTSUPP, "minidriver %s cannot acquire",
				    dev->driver->name);
	ret = device_enter(dev);
	if (ret < 0)
		return ret;
	ret = dev->driver->acquire(dev->state, item, &transfer);
	if (!ret)
		ret = transfer_check(&transfer);
	if (!ret)
		ret = end_stream(&transfer);
	if (!ret)
		ret = tell(&transfer, USBSI_MESSAGE_END_OF_TRANSFER);
	device_leave(dev);
	return transfer.result ? transfer.result : ret;
}
