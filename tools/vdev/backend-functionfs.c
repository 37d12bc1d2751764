// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Back end: FunctionFS, with asynchronous I/O on the endpoints.
 *
 * An endpoint that the host has not enabled gives EAGAIN (the files are
 * non-blocking), which is the same to us as a device off the bus.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libaio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/usb/functionfs.h>

#include "gadget.h"

#define AIO_EVENTS	64
#define CONTROL_SIZE	65536

/**
 * struct functionfs - state of the back end
 * @ep0: control endpoint
 * @fds: by endpoint
 * @aio: context of all transfers
 * @aio_fd: eventfd that counts completions
 * @control: data stage of a control request
 * @paused: ep0 is not looked after
 */
struct functionfs {
	struct gadget	gadget;
	int		ep0;
	int		fds[VDEV_ENDPOINTS];
	io_context_t	aio;
	int		aio_fd;
	bool		paused;
	unsigned char	control[CONTROL_SIZE];
};

_Static_assert(sizeof(struct iocb) <= sizeof(((struct vdev_transfer *)NULL)->backend),
	       "an iocb fits");

static struct iocb *iocb_of(struct vdev_transfer *transfer)
{
	return (struct iocb *)transfer->backend;
}

static void aio_ready(struct vdev *dev, void *arg)
{
	struct functionfs *ffs = arg;
	struct timespec now = { 0 };
	struct io_event events[AIO_EVENTS];
	uint64_t count;
	int got, i;

	if (read(ffs->aio_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		vdev_error("eventfd: %s", strerror(errno));
	do {
		got = io_getevents(ffs->aio, 0, AIO_EVENTS, events, &now);
		for (i = 0; i < got; i++)
			vdev_completed(dev, events[i].data, (long)events[i].res);
	} while (got == AIO_EVENTS);
}

static void enabled(struct vdev *dev, struct functionfs *ffs)
{
	unsigned int i;

	for (i = 0; i < VDEV_ENDPOINTS; i++) {
		struct usb_endpoint_descriptor descriptor;

		/* The controller has given the endpoints addresses of its own */
		if (ioctl(ffs->fds[i], FUNCTIONFS_ENDPOINT_DESC, &descriptor) < 0) {
			vdev_error("endpoint descriptor: %s", strerror(errno));
			continue;
		}
		dev->address[i] = descriptor.bEndpointAddress;
		dev->max_packet[i] = le16toh(descriptor.wMaxPacketSize) & 0x7ff;
	}
	dev->generation++;
	dev->configured = true;
}

/* I/O in the wrong direction is how FunctionFS is asked for a stall. */
static void stall_control(struct functionfs *ffs, const struct usb_ctrlrequest *request)
{
	if (request->bRequestType & USB_DIR_IN) {
		if (read(ffs->ep0, ffs->control, 0) < 0 && errno != EL2HLT)
			vdev_error("stall of endpoint 0: %s", strerror(errno));
	} else if (write(ffs->ep0, ffs->control, 0) < 0 && errno != EL2HLT) {
		vdev_error("stall of endpoint 0: %s", strerror(errno));
	}
}

/* The host may give up on a request at any time (EIDRM): that is no error. */
static void setup(struct vdev *dev, struct functionfs *ffs,
		  const struct usb_ctrlrequest *request)
{
	size_t length = le16toh(request->wLength);
	ssize_t got;
	int ret;

	if (request->bRequestType & USB_DIR_IN) {
		ret = dev->personality->control(dev, request, ffs->control);
		if (ffs->paused)
			return;
		if (ret < 0) {
			stall_control(ffs, request);
			return;
		}
		if ((size_t)ret > length)
			ret = length;
		if (write(ffs->ep0, ffs->control, ret) < 0 && errno != EIDRM)
			vdev_error("answer on endpoint 0: %s", strerror(errno));
		return;
	}
	ret = dev->personality->control(dev, request, NULL);
	if (ffs->paused)
		return;
	if (ret < 0) {
		stall_control(ffs, request);
		return;
	}
	got = read(ffs->ep0, ffs->control, length);
	if (got >= 0)
		dev->personality->control_data(dev, request, ffs->control, got);
	else if (errno != EIDRM)
		vdev_error("data on endpoint 0: %s", strerror(errno));
}

static void ep0_ready(struct vdev *dev, void *arg)
{
	struct functionfs *ffs = arg;
	struct usb_functionfs_event event;

	/* One at a time: an answer must not overtake what came before it */
	if (read(ffs->ep0, &event, sizeof(event)) != sizeof(event)) {
		/* EL2HLT: a request that was left unanswered has now been stalled */
		if (errno != EAGAIN && errno != EIDRM && errno != EINTR && errno != EL2HLT) {
			vdev_error("endpoint 0: %s", strerror(errno));
			dev->stop = true;
		}
		return;
	}
	switch (event.type) {
	case FUNCTIONFS_ENABLE:
		enabled(dev, ffs);
		break;
	case FUNCTIONFS_DISABLE:
	case FUNCTIONFS_UNBIND:
		dev->configured = false;
		break;
	case FUNCTIONFS_SETUP:
		setup(dev, ffs, &event.u.setup);
		break;
	default:
		break;
	}
}

static int open_endpoint(struct functionfs *ffs, const char *name, int flags)
{
	char path[192];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", ffs->gadget.mount, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		vdev_error("%s: %s", path, strerror(errno));
	return fd < 0 ? -errno : fd;
}

static int open_files(struct vdev *dev, struct functionfs *ffs)
{
	static const char * const names[VDEV_ENDPOINTS] = { "ep1", "ep2", "ep3" };
	unsigned int i;
	int ret;

	ffs->ep0 = open_endpoint(ffs, "ep0", O_RDWR);
	if (ffs->ep0 < 0)
		return ffs->ep0;
	ret = vdev_write_descriptors(ffs->ep0, &dev->identity);
	if (ret) {
		vdev_error("FunctionFS does not take the descriptors: %s", strerror(-ret));
		return ret;
	}
	for (i = 0; i < VDEV_ENDPOINTS; i++) {
		ffs->fds[i] = open_endpoint(ffs, names[i], O_RDWR | O_NONBLOCK);
		if (ffs->fds[i] < 0)
			return ffs->fds[i];
	}
	ffs->aio_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ffs->aio_fd < 0)
		return -errno;
	ret = io_setup(AIO_EVENTS, &ffs->aio);
	if (ret) {
		vdev_error("io_setup: %s", strerror(-ret));
		return ret;
	}
	ret = vdev_add_source(dev, ffs->aio_fd, aio_ready, ffs);
	return ret ?: vdev_add_source(dev, ffs->ep0, ep0_ready, ffs);
}

static int functionfs_open(struct vdev *dev)
{
	struct functionfs *ffs = calloc(1, sizeof(*ffs));
	unsigned int i;
	int ret;

	if (!ffs)
		return -ENOMEM;
	ffs->ep0 = -1;
	ffs->aio_fd = -1;
	for (i = 0; i < VDEV_ENDPOINTS; i++)
		ffs->fds[i] = -1;
	dev->backend_data = ffs;
	ret = gadget_create(&ffs->gadget, &dev->identity);
	return ret ?: open_files(dev, ffs);
}

static void close_fd(struct vdev *dev, int fd)
{
	if (fd < 0)
		return;
	vdev_remove_source(dev, fd);
	close(fd);
}

static void functionfs_close(struct vdev *dev)
{
	struct functionfs *ffs = dev->backend_data;
	unsigned int i;

	if (!ffs)
		return;
	gadget_bind(&ffs->gadget, false);
	if (ffs->aio)
		io_destroy(ffs->aio);
	for (i = 0; i < VDEV_ENDPOINTS; i++)
		close_fd(dev, ffs->fds[i]);
	close_fd(dev, ffs->aio_fd);
	close_fd(dev, ffs->ep0);
	gadget_remove(&ffs->gadget);
	free(ffs);
	dev->backend_data = NULL;
}

static int functionfs_plug(struct vdev *dev, bool on)
{
	struct functionfs *ffs = dev->backend_data;
	int ret = gadget_bind(&ffs->gadget, on);

	if (!ret && !on)
		dev->configured = false;
	return ret;
}

static int functionfs_submit(struct vdev *dev, struct vdev_transfer *transfer)
{
	struct functionfs *ffs = dev->backend_data;
	struct iocb *iocb = iocb_of(transfer);
	int fd = ffs->fds[transfer->endpoint];
	int ret;

	if (transfer->endpoint == VDEV_OUT)
		io_prep_pread(iocb, fd, transfer->data, transfer->length, 0);
	else
		io_prep_pwrite(iocb, fd, transfer->data, transfer->length, 0);
	iocb->data = transfer;
	io_set_eventfd(iocb, ffs->aio_fd);
	ret = io_submit(ffs->aio, 1, &iocb);
	if (ret == 1)
		return 0;
	return ret < 0 ? ret : -EAGAIN;
}

static int functionfs_cancel(struct vdev *dev, struct vdev_transfer *transfer)
{
	struct functionfs *ffs = dev->backend_data;
	struct io_event event;
	int ret = io_cancel(ffs->aio, iocb_of(transfer), &event);

	return ret == -EINPROGRESS ? 0 : ret;
}

static int functionfs_stall(struct vdev *dev, enum vdev_endpoint endpoint)
{
	struct functionfs *ffs = dev->backend_data;
	char byte = 0;
	ssize_t ret;

	if (endpoint == VDEV_OUT)
		ret = write(ffs->fds[endpoint], &byte, 1);
	else
		ret = read(ffs->fds[endpoint], &byte, 1);
	if (ret < 0 && errno == EBADMSG)
		return 0;
	return ret < 0 ? -errno : -EIO;
}

static void functionfs_pause_control(struct vdev *dev, bool on)
{
	struct functionfs *ffs = dev->backend_data;

	if (ffs->paused == on)
		return;
	ffs->paused = on;
	if (on)
		vdev_remove_source(dev, ffs->ep0);
	else
		vdev_add_source(dev, ffs->ep0, ep0_ready, ffs);
}

const struct vdev_backend vdev_functionfs = {
	.name = "functionfs",
	.open = functionfs_open,
	.close = functionfs_close,
	.plug = functionfs_plug,
	.submit = functionfs_submit,
	.cancel = functionfs_cancel,
	.stall = functionfs_stall,
	.pause_control = functionfs_pause_control,
};
