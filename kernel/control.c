// SPDX-License-Identifier: GPL-2.0-only
/*
 * CONTROL and CLEAR_HALT: requests on endpoint 0, of which a client may send
 * those that concern its own interface.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "usbsi.h"

#define USBSI_CONTROL_DEFAULT_MS	5000
#define USBSI_CONTROL_MAX_MS		60000

/*
 * Class requests of the still image class (USB Still Image Capture Device
 * Definition 1.0, section 5.2): some devices want wIndex 0 there, whatever the
 * interface's number is.
 */
#define USBSI_CLASS_REQUEST_FIRST	0x64
#define USBSI_CLASS_REQUEST_LAST	0x67

/**
 * usbsi_control_transfer() - one transfer on endpoint 0
 * @call: has no pipe
 * @setup: the setup packet
 * @buf: bytes to send or room for those that come, le16_to_cpu(@setup->wLength); DMA-safe
 * @actual: out: bytes transferred
 *
 * Context: Process context, sleeps up to the call's deadline, killable.
 * Return: as usbsi_pipe_claim() and usbsi_pipe_transfer().
 */
int usbsi_control_transfer(struct usbsi_call *call, const struct usb_ctrlrequest *setup,
			   void *buf, unsigned int *actual)
{
	struct usbsi_dev *dev = call->file->dev;
	struct usbsi_pipe *pipe = &dev->control;
	unsigned int where;
	int ret;

	*actual = 0;
	ret = usbsi_pipe_claim(call, pipe);
	if (ret)
		return ret;
	*dev->setup = *setup;
	if (setup->bRequestType & USB_DIR_IN && setup->wLength)
		where = usb_rcvctrlpipe(dev->udev, 0);
	else
		where = usb_sndctrlpipe(dev->udev, 0);
	usb_fill_control_urb(pipe->urb, dev->udev, where, (unsigned char *)dev->setup, buf,
			     le16_to_cpu(setup->wLength), usbsi_pipe_complete, pipe);
	ret = usbsi_pipe_transfer(call, actual);
	usbsi_pipe_release(call);
	return ret;
}

/*
 * A request without data has no direction, whatever its type says (USB 2.0,
 * section 9.3.1): to usbcore and to this driver it is OUT.
 */
static bool usbsi_control_in(const struct usbsi_control *control)
{
	return control->request_type & USB_DIR_IN && control->length;
}

static bool usbsi_own_endpoint(const struct usbsi_dev *dev, u16 index)
{
	return index && (index == dev->in.address || index == dev->out.address ||
			 index == dev->interrupt.address);
}

static bool usbsi_own_recipient(const struct usbsi_dev *dev, u8 recipient, u16 index)
{
	switch (recipient) {
	case USB_RECIP_INTERFACE:
		return (index & 0xff) == dev->interface_number;
	case USB_RECIP_ENDPOINT:
		return usbsi_own_endpoint(dev, index);
	default:
		return false;
	}
}

/* CLEAR_FEATURE(ENDPOINT_HALT) is looked at elsewhere, since the host has its share in it. */
static bool usbsi_control_allowed(const struct usbsi_dev *dev, const struct usbsi_control *control)
{
	u8 recipient = control->request_type & USB_RECIP_MASK;

	switch (control->request_type & USB_TYPE_MASK) {
	case USB_TYPE_CLASS:
		if (recipient == USB_RECIP_INTERFACE && !control->index &&
		    control->request >= USBSI_CLASS_REQUEST_FIRST &&
		    control->request <= USBSI_CLASS_REQUEST_LAST)
			return true;
		return usbsi_own_recipient(dev, recipient, control->index);
	case USB_TYPE_VENDOR:
		return recipient == USB_RECIP_DEVICE ||
		       usbsi_own_recipient(dev, recipient, control->index);
	case USB_TYPE_STANDARD:
		return control->request == USB_REQ_GET_STATUS &&
		       usbsi_control_in(control) &&
		       usbsi_own_endpoint(dev, control->index) &&
		       recipient == USB_RECIP_ENDPOINT;
	default:
		return false;
	}
}

static bool usbsi_is_clear_halt(const struct usbsi_dev *dev, const struct usbsi_control *control)
{
	return control->request_type == USB_RECIP_ENDPOINT &&
	       control->request == USB_REQ_CLEAR_FEATURE &&
	       control->value == USB_ENDPOINT_HALT && !control->length &&
	       usbsi_own_endpoint(dev, control->index);
}

static int usbsi_control_data(struct usbsi_call *call, struct usbsi_control *control)
{
	bool in = usbsi_control_in(control);
	struct usb_ctrlrequest setup = {
		.bRequestType	= control->request_type,
		.bRequest	= control->request,
		.wValue		= cpu_to_le16(control->value),
		.wIndex		= cpu_to_le16(control->index),
		.wLength	= cpu_to_le16(control->length),
	};
	void __user *user = u64_to_user_ptr(control->data);
	u8 *buf = NULL;
	int ret;

	if (control->length) {
		/* Zeroed, though only what came is copied out. */
		buf = kzalloc(control->length, GFP_KERNEL | __GFP_NOWARN);
		if (!buf)
			return -ENOMEM;
	}
	ret = -EFAULT;
	if (!in && copy_from_user(buf, user, control->length))
		goto out;
	ret = usbsi_control_transfer(call, &setup, buf, &control->actual);
	if (!ret && in && copy_to_user(user, buf, control->actual))
		ret = -EFAULT;
out:
	kfree(buf);
	return ret;
}

