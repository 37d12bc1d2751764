// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: bulk IN into a ring without a system call or a copy per band.
 *
 *	IDLE -> RUNNING -> DRAINING -> DONE | STOPPED | HALTED | FAILED
 *
 * RUNNING submits slots in order as long as the consumer leaves free ones, and
 * publishes them in that order whatever order they complete in.  Where no slot
 * is free nothing is queued and the device has to wait; nothing is dropped.
 * What ends the stream takes it to DRAINING, which submits and publishes
 * nothing; when the last transfer has come back, the slots that brought
 * something are published and the state becomes terminal.
 *
 * Barriers, here and in the consumer:
 *
 *	kernel					consumer
 *
 *	fill slot and descriptor		load-acquire prod	(A)
 *	store-release prod		(A)	read descriptor and slot
 *
 *	load-acquire cons		(B)	read slot
 *	submit the slot again			store-release cons	(B)
 *
 *	store NEED_KICK				store-release cons
 *	smp_mb				(C)	full fence		(C)
 *	load cons again				load NEED_KICK -> RING_KICK
 *
 *	store-release prod			load-acquire state	(D)
 *	store-release state		(D)	load-acquire prod
 *
 * (A): who sees the index sees the bytes; usbcore has unmapped them before the
 * completion handler runs.  (B): the device gets a slot only after its last
 * read.  (C): one of both sees the other's store, so no slot waits for a kick
 * that does not come.  (D): who sees a terminal state sees the last slot.
 */
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "ring.h"
#include "usbsi.h"

#define USBSI_DEPTH_MAX		64
#define USBSI_LATENCY_MS	50
#define USBSI_LATENCY_MAX_MS	60000

static void usbsi_stream_finish(struct usbsi_ring *ring);

static u32 usbsi_mask(const struct usbsi_ring *ring)
{
	return ring->index.slots - 1;
}

static bool usbsi_killed(int status)
{
	return status == -ENOENT || status == -ECONNRESET ||
	       status == -ESHUTDOWN || status == -ENODEV;
}

static void usbsi_stream_set_state(struct usbsi_ring *ring, u32 state)
{
	ring->state = state;
	smp_store_release(&ring->kernel->state, state);	/* (D) */
}

/* DRAINING ends when the last transfer is back and no unplug is waited for. */
static void usbsi_stream_try_finish(struct usbsi_ring *ring)
{
	if (ring->state == USBSI_STREAM_DRAINING && !ring->in_flight && !ring->grace)
		usbsi_stream_finish(ring);
}

/* Nothing more is submitted; usbsi_dev.lock is held. */
static void usbsi_stream_end(struct usbsi_ring *ring, u32 state, int error)
{
	lockdep_assert_held(&ring->dev->lock);
	if (ring->state != USBSI_STREAM_RUNNING)
		return;
	ring->end_state = state;
	ring->end_error = error;
	usbsi_stream_set_state(ring, USBSI_STREAM_DRAINING);
	usbsi_stream_try_finish(ring);
	if (!ring->in_flight)
		return;
	/*
	 * Transfers can be waited for in process context only.  Where the work
	 * is queued already it has a reference, so this one is not the last.
	 */
	kref_get(&ring->ref);
	if (!schedule_work(&ring->drain_work))
		usbsi_ring_put(ring);
}

/*
 * The bus failed: that is how an unplug begins, of which the hub tells a little
 * later.  Until then the consumer is left to wait, so that it hears one reason.
 */
static void usbsi_stream_bus_error(struct usbsi_ring *ring, int error)
{
	ring->grace = true;
	schedule_delayed_work(&ring->grace_work, msecs_to_jiffies(USBSI_GRACE_MS));
	usbsi_stream_end(ring, USBSI_STREAM_FAILED, error);
}

static u32 usbsi_slot_flags(const struct usbsi_ring *ring, const struct usbsi_ring_slot *slot)
{
	int status = slot->urb->status;
	u32 flags = 0;

	if (ring->first)
		flags |= USBSI_SLOT_FIRST;
	if (ring->discont)
		flags |= USBSI_SLOT_DISCONT;
	if (usbsi_killed(status))
		flags |= USBSI_SLOT_ABORTED;
	else if (status)
		flags |= USBSI_SLOT_ERROR;
	else if (slot->urb->actual_length < slot->armed)
		flags |= USBSI_SLOT_SHORT;
	return flags;
}

