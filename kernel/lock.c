// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device lock.
 *
 * It belongs to an open file description.  LOCK holds it until UNLOCK; a call
 * of the data client holds it for its own length; a stream holds it until it is
 * terminal.  usbsi_dev.owner_holds counts these; at 0 the lock goes to the head
 * of a FIFO of waiters, each of which sleeps on a queue of its own.
 *
 * What has the lock may be joined by its own file at any time: a read() in one
 * thread may be waiting for the answer to the write() that another is about to
 * do, so nobody may come between them.
 */
#include <linux/list.h>
#include <linux/sched/signal.h>

#include "usbsi.h"

/**
 * struct usbsi_waiter - a task that waits for the device lock, on its stack
 * @entry: in usbsi_dev.waiters until granted
 * @call: who waits
 * @wq: woken when granted, at abort and unplug
 * @explicit: waits in LOCK
 * @granted: has it
 */
struct usbsi_waiter {
	struct list_head	entry;
	struct usbsi_call	*call;
	wait_queue_head_t	wq;
	bool			explicit;
	bool			granted;
};

static bool usbsi_lock_take(struct usbsi_dev *dev, struct usbsi_file *file)
{
	lockdep_assert_held(&dev->lock);
	if (!dev->owner && list_empty(&dev->waiters))
		dev->owner = file;
	if (dev->owner != file)
		return false;
	dev->owner_holds++;
	return true;
}

static void usbsi_lock_locked_event(struct usbsi_file *file, u32 held)
{
	file->locked = held;
	usbsi_event(file->dev, USBSI_EVENT_LOCK, &held, sizeof(held));
}

/* A free lock goes to the first waiter, and to all waiters of the same file. */
static void usbsi_lock_grant(struct usbsi_dev *dev)
{
	struct usbsi_waiter *waiter, *next;

	lockdep_assert_held(&dev->lock);
	if (dev->state & USBSI_STATE_GONE)
		return;
	list_for_each_entry_safe(waiter, next, &dev->waiters, entry) {
		struct usbsi_file *file = waiter->call->file;

		if (!dev->owner)
			dev->owner = file;
		if (dev->owner != file)
			continue;
		dev->owner_holds++;
		list_del_init(&waiter->entry);
		waiter->granted = true;
		if (waiter->explicit)
			usbsi_lock_locked_event(file, true);
		wake_up(&waiter->wq);
	}
}

static bool usbsi_waiter_done(void *arg)
{
	struct usbsi_waiter *waiter = arg;
	struct usbsi_dev *dev = waiter->call->file->dev;
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&dev->lock, flags);
	waiter->call->result = usbsi_call_check(waiter->call);
	done = waiter->granted;
	spin_unlock_irqrestore(&dev->lock, flags);
	return done || waiter->call->result;
}

/* Called with the waiter set up and the lock held, returns with it released. */
static int usbsi_lock_wait(struct usbsi_waiter *waiter, unsigned int task_state)
	__releases(&waiter->call->file->dev->lock)
{
	struct usbsi_call *call = waiter->call;
	struct usbsi_dev *dev = call->file->dev;
	int ret;

	init_waitqueue_head(&waiter->wq);
	waiter->granted = false;
	list_add_tail(&waiter->entry, &dev->waiters);
	spin_unlock_irq(&dev->lock);

	ret = usbsi_wait(&waiter->wq, usbsi_waiter_done, waiter, task_state,
			 call->forever ? NULL : &call->deadline);

	spin_lock_irq(&dev->lock);
	if (waiter->granted) {
		/*
		 * Whatever came at the same time.  Another thread may have given
		 * it back already: then it was got all the same.
		 */
		ret = dev->state & USBSI_STATE_GONE ? -ENODEV : 0;
	} else {
		if (!ret)
			ret = call->result;
		list_del(&waiter->entry);
		usbsi_lock_grant(dev);
	}
	spin_unlock_irq(&dev->lock);
	return ret;
}

/**
 * usbsi_lock() - LOCK
 * @file: who wants it; open for writing
 * @how: deadline and flags, checked
 *
 * Context: Process context, sleeps, interruptible; safe to restart, since the
 * deadline is absolute.
 * Return: 0, -EALREADY where this file has the lock or waits for it, -EAGAIN
 * for TRY, -ETIMEDOUT, -ERESTARTSYS, -ECANCELED, -ENODEV, -EHOSTUNREACH where the
 * device sleeps or is being reset when the call begins.
 */
