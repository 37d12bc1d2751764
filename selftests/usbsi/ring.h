/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A consumer of the band ring, kept simple: one slot at a time. */
#ifndef USBSI_SELFTEST_RING_H
#define USBSI_SELFTEST_RING_H

#include "common.h"

/**
 * struct ring - a ring with all three of its mappings
 * @cons: as published
 * @kicks: how often NEED_KICK was seen and obeyed
 */
struct ring {
	int				fd;
	struct usbsi_ring_alloc		alloc;
	const unsigned char		*data;
	const struct usbsi_ring_kernel	*kernel;
	struct usbsi_ring_user		*user;
	uint32_t			cons;
	unsigned int			kicks;
};

int ring_alloc(int fd, unsigned int slots, unsigned int slot_size,
	       struct usbsi_ring_alloc *alloc);
int ring_open(struct ring *ring, int fd, unsigned int slots, unsigned int slot_size);
void ring_unmap(struct ring *ring);
int ring_start(struct ring *ring, unsigned int flags, unsigned int depth, uint64_t length);
uint32_t ring_state(const struct ring *ring);
uint32_t ring_prod(const struct ring *ring);
bool ring_terminal(const struct ring *ring);
int ring_wait(struct ring *ring, int timeout_ms);
const struct usbsi_slot *ring_slot(const struct ring *ring);
const unsigned char *ring_bytes(const struct ring *ring);
void ring_release(struct ring *ring);
int ring_wait_state(struct ring *ring, uint32_t state, unsigned int timeout_ms);

#endif /* USBSI_SELFTEST_RING_H */
