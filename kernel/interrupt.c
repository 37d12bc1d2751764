// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt endpoint: its packets go into the event log.
 *
 * URBs are in flight while somebody has a file or a subscription open and the
 * device is awake.  Each is sent again from its completion handler as long as
 * all goes well.  One that failed stays where it is until the work, after a
 * pause that doubles, has stopped them all, cleared a stall and started anew:
 * a device that fails every transfer costs next to nothing.
 *
 * Stopping takes interrupt.running away under usbsi_dev.lock first, so that
 * neither the handlers nor the work submit or queue anything after it; then it
 * waits for the work, then for the URBs.
 */
#include <linux/slab.h>

#include "usbsi.h"

#define USBSI_INTERRUPT_PAUSE_MS	50
#define USBSI_INTERRUPT_FAILURES	8

static void usbsi_interrupt_failed(struct usbsi_dev *dev, int status)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;
	s32 error = status;

	lockdep_assert_held(&dev->lock);
	if (status == -EPIPE)
		interrupt->stalled = true;
	if (delayed_work_pending(&interrupt->work))
		return;
	if (interrupt->failures++ < USBSI_INTERRUPT_FAILURES) {
		schedule_delayed_work(&interrupt->work,
				      msecs_to_jiffies(USBSI_INTERRUPT_PAUSE_MS <<
						       interrupt->failures));
		return;
	}
	interrupt->running = false;
	usbsi_event(dev, USBSI_EVENT_EVENTS_LOST, &error, sizeof(error));
}

static void usbsi_interrupt_complete(struct urb *urb)
{
	struct usbsi_dev *dev = urb->context;
	struct usbsi_interrupt *interrupt = &dev->interrupt;
	int status = urb->status;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (!status) {
		interrupt->failures = 0;
		/* An empty packet is no event. */
		if (urb->actual_length)
			usbsi_event(dev, USBSI_EVENT_INTERRUPT, urb->transfer_buffer,
				    urb->actual_length);
	}
	if (!interrupt->running)
		goto out;
	switch (status) {
	case -ENOENT:
	case -ECONNRESET:
	case -ESHUTDOWN:
	case -ENODEV:
		goto out;
	case 0:
		status = usb_submit_urb(urb, GFP_ATOMIC);
		if (!status || status == -EPERM || status == -ENODEV)
			goto out;
	}
	usbsi_interrupt_failed(dev, status);
out:
	spin_unlock_irqrestore(&dev->lock, flags);
}

static void usbsi_interrupt_submit(struct usbsi_dev *dev)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;
	unsigned int i;
	int ret;

	spin_lock_irq(&dev->lock);
	for (i = 0; i < USBSI_INTERRUPT_URBS && interrupt->running; i++) {
		ret = usb_submit_urb(interrupt->urb[i], GFP_ATOMIC);
		if (ret && ret != -ENODEV && ret != -EPERM)
			usbsi_interrupt_failed(dev, ret);
	}
	spin_unlock_irq(&dev->lock);
}

static void usbsi_interrupt_kill(struct usbsi_interrupt *interrupt)
{
	int i;

	for (i = USBSI_INTERRUPT_URBS - 1; i >= 0; i--)
		usb_kill_urb(interrupt->urb[i]);
}

static void usbsi_interrupt_work(struct work_struct *work)
{
	struct usbsi_dev *dev = container_of(work, struct usbsi_dev, interrupt.work.work);
	struct usbsi_interrupt *interrupt = &dev->interrupt;
	bool stalled;

	spin_lock_irq(&dev->lock);
	stalled = interrupt->stalled && interrupt->running;
	interrupt->stalled = false;
	spin_unlock_irq(&dev->lock);

	usbsi_interrupt_kill(interrupt);
	if (stalled)
		usb_clear_halt(dev->udev, interrupt->pipe);
	usbsi_interrupt_submit(dev);
}

static void usbsi_interrupt_halt(struct usbsi_dev *dev)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;

	lockdep_assert_held(&interrupt->mutex);
	spin_lock_irq(&dev->lock);
	interrupt->running = false;
	spin_unlock_irq(&dev->lock);
	cancel_delayed_work_sync(&interrupt->work);
	usbsi_interrupt_kill(interrupt);
}

static void usbsi_interrupt_run(struct usbsi_dev *dev)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;

	lockdep_assert_held(&interrupt->mutex);
	/* After resume and reset a first user or a clear may have been quicker. */
	if (READ_ONCE(interrupt->running))
		return;
	/* After too many failures some may still be in flight. */
	usbsi_interrupt_halt(dev);
	spin_lock_irq(&dev->lock);
	interrupt->running = !usbsi_ready(dev);
	interrupt->failures = 0;
	spin_unlock_irq(&dev->lock);
	usbsi_interrupt_submit(dev);
}