static u32 usbsi_selector(const struct usbsi_dev *dev, u16 address)
{
	if (address == dev->in.address)
		return USBSI_ENDPOINT_READ;
	return address == dev->out.address ? USBSI_ENDPOINT_WRITE : USBSI_ENDPOINT_EVENT;
}

/**
 * usbsi_control() - CONTROL
 * @file: open for writing
 * @control: the request; actual is set
 * @nonblock: do not wait for the device lock, which OUT needs
 *
 * Context: Process context, sleeps up to the request's timeout, killable.
 * Return: 0; -EINVAL for a timeout out of range, -EACCES for a request that is
 * none of the client's business, -ENOLCK, -EAGAIN, -EFAULT, -ENOMEM; else as
 * usbsi_pipe_transfer().
 */
int usbsi_control(struct usbsi_file *file, struct usbsi_control *control, bool nonblock)
{
	struct usbsi_dev *dev = file->dev;
	struct usbsi_call call;
	int ret;

	if (control->timeout_ms > USBSI_CONTROL_MAX_MS)
		return -EINVAL;
	control->actual = 0;
	if (usbsi_is_clear_halt(dev, control))
		return usbsi_clear_halt(file, usbsi_selector(dev, control->index), nonblock);
	if (!usbsi_control_allowed(dev, control))
		return -EACCES;

	usbsi_call_begin(&call, file, control->timeout_ms ?: USBSI_CONTROL_DEFAULT_MS);
	if (usbsi_control_in(control))
		return usbsi_control_data(&call, control);
	ret = usbsi_lock_hold(&call, nonblock);
	if (ret)
		return ret;
	ret = usbsi_control_data(&call, control);
	usbsi_lock_drop(file);
	return ret;
}

/**
 * usbsi_control_clear_halt() - the device's share in clearing a halt
 * @call: may have a pipe
 * @address: bEndpointAddress
 *
 * The host's share is usb_reset_endpoint(): its data toggle or sequence number.
 *
 * Context: Process context, sleeps up to the call's deadline, killable.
 * Return: as usbsi_control_transfer().
 */
int usbsi_control_clear_halt(struct usbsi_call *call, u8 address)
{
	struct usb_ctrlrequest setup = {
		.bRequestType	= USB_RECIP_ENDPOINT,
		.bRequest	= USB_REQ_CLEAR_FEATURE,
		.wValue		= cpu_to_le16(USB_ENDPOINT_HALT),
		.wIndex		= cpu_to_le16(address),
	};
	struct usbsi_call control = *call;
	unsigned int actual;

	control.pipe = NULL;
	return usbsi_control_transfer(&control, &setup, NULL, &actual);
}

static int usbsi_clear_halt_pipe(struct usbsi_call *call, struct usbsi_pipe *pipe)
{
	struct usbsi_dev *dev = pipe->dev;
	int ret;

	ret = usbsi_control_clear_halt(call, pipe->address);
	if (ret)
		return ret;

	/* Not interruptible: the device has done its share. */
	mutex_lock(&dev->io_mutex);
	ret = usbsi_ready(dev);
	if (!ret)
		usb_reset_endpoint(dev->udev, pipe->address);
	mutex_unlock(&dev->io_mutex);
	return ret;
}

/**
 * usbsi_clear_halt() - CLEAR_HALT
 * @file: open for writing
 * @endpoint: &enum usbsi_endpoint_selector
 * @nonblock: do not wait for the device lock
 *
 * Drops what the file has left over from that pipe.
 *
 * Context: Process context, sleeps, killable.
 * Return: 0; -EINVAL, -EBUSY during a stream, -ENOLCK, -EAGAIN; else as
 * usbsi_pipe_transfer().
 */
int usbsi_clear_halt(struct usbsi_file *file, u32 endpoint, bool nonblock)
{
	struct usbsi_dev *dev = file->dev;
	struct usbsi_pipe *pipe = endpoint == USBSI_ENDPOINT_READ ? &dev->in : &dev->out;
	struct usbsi_call call;
	int ret;

	if (endpoint > USBSI_ENDPOINT_WRITE ||
	    (endpoint == USBSI_ENDPOINT_EVENT && !dev->interrupt.address))
		return -EINVAL;
	usbsi_call_begin(&call, file, USBSI_CONTROL_DEFAULT_MS);
	ret = usbsi_lock_hold(&call, nonblock);
	if (ret)
		return ret;
	if (endpoint == USBSI_ENDPOINT_EVENT) {
		ret = usbsi_interrupt_clear(&call);
		goto out;
	}
	ret = usbsi_pipe_claim(&call, pipe);
	if (ret)
		goto out;
	ret = usbsi_clear_halt_pipe(&call, pipe);
	if (!ret && endpoint == USBSI_ENDPOINT_READ) {
		spin_lock_irq(&dev->lock);
		usbsi_drop_left(file);
		pipe->discont = true;
		spin_unlock_irq(&dev->lock);
	}
	usbsi_pipe_release(&call);
out:
	usbsi_lock_drop(file);
	return ret;
}