int usbsi_lock(struct usbsi_file *file, const struct usbsi_lock *how)
{
	struct usbsi_dev *dev = file->dev;
	struct usbsi_waiter waiter = { .explicit = true };
	struct usbsi_call call;
	int ret;

	usbsi_call_begin(&call, file, 0);
	call.forever = how->deadline_ns > KTIME_MAX;
	call.deadline = call.forever ? KTIME_MAX : ns_to_ktime(how->deadline_ns);
	waiter.call = &call;

	spin_lock_irq(&dev->lock);
	ret = usbsi_call_check(&call);
	if (!ret && (file->locked || file->lock_waiting))
		ret = -EALREADY;
	if (ret)
		goto out;
	if (usbsi_lock_take(dev, file)) {
		usbsi_lock_locked_event(file, true);
		goto out;
	}
	if (how->flags & USBSI_LOCK_TRY) {
		ret = -EAGAIN;
		goto out;
	}
	file->lock_waiting = true;
	ret = usbsi_lock_wait(&waiter, TASK_INTERRUPTIBLE);
	spin_lock_irq(&dev->lock);
	file->lock_waiting = false;
out:
	spin_unlock_irq(&dev->lock);
	return ret;
}

/**
 * usbsi_unlock_locked() - give back what LOCK took
 * @file: has it
 *
 * Calls and a stream of this file that go on keep the lock until they end.
 *
 * Context: Any. usbsi_dev.lock is held.
 */
void usbsi_unlock_locked(struct usbsi_file *file)
{
	lockdep_assert_held(&file->dev->lock);
	usbsi_lock_locked_event(file, false);
	if (file->dev->data_file != file)
		usbsi_drop_left(file);
	usbsi_lock_drop_locked(file);
}

/**
 * usbsi_unlock() - UNLOCK
 * @file: who gives it back
 *
 * Context: Process context.
 * Return: 0 or -ENOLCK.
 */
int usbsi_unlock(struct usbsi_file *file)
{
	struct usbsi_dev *dev = file->dev;
	int ret = -ENOLCK;

	spin_lock_irq(&dev->lock);
	if (file->locked) {
		usbsi_unlock_locked(file);
		ret = 0;
	}
	spin_unlock_irq(&dev->lock);
	return ret;
}

/**
 * usbsi_lock_hold() - have the device lock for the length of a call
 * @call: the call
 * @nonblock: do not wait for it
 *
 * Context: Process context, sleeps up to the call's deadline, killable.
 * Return: 0, then usbsi_lock_drop() is due; -ENOLCK for a status client that
 * does not have it, -EAGAIN, -ETIMEDOUT, -EINTR, or what usbsi_call_check() says.
 */
int usbsi_lock_hold(struct usbsi_call *call, bool nonblock)
{
	struct usbsi_file *file = call->file;
	struct usbsi_dev *dev = file->dev;
	struct usbsi_waiter waiter = { .call = call };
	int ret;

	spin_lock_irq(&dev->lock);
	ret = usbsi_call_check(call);
	if (ret)
		goto out;
	if (file->mode == USBSI_MODE_STATUS && !file->locked) {
		ret = -ENOLCK;
		goto out;
	}
	if (usbsi_lock_take(dev, file))
		goto out;
	if (nonblock) {
		ret = -EAGAIN;
		goto out;
	}
	ret = usbsi_lock_wait(&waiter, TASK_KILLABLE);
	return ret == -ERESTARTSYS ? -EINTR : ret;
out:
	spin_unlock_irq(&dev->lock);
	return ret;
}

/**
 * usbsi_lock_drop_locked() - end one hold on the device lock
 * @file: whose hold; after unplug nobody has any and nothing happens
 *
 * Context: Any. usbsi_dev.lock is held.
 */
void usbsi_lock_drop_locked(struct usbsi_file *file)
{
	struct usbsi_dev *dev = file->dev;

	lockdep_assert_held(&dev->lock);
	if (dev->owner != file)
		return;
	if (!--dev->owner_holds) {
		dev->owner = NULL;
		usbsi_lock_grant(dev);
	}
}

/**
 * usbsi_lock_drop() - end one hold on the device lock
 * @file: whose hold
 *
 * Context: Process context.
 */
void usbsi_lock_drop(struct usbsi_file *file)
{
	spin_lock_irq(&file->dev->lock);
	usbsi_lock_drop_locked(file);
	spin_unlock_irq(&file->dev->lock);
}

/**
 * usbsi_lock_wake_file() - let a file's waiters see that they are aborted
 * @file: the file
 *
 * Context: Any. usbsi_dev.lock is held.
 */
void usbsi_lock_wake_file(struct usbsi_file *file)
{
	struct usbsi_waiter *waiter;

	lockdep_assert_held(&file->dev->lock);
	list_for_each_entry(waiter, &file->dev->waiters, entry)
		if (waiter->call->file == file)
			wake_up(&waiter->wq);
}

/**
 * usbsi_lock_gone() - nobody has or gets the lock of a device that is gone
 * @dev: the device; its state has USBSI_STATE_GONE
 *
 * Context: Any. usbsi_dev.lock is held.
 */
void usbsi_lock_gone(struct usbsi_dev *dev)
{
	struct usbsi_waiter *waiter;

	lockdep_assert_held(&dev->lock);
	if (dev->owner)
		dev->owner->locked = false;
	dev->owner = NULL;
	dev->owner_holds = 0;
	list_for_each_entry(waiter, &dev->waiters, entry)
		wake_up(&waiter->wq);
}
