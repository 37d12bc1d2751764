// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The endpoints of the virtual device: what a personality sends and receives.
 *
 * Bulk IN is a sequence of chunks.  A chunk that is not a multiple of the packet
 * size ends the transfer, and so does an empty one; a chunk that is does not.
 */
#include <errno.h>
#include <string.h>

#include "vdev.h"

#define SECOND_NS	1000000000ULL

/* Waits until a transfer is back, or the conversation is interrupted. */
static int wait_transfer(struct vdev *dev, struct vdev_transfer *transfer)
{
	while (transfer->queued) {
		int ret = vdev_interrupted(dev);

		if (ret)
			return ret;
		vdev_wait(dev, VDEV_FOREVER);
	}
	return vdev_interrupted(dev);
}

static int submit(struct vdev *dev, struct vdev_transfer *transfer, size_t length)
{
	int ret = vdev_interrupted(dev);

	if (ret)
		return ret;
	transfer->length = length;
	transfer->status = 0;
	transfer->actual = 0;
	transfer->queued = true;
	ret = dev->backend->submit(dev, transfer);
	if (ret)
		transfer->queued = false;
	return ret;
}

/* Takes a transfer back, whatever state it is in. */
static void take_back(struct vdev *dev, struct vdev_transfer *transfer)
{
	uint64_t end = vdev_now_ns() + 2000000000ULL;

	if (!transfer->queued)
		return;
	dev->backend->cancel(dev, transfer);
	while (transfer->queued && vdev_now_ns() < end) {
		bool stop = dev->stop;

		dev->stop = false;
		vdev_wait(dev, 10);
		dev->stop |= stop;
	}
	if (transfer->queued)
		vdev_error("a transfer on endpoint %d does not come back", transfer->endpoint);
}

/* Bytes that a chunk takes: small ones when the device is slow. */
static size_t chunk_limit(const struct vdev *dev)
{
	size_t packet = dev->max_packet[VDEV_IN] ?: 1024;
	uint64_t limit = dev->rate ? dev->rate / 20 : VDEV_CHUNK_SIZE;

	if (limit > VDEV_CHUNK_SIZE)
		limit = VDEV_CHUNK_SIZE;
	limit -= limit % packet;
	return limit ? limit : packet;
}

static int throttle(struct vdev *dev, size_t length)
{
	uint64_t now = vdev_now_ns();
	uint64_t due;

	if (!dev->rate)
		return 0;
	/* After a pause the rate starts anew, it is not caught up */
	due = dev->rate_start_ns + dev->rate_bytes * SECOND_NS / dev->rate;
	if (now > due + SECOND_NS) {
		dev->rate_start_ns = now;
		dev->rate_bytes = 0;
	}
	dev->rate_bytes += length;
	due = dev->rate_start_ns + dev->rate_bytes * SECOND_NS / dev->rate;
	return due > now ? vdev_sleep(dev, (due - now) / 1000000) : 0;
}

/* The chunk to fill: waits until the oldest of the pool is free. */
static int current_chunk(struct vdev *dev)
{
	struct vdev_transfer *chunk;
	int ret;

	if (dev->in_current)
		return 0;
	chunk = &dev->in[dev->in_next];
	ret = wait_transfer(dev, chunk);
	if (!ret && chunk->status)
		ret = chunk->status;
	chunk->status = 0;
	if (ret)
		return ret;
	dev->in_next = (dev->in_next + 1) % VDEV_CHUNKS;
	chunk->length = 0;
	dev->in_current = chunk;
	return 0;
}