/* Publishes the slot at prod, which has completed; returns its flags. */
static u32 usbsi_stream_publish(struct usbsi_ring *ring)
{
	struct usbsi_ring_slot *slot = &ring->slot[ring->index.prod & usbsi_mask(ring)];
	struct usbsi_slot *tell = (struct usbsi_slot *)(ring->kernel + 1);
	u32 flags = usbsi_slot_flags(ring, slot);

	tell += ring->index.prod & usbsi_mask(ring);
	tell->seq = ring->index.prod;
	tell->flags = flags;
	tell->status = flags & USBSI_SLOT_ABORTED ? -ECANCELED : slot->urb->status;
	tell->len = slot->urb->actual_length;
	tell->stream_off = ring->offset;
	tell->time_ns = ktime_get_ns();
	tell->stream_id = ring->stream_id;

	ring->offset += slot->urb->actual_length;
	ring->kernel->bytes += slot->urb->actual_length;
	ring->first = flags & (USBSI_SLOT_SHORT | USBSI_SLOT_ERROR | USBSI_SLOT_ABORTED);
	ring->discont = false;
	smp_store_release(&ring->kernel->prod, ++ring->index.prod);	/* (A) */
	return flags;
}

static void usbsi_stream_wake(struct usbsi_ring *ring)
{
	ring->told = ring->index.prod;
	wake_up_interruptible(&ring->file->wq);
}

/* A poller hears of slots at once where more of them may not come soon. */
static void usbsi_stream_tell(struct usbsi_ring *ring, u32 flags)
{
	u64 unread = (u64)usbsi_ring_unread(&ring->index) * ring->slot_size;

	if (ring->index.prod == ring->told)
		return;
	if (flags & USBSI_SLOT_SHORT || unread >= ring->watermark || ring->starved)
		usbsi_stream_wake(ring);
	else
		schedule_delayed_work(&ring->latency_work, ring->latency);
}

/* Publishes what has come in order, and sees whether it is the end; returns the flags seen. */
static u32 usbsi_stream_collect(struct usbsi_ring *ring)
{
	u32 seen = 0;

	while (ring->state == USBSI_STREAM_RUNNING && usbsi_ring_queued(&ring->index)) {
		struct usbsi_ring_slot *slot = &ring->slot[ring->index.prod & usbsi_mask(ring)];
		int status = slot->urb->status;
		u32 flags;

		if (!slot->done)
			break;
		if (usbsi_killed(status)) {
			/* Not by us: usbcore cuts the bus off before it tells drivers. */
			usbsi_stream_bus_error(ring, -ENODEV);
			break;
		}
		ring->armed -= slot->armed;
		flags = usbsi_stream_publish(ring);
		seen |= flags;
		if (status == -EPIPE)
			usbsi_stream_end(ring, USBSI_STREAM_HALTED, status);
		else if (status == -EOVERFLOW)
			usbsi_stream_end(ring, USBSI_STREAM_FAILED, status);
		else if (status)
			usbsi_stream_bus_error(ring, -EPROTO);
		else if (flags & USBSI_SLOT_SHORT && ring->flags & USBSI_STREAM_END_ON_SHORT)
			usbsi_stream_end(ring, USBSI_STREAM_DONE, 0);
		else if (ring->wanted && ring->offset >= ring->wanted)
			usbsi_stream_end(ring, USBSI_STREAM_DONE, 0);
	}
	return seen;
}

/* The last transfer is back: publish what brought something, then say that it is over. */
static void usbsi_stream_finish(struct usbsi_ring *ring)
{
	struct usbsi_dev *dev = ring->dev;
	u32 end = ring->index.prod;
	u32 i;

	lockdep_assert_held(&dev->lock);
	for (i = ring->index.prod; i != ring->index.sub; i++)
		if (ring->slot[i & usbsi_mask(ring)].urb->actual_length)
			end = i + 1;
	while (ring->index.prod != end) {
		u32 flags = usbsi_stream_publish(ring);

		if (flags & (USBSI_SLOT_ABORTED | USBSI_SLOT_ERROR))
			dev->in.discont = true;
	}
	ring->index.sub = ring->index.prod;
	ring->armed = 0;

	if (ring->end_state == USBSI_STREAM_HALTED || ring->end_state == USBSI_STREAM_FAILED)
		dev->in.discont = true;
	WRITE_ONCE(ring->kernel->flags, 0);
	WRITE_ONCE(ring->kernel->error, ring->end_error);
	usbsi_stream_set_state(ring, ring->end_state);
	if (ring->end_state == USBSI_STREAM_HALTED)
		usbsi_event(dev, USBSI_EVENT_HALT, &dev->in.address, 1);

	usbsi_stream_wake(ring);
	dev->stream = NULL;
	dev->in.busy = false;
	wake_up_all(&dev->in.wq);
	usbsi_lock_drop_locked(ring->file);
}

