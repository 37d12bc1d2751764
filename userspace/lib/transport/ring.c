// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The consumer of a band ring
 *
 * The kernel publishes slots by raising prod, this side gives them back by
 * raising cons.  cons is published once a batch (half a ring, or when nothing
 * is left to read), so that neither side's cache line moves for each slot and
 * the kernel is kicked only when at least half of the ring is free.
 */
#include "ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static uint32_t load_acquire(const __u32 *word)
{
	return atomic_load_explicit((const _Atomic __u32 *)word, memory_order_acquire);
}

static void store_release(__u32 *word, uint32_t value)
{
	atomic_store_explicit((_Atomic __u32 *)word, value, memory_order_release);
}

/**
 * ring_init() - begin to read a ring that was just mapped
 * @ring: with kernel, kernel_size, user, data, kick, wait and context set
 * @data_size: bytes that are mapped at the slots
 *
 * Return: 0, or -EBADMSG when the geometry does not fit the mappings.
 */
int ring_init(struct ring *ring, uint64_t data_size)
{
	const struct usbsi_ring_kernel *k = ring->kernel;
	uint64_t descriptors;

	if (ring->kernel_size < sizeof(*k) || k->magic != USBSI_RING_MAGIC)
		return -EBADMSG;
	ring->slots = k->slots;
	ring->slot_size = k->slot_size;
	ring->slot_offset = k->slot_offset;
	ring->slot_stride = k->slot_stride;
	if (ring->slots < 2 || ring->slots > USBSI_RING_MAX_SLOTS ||
	    (ring->slots & (ring->slots - 1)))
		return -EBADMSG;
	if (!ring->slot_size || (uint64_t)ring->slots * ring->slot_size > data_size)
		return -EBADMSG;
	descriptors = (uint64_t)ring->slot_offset + (uint64_t)ring->slots * ring->slot_stride;
	if (ring->slot_stride < sizeof(struct usbsi_slot) || ring->slot_stride % 8 ||
	    ring->slot_offset < sizeof(*k) || ring->slot_offset % 8 ||
	    descriptors > ring->kernel_size)
		return -EBADMSG;
	ring->prod = load_acquire(&k->prod);
	ring->cons = load_acquire(&ring->user->cons);
	ring->published = ring->cons;
	ring->held = false;
	return 0;
}

static bool is_terminal(uint32_t state)
{
	return state >= USBSI_STREAM_DONE;
}

/*
 * Give slots back; kick only a kernel that has nothing queued, and not for a
 * few slots.  A kick that fails says no more than the stream's state does.
 */
static void ring_publish(struct ring *ring)
{
	uint32_t flags;

	if (ring->cons != ring->published) {
		store_release(&ring->user->cons, ring->cons);
		ring->published = ring->cons;
	}
	/* cons must be visible before the flag is read, or both sides might wait */
	atomic_thread_fence(memory_order_seq_cst);
	flags = load_acquire(&ring->kernel->flags);
	if ((flags & USBSI_RING_NEED_KICK) && ring->prod - ring->cons <= ring->slots / 2)
		(void)ring->kick(ring->context);
}

static int stream_error(const struct ring *ring, uint32_t state)
{
	int error = (int)load_acquire((const __u32 *)&ring->kernel->error);

	if (state == USBSI_STREAM_HALTED)
		return -EPIPE;
	if (state != USBSI_STREAM_FAILED)
		return 0;
	return error < 0 && error > -4096 ? error : -EIO;
}

static int ring_slot(struct ring *ring, struct usbsi_chunk *chunk)
{
	uint32_t index = ring->cons & (ring->slots - 1);
	struct usbsi_slot slot;

	memcpy(&slot, (const uint8_t *)ring->kernel + ring->slot_offset +
	       (size_t)index * ring->slot_stride, sizeof(slot));
	if (slot.seq != ring->cons || slot.len > ring->slot_size)
		return -EBADMSG;
	chunk->bytes = ring->data + (size_t)index * ring->slot_size;
	chunk->len = slot.len;
	chunk->flags = 0;
	if (slot.flags & USBSI_SLOT_SHORT)
		chunk->flags |= USBSI_CHUNK_SHORT;
	/* A gap before the stream's first byte is none in it. */
	if (slot.flags & USBSI_SLOT_DISCONT && slot.stream_off)
		chunk->flags |= USBSI_CHUNK_DISCONT;
	ring->held = true;
	return 1;
}

static int ring_look(struct ring *ring)
{
	ring->prod = load_acquire(&ring->kernel->prod);
	return ring->prod - ring->cons > ring->slots ? -EBADMSG : 0;
}

/**
 * ring_next() - the next slot
 * @ring: the ring; the slot before was released
 * @chunk: out: the bytes
 * @timeout_ms: how long to wait for it
 *
 * Return: 1 with a chunk, 0 when the stream has ended and everything was read,
 * -ETIMEDOUT, -EBADMSG when the ring makes no sense, the stream's own error
 * (-EPIPE for a stall), or what the wait returned.
 */
int ring_next(struct ring *ring, struct usbsi_chunk *chunk, unsigned int timeout_ms)
{
	int waited = 1;
	uint32_t state;
	int ret;

	if (ring->held)
		return -EINVAL;
	for (;;) {
		if (ring->cons == ring->prod) {
			ret = ring_look(ring);
			if (ret < 0)
				return ret;
		}
		if (ring->cons != ring->prod)
			return ring_slot(ring, chunk);
		ring_publish(ring);
		/* state first: the kernel publishes the last slot before it */
		state = load_acquire(&ring->kernel->state);
		ret = ring_look(ring);
		if (ret < 0)
			return ret;
		if (ring->cons != ring->prod)
			continue;
		/* what was published before a failed wait has been read by now */
		if (is_terminal(state))
			return stream_error(ring, state);
		if (waited <= 0)
			return waited ? waited : -ETIMEDOUT;
		waited = ring->wait(ring->context, timeout_ms);
		if (waited == -ECANCELED)
			return waited;
	}
}

/**
 * ring_release() - give back the slot of the last ring_next()
 * @ring: the ring
 */
void ring_release(struct ring *ring)
{
	if (!ring->held)
		return;
	ring->held = false;
	ring->cons++;
	if (ring->cons - ring->published >= ring->slots / 2)
		ring_publish(ring);
}

/**
 * ring_discard() - give back everything, for a stream that is not running
 * @ring: the ring
 */
void ring_discard(struct ring *ring)
{
	ring->held = false;
	ring->prod = load_acquire(&ring->kernel->prod);
	ring->cons = ring->prod;
	ring->published = ring->cons;
	store_release(&ring->user->cons, ring->cons);
}
