// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend, reset and unplug: states in which no transfer may be in flight.
 *
 * All three go the same way: set the state, so that nothing begins; wake who
 * waits, so that calls end by themselves; end the stream; poison the URBs of
 * calls, which takes back those whose task is frozen meanwhile.  A task never
 * has to run for a device to become quiet.
 */
#include "ring.h"
#include "usbsi.h"

/**
 * usbsi_ready() - may transfers be submitted?
 * @dev: the device
 *
 * Context: Any; the answer lasts while usbsi_dev.lock is held.
 * Return: 0, -ENODEV after unplug, -EHOSTUNREACH during suspend and reset.
 */
int usbsi_ready(struct usbsi_dev *dev)
{
	u32 state = READ_ONCE(dev->state);

	if (!state)
		return 0;
	return state & USBSI_STATE_GONE ? -ENODEV : -EHOSTUNREACH;
}

static void usbsi_wake_calls(struct usbsi_dev *dev)
{
	wake_up_all(&dev->in.wq);
	wake_up_all(&dev->out.wq);
	wake_up_all(&dev->control.wq);
}

/**
 * usbsi_go_quiet() - end all transfers and begin none
 * @dev: the device
 * @state: the USBSI_STATE_* that is the reason
 * @event: &enum usbsi_event_type to report, 0 for none
 *
 * Context: Process context, sleeps, but never for a task.
 */
void usbsi_go_quiet(struct usbsi_dev *dev, u32 state, u32 event)
{
	struct usbsi_file *file;

	spin_lock_irq(&dev->lock);
	if (event)
		usbsi_event(dev, event, NULL, 0);
	WRITE_ONCE(dev->state, dev->state | state);
	if (state & USBSI_STATE_GONE) {
		usbsi_lock_gone(dev);
		usbsi_subscriptions_wake(dev);
		list_for_each_entry(file, &dev->files, entry)
			wake_up_interruptible(&file->wq);
	}
	spin_unlock_irq(&dev->lock);
	usbsi_wake_calls(dev);

	usbsi_stream_stop_dev(dev, usbsi_ready(dev));
	usb_poison_urb(dev->in.urb);
	usb_poison_urb(dev->out.urb);
	usb_poison_urb(dev->control.urb);
	usbsi_interrupt_stop(dev);
	/* Nobody is between usbsi_ready() and usb_reset_endpoint() now. */
	mutex_lock(&dev->io_mutex);
	mutex_unlock(&dev->io_mutex);
}

/**
 * usbsi_go_on() - the opposite of usbsi_go_quiet()
 * @dev: the device
 * @state: as there
 * @event: &enum usbsi_event_type to report
 *
 * Context: Process context, sleeps. No memory is allocated: the device may be
 * what memory is waiting for.
 */
void usbsi_go_on(struct usbsi_dev *dev, u32 state, u32 event)
{
	struct usbsi_file *file;

	usb_unpoison_urb(dev->in.urb);
	usb_unpoison_urb(dev->out.urb);
	usb_unpoison_urb(dev->control.urb);
	spin_lock_irq(&dev->lock);
	WRITE_ONCE(dev->state, dev->state & ~state);
	usbsi_event(dev, event, NULL, 0);
	if (event == USBSI_EVENT_RESET) {
		dev->in.discont = true;
		dev->resets++;
		list_for_each_entry(file, &dev->files, entry)
			usbsi_drop_left(file);
	}
	spin_unlock_irq(&dev->lock);
	usbsi_interrupt_restart(dev);
}

/**
 * usbsi_suspend() - usb_driver.suspend
 * @intf: the interface
 * @message: system sleep; autosuspend is not supported
 *
 * Return: 0.
 */
int usbsi_suspend(struct usb_interface *intf, pm_message_t message)
{
	usbsi_go_quiet(usb_get_intfdata(intf), USBSI_STATE_SUSPENDED, USBSI_EVENT_SUSPEND);
	return 0;
}

/**
 * usbsi_resume() - usb_driver.resume: the device has kept its state
 * @intf: the interface
 *
 * Return: 0.
 */
int usbsi_resume(struct usb_interface *intf)
{
	usbsi_go_on(usb_get_intfdata(intf), USBSI_STATE_SUSPENDED, USBSI_EVENT_RESUME);
	return 0;
}

/**
 * usbsi_reset_resume() - usb_driver.reset_resume: it has not
 * @intf: the interface
 *
 * Return: 0.
 */
int usbsi_reset_resume(struct usb_interface *intf)
{
	usbsi_go_on(usb_get_intfdata(intf), USBSI_STATE_SUSPENDED, USBSI_EVENT_RESET);
	return 0;
}

/**
 * usbsi_pre_reset() - usb_driver.pre_reset
 * @intf: the interface
 *
 * Return: 0.
 */
int usbsi_pre_reset(struct usb_interface *intf)
{
	usbsi_go_quiet(usb_get_intfdata(intf), USBSI_STATE_RESETTING, 0);
	return 0;
}

/**
 * usbsi_post_reset() - usb_driver.post_reset
 * @intf: the interface
 *
 * Return: 0.
 */
int usbsi_post_reset(struct usb_interface *intf)
{
	usbsi_go_on(usb_get_intfdata(intf), USBSI_STATE_RESETTING, USBSI_EVENT_RESET);
	return 0;
}