/**
 * vdev_push() - queue what was put so far, without ending the transfer
 * @dev: device
 *
 * What is no multiple of the packet size ends the transfer all the same.
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int vdev_push(struct vdev *dev)
{
	struct vdev_transfer *chunk = dev->in_current;
	int ret;

	if (!chunk || !chunk->length)
		return 0;
	dev->in_current = NULL;
	ret = throttle(dev, chunk->length);
	if (!ret)
		ret = submit(dev, chunk, chunk->length);
	return ret;
}

/**
 * vdev_put() - add bytes to the present bulk IN transfer
 * @dev: device
 * @data: bytes, copied
 * @length: how many
 *
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int vdev_put(struct vdev *dev, const void *data, size_t length)
{
	const unsigned char *bytes = data;
	size_t limit = chunk_limit(dev);

	while (length) {
		struct vdev_transfer *chunk;
		size_t part;
		int ret = current_chunk(dev);

		if (ret)
			return ret;
		chunk = dev->in_current;
		part = limit - chunk->length;
		if (part > length)
			part = length;
		memcpy(chunk->data + chunk->length, bytes, part);
		chunk->length += part;
		dev->in_bytes += part;
		bytes += part;
		length -= part;
		if (chunk->length == limit)
			ret = vdev_push(dev);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * vdev_end() - end the present bulk IN transfer
 * @dev: device
 * @zlp: end it properly, by an empty packet where its length asks for one
 *
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int vdev_end(struct vdev *dev, bool zlp)
{
	bool even = dev->in_bytes % dev->max_packet[VDEV_IN] == 0;
	int ret = vdev_push(dev);

	dev->in_bytes = 0;
	if (ret || !zlp || !even)
		return ret;
	ret = current_chunk(dev);
	if (ret)
		return ret;
	ret = submit(dev, dev->in_current, 0);
	dev->in_current = NULL;
	return ret;
}

/**
 * vdev_flush() - wait until the host has taken all of bulk IN
 * @dev: device
 *
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int vdev_flush(struct vdev *dev)
{
	unsigned int i;
	int ret = vdev_push(dev);

	for (i = 0; !ret && i < VDEV_CHUNKS; i++)
		ret = wait_transfer(dev, &dev->in[i]);
	return ret;
}

/**
 * vdev_drop() - take everything back that the host has not taken
 * @dev: device
 */
void vdev_drop(struct vdev *dev)
{
	unsigned int i;

	/* The last first, or the host would get one behind a gap */
	for (i = 0; i < VDEV_CHUNKS; i++)
		take_back(dev, &dev->in[(dev->in_next + VDEV_CHUNKS - 1 - i) % VDEV_CHUNKS]);
	for (i = 0; i < VDEV_EVENTS; i++)
		take_back(dev, &dev->event[VDEV_EVENTS - 1 - i]);
	take_back(dev, &dev->out);
	for (i = 0; i < VDEV_CHUNKS; i++)
		dev->in[i].status = 0;
	dev->in_current = NULL;
	dev->in_next = 0;
	dev->in_bytes = 0;
}

/**
 * vdev_receive() - one bulk OUT transfer
 * @dev: device
 * @data: where the bytes go
 * @size: room at @data, up to VDEV_CHUNK_SIZE; a multiple of the packet size
 *
 * Return: bytes received, 0 for an empty packet, or a negative errno as
 * vdev_interrupted().
 */
int vdev_receive(struct vdev *dev, void *data, size_t size)
{
	struct vdev_transfer *out = &dev->out;
	int ret;

	if (size > out->size)
		return -EINVAL;
	ret = submit(dev, out, size);
	if (ret)
		return ret;
	ret = wait_transfer(dev, out);
	if (ret) {
		take_back(dev, out);
		return ret;
	}
	if (out->status)
		return out->status;
	memcpy(data, out->data, out->actual);
	return out->actual;
}

/**
 * vdev_event() - queue one packet on the interrupt endpoint
 * @dev: device
 * @data: bytes
 * @length: up to VDEV_EVENT_SIZE
 *
 * Does not wait.
 * Return: 0, -EAGAIN while all event transfers are queued, or a negative errno
 * as vdev_interrupted().
 */
int vdev_event(struct vdev *dev, const void *data, size_t length)
{
	unsigned int i;

	if (length > VDEV_EVENT_SIZE)
		return -EINVAL;
	for (i = 0; i < VDEV_EVENTS; i++) {
		if (dev->event[i].queued)
			continue;
		memcpy(dev->event[i].data, data, length);
		return submit(dev, &dev->event[i], length);
	}
	return -EAGAIN;
}

/**
 * vdev_stall() - halt an endpoint once everything queued on it was taken
 * @dev: device
 * @endpoint: which
 *
 * Return: 0 or a negative errno.
 */
int vdev_stall(struct vdev *dev, enum vdev_endpoint endpoint)
{
	int ret = 0;

	if (endpoint == VDEV_IN)
		ret = vdev_flush(dev);
	if (endpoint == VDEV_EVENT) {
		unsigned int i;

		for (i = 0; !ret && i < VDEV_EVENTS; i++)
			ret = wait_transfer(dev, &dev->event[i]);
	}
	return ret ? ret : dev->backend->stall(dev, endpoint);
}
