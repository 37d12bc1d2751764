// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of band rings: slots of contiguous pages for transfers, a page or more
 * that the kernel writes and the consumer reads, a page the other way.
 *
 * A ring is counted by its file and by every mapping.  It is charged to its
 * device and to the module as long as anything of it lives, so mappings that
 * outlive RING_FREE, close or unplug are in the account as well.  A ring never
 * goes to another file and its pages come zeroed: nothing leaks from one client
 * to the next.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "ring.h"
#include "usbsi.h"

static unsigned int max_ring_mb = 16;
module_param(max_ring_mb, uint, 0644);
MODULE_PARM_DESC(max_ring_mb, "most MiB of ring memory for one device (default 16)");

static unsigned int max_total_mb = 64;
module_param(max_total_mb, uint, 0644);
MODULE_PARM_DESC(max_total_mb, "most MiB of ring memory for all devices (default 64)");

static atomic64_t usbsi_ring_total;

static u64 usbsi_limit(unsigned int mb)
{
	return (u64)mb << 20;
}

static bool usbsi_charge_one(atomic64_t *account, u64 bytes, u64 limit)
{
	if ((u64)atomic64_add_return(bytes, account) <= limit)
		return true;
	atomic64_sub(bytes, account);
	return false;
}

static bool usbsi_ring_charge(struct usbsi_dev *dev, u64 bytes)
{
	if (!usbsi_charge_one(&dev->ring_bytes, bytes, usbsi_limit(READ_ONCE(max_ring_mb))))
		return false;
	if (usbsi_charge_one(&usbsi_ring_total, bytes, usbsi_limit(READ_ONCE(max_total_mb))))
		return true;
	atomic64_sub(bytes, &dev->ring_bytes);
	return false;
}

static void usbsi_ring_uncharge(struct usbsi_dev *dev, u64 bytes)
{
	atomic64_sub(bytes, &usbsi_ring_total);
	atomic64_sub(bytes, &dev->ring_bytes);
}

/**
 * usbsi_ring_possible() - do rings work on this machine and device?
 * @dev: the device
 *
 * Context: Any.
 * Return: false where the processor's data cache would show stale bytes, or
 * where not one packet fits a page.
 */
bool usbsi_ring_possible(const struct usbsi_dev *dev)
{
	return !usbsi_dcache_aliases() && dev->in.max_packet <= PAGE_SIZE;
}

/**
 * usbsi_ring_room() - bytes that a ring on this device may have now
 * @dev: the device
 *
 * Context: Any.
 * Return: bytes, control pages included.
 */
u64 usbsi_ring_room(struct usbsi_dev *dev)
{
	s64 here = usbsi_limit(READ_ONCE(max_ring_mb)) - atomic64_read(&dev->ring_bytes);
	s64 total = usbsi_limit(READ_ONCE(max_total_mb)) - atomic64_read(&usbsi_ring_total);

	return max_t(s64, min(here, total), 0);
}

static void usbsi_ring_free_slots_memory(struct usbsi_ring *ring)
{
	u32 i;

	for (i = 0; ring->slot && i < ring->index.slots; i++) {
		usb_free_urb(ring->slot[i].urb);
		/* Pages still mapped live on until their last mapping goes. */
		if (ring->slot[i].data)
			free_pages_exact(ring->slot[i].data, ring->slot_size);
	}
	kvfree(ring->slot);
	ring->slot = NULL;
}

static void usbsi_ring_release(struct kref *ref)
{
	struct usbsi_ring *ring = container_of(ref, struct usbsi_ring, ref);

	usbsi_ring_free_slots_memory(ring);
	vfree(ring->kernel);
	vfree(ring->user);
	kvfree(ring->pages);
	usbsi_ring_uncharge(ring->dev, ring->charge);
	put_device(&ring->dev->dev);
	kfree(ring);
}

/**
 * usbsi_ring_put() - drop a reference
 * @ring: no stream runs where this is the last one
 *
 * Context: Process context.
 */
void usbsi_ring_put(struct usbsi_ring *ring)
{
	kref_put(&ring->ref, usbsi_ring_release);
}