/* Whether another slot is to be queued, as far as the length and the depth say. */
static bool usbsi_stream_wants(const struct usbsi_ring *ring)
{
	return ring->state == USBSI_STREAM_RUNNING &&
	       usbsi_ring_queued(&ring->index) < ring->depth &&
	       (!ring->wanted || ring->offset + ring->armed < ring->wanted);
}

/* Returns whether to go on with the next slot. */
static bool usbsi_stream_submit(struct usbsi_ring *ring)
{
	struct usbsi_ring_slot *slot = &ring->slot[ring->index.sub & usbsi_mask(ring)];
	u64 left = ring->wanted ? ring->wanted - ring->offset - ring->armed : 0;
	int ret;

	slot->done = false;
	slot->armed = usbsi_ring_arm(left, ring->room, ring->dev->in.max_packet);
	slot->urb->transfer_buffer_length = slot->armed;
	ret = usbsi_ready(ring->dev);
	if (!ret)
		ret = usb_submit_urb(slot->urb, GFP_ATOMIC);
	/* Short of memory for a moment: the next completion tries again. */
	if ((ret == -ENOMEM || ret == -EAGAIN) && ring->in_flight)
		return false;
	if (usbsi_killed(ret))
		usbsi_stream_bus_error(ring, -ENODEV);
	else if (ret)
		usbsi_stream_end(ring, USBSI_STREAM_FAILED, ret);
	if (ret)
		return false;
	ring->index.sub++;
	ring->in_flight++;
	ring->armed += slot->armed;
	return true;
}

static bool usbsi_stream_look(struct usbsi_ring *ring)
{
	u32 cons = smp_load_acquire(&ring->user->cons);	/* (B); read once, then never again */

	if (usbsi_ring_accept(&ring->index, cons))
		return true;
	usbsi_stream_end(ring, USBSI_STREAM_FAILED, -EBADE);
	return false;
}

static void usbsi_stream_need_kick(struct usbsi_ring *ring, bool starved)
{
	if (starved && !ring->starved)
		ring->kernel->starved++;
	if (starved != ring->starved)
		WRITE_ONCE(ring->kernel->flags, starved ? USBSI_RING_NEED_KICK : 0);
	ring->starved = starved;
}

/*
 * Queues what can be queued.  With a transfer in flight its completion comes
 * back here, so a kick is asked for only when there is none.
 */
static void usbsi_stream_fill(struct usbsi_ring *ring)
{
	lockdep_assert_held(&ring->dev->lock);
	while (usbsi_stream_wants(ring) && usbsi_stream_look(ring)) {
		if (usbsi_ring_free_slots(&ring->index)) {
			usbsi_stream_need_kick(ring, false);
			if (!usbsi_stream_submit(ring))
				break;
			continue;
		}
		if (ring->in_flight || ring->starved)
			break;
		usbsi_stream_need_kick(ring, true);
		smp_mb();	/* (C); then look once more */
	}
}

/**
 * usbsi_stream_complete() - completion handler of slots
 * @urb: the URB; its context is the slot
 *
 * Context: Any.
 */
void usbsi_stream_complete(struct urb *urb)
{
	struct usbsi_ring_slot *slot = urb->context;
	struct usbsi_ring *ring = slot->ring;
	struct usbsi_dev *dev = ring->dev;
	unsigned long flags;
	u32 seen;

	spin_lock_irqsave(&dev->lock, flags);
	slot->done = true;
	ring->in_flight--;
	seen = usbsi_stream_collect(ring);
	usbsi_stream_fill(ring);
	if (ring->state == USBSI_STREAM_RUNNING)
		usbsi_stream_tell(ring, seen);
	else
		usbsi_stream_try_finish(ring);
	/* The ring may go as soon as the lock does. */
	spin_unlock_irqrestore(&dev->lock, flags);
}

/**
 * usbsi_stream_latency() - tell a poller of what is below the watermark
 * @work: of the ring
 *
 * Context: Process context.
 */
void usbsi_stream_latency(struct work_struct *work)
{
	struct usbsi_ring *ring = container_of(work, struct usbsi_ring, latency_work.work);

	spin_lock_irq(&ring->dev->lock);
	if (ring->state == USBSI_STREAM_RUNNING && ring->told != ring->index.prod)
		usbsi_stream_wake(ring);
	spin_unlock_irq(&ring->dev->lock);
}

/**
 * usbsi_stream_grace() - no unplug has explained a bus error
 * @work: of the ring
 *
 * Context: Process context.
 */