/**
 * usbsi_interrupt_get() - somebody wants events
 * @dev: the device
 *
 * Context: Process context, sleeps.
 * Return: 0, then usbsi_interrupt_put() is due, or -ERESTARTSYS.
 */
int usbsi_interrupt_get(struct usbsi_dev *dev)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;

	if (mutex_lock_interruptible(&interrupt->mutex))
		return -ERESTARTSYS;
	if (!interrupt->users++ && interrupt->address)
		usbsi_interrupt_run(dev);
	mutex_unlock(&interrupt->mutex);
	return 0;
}

/**
 * usbsi_interrupt_put() - somebody wants no more events
 * @dev: the device, present or gone
 *
 * Context: Process context, sleeps.
 */
void usbsi_interrupt_put(struct usbsi_dev *dev)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;

	mutex_lock(&interrupt->mutex);
	if (!--interrupt->users && interrupt->address)
		usbsi_interrupt_halt(dev);
	mutex_unlock(&interrupt->mutex);
}

/**
 * usbsi_interrupt_stop() - before suspend, reset and unplug
 * @dev: the device; usbsi_ready() says no already
 *
 * Context: Process context, sleeps.
 */
void usbsi_interrupt_stop(struct usbsi_dev *dev)
{
	if (!dev->interrupt.address)
		return;
	mutex_lock(&dev->interrupt.mutex);
	usbsi_interrupt_halt(dev);
	mutex_unlock(&dev->interrupt.mutex);
}

/**
 * usbsi_interrupt_restart() - after resume and reset
 * @dev: the device; usbsi_ready() says yes again
 *
 * Context: Process context, sleeps.
 */
void usbsi_interrupt_restart(struct usbsi_dev *dev)
{
	if (!dev->interrupt.address)
		return;
	mutex_lock(&dev->interrupt.mutex);
	if (dev->interrupt.users)
		usbsi_interrupt_run(dev);
	mutex_unlock(&dev->interrupt.mutex);
}

/**
 * usbsi_interrupt_clear() - clear a halt of the endpoint, begin anew
 * @call: of a device that has an interrupt endpoint
 *
 * No lock is held over what the device has to do: packets that come meanwhile
 * are taken, and those that a halted endpoint refuses are the work's business.
 *
 * Context: Process context, sleeps up to the call's deadline, killable.
 * Return: 0, or as usbsi_control_clear_halt().
 */
int usbsi_interrupt_clear(struct usbsi_call *call)
{
	struct usbsi_dev *dev = call->file->dev;
	struct usbsi_interrupt *interrupt = &dev->interrupt;
	int ret;

	ret = usbsi_control_clear_halt(call, interrupt->address);
	if (ret)
		return ret;
	mutex_lock(&interrupt->mutex);
	usbsi_interrupt_halt(dev);
	ret = usbsi_ready(dev);
	if (!ret) {
		usb_reset_endpoint(dev->udev, interrupt->address);
		usbsi_interrupt_run(dev);
	}
	mutex_unlock(&interrupt->mutex);
	return ret;
}

/**
 * usbsi_interrupt_init() - make URBs and buffers
 * @dev: its endpoint's numbers are set
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM; usbsi_interrupt_free() is due in either case.
 */
int usbsi_interrupt_init(struct usbsi_dev *dev)
{
	struct usbsi_interrupt *interrupt = &dev->interrupt;
	unsigned int i;

	mutex_init(&interrupt->mutex);
	INIT_DELAYED_WORK(&interrupt->work, usbsi_interrupt_work);
	if (!interrupt->address)
		return 0;
	for (i = 0; i < USBSI_INTERRUPT_URBS; i++) {
		struct urb *urb = usb_alloc_urb(0, GFP_KERNEL);
		void *buf = kmalloc(interrupt->max_packet, GFP_KERNEL);

		interrupt->urb[i] = urb;
		if (!urb || !buf) {
			kfree(buf);
			return -ENOMEM;
		}
		/* Room for one packet: with more, a full one would wait for the next. */
		usb_fill_int_urb(urb, dev->udev, interrupt->pipe, buf, interrupt->max_packet,
				 usbsi_interrupt_complete, dev, interrupt->interval);
		urb->transfer_flags |= URB_FREE_BUFFER;
	}
	return 0;
}

/**
 * usbsi_interrupt_free() - free what usbsi_interrupt_init() made
 * @dev: nothing of it runs
 *
 * Context: Process context.
 */
void usbsi_interrupt_free(struct usbsi_dev *dev)
{
	unsigned int i;

	for (i = 0; i < USBSI_INTERRUPT_URBS; i++)
		usb_free_urb(dev->interrupt.urb[i]);
}
