// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients: who they are, which mode they are in, and INFO, which tells others.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ring.h"
#include "usbsi.h"

/**
 * usbsi_client_note() - remember who uses a file
 * @file: used by the current task
 *
 * Context: Process context. usbsi_dev.lock is held.
 */
void usbsi_client_note(struct usbsi_file *file)
{
	struct pid *pid = task_tgid(current);

	lockdep_assert_held(&file->dev->lock);
	if (file->pid == pid)
		return;
	put_pid(file->pid);
	file->pid = get_pid(pid);
	/*
	 * Not get_task_comm(): the lock that it takes is not safe against
	 * interrupts, which ours is.  A torn name hurts nobody.
	 */
	strscpy_pad(file->comm, current->comm, sizeof(file->comm));
}

static void usbsi_client_fill(struct usbsi_client *client, const struct usbsi_file *file)
{
	if (!file)
		return;
	client->pid = pid_vnr(file->pid) ?: -1;
	client->mode = file->mode;
	memcpy(client->comm, file->comm, sizeof(client->comm));
}

static void usbsi_info_device(struct usbsi_dev *dev, struct usbsi_info *info)
{
	const struct usb_device_descriptor *device = &dev->udev->descriptor;
	const struct usb_interface_descriptor *interface = &dev->intf->altsetting[0].desc;

	info->vendor = le16_to_cpu(device->idVendor);
	info->product = le16_to_cpu(device->idProduct);
	info->device_release = le16_to_cpu(device->bcdDevice);
	info->interface_number = dev->interface_number;
	info->interface_class = interface->bInterfaceClass;
	info->interface_subclass = interface->bInterfaceSubClass;
	info->interface_protocol = interface->bInterfaceProtocol;
	info->speed = dev->udev->speed;
	info->bus = dev->udev->bus->busnum;
	info->device = dev->udev->devnum;
	info->endpoint[USBSI_ENDPOINT_EVENT].address = dev->interrupt.address;
	info->endpoint[USBSI_ENDPOINT_EVENT].interval = dev->interrupt.interval;
	info->endpoint[USBSI_ENDPOINT_EVENT].max_packet = dev->interrupt.max_packet;
	info->endpoint[USBSI_ENDPOINT_READ].address = dev->in.address;
	info->endpoint[USBSI_ENDPOINT_READ].max_packet = dev->in.max_packet;
	info->endpoint[USBSI_ENDPOINT_WRITE].address = dev->out.address;
	info->endpoint[USBSI_ENDPOINT_WRITE].max_packet = dev->out.max_packet;
	info->ring_bytes_limit = usbsi_ring_room(dev);
	if (dev->interrupt.address)
		info->features |= USBSI_FEATURE_EVENT_PIPE;
	if (usbsi_ring_possible(dev))
		info->features |= USBSI_FEATURE_RING;
}

/**
 * usbsi_info() - INFO
 * @file: who asks, in any mode
 * @info: out
 *
 * Works after unplug as well, then with USBSI_STATE_GONE.
 *
 * Context: Process context.
 */
void usbsi_info(struct usbsi_file *file, struct usbsi_info *info)
{
	struct usbsi_dev *dev = file->dev;

	memset(info, 0, sizeof(*info));
	usbsi_info_device(dev, info);

	spin_lock_irq(&dev->lock);
	info->mode = file->mode;
	info->state = dev->state;
	usbsi_client_fill(&info->data_client, dev->data_file);
	usbsi_client_fill(&info->lock_owner, dev->owner);
	info->event_head = dev->log.head;
	info->event_oldest = usbsi_log_oldest(&dev->log);
	info->event_data_start = dev->data_start;
	info->dropped_bytes = dev->dropped_bytes;
	spin_unlock_irq(&dev->lock);
}

/**
 * usbsi_drop_left() - drop what a file has left over
 * @file: the file
 *
 * Context: Any. usbsi_dev.lock is held.
 */
void usbsi_drop_left(struct usbsi_file *file)
{
	lockdep_assert_held(&file->dev->lock);
	file->dev->dropped_bytes += file->left_len;
	file->left_len = 0;
	file->read_error = 0;
}

static void usbsi_mode_event(struct usbsi_dev *dev, u32 mode)
{
	usbsi_event(dev, USBSI_EVENT_MODE, &mode, sizeof(mode));
}

static int usbsi_take_data(struct usbsi_file *file, u32 mode)
{
	struct usbsi_dev *dev = file->dev;

	if (dev->state & USBSI_STATE_GONE)
		return -ENODEV;
	if (dev->data_file && dev->data_file != file)
		return -EBUSY;
	if (!dev->data_file) {
		dev->data_file = file;
		dev->data_start = dev->log.head;
	}
	file->mode = mode;
	usbsi_mode_event(dev, mode);
	return 0;
}

static void usbsi_leave_data(struct usbsi_file *file)
{
	struct usbsi_dev *dev = file->dev;

	file->mode = USBSI_MODE_STATUS;
	if (dev->data_file != file)
		return;
	dev->data_file = NULL;
	usbsi_drop_left(file);
	usbsi_mode_event(dev, USBSI_MODE_STATUS);
}

/**
 * usbsi_set_mode() - SET_MODE
 * @file: who asks
 * @mode: &enum usbsi_mode
 * @writable: the file is open for writing
 *
 * Going to status mode stops the file's stream first.
 *
 * Context: Process context, sleeps.
 * Return: 0; -EINVAL, -EBADF where data mode is wanted of a file that is not
 * writable, -EBUSY where another file has it, -ENODEV.
 */
int usbsi_set_mode(struct usbsi_file *file, u32 mode, bool writable)
{
	struct usbsi_dev *dev = file->dev;
	int ret = 0;

	if (mode < USBSI_MODE_STATUS || mode > USBSI_MODE_BOTH)
		return -EINVAL;
	if (mode != USBSI_MODE_STATUS && !writable)
		return -EBADF;

	/* Against STREAM_START, which must not follow the stop below. */
	mutex_lock(&dev->io_mutex);
	if (mode == USBSI_MODE_STATUS)
		usbsi_stream_stop_file(file);
	spin_lock_irq(&dev->lock);
	usbsi_client_note(file);
	if (mode == USBSI_MODE_STATUS)
		usbsi_leave_data(file);
	else
		ret = usbsi_take_data(file, mode);
	spin_unlock_irq(&dev->lock);
	mutex_unlock(&dev->io_mutex);
	return ret;
}

/**
 * usbsi_client_gone() - take a file out of everything before it is freed
 * @file: its last reference is being dropped, so no call of it is under way
 *
 * Context: Process context, sleeps.
 */
void usbsi_client_gone(struct usbsi_file *file)
{
	struct usbsi_dev *dev = file->dev;

	mutex_lock(&dev->io_mutex);
	usbsi_stream_stop_file(file);
	spin_lock_irq(&dev->lock);
	usbsi_leave_data(file);
	if (file->locked)
		usbsi_unlock_locked(file);
	list_del(&file->entry);
	spin_unlock_irq(&dev->lock);
	mutex_unlock(&dev->io_mutex);
	put_pid(file->pid);
}
