// SPDX-License-Identifier: GPL-2.0-only
/*
 * SUBSCRIBE and the event file descriptors that it makes.
 *
 * A subscription is a cursor into the device's log.  It keeps the device's
 * memory alive, not the device; after unplug it gives what is left, the GONE
 * record last, and then -ENODEV.
 */
#include <linux/anon_inodes.h>
#include <linux/bits.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "usbsi.h"

/* Record types that exist */
#define USBSI_EVENT_ALL		(GENMASK_ULL(USBSI_EVENT_GONE, USBSI_EVENT_INTERRUPT))

/**
 * struct usbsi_subscription - an event file descriptor
 * @dev: counted
 * @entry: in usbsi_dev.subscriptions
 * @wq: readers and pollers
 * @read_mutex: one read() at a time; guards @batch
 * @batch: records on their way to user space
 * @reader: place in the log; guarded by usbsi_dev.lock
 */
struct usbsi_subscription {
	struct usbsi_dev	*dev;
	struct list_head	entry;
	wait_queue_head_t	wq;
	struct mutex		read_mutex;	/* batch */
	struct usbsi_event	batch[USBSI_LOG_CHAIN];
	struct usbsi_log_reader	reader;
};

/**
 * usbsi_subscriptions_wake() - wake all readers of events
 * @dev: the device
 *
 * Context: Any. usbsi_dev.lock is held.
 */
void usbsi_subscriptions_wake(struct usbsi_dev *dev)
{
	struct usbsi_subscription *subscription;

	lockdep_assert_held(&dev->lock);
	list_for_each_entry(subscription, &dev->subscriptions, entry)
		wake_up_interruptible(&subscription->wq);
}

/**
 * usbsi_event() - append to a device's log and wake who wants it
 * @dev: the device; once it is gone nothing is appended, since GONE is the last record
 * @type: &enum usbsi_event_type
 * @data: what the record carries, may be NULL
 * @len: its bytes
 *
 * Context: Any. usbsi_dev.lock is held.
 * Return: the sequence number.
 */
u64 usbsi_event(struct usbsi_dev *dev, u32 type, const void *data, size_t len)
{
	u32 flags = dev->data_file ? USBSI_EVENT_F_DATA_CLIENT : 0;
	struct usbsi_subscription *subscription;
	u64 seq;

	lockdep_assert_held(&dev->lock);
	if (dev->state & USBSI_STATE_GONE)
		return dev->log.head;
	list_for_each_entry(subscription, &dev->subscriptions, entry)
		usbsi_log_make_room(&dev->log, &subscription->reader, len);
	seq = usbsi_log_push(&dev->log, type, flags, ktime_get_ns(), data, len);
	list_for_each_entry(subscription, &dev->subscriptions, entry)
		if (usbsi_log_readable(&dev->log, &subscription->reader))
			wake_up_interruptible(&subscription->wq);
	return seq;
}

/* Whether read() need not wait: there is a record, or there will be none. */
static bool usbsi_subscription_ready(struct usbsi_subscription *subscription)
{
	struct usbsi_dev *dev = subscription->dev;
	unsigned long flags;
	bool ready;

	spin_lock_irqsave(&dev->lock, flags);
	ready = dev->state & USBSI_STATE_GONE ||
		usbsi_log_readable(&dev->log, &subscription->reader);
	spin_unlock_irqrestore(&dev->lock, flags);
	return ready;
}

/* What the log has overwritten since the reader stood there counts as lost. */
static void usbsi_subscription_put_back(struct usbsi_subscription *subscription,
					const struct usbsi_log_reader *before)
{
	struct usbsi_log_reader *reader = &subscription->reader;

	usbsi_log_begin(&subscription->dev->log, reader, before->cursor);
	reader->masked += before->masked;
	reader->lost += before->lost;
}

/* Takes a batch, and puts it back where copying fails. */
static ssize_t usbsi_subscription_batch(struct usbsi_subscription *subscription,
					char __user *to, size_t room)
{
	struct usbsi_dev *dev = subscription->dev;
	struct usbsi_log_reader before;
	int ret;

	lockdep_assert_held(&subscription->read_mutex);
	room = min_t(size_t, room, ARRAY_SIZE(subscription->batch));
	spin_lock_irq(&dev->lock);
	before = subscription->reader;
	ret = usbsi_log_read(&dev->log, &subscription->reader, subscription->batch, room);
	spin_unlock_irq(&dev->lock);
	if (ret <= 0)
		return ret;
	if (!copy_to_user(to, subscription->batch, ret * sizeof(subscription->batch[0])))
		return ret;
	spin_lock_irq(&dev->lock);
	usbsi_subscription_put_back(subscription, &before);
	spin_unlock_irq(&dev->lock);
	return -EFAULT;
}

static ssize_t usbsi_subscription_drain(struct usbsi_subscription *subscription,
					char __user *to, size_t room)
{
	size_t taken = 0;
	ssize_t ret = 0;

	while (taken < room) {
		ret = usbsi_subscription_batch(subscription,
					       to + taken * sizeof(struct usbsi_event),
					       room - taken);
		if (ret <= 0)
			break;
		taken += ret;
	}
	return taken ? taken * sizeof(struct usbsi_event) : ret;
}