void usbsi_stream_grace(struct work_struct *work)
{
	struct usbsi_ring *ring = container_of(work, struct usbsi_ring, grace_work.work);

	spin_lock_irq(&ring->dev->lock);
	ring->grace = false;
	usbsi_stream_try_finish(ring);
	spin_unlock_irq(&ring->dev->lock);
}

/*
 * Newest first, so that the device's bytes go into slots in order to the end;
 * and all before any is waited for, so that the host controller stops its
 * endpoint once and not for each.
 */
static void usbsi_stream_kill(struct usbsi_ring *ring)
{
	u32 mask = usbsi_mask(ring);
	u32 sub, i;

	spin_lock_irq(&ring->dev->lock);
	sub = ring->index.sub;
	spin_unlock_irq(&ring->dev->lock);
	for (i = 1; i <= ring->index.slots; i++)
		usb_unlink_urb(ring->slot[(sub - i) & mask].urb);
	for (i = 1; i <= ring->index.slots; i++)
		usb_kill_urb(ring->slot[(sub - i) & mask].urb);
}

/**
 * usbsi_stream_drain() - take back the transfers of a stream that has ended
 * @work: of the ring, with a reference
 *
 * Context: Process context, sleeps.
 */
void usbsi_stream_drain(struct work_struct *work)
{
	struct usbsi_ring *ring = container_of(work, struct usbsi_ring, drain_work);

	/* A later stream of the ring, which would need the mutex to start, is left alone. */
	mutex_lock(&ring->dev->io_mutex);
	if (READ_ONCE(ring->state) == USBSI_STREAM_DRAINING)
		usbsi_stream_kill(ring);
	mutex_unlock(&ring->dev->io_mutex);
	usbsi_ring_put(ring);
}

/* Ends the device's stream, or only @file's; terminal when this returns. */
static void usbsi_stream_stop_any(struct usbsi_dev *dev, struct usbsi_file *file,
				  u32 state, int error)
{
	struct usbsi_ring *ring;

	spin_lock_irq(&dev->lock);
	ring = dev->stream;
	if (!ring || (file && ring->file != file)) {
		spin_unlock_irq(&dev->lock);
		return;
	}
	kref_get(&ring->ref);
	usbsi_stream_end(ring, state, error);
	ring->grace = false;
	if (error && ring->end_state == USBSI_STREAM_FAILED)
		ring->end_error = error;
	usbsi_stream_try_finish(ring);
	spin_unlock_irq(&dev->lock);
	usbsi_stream_kill(ring);
	usbsi_ring_put(ring);
}

/**
 * usbsi_stream_stop_file() - stop a file's stream, if it runs
 * @file: whose
 *
 * Context: Process context, sleeps. usbsi_dev.io_mutex is held, so none starts
 * meanwhile.
 */
void usbsi_stream_stop_file(struct usbsi_file *file)
{
	lockdep_assert_held(&file->dev->io_mutex);
	usbsi_stream_stop_any(file->dev, file, USBSI_STREAM_STOPPED, 0);
}

/**
 * usbsi_stream_stop_dev() - end the stream before suspend, reset and unplug
 * @dev: the device; usbsi_ready() says no, so none starts meanwhile
 * @error: negative errno for the consumer
 *
 * Context: Process context, sleeps.
 */
void usbsi_stream_stop_dev(struct usbsi_dev *dev, int error)
{
	usbsi_stream_stop_any(dev, NULL, USBSI_STREAM_FAILED, error);
}

/**
 * usbsi_stream_stop() - STREAM_STOP
 * @file: has a ring
 *
 * What the device had sent until then is published.
 *
 * Context: Process context, sleeps.
 * Return: 0, also where no stream runs; -ENXIO without a ring.
 */
int usbsi_stream_stop(struct usbsi_file *file)
{
	int ret = -ENXIO;

	mutex_lock(&file->dev->io_mutex);
	if (file->ring) {
		usbsi_stream_stop_file(file);
		ret = 0;
	}
	mutex_unlock(&file->dev->io_mutex);
	return ret;
}