static int usbsi_ring_fill_slots(struct usbsi_ring *ring)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY;
	struct usbsi_dev *dev = ring->dev;
	u32 i;

	ring->slot = kvcalloc(ring->index.slots, sizeof(*ring->slot), GFP_KERNEL_ACCOUNT);
	if (!ring->slot)
		return -ENOMEM;
	for (i = 0; i < ring->index.slots; i++) {
		struct usbsi_ring_slot *slot = &ring->slot[i];

		slot->ring = ring;
		slot->data = alloc_pages_exact(ring->slot_size, gfp);
		slot->urb = usb_alloc_urb(0, GFP_KERNEL_ACCOUNT);
		if (!slot->data || !slot->urb) {
			usbsi_ring_free_slots_memory(ring);
			return -ENOMEM;
		}
		usb_fill_bulk_urb(slot->urb, dev->udev, dev->in.pipe, slot->data, ring->room,
				  usbsi_stream_complete, slot);
	}
	return 0;
}

static int usbsi_ring_control_pages(struct usbsi_ring *ring)
{
	struct usbsi_ring_kernel *kernel;

	ring->kernel = vmalloc_user(ring->kernel_size);
	ring->user = vmalloc_user(PAGE_SIZE);
	if (!ring->kernel || !ring->user)
		return -ENOMEM;
	kernel = ring->kernel;
	kernel->magic = USBSI_RING_MAGIC;
	kernel->header_size = sizeof(*kernel);
	kernel->slot_offset = sizeof(*kernel);
	kernel->slot_stride = sizeof(struct usbsi_slot);
	kernel->slots = ring->index.slots;
	kernel->slot_size = ring->slot_size;
	return 0;
}

static int usbsi_ring_collect_pages(struct usbsi_ring *ring)
{
	unsigned long per_slot = ring->slot_size >> PAGE_SHIFT;
	unsigned long i, n = 0;
	struct page **pages;
	u32 slot;

	ring->data_pages = ring->index.slots * per_slot;
	ring->kernel_pages = ring->kernel_size >> PAGE_SHIFT;
	pages = kvmalloc_array(ring->data_pages + ring->kernel_pages + 1, sizeof(*pages),
			       GFP_KERNEL_ACCOUNT);
	if (!pages)
		return -ENOMEM;
	for (slot = 0; slot < ring->index.slots; slot++)
		for (i = 0; i < per_slot; i++)
			pages[n++] = virt_to_page(ring->slot[slot].data + (i << PAGE_SHIFT));
	for (i = 0; i < ring->kernel_pages; i++)
		pages[n++] = vmalloc_to_page((void *)ring->kernel + (i << PAGE_SHIFT));
	pages[n] = vmalloc_to_page(ring->user);
	ring->pages = pages;
	return 0;
}

static u32 usbsi_slot_room(const struct usbsi_dev *dev, u32 slot_size)
{
	return rounddown(slot_size, dev->in.max_packet);
}

static struct usbsi_ring *usbsi_ring_new(struct usbsi_dev *dev, u32 slots, u32 slot_size)
{
	struct usbsi_ring *ring;
	u64 charge;
	int ret;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return ERR_PTR(-ENOMEM);
	kref_init(&ring->ref);
	INIT_DELAYED_WORK(&ring->latency_work, usbsi_stream_latency);
	INIT_WORK(&ring->drain_work, usbsi_stream_drain);
	INIT_DELAYED_WORK(&ring->grace_work, usbsi_stream_grace);
	ring->dev = dev;
	ring->index.slots = slots;
	ring->slot_size = slot_size;
	ring->room = usbsi_slot_room(dev, slot_size);
	ring->kernel_size = PAGE_ALIGN(sizeof(struct usbsi_ring_kernel) +
				       slots * sizeof(struct usbsi_slot));
	charge = (u64)slots * slot_size + ring->kernel_size + PAGE_SIZE;
	if (!usbsi_ring_charge(dev, charge)) {
		kfree(ring);
		return ERR_PTR(-EDQUOT);
	}
	ring->charge = charge;
	get_device(&dev->dev);

	ret = usbsi_ring_fill_slots(ring);
	if (!ret)
		ret = usbsi_ring_control_pages(ring);
	if (!ret)
		ret = usbsi_ring_collect_pages(ring);
	if (ret) {
		usbsi_ring_put(ring);
		return ERR_PTR(ret);
	}
	return ring;
}

/* Where memory is in pieces, smaller slots do as well. */
static struct usbsi_ring *usbsi_ring_make(struct usbsi_dev *dev, u32 slots, u32 slot_size)
{
	struct usbsi_ring *ring;

	for (;;) {
		ring = usbsi_ring_new(dev, slots, slot_size);
		if (ring != ERR_PTR(-ENOMEM) || slot_size <= PAGE_SIZE ||
		    fatal_signal_pending(current))
			return ring;
		slot_size = PAGE_ALIGN(slot_size / 2);
	}
}

