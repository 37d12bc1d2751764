// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The transport over /dev/usbsiN
 */
#include "ring.h"
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/usb/usbsi.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RING_SLOTS	16
#define RING_SLOT_SIZE	0x40000
#define RING_SMALLEST	0x4000
#define COPY_BYTES	0x40000

/**
 * struct kernel_transport - an open /dev/usbsiN
 * @base: what the library sees
 * @fd: the device
 * @timeouts: what the kernel was told last
 * @ring: valid while @ring_mapped
 * @data_size: bytes of the ring's three mappings, for munmap()
 * @user_size: likewise
 * @ring_mapped: there is a ring
 * @copy: buffer of a stream that goes by read() where there is no ring
 * @copying: such a stream is running
 */
struct kernel_transport {
	struct usbsi_transport	base;
	int			fd;
	struct usbsi_timeouts	timeouts;
	struct ring		ring;
	size_t			data_size;
	size_t			user_size;
	bool			ring_mapped;
	uint8_t			*copy;
	bool			copying;
};

static struct kernel_transport *to_kernel(struct usbsi_transport *transport)
{
	return (struct kernel_transport *)transport;
}

static int kernel_ioctl(const struct kernel_transport *kt, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(kt->fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

static void copy_holder(struct usbsi_holder *holder, const struct usbsi_client *client)
{
	holder->pid = client->pid;
	holder->mode = client->mode;
	memcpy(holder->comm, client->comm, sizeof(client->comm));
	holder->comm[sizeof(client->comm) - 1] = '\0';
}

static void copy_endpoint(struct usbsi_endpoint *to, const struct usbsi_endpoint_info *from)
{
	to->address = from->address;
	to->interval = from->interval;
	to->max_packet = from->max_packet;
}

static int kernel_info(struct usbsi_transport *transport, struct usbsi_device_info *info)
{
	struct usbsi_info raw = { 0 };
	int ret;

	ret = kernel_ioctl(to_kernel(transport), USBSI_IOC_INFO, &raw);
	if (ret < 0)
		return ret;
	memset(info, 0, sizeof(*info));
	info->vendor = raw.vendor;
	info->product = raw.product;
	info->device_release = raw.device_release;
	info->interface_number = raw.interface_number;
	info->interface_class = raw.interface_class;
	info->interface_subclass = raw.interface_subclass;
	info->interface_protocol = raw.interface_protocol;
	info->speed = raw.speed;
	info->bus = raw.bus;
	info->device = raw.device;
	info->mode = raw.mode;
	info->has_ring = raw.features & USBSI_FEATURE_RING;
	info->suspended = raw.state & USBSI_STATE_SUSPENDED;
	copy_endpoint(&info->event, &raw.endpoint[USBSI_ENDPOINT_EVENT]);
	copy_endpoint(&info->read, &raw.endpoint[USBSI_ENDPOINT_READ]);
	copy_endpoint(&info->write, &raw.endpoint[USBSI_ENDPOINT_WRITE]);
	copy_holder(&info->data_client, &raw.data_client);
	copy_holder(&info->lock_owner, &raw.lock_owner);
	return 0;
}

static int kernel_set_mode(struct usbsi_transport *transport, enum usbsi_open_mode mode)
{
	struct usbsi_set_mode arg = { .mode = mode };

	return kernel_ioctl(to_kernel(transport), USBSI_IOC_SET_MODE, &arg);
}

static int kernel_lock(struct usbsi_transport *transport, unsigned int timeout_ms)
{
	struct usbsi_lock arg = { .flags = timeout_ms ? 0 : USBSI_LOCK_TRY };
	struct timespec now;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &now);
	arg.deadline_ns = now.tv_sec * 1000000000ULL + now.tv_nsec + timeout_ms * 1000000ULL;
	ret = kernel_ioctl(to_kernel(transport), USBSI_IOC_LOCK, &arg);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

static int kernel_unlock(struct usbsi_transport *transport)
{
	return kernel_ioctl(to_kernel(transport), USBSI_IOC_UNLOCK, NULL);
}

/* 0 means "for ever" to the kernel; the shortest wait is one millisecond. */
static int set_timeout(struct kernel_transport *kt, __u32 *which, unsigned int timeout_ms)
{
	struct usbsi_timeouts before = kt->timeouts;
	int ret;

	timeout_ms = timeout_ms ? timeout_ms : 1;
	if (*which == timeout_ms)
		return 0;
	*which = timeout_ms;
	ret = kernel_ioctl(kt, USBSI_IOC_SET_TIMEOUTS, &kt->timeouts);
	if (ret < 0)
		kt->timeouts = before;
	return ret;
}

static ssize_t kernel_read(struct usbsi_transport *transport, void *buf, size_t len,
			   unsigned int timeout_ms)
{
	struct kernel_transport *kt = to_kernel(transport);
	ssize_t ret;

	ret = set_timeout(kt, &kt->timeouts.read_ms, timeout_ms);
	if (ret < 0)
		return ret;
	do {
		ret = read(kt->fd, buf, len);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

static ssize_t kernel_write(struct usbsi_transport *transport, const void *buf, size_t len,
			    unsigned int timeout_ms)
{
	struct kernel_transport *kt = to_kernel(transport);
	ssize_t ret;

	ret = set_timeout(kt, &kt->timeouts.write_ms, timeout_ms);
	if (ret < 0)
		return ret;
	do {
		ret = write(kt->fd, buf, len);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

static int kernel_control(struct usbsi_transport *transport,
			  const struct transport_request *request, unsigned int timeout_ms)
{
	struct usbsi_control arg = {
		.request_type = request->request_type,
		.request = request->request,
		.value = request->value,
		.index = request->index,
		.length = request->len,
		.timeout_ms = timeout_ms ? timeout_ms : 1,
		.data = (uintptr_t)request->data,
	};
	int ret;

	if (arg.timeout_ms > 60000)
		arg.timeout_ms = 60000;
	ret = kernel_ioctl(to_kernel(transport), USBSI_IOC_CONTROL, &arg);
	if (ret < 0)
		return ret;
	return arg.actual <= request->len ? (int)arg.actual : -EBADMSG;
}

static int kernel_clear_halt(struct usbsi_transport *transport, enum usbsi_pipe pipe)
{
	struct usbsi_clear_halt arg = { .endpoint = (__u32)pipe };

	return kernel_ioctl(to_kernel(transport), USBSI_IOC_CLEAR_HALT, &arg);
}

/* Runs in signal handlers: one system call, and errno stays as it was. */
static int kernel_abort(struct usbsi_transport *transport, enum transport_abort how)
{
	struct usbsi_abort arg = {
		.flags = how == TRANSPORT_ABORT_HOLD ? USBSI_ABORT_HOLD : USBSI_ABORT_RELEASE,
	};
	int saved = errno;
	int ret;

	ret = ioctl(to_kernel(transport)->fd, USBSI_IOC_ABORT, &arg) < 0 ? -errno : 0;
	errno = saved;
	return ret;
}

static int kernel_reset(struct usbsi_transport *transport)
{
	return kernel_ioctl(to_kernel(transport), USBSI_IOC_RESET, NULL);
}

static int kernel_event_fd(struct usbsi_transport *transport, uint64_t mask)
{
	struct usbsi_subscribe arg = { .mask = mask, .from = USBSI_SUBSCRIBE_NOW };

	return kernel_ioctl(to_kernel(transport), USBSI_IOC_SUBSCRIBE, &arg);
}

static int kernel_kick(void *context)
{
	return kernel_ioctl(context, USBSI_IOC_RING_KICK, NULL);
}

static int kernel_wait(void *context, unsigned int timeout_ms)
{
	struct kernel_transport *kt = context;
	struct pollfd fds[2] = {
		{ .fd = kt->fd, .events = POLLIN },
		{ .fd = kt->base.cancel_fd, .events = POLLIN },
	};
	int timeout = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
	int ret;

	ret = poll(fds, 2, timeout);
	if (ret < 0 && errno != EINTR)
		return -errno;
	if (ret < 0)
		return 1;
	if (fds[1].revents)
		return -ECANCELED;
	if (fds[0].revents & POLLHUP)
		return -ENODEV;
	return ret > 0;
}

static void ring_unmap(struct kernel_transport *kt)
{
	if (kt->ring.data)
		munmap((void *)kt->ring.data, kt->data_size);
	if (kt->ring.kernel)
		munmap((void *)kt->ring.kernel, kt->ring.kernel_size);
	if (kt->ring.user)
		munmap(kt->ring.user, kt->user_size);
	memset(&kt->ring, 0, sizeof(kt->ring));
	kt->ring_mapped = false;
}

static void *map(int fd, size_t size, int protection, unsigned long offset)
{
	void *address = mmap(NULL, size, protection, MAP_SHARED, fd, (off_t)offset);

	return address == MAP_FAILED ? NULL : address;
}

static int ring_map(struct kernel_transport *kt, const struct usbsi_ring_alloc *grant)
{
	struct ring *ring = &kt->ring;
	int ret = 0;

	kt->data_size = grant->data_size;
	kt->user_size = grant->user_size;
	ring->kernel_size = grant->kernel_size;
	ring->kick = kernel_kick;
	ring->wait = kernel_wait;
	ring->context = kt;
	if (grant->user_size < sizeof(*ring->user))
		return -EBADMSG;
	ring->data = map(kt->fd, kt->data_size, PROT_READ, USBSI_MMAP_DATA);
	if (ring->data)
		ring->kernel = map(kt->fd, ring->kernel_size, PROT_READ, USBSI_MMAP_KERNEL);
	if (ring->kernel)
		ring->user = map(kt->fd, kt->user_size, PROT_READ | PROT_WRITE, USBSI_MMAP_USER);
	if (!ring->user)
		ret = -errno;
	else
		ret = ring_init(ring, grant->data_size);
	if (ret < 0)
		ring_unmap(kt);
	else
		kt->ring_mapped = true;
	return ret;
}

/* As much as the machine gives: 4 MiB, else less, never below 16 slots of 16 KiB. */
static int ring_get(struct kernel_transport *kt)
{
	struct usbsi_ring_alloc arg;
	uint32_t size = RING_SLOT_SIZE;
	int ret;

	if (kt->ring_mapped)
		return 0;
	do {
		memset(&arg, 0, sizeof(arg));
		arg.slots = RING_SLOTS;
		arg.slot_size = size;
		ret = kernel_ioctl(kt, USBSI_IOC_RING_ALLOC, &arg);
		size /= 2;
	} while ((ret == -ENOMEM || ret == -ENOBUFS || ret == -EDQUOT || ret == -ENOSPC) &&
		 size >= RING_SMALLEST);
	if (ret < 0)
		return ret;
	ret = ring_map(kt, &arg);
	if (ret < 0)
		kernel_ioctl(kt, USBSI_IOC_RING_FREE, NULL);
	return ret;
}

static int kernel_stream_start(struct usbsi_transport *transport, uint64_t length)
{
	struct kernel_transport *kt = to_kernel(transport);
	struct usbsi_stream_start arg = { .length = length };
	int ret;

	ret = ring_get(kt);
	if (ret == -EOPNOTSUPP || ret == -ENOTTY) {
		if (!kt->copy)
			kt->copy = malloc(COPY_BYTES);
		kt->copying = kt->copy;
		return kt->copy ? 0 : -ENOMEM;
	}
	if (ret < 0)
		return ret;
	ring_discard(&kt->ring);
	return kernel_ioctl(kt, USBSI_IOC_STREAM_START, &arg);
}

static int kernel_stream_next(struct usbsi_transport *transport, struct usbsi_chunk *chunk,
			      unsigned int timeout_ms)
{
	struct kernel_transport *kt = to_kernel(transport);
	ssize_t ret;

	if (!kt->copying)
		return ring_next(&kt->ring, chunk, timeout_ms);
	ret = kernel_read(transport, kt->copy, COPY_BYTES, timeout_ms);
	if (ret < 0)
		return (int)ret;
	chunk->bytes = kt->copy;
	chunk->len = (size_t)ret;
	chunk->flags = ret < COPY_BYTES ? USBSI_CHUNK_SHORT : 0;
	return 1;
}

static void kernel_stream_release(struct usbsi_transport *transport)
{
	struct kernel_transport *kt = to_kernel(transport);

	if (!kt->copying)
		ring_release(&kt->ring);
}

static int kernel_stream_stop(struct usbsi_transport *transport)
{
	struct kernel_transport *kt = to_kernel(transport);
	int ret;

	if (kt->copying) {
		kt->copying = false;
		return 0;
	}
	if (!kt->ring_mapped)
		return 0;
	ret = kernel_ioctl(kt, USBSI_IOC_STREAM_STOP, NULL);
	ring_discard(&kt->ring);
	return ret;
}

static void kernel_close(struct usbsi_transport *transport)
{
	struct kernel_transport *kt = to_kernel(transport);

	ring_unmap(kt);
	close(kt->fd);
	free(kt->copy);
	free(kt);
}

static const struct usbsi_transport_ops kernel_ops = {
	.name = "kernel",
	.close = kernel_close,
	.info = kernel_info,
	.set_mode = kernel_set_mode,
	.lock = kernel_lock,
	.unlock = kernel_unlock,
	.read = kernel_read,
	.write = kernel_write,
	.control = kernel_control,
	.clear_halt = kernel_clear_halt,
	.abort = kernel_abort,
	.reset = kernel_reset,
	.event_fd = kernel_event_fd,
	.stream_start = kernel_stream_start,
	.stream_next = kernel_stream_next,
	.stream_release = kernel_stream_release,
	.stream_stop = kernel_stream_stop,
};

/**
 * transport_kernel_open() - open a device node
 * @node: /dev/usbsiN
 * @writable: for everything but INFO
 * @transport: out: the transport, in status mode
 *
 * Return: 0 or the negative errno of open(); -ENOTTY when @node is not of ours.
 */
int transport_kernel_open(const char *node, bool writable, struct usbsi_transport **transport)
{
	struct kernel_transport *kt = calloc(1, sizeof(*kt));
	struct usbsi_device_info info;
	int ret;

	if (!kt)
		return -ENOMEM;
	kt->base.ops = &kernel_ops;
	kt->base.cancel_fd = -1;
	kt->timeouts.read_ms = 30000;
	kt->timeouts.write_ms = 30000;
	kt->fd = open(node, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (kt->fd < 0) {
		ret = -errno;
		free(kt);
		return ret;
	}
	ret = kernel_info(&kt->base, &info);
	if (ret < 0) {
		kernel_close(&kt->base);
		return ret;
	}
	*transport = &kt->base;
	return 0;
}
