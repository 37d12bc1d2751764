/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The consumer of a band ring: plain memory, and two calls into the kernel
 */
#ifndef USBSI_LIB_RING_H
#define USBSI_LIB_RING_H

#include <linux/usb/usbsi.h>
#include <stddef.h>
#include <stdint.h>
#include <usbsi/minidriver.h>

/**
 * struct ring - a mapped ring and how far it was read
 * @kernel: the kernel's side, @kernel_size bytes
 * @kernel_size: bytes that are mapped at @kernel
 * @user: our side
 * @data: the slots, @slots times @slot_size bytes
 * @slots: number of slots, a power of two
 * @slot_size: bytes of one
 * @slot_offset: where the descriptors begin
 * @slot_stride: from one descriptor to the next
 * @cons: the slot that is read next
 * @published: the value of @cons that the kernel knows
 * @prod: the value of the kernel's prod that was read last
 * @held: a chunk is out, the slot at @cons belongs to the caller
 * @kick: tells the kernel that slots are free; 0 or a negative errno
 * @wait: until the ring changes: 1, 0 when @timeout_ms have passed, or a
 *	negative errno
 * @context: argument of @kick and @wait
 *
 * The geometry is a copy: what the kernel's page says later is not believed.
 */
struct ring {
	const struct usbsi_ring_kernel	*kernel;
	size_t				kernel_size;
	struct usbsi_ring_user		*user;
	const uint8_t			*data;
	uint32_t			slots;
	uint32_t			slot_size;
	uint32_t			slot_offset;
	uint32_t			slot_stride;
	uint32_t			cons;
	uint32_t			published;
	uint32_t			prod;
	bool				held;
	int	(*kick)(void *context);
	int	(*wait)(void *context, unsigned int timeout_ms);
	void	*context;
};

int ring_init(struct ring *ring, uint64_t data_size);
int ring_next(struct ring *ring, struct usbsi_chunk *chunk, unsigned int timeout_ms);
void ring_release(struct ring *ring);
void ring_discard(struct ring *ring);

#endif /* USBSI_LIB_RING_H */