static int usbsi_ring_check(const struct usbsi_ring_alloc *how, u32 slots, u32 slot_size)
{
	if (how->flags || how->reserved)
		return -EINVAL;
	if (slots < 2 || slots > USBSI_RING_MAX_SLOTS || !is_power_of_2(slots))
		return -EINVAL;
	if (slot_size < PAGE_SIZE || slot_size > USBSI_RING_MAX_SLOT_SIZE ||
	    !PAGE_ALIGNED(slot_size))
		return -EINVAL;
	return 0;
}

/**
 * usbsi_ring_alloc() - RING_ALLOC
 * @file: in data mode
 * @how: geometry, wanted and granted
 *
 * Context: Process context, sleeps.
 * Return: 0; -EINVAL, -EPERM without data mode, -EBUSY where the file has a
 * ring, -EDQUOT beyond the limits, -ENOMEM, -EOPNOTSUPP where rings do not work,
 * -ENODEV.
 */
int usbsi_ring_alloc(struct usbsi_file *file, struct usbsi_ring_alloc *how)
{
	u32 slots = how->slots ?: 16;
	u32 slot_size = how->slot_size ?: max_t(u32, SZ_256K, PAGE_SIZE);
	struct usbsi_ring *ring;
	int ret;

	ret = usbsi_ring_check(how, slots, slot_size);
	if (ret)
		return ret;
	if (!usbsi_ring_possible(file->dev))
		return -EOPNOTSUPP;
	if (READ_ONCE(file->ring))
		return -EBUSY;
	if (READ_ONCE(file->dev->state) & USBSI_STATE_GONE)
		return -ENODEV;
	/* Who only watches must not take the memory away from who acquires. */
	if (READ_ONCE(file->dev->data_file) != file)
		return -EPERM;

	ring = usbsi_ring_make(file->dev, slots, slot_size);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	how->slots = ring->index.slots;
	how->slot_size = ring->slot_size;
	how->data_size = (u64)ring->data_pages << PAGE_SHIFT;
	how->kernel_size = ring->kernel_size;
	how->user_size = PAGE_SIZE;

	mutex_lock(&file->ring_mutex);
	/* Under usbsi_dev.lock too, since poll() looks at it there. */
	spin_lock_irq(&file->dev->lock);
	if (file->ring)
		ret = -EBUSY;
	else
		file->ring = ring;
	spin_unlock_irq(&file->dev->lock);
	mutex_unlock(&file->ring_mutex);
	if (ret)
		usbsi_ring_put(ring);
	return ret;
}

static struct usbsi_ring *usbsi_ring_detach(struct usbsi_file *file)
{
	struct usbsi_ring *ring;

	mutex_lock(&file->ring_mutex);
	ring = file->ring;
	spin_lock_irq(&file->dev->lock);
	file->ring = NULL;
	spin_unlock_irq(&file->dev->lock);
	mutex_unlock(&file->ring_mutex);
	return ring;
}

/* No work of the ring is left when its file lets go of it: the file pins the module. */
static void usbsi_ring_let_go(struct usbsi_ring *ring)
{
	cancel_delayed_work_sync(&ring->latency_work);
	cancel_delayed_work_sync(&ring->grace_work);
	if (cancel_work_sync(&ring->drain_work))
		usbsi_ring_put(ring);
	usbsi_ring_put(ring);
}

/**
 * usbsi_ring_free() - RING_FREE
 * @file: has a ring; mappings of it stay
 *
 * Context: Process context, sleeps.
 * Return: 0, -ENXIO without a ring, -EBUSY during a stream.
 */
int usbsi_ring_free(struct usbsi_file *file)
{
	struct usbsi_dev *dev = file->dev;
	struct usbsi_ring *ring = NULL;
	int ret = 0;

	/* Against STREAM_START, which looks at the ring under this mutex. */
	mutex_lock(&dev->io_mutex);
	if (!file->ring)
		ret = -ENXIO;
	else if (READ_ONCE(dev->stream) == file->ring)
		ret = -EBUSY;
	else
		ring = usbsi_ring_detach(file);
	mutex_unlock(&dev->io_mutex);
	if (ring)
		usbsi_ring_let_go(ring);
	return ret;
}

/**
 * usbsi_ring_close() - drop the file's ring, if it has one
 * @file: on its way out, no stream runs
 *
 * Context: Process context, sleeps.
 */
void usbsi_ring_close(struct usbsi_file *file)
{
	struct usbsi_ring *ring = usbsi_ring_detach(file);

	if (ring)
		usbsi_ring_let_go(ring);
}
