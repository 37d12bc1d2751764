// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Core of the virtual device: sources of work, waiting, life of the device.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vdev.h"

/**
 * vdev_error() - say on stderr what went wrong, in one line
 * @format: as printf
 */
void vdev_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("usbsi-vdev: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/**
 * vdev_now_ns() - time now
 *
 * Return: CLOCK_MONOTONIC in nanoseconds.
 */
uint64_t vdev_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int transfer_init(struct vdev_transfer *transfer, enum vdev_endpoint endpoint,
			 size_t size)
{
	transfer->endpoint = endpoint;
	transfer->size = size;
	transfer->data = malloc(size);
	return transfer->data ? 0 : -ENOMEM;
}

/**
 * vdev_init() - make the transfers of a device
 * @dev: zeroed but for the back end, the personality and the identity
 *
 * Return: 0 or -ENOMEM.  vdev_free() is right after either.
 */
int vdev_init(struct vdev *dev)
{
	unsigned int i;
	int ret;

	ret = transfer_init(&dev->out, VDEV_OUT, VDEV_CHUNK_SIZE);
	for (i = 0; !ret && i < VDEV_CHUNKS; i++)
		ret = transfer_init(&dev->in[i], VDEV_IN, VDEV_CHUNK_SIZE);
	for (i = 0; !ret && i < VDEV_EVENTS; i++)
		ret = transfer_init(&dev->event[i], VDEV_EVENT, VDEV_EVENT_SIZE);
	return ret;
}

/**
 * vdev_free() - free the transfers
 * @dev: device whose back end is closed
 */
void vdev_free(struct vdev *dev)
{
	unsigned int i;

	free(dev->out.data);
	for (i = 0; i < VDEV_CHUNKS; i++)
		free(dev->in[i].data);
	for (i = 0; i < VDEV_EVENTS; i++)
		free(dev->event[i].data);
}

/**
 * vdev_add_source() - have a file descriptor looked after by vdev_wait()
 * @dev: device
 * @fd: file descriptor
 * @ready: called when @fd is readable or has hung up
 * @arg: for @ready
 *
 * Return: 0, or -ENOSPC when there are too many.
 */
int vdev_add_source(struct vdev *dev, int fd, void (*ready)(struct vdev *dev, void *arg),
		    void *arg)
{
	unsigned int i;

	for (i = 0; i < VDEV_SOURCES; i++) {
		if (dev->sources[i].fd >= 0)
			continue;
		dev->sources[i] = (struct vdev_source) { fd, ready, arg };
		return 0;
	}
	return -ENOSPC;
}

/**
 * vdev_remove_source() - forget a file descriptor
 * @dev: device
 * @fd: file descriptor, left open
 */
void vdev_remove_source(struct vdev *dev, int fd)
{
	unsigned int i;

	for (i = 0; i < VDEV_SOURCES; i++)
		if (dev->sources[i].fd == fd)
			dev->sources[i].fd = -1;
}

/**
 * vdev_wait() - wait until something happens, and handle it
 * @dev: device
 * @timeout_ms: longest time, or VDEV_FOREVER
 *
 * Return: 0, also after the time; -EINTR when the program is to end.
 */
int vdev_wait(struct vdev *dev, int timeout_ms)
{
	struct pollfd fds[VDEV_SOURCES];
	unsigned int i;
	int ret;

	if (dev->stop)
		return -EINTR;
	for (i = 0; i < VDEV_SOURCES; i++) {
		fds[i].fd = dev->sources[i].fd;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	ret = poll(fds, VDEV_SOURCES, timeout_ms);
	if (ret < 0 && errno != EINTR) {
		vdev_error("poll: %s", strerror(errno));
		dev->stop = true;
	}
	for (i = 0; ret > 0 && i < VDEV_SOURCES; i++) {
		struct vdev_source *source = &dev->sources[i];

		/* An earlier one may have removed or replaced this one */
		if (fds[i].revents && source->fd == fds[i].fd)
			source->ready(dev, source->arg);
	}
	return dev->stop ? -EINTR : 0;
}

/**
 * vdev_begin() - begin a conversation: what interrupted the last one is over
 * @dev: device
 */
void vdev_begin(struct vdev *dev)
{
	dev->abort = false;
	dev->begun = dev->generation;
}

/**
 * vdev_interrupted() - does the present conversation go on?
 * @dev: device
 *
 * Return: 0 if so; -EINTR when the program is to end, -ECANCELED after a cancel
 * or reset request, -ESHUTDOWN when the device left the bus or was configured
 * anew.
 */
int vdev_interrupted(const struct vdev *dev)
{
	if (dev->stop)
		return -EINTR;
	if (!dev->configured || dev->begun != dev->generation)
		return -ESHUTDOWN;
	if (dev->abort)
		return -ECANCELED;
	return 0;
}

/**
 * vdev_sleep() - let time pass
 * @dev: device
 * @ms: milliseconds
 *
 * Return: 0; -EINTR or -ECANCELED as vdev_interrupted().  A device that leaves
 * the bus does not end it.
 */
int vdev_sleep(struct vdev *dev, unsigned int ms)
{
	uint64_t end = vdev_now_ns() + ms * 1000000ULL;

	for (;;) {
		uint64_t now = vdev_now_ns();
		int ret;

		if (now >= end)
			return 0;
		ret = vdev_wait(dev, (end - now + 999999) / 1000000);
		if (ret)
			return ret;
		if (dev->abort)
			return -ECANCELED;
	}
}

/**
 * vdev_completed() - a back end gives a transfer back
 * @dev: device
 * @transfer: was queued
 * @result: bytes moved or a negative errno
 */
void vdev_completed(struct vdev *dev, struct vdev_transfer *transfer, long result)
{
	transfer->queued = false;
	transfer->actual = result < 0 ? 0 : result;
	transfer->status = result < 0 ? result : 0;
}
