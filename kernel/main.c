// SPDX-License-Identifier: GPL-2.0-only
/*
 * USB still-image class driver: cameras and scanners as /dev/usbsiN
 *
 * Binds interfaces of class 06, subclass 01, protocol 01 (USB Still Image
 * Capture Device Definition 1.0, section 4.3).  Scanners with a vendor's class
 * are bound by new_id only, with the interface class as its third field, so
 * that other interfaces of the same device are left alone.
 */
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "ring.h"
#include "usbsi.h"

#define USBSI_MINORS	256

static dev_t usbsi_first;
static DEFINE_IDA(usbsi_ida);

static struct class usbsi_class = {
	.name = "usbsi",
};

/* The only place that frees a device: after the last file, mapping and subscription. */
static void usbsi_dev_release(struct device *device)
{
	struct usbsi_dev *dev = to_usbsi_dev(device);

	usbsi_interrupt_free(dev);
	usb_free_urb(dev->in.urb);
	usb_free_urb(dev->out.urb);
	usb_free_urb(dev->control.urb);
	kfree(dev->setup);
	usb_put_intf(dev->intf);
	usb_put_dev(dev->udev);
	kfree(dev);
}

static int usbsi_find_endpoints(struct usbsi_dev *dev)
{
	struct usb_endpoint_descriptor *in, *out, *event;
	int ret;

	ret = usb_find_common_endpoints(dev->intf->cur_altsetting, &in, &out, NULL, NULL);
	if (ret)
		return ret;
	dev->in.address = in->bEndpointAddress;
	dev->in.max_packet = usb_endpoint_maxp(in);
	dev->in.pipe = usb_rcvbulkpipe(dev->udev, in->bEndpointAddress);
	dev->out.address = out->bEndpointAddress;
	dev->out.max_packet = usb_endpoint_maxp(out);
	dev->out.pipe = usb_sndbulkpipe(dev->udev, out->bEndpointAddress);
	if (!dev->in.max_packet || !dev->out.max_packet)
		return -EINVAL;

	/* Not all devices have it, and one that can carry nothing is none. */
	if (usb_find_int_in_endpoint(dev->intf->cur_altsetting, &event) ||
	    !usb_endpoint_maxp(event))
		return 0;
	dev->interrupt.address = event->bEndpointAddress;
	dev->interrupt.interval = event->bInterval;
	dev->interrupt.max_packet = usb_endpoint_maxp(event);
	dev->interrupt.pipe = usb_rcvintpipe(dev->udev, event->bEndpointAddress);
	return 0;
}

static struct usbsi_dev *usbsi_dev_new(struct usb_interface *intf)
{
	struct usbsi_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	device_initialize(&dev->dev);
	dev->dev.class = &usbsi_class;
	dev->dev.parent = &intf->dev;
	dev->dev.release = usbsi_dev_release;
	dev->udev = usb_get_dev(interface_to_usbdev(intf));
	dev->intf = usb_get_intf(intf);
	dev->interface_number = intf->cur_altsetting->desc.bInterfaceNumber;
	mutex_init(&dev->io_mutex);
	spin_lock_init(&dev->lock);
	INIT_LIST_HEAD(&dev->files);
	INIT_LIST_HEAD(&dev->subscriptions);
	INIT_LIST_HEAD(&dev->waiters);
	cdev_init(&dev->cdev, &usbsi_fops);
	dev->cdev.owner = THIS_MODULE;
	return dev;
}

static int usbsi_dev_init(struct usbsi_dev *dev)
{
	int ret;

	ret = usbsi_find_endpoints(dev);
	if (ret)
		return ret;
	dev->setup = kmalloc(sizeof(*dev->setup), GFP_KERNEL);
	if (!dev->setup)
		return -ENOMEM;
	ret = usbsi_pipe_init(dev, &dev->in);
	if (!ret)
		ret = usbsi_pipe_init(dev, &dev->out);
	if (!ret)
		ret = usbsi_pipe_init(dev, &dev->control);
	if (!ret)
		ret = usbsi_interrupt_init(dev);
	return ret;
}

static int usbsi_dev_add(struct usbsi_dev *dev)
{
	int number, ret;

	number = ida_alloc_max(&usbsi_ida, USBSI_MINORS - 1, GFP_KERNEL);
	if (number < 0)
		return number;
	dev->dev.devt = usbsi_first + number;
	ret = dev_set_name(&dev->dev, "usbsi%d", number);
	if (!ret)
		ret = cdev_device_add(&dev->cdev, &dev->dev);
	if (ret)
		ida_free(&usbsi_ida, number);
	return ret;
}

static int usbsi_probe(struct usb_interface *intf, const struct usb_device_id *id)
{
	struct usbsi_dev *dev;
	int ret;

	dev = usbsi_dev_new(intf);
	if (!dev)
		return -ENOMEM;
	ret = usbsi_dev_init(dev);
	if (ret)
		goto err_put;
	usb_set_intfdata(intf, dev);
	ret = usbsi_dev_add(dev);
	if (ret)
		goto err_quiet;
	dev_dbg(&intf->dev, "%s\n", dev_name(&dev->dev));
	return 0;

err_quiet:
	/* The character device comes before the class device: it may have been opened. */
	usbsi_go_quiet(dev, USBSI_STATE_GONE, USBSI_EVENT_GONE);
err_put:
	put_device(&dev->dev);
	return ret;
}

static void usbsi_disconnect(struct usb_interface *intf)
{
	struct usbsi_dev *dev = usb_get_intfdata(intf);
	unsigned int number = MINOR(dev->dev.devt) - MINOR(usbsi_first);

	/*
	 * In this order whoever sees the node vanish finds its open files dead;
	 * an open() in between gets -ENODEV.  What is open keeps the memory.
	 */
	usbsi_go_quiet(dev, USBSI_STATE_GONE, USBSI_EVENT_GONE);
	cdev_device_del(&dev->cdev, &dev->dev);
	ida_free(&usbsi_ida, number);
	put_device(&dev->dev);
}

static const struct usb_device_id usbsi_ids[] = {
	{ USB_INTERFACE_INFO(USB_CLASS_STILL_IMAGE, 1, 1) },
	{ }
};
MODULE_DEVICE_TABLE(usb, usbsi_ids);

struct usb_driver usbsi_driver = {
	.name		= "usbsi",
	.probe		= usbsi_probe,
	.disconnect	= usbsi_disconnect,
	.suspend	= usbsi_suspend,
	.resume		= usbsi_resume,
	.reset_resume	= usbsi_reset_resume,
	.pre_reset	= usbsi_pre_reset,
	.post_reset	= usbsi_post_reset,
	.id_table	= usbsi_ids,
};

static int __init usbsi_init(void)
{
	int ret;

	ret = class_register(&usbsi_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&usbsi_first, 0, USBSI_MINORS, "usbsi");
	if (ret)
		goto err_class;
	ret = usb_register(&usbsi_driver);
	if (ret)
		goto err_region;
	return 0;

err_region:
	unregister_chrdev_region(usbsi_first, USBSI_MINORS);
err_class:
	class_unregister(&usbsi_class);
	return ret;
}
module_init(usbsi_init);

static void __exit usbsi_exit(void)
{
	usb_deregister(&usbsi_driver);
	unregister_chrdev_region(usbsi_first, USBSI_MINORS);
	class_unregister(&usbsi_class);
	ida_destroy(&usbsi_ida);
}
module_exit(usbsi_exit);

MODULE_DESCRIPTION("USB still-image class driver (cameras, scanners)");
MODULE_AUTHOR("usbsi developers");
MODULE_LICENSE("GPL");
