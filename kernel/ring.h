/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef USBSI_RING_H
#define USBSI_RING_H

#include <linux/kref.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/usb/usbsi.h>
#include <linux/workqueue.h>

struct urb;
struct usbsi_dev;
struct usbsi_file;
struct usbsi_ring;

/**
 * struct usbsi_ring_index - the kernel's own indices, which alone decide
 * @slots: a power of two
 * @cons: consumer's index as last accepted
 * @prod: slots before it are published
 * @sub: slots before it were submitted
 *
 * All run free modulo 2^32; cons <= prod <= sub <= cons + slots, always.
 */
struct usbsi_ring_index {
	u32	slots;
	u32	cons;
	u32	prod;
	u32	sub;
};

/* Takes the consumer's word for its index only where that is possible. */
static inline bool usbsi_ring_accept(struct usbsi_ring_index *index, u32 cons)
{
	if ((u32)(cons - index->cons) > (u32)(index->prod - index->cons))
		return false;
	index->cons = cons;
	return true;
}

static inline u32 usbsi_ring_free_slots(const struct usbsi_ring_index *index)
{
	return index->slots - (u32)(index->sub - index->cons);
}

static inline u32 usbsi_ring_queued(const struct usbsi_ring_index *index)
{
	return index->sub - index->prod;
}

static inline u32 usbsi_ring_unread(const struct usbsi_ring_index *index)
{
	return index->prod - index->cons;
}

/*
 * Bytes to arm a slot with: whole packets, or a full packet would be babble.
 * @left: bytes still wanted, 0 for no limit; @slot: whole packets already.
 */
static inline u32 usbsi_ring_arm(u64 left, u32 slot, u32 max_packet)
{
	if (!left || left >= slot)
		return slot;
	return (((u32)left + max_packet - 1) / max_packet) * max_packet;
}

/**
 * struct usbsi_ring_slot - one slot
 * @ring: whose slot; for the completion handler
 * @urb: fixed, its buffer is @data
 * @data: whole pages
 * @armed: bytes that the transfer was submitted for
 * @done: completed, not yet published; guarded by usbsi_dev.lock
 */
struct usbsi_ring_slot {
	struct usbsi_ring	*ring;
	struct urb		*urb;
	void			*data;
	u32			armed;
	bool			done;
};

/**
 * struct usbsi_ring - a file's band ring
 * @ref: the file, the file behind each mapping, @drain_work and whoever stops a stream have one
 * @dev: counted
 * @file: who has the ring; valid while a stream runs, since close stops it
 * @slot_size: bytes of a slot as mapped
 * @room: bytes of it that transfers use: whole packets
 * @slot: the slots
 * @kernel: what the consumer maps read only; written, never read
 * @kernel_size: bytes of it, whole pages
 * @user: what the consumer maps writable; never believed
 * @pages: of the slots, then of @kernel, then of @user
 * @data_pages: number of the first
 * @kernel_pages: number of the second
 * @charge: bytes charged
 * @latency_work: wakes a poller that waits for the watermark
 * @drain_work: ends the transfers of a stream that a completion handler has
 *	ended; has a reference while it is queued
 * @grace_work: ends the wait for an unplug that would explain a bus error
 * @index: guarded by usbsi_dev.lock, as all below
 * @state: &enum usbsi_stream_state
 * @end_state: terminal state to come once nothing is in flight
 * @end_error: negative errno to come with it
 * @in_flight: transfers
 * @depth: most of them
 * @watermark: bytes
 * @latency: jiffies
 * @flags: USBSI_STREAM_* of STREAM_START
 * @wanted: bytes, 0 for no limit
 * @armed: bytes that transfers in flight may bring
 * @offset: bytes published in this stream
 * @stream_id: counts STREAM_START
 * @told: index up to which pollers are to be woken
 * @starved: slots ran out and the consumer was asked for a kick
 * @grace: the terminal state waits for @grace_work
 * @first: the next slot begins a transfer
 * @discont: bytes may be missing before the next slot
 */
struct usbsi_ring {
	struct kref			ref;
	struct usbsi_dev		*dev;
	struct usbsi_file		*file;
	u32				slot_size;
	u32				room;
	struct usbsi_ring_slot		*slot;
	struct usbsi_ring_kernel	*kernel;
	size_t				kernel_size;
	struct usbsi_ring_user		*user;
	struct page			**pages;
	unsigned long			data_pages;
	unsigned long			kernel_pages;
	u64				charge;
	struct delayed_work		latency_work;
	struct work_struct		drain_work;
	struct delayed_work		grace_work;

	struct usbsi_ring_index		index;
	u32				state;
	u32				end_state;
	int				end_error;
	u32				in_flight;
	u32				depth;
	u32				watermark;
	unsigned long			latency;
	u32				flags;
	u64				wanted;
	u64				armed;
	u64				offset;
	u32				stream_id;
	u32				told;
	bool				starved;
	bool				grace;
	bool				first;
	bool				discont;
};

static inline bool usbsi_stream_terminal(u32 state)
{
	return state >= USBSI_STREAM_DONE;
}

/* ring.c */
bool usbsi_ring_possible(const struct usbsi_dev *dev);
u64 usbsi_ring_room(struct usbsi_dev *dev);
int usbsi_ring_alloc(struct usbsi_file *file, struct usbsi_ring_alloc *how);
int usbsi_ring_free(struct usbsi_file *file);
void usbsi_ring_close(struct usbsi_file *file);
void usbsi_ring_put(struct usbsi_ring *ring);

/* ring-map.c */
int usbsi_mmap(struct file *filp, struct vm_area_struct *vma);

/* stream.c */
void usbsi_stream_complete(struct urb *urb);
void usbsi_stream_latency(struct work_struct *work);
void usbsi_stream_drain(struct work_struct *work);
void usbsi_stream_grace(struct work_struct *work);
int usbsi_stream_start(struct usbsi_file *file, const struct usbsi_stream_start *how,
		       bool nonblock);
int usbsi_stream_stop(struct usbsi_file *file);
void usbsi_stream_stop_file(struct usbsi_file *file);
void usbsi_stream_stop_dev(struct usbsi_dev *dev, int error);
int usbsi_stream_kick(struct usbsi_file *file);
__poll_t usbsi_stream_poll(struct usbsi_file *file);

#endif /* USBSI_RING_H */