static ssize_t usbsi_subscription_read(struct file *filp, char __user *to, size_t count,
				       loff_t *pos)
{
	struct usbsi_subscription *subscription = filp->private_data;
	size_t room = count / sizeof(struct usbsi_event);
	ssize_t ret;

	if (!room)
		return -EINVAL;
	for (;;) {
		bool gone = READ_ONCE(subscription->dev->state) & USBSI_STATE_GONE;

		if (mutex_lock_interruptible(&subscription->read_mutex))
			return -ERESTARTSYS;
		ret = usbsi_subscription_drain(subscription, to, room);
		mutex_unlock(&subscription->read_mutex);
		if (ret)
			return ret;
		if (gone)
			return -ENODEV;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(subscription->wq,
					       usbsi_subscription_ready(subscription));
		if (ret)
			return ret;
	}
}

static __poll_t usbsi_subscription_poll(struct file *filp, poll_table *wait)
{
	struct usbsi_subscription *subscription = filp->private_data;
	struct usbsi_dev *dev = subscription->dev;
	__poll_t mask = 0;

	poll_wait(filp, &subscription->wq, wait);
	spin_lock_irq(&dev->lock);
	if (usbsi_log_readable(&dev->log, &subscription->reader))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (dev->state & USBSI_STATE_GONE)
		mask |= EPOLLHUP | EPOLLERR;
	spin_unlock_irq(&dev->lock);
	return mask;
}

static void usbsi_subscription_drop(struct usbsi_subscription *subscription)
{
	struct usbsi_dev *dev = subscription->dev;

	spin_lock_irq(&dev->lock);
	list_del(&subscription->entry);
	spin_unlock_irq(&dev->lock);
	usbsi_interrupt_put(dev);
	put_device(&dev->dev);
	kfree(subscription);
}

static int usbsi_subscription_release(struct inode *inode, struct file *filp)
{
	usbsi_subscription_drop(filp->private_data);
	return 0;
}

static const struct file_operations usbsi_subscription_fops = {
	.owner		= THIS_MODULE,
	.read		= usbsi_subscription_read,
	.poll		= usbsi_subscription_poll,
	.release	= usbsi_subscription_release,
};

/* Where the subscription begins; usbsi_dev.lock is held. */
static int usbsi_subscription_place(struct usbsi_subscription *subscription,
				    const struct usbsi_subscribe *how)
{
	struct usbsi_log *log = &subscription->dev->log;
	u64 seq = how->seq;

	if (how->from == USBSI_SUBSCRIBE_NOW)
		seq = log->head;
	else if (how->from == USBSI_SUBSCRIBE_OLDEST)
		seq = usbsi_log_oldest(log);
	if (seq > log->head)
		return -EINVAL;
	usbsi_log_begin(log, &subscription->reader, seq);
	return 0;
}

static int usbsi_subscription_add(struct usbsi_dev *dev, const struct usbsi_subscribe *how,
				  struct usbsi_subscription *subscription)
{
	int ret;

	subscription->dev = dev;
	subscription->reader.mask = how->mask;
	init_waitqueue_head(&subscription->wq);
	mutex_init(&subscription->read_mutex);

	ret = usbsi_interrupt_get(dev);
	if (ret)
		return ret;
	spin_lock_irq(&dev->lock);
	ret = usbsi_subscription_place(subscription, how);
	if (!ret && dev->state & USBSI_STATE_GONE)
		ret = -ENODEV;
	if (!ret)
		list_add_tail(&subscription->entry, &dev->subscriptions);
	spin_unlock_irq(&dev->lock);
	if (ret)
		usbsi_interrupt_put(dev);
	else
		get_device(&dev->dev);
	return ret;
}

/**
 * usbsi_subscribe() - SUBSCRIBE
 * @file: who asks, in any mode
 * @how: what to subscribe to; fd is set
 * @filp: out: the new file, to be installed at @how->fd, or to be dropped by
 *	fput() and put_unused_fd()
 *
 * Context: Process context.
 * Return: 0; -EINVAL for unknown types or flags or a sequence number that has
 * not been reached, -EUSERS where the device has 256, -EMFILE, -ENOMEM, -ENODEV.
 */
int usbsi_subscribe(struct usbsi_file *file, struct usbsi_subscribe *how, struct file **filp)
{
	int flags = O_CLOEXEC | (how->flags & USBSI_SUBSCRIBE_NONBLOCK ? O_NONBLOCK : 0);
	struct usbsi_subscription *subscription;
	int ret;

	if (how->flags & ~USBSI_SUBSCRIBE_NONBLOCK || how->reserved ||
	    how->from > USBSI_SUBSCRIBE_SEQ || how->mask & ~USBSI_EVENT_ALL)
		return -EINVAL;

	subscription = kzalloc(sizeof(*subscription), GFP_KERNEL_ACCOUNT);
	if (!subscription)
		return -ENOMEM;
	ret = usbsi_subscription_add(file->dev, how, subscription);
	if (ret) {
		kfree(subscription);
		return ret;
	}
	*filp = anon_inode_getfile("[usbsi-event]", &usbsi_subscription_fops, subscription,
				   O_RDONLY | flags);
	if (IS_ERR(*filp)) {
		ret = PTR_ERR(*filp);
		usbsi_subscription_drop(subscription);
		return ret;
	}
	ret = get_unused_fd_flags(flags);
	if (ret < 0) {
		fput(*filp);
		return ret;
	}
	how->fd = ret;
	return 0;
}