static void usbsi_stream_begin(struct usbsi_ring *ring, struct usbsi_file *file,
			       const struct usbsi_stream_start *how)
{
	struct usbsi_dev *dev = ring->dev;
	u64 bytes = (u64)ring->index.slots * ring->slot_size;

	/* What an earlier stream has left pending would come too soon or too late. */
	cancel_delayed_work(&ring->latency_work);
	cancel_delayed_work(&ring->grace_work);
	ring->file = file;
	ring->flags = how->flags;
	ring->depth = min_t(u32, how->depth ?: USBSI_DEPTH_MAX, ring->index.slots);
	/* All are submitted in one go with interrupts off. */
	ring->depth = min_t(u32, ring->depth, USBSI_DEPTH_MAX);
	ring->watermark = how->watermark ? min_t(u64, how->watermark, bytes) : bytes / 2;
	ring->latency = msecs_to_jiffies(how->latency_ms ?: USBSI_LATENCY_MS);
	ring->wanted = how->length;
	ring->offset = 0;
	ring->armed = 0;
	ring->stream_id++;
	ring->starved = false;
	ring->grace = false;
	ring->first = true;
	ring->discont = dev->in.discont;
	dev->in.discont = false;
	dev->in.busy = true;
	dev->stream = ring;
	WRITE_ONCE(ring->kernel->error, 0);
	WRITE_ONCE(ring->kernel->flags, 0);
	usbsi_stream_set_state(ring, USBSI_STREAM_RUNNING);
}

/* With the call's hold on the device lock, which the stream takes over at success. */
static int usbsi_stream_start_held(struct usbsi_call *call, const struct usbsi_stream_start *how)
{
	struct usbsi_file *file = call->file;
	struct usbsi_dev *dev = file->dev;
	int ret;

	lockdep_assert_held(&dev->io_mutex);
	if (!file->ring)
		return -ENXIO;
	spin_lock_irq(&dev->lock);
	ret = usbsi_call_check(call);
	if (!ret && dev->data_file != file)
		ret = -EPERM;
	if (!ret && (dev->in.busy || file->left_len))
		ret = -EBUSY;
	if (!ret) {
		usbsi_stream_begin(file->ring, file, how);
		usbsi_stream_fill(file->ring);
	}
	spin_unlock_irq(&dev->lock);
	return ret;
}

/**
 * usbsi_stream_start() - STREAM_START
 * @file: in data mode, with a ring
 * @how: what and how
 * @nonblock: do not wait for the device lock
 *
 * A stream that cannot begin for the bus's or the consumer's fault is started
 * and has failed.
 *
 * Context: Process context, sleeps up to the file's read timeout, killable.
 * Return: 0; -EINVAL, -EPERM without data mode, -ENXIO without a ring, -EBUSY
 * where the pipe is in use or bytes are left over from read(), else as
 * usbsi_lock_hold().
 */
int usbsi_stream_start(struct usbsi_file *file, const struct usbsi_stream_start *how,
		       bool nonblock)
{
	struct usbsi_dev *dev = file->dev;
	struct usbsi_call call;
	int ret;

	if (how->flags & ~USBSI_STREAM_END_ON_SHORT || how->latency_ms > USBSI_LATENCY_MAX_MS)
		return -EINVAL;
	if (READ_ONCE(dev->data_file) != file)
		return -EPERM;
	usbsi_call_begin(&call, file, READ_ONCE(file->read_ms));
	ret = usbsi_lock_hold(&call, nonblock);
	if (ret)
		return ret;
	mutex_lock(&dev->io_mutex);
	ret = usbsi_stream_start_held(&call, how);
	mutex_unlock(&dev->io_mutex);
	if (ret)
		usbsi_lock_drop(file);
	return ret;
}

/**
 * usbsi_stream_kick() - RING_KICK
 * @file: has a ring
 *
 * Context: Process context.
 * Return: 0, also where no stream runs; -ENXIO without a ring.
 */
int usbsi_stream_kick(struct usbsi_file *file)
{
	struct usbsi_dev *dev = file->dev;
	int ret = -ENXIO;

	spin_lock_irq(&dev->lock);
	if (file->ring) {
		usbsi_stream_fill(file->ring);
		ret = 0;
	}
	spin_unlock_irq(&dev->lock);
	return ret;
}

/**
 * usbsi_stream_poll() - what poll() says of a file's stream
 * @file: the file
 *
 * Does what RING_KICK does, too.
 *
 * Context: Any. usbsi_dev.lock is held.
 * Return: EPOLLIN with slots to read or at the end, EPOLLERR after a failure.
 */
__poll_t usbsi_stream_poll(struct usbsi_file *file)
{
	struct usbsi_ring *ring = file->ring;
	__poll_t mask = 0;
	u32 cons;

	lockdep_assert_held(&file->dev->lock);
	if (!ring || ring->state == USBSI_STREAM_IDLE)
		return 0;
	usbsi_stream_fill(ring);
	/* For this answer only; a lie here misleads nobody but the liar. */
	cons = READ_ONCE(ring->user->cons);
	if (ring->index.prod != cons && (s32)(ring->told - cons) > 0)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (usbsi_stream_terminal(ring->state))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (ring->state == USBSI_STREAM_HALTED || ring->state == USBSI_STREAM_FAILED)
		mask |= EPOLLERR;
	return mask;
}
