// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A consumer of the band ring.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "ring.h"

static uint32_t load(const uint32_t *from)
{
	return atomic_load_explicit((_Atomic uint32_t *)from, memory_order_acquire);
}

int ring_alloc(int fd, unsigned int slots, unsigned int slot_size,
	       struct usbsi_ring_alloc *alloc)
{
	memset(alloc, 0, sizeof(*alloc));
	alloc->slots = slots;
	alloc->slot_size = slot_size;
	return xioctl(fd, USBSI_IOC_RING_ALLOC, alloc);
}

/**
 * ring_open() - make a ring and map all of it
 * @ring: result
 * @fd: in data mode
 * @slots: as wanted
 * @slot_size: as wanted
 */
int ring_open(struct ring *ring, int fd, unsigned int slots, unsigned int slot_size)
{
	int ret;

	memset(ring, 0, sizeof(*ring));
	ring->fd = fd;
	ret = ring_alloc(fd, slots, slot_size, &ring->alloc);
	if (ret)
		return ret;
	ring->data = mmap(NULL, ring->alloc.data_size, PROT_READ, MAP_SHARED, fd,
			  USBSI_MMAP_DATA);
	ring->kernel = mmap(NULL, ring->alloc.kernel_size, PROT_READ, MAP_SHARED, fd,
			    USBSI_MMAP_KERNEL);
	ring->user = mmap(NULL, ring->alloc.user_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  USBSI_MMAP_USER);
	if (ring->data == MAP_FAILED || ring->kernel == MAP_FAILED || ring->user == MAP_FAILED)
		return -errno;
	return 0;
}

void ring_unmap(struct ring *ring)
{
	munmap((void *)ring->data, ring->alloc.data_size);
	munmap((void *)ring->kernel, ring->alloc.kernel_size);
	munmap(ring->user, ring->alloc.user_size);
}

int ring_start(struct ring *ring, unsigned int flags, unsigned int depth, uint64_t length)
{
	struct usbsi_stream_start start = { .flags = flags, .depth = depth, .length = length };

	return xioctl(ring->fd, USBSI_IOC_STREAM_START, &start);
}

uint32_t ring_state(const struct ring *ring)
{
	return load(&ring->kernel->state);
}

uint32_t ring_prod(const struct ring *ring)
{
	return load(&ring->kernel->prod);
}

bool ring_terminal(const struct ring *ring)
{
	return ring_state(ring) >= USBSI_STREAM_DONE;
}

/**
 * ring_wait() - wait for a slot
 * @ring: ring
 * @timeout_ms: longest time
 *
 * Return: 1 when there is one, 0 at the end of the stream, -ETIMEDOUT.
 */
int ring_wait(struct ring *ring, int timeout_ms)
{
	uint64_t start = now_ns();

	for (;;) {
		/* The state before the index, or a last slot might be missed */
		bool terminal = ring_terminal(ring);

		if (ring_prod(ring) != ring->cons)
			return 1;
		if (terminal)
			return 0;
		if (since_ms(start) > (unsigned int)timeout_ms)
			return -ETIMEDOUT;
		poll_events(ring->fd, POLLIN, timeout_ms);
	}
}

/** ring_slot() - the next slot, after ring_wait() */
const struct usbsi_slot *ring_slot(const struct ring *ring)
{
	const unsigned char *base = (const unsigned char *)ring->kernel;
	uint32_t index = ring->cons & (ring->alloc.slots - 1);

	return (const struct usbsi_slot *)(base + ring->kernel->slot_offset +
					   (size_t)index * ring->kernel->slot_stride);
}

const unsigned char *ring_bytes(const struct ring *ring)
{
	uint32_t index = ring->cons & (ring->alloc.slots - 1);

	return ring->data + (size_t)index * ring->alloc.slot_size;
}

/** ring_release() - give a slot back, and kick when asked to */
void ring_release(struct ring *ring)
{
	ring->cons++;
	atomic_store_explicit((_Atomic uint32_t *)&ring->user->cons, ring->cons,
			      memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (load(&ring->kernel->flags) & USBSI_RING_NEED_KICK) {
		ring->kicks++;
		xioctl(ring->fd, USBSI_IOC_RING_KICK, NULL);
	}
}

/** ring_wait_state() - wait until the stream is in a state */
int ring_wait_state(struct ring *ring, uint32_t state, unsigned int timeout_ms)
{
	uint64_t start = now_ns();

	while (ring_state(ring) != state) {
		if (since_ms(start) > timeout_ms)
			return -ETIMEDOUT;
		sleep_ms(2);
	}
	return 0;
}
