// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which devices there are
 *
 * Every character device of the class usbsi is one.  So that a user is not
 * told "no device" when another program has taken the interface away, every
 * interface 06/01/01 without such a node is listed as well, with whoever has it.
 */
#include "device.h"
#include "list.h"

#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *copy(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

static unsigned int attribute(struct udev_device *device, const char *name, int base)
{
	const char *text = udev_device_get_sysattr_value(device, name);

	return text ? (unsigned int)strtoul(text, NULL, base) : 0;
}

static void ask_driver(struct usbsi_device_entry *entry)
{
	struct usbsi_transport *transport;
	struct usbsi_device_info info;

	if (transport_kernel_open(entry->node, false, &transport) < 0)
		return;
	if (!transport->ops->info(transport, &info)) {
		entry->holder = info.data_client;
		entry->mode = info.data_client.pid ? info.data_client.mode : USBSI_OPEN_STATUS;
	}
	transport->ops->close(transport);
}

static void ask_usbfs(struct usbsi_device_entry *entry, struct udev_device *device)
{
	char path[64];

	if (!entry->driver || strcmp(entry->driver, "usbfs"))
		return;
	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", attribute(device, "busnum", 10),
		 attribute(device, "devnum", 10));
	holder_of_file(path, &entry->holder);
}

static int list_add(struct usbsi_device_list *list, const char *node,
		    struct udev_device *interface)
{
	const struct usbsi_minidriver *minidriver;
	struct usbsi_device_entry *entry;
	struct usbsi_interface_id id;
	struct udev_device *device;

	device = udev_device_get_parent_with_subsystem_devtype(interface, "usb", "usb_device");
	if (!device)
		return 0;
	if (list_grow(list) < 0)
		return -ENOMEM;
	entry = &list->entries[list->count - 1];
	list->interfaces[list->count - 1] = strdup(udev_device_get_sysname(interface));
	entry->bus_path = strdup(udev_device_get_sysname(device));
	if (!list->interfaces[list->count - 1] || !entry->bus_path)
		return -ENOMEM;
	id.vendor = (uint16_t)attribute(device, "idVendor", 16);
	id.product = (uint16_t)attribute(device, "idProduct", 16);
	id.interface_class = (uint8_t)attribute(interface, "bInterfaceClass", 16);
	id.interface_subclass = (uint8_t)attribute(interface, "bInterfaceSubClass", 16);
	id.interface_protocol = (uint8_t)attribute(interface, "bInterfaceProtocol", 16);
	entry->vendor = id.vendor;
	entry->product = id.product;
	entry->manufacturer = copy(udev_device_get_sysattr_value(device, "manufacturer"));
	entry->model = copy(udev_device_get_sysattr_value(device, "product"));
	entry->serial = copy(udev_device_get_sysattr_value(device, "serial"));
	entry->driver = copy(udev_device_get_driver(interface));
	entry->node = copy(node);
	minidriver = minidriver_find(&id);
	entry->minidriver = minidriver ? strdup(minidriver->name) : NULL;
	if (entry->node)
		ask_driver(entry);
	else
		ask_usbfs(entry, device);
	return 0;
}

static int add_node(struct usbsi_device_list *list, struct udev_device *device)
{
	const char *node = udev_device_get_devnode(device);
	struct udev_device *interface;

	interface = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_interface");
	return node && interface ? list_add(list, node, interface) : 0;
}

static int add_interface(struct usbsi_device_list *list, struct udev_device *device)
{
	if (list_has_interface(list, udev_device_get_sysname(device)))
		return 0;
	return list_add(list, NULL, device);
}

static int scan(struct udev *udev, struct udev_enumerate *walk, struct usbsi_device_list *list,
		int (*add)(struct usbsi_device_list *list, struct udev_device *device))
{
	struct udev_list_entry *entry;
	struct udev_device *device;
	int ret;

	ret = udev_enumerate_scan_devices(walk);
	if (ret < 0)
		return ret;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(walk)) {
		device = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
		if (!device)
			continue;	/* unplugged since the scan */
		ret = add(list, device);
		udev_device_unref(device);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int scan_all(struct udev *udev, struct usbsi_device_list *list)
{
	struct udev_enumerate *walk = udev_enumerate_new(udev);
	int ret;

	if (!walk)
		return -ENOMEM;
	udev_enumerate_add_match_subsystem(walk, "usbsi");
	ret = scan(udev, walk, list, add_node);
	udev_enumerate_unref(walk);
	if (ret < 0)
		return ret;
	walk = udev_enumerate_new(udev);
	if (!walk)
		return -ENOMEM;
	udev_enumerate_add_match_subsystem(walk, "usb");
	udev_enumerate_add_match_sysattr(walk, "bInterfaceClass", "06");
	udev_enumerate_add_match_sysattr(walk, "bInterfaceSubClass", "01");
	udev_enumerate_add_match_sysattr(walk, "bInterfaceProtocol", "01");
	ret = scan(udev, walk, list, add_interface);
	udev_enumerate_unref(walk);
	return ret;
}

/**
 * usbsi_enumerate() - list the still-image devices
 * @ctx: the context
 * @list: out: a snapshot, given back with usbsi_device_list_free()
 *
 * Opens nothing but the nodes of the class driver, to ask who has them.
 *
 * Return: 0 or a negative errno with the text in @ctx.
 */
int usbsi_enumerate(struct usbsi_context *ctx, struct usbsi_device_list **list)
{
	struct usbsi_device_list *found = calloc(1, sizeof(*found));
	struct udev *udev = udev_new();
	int ret = -ENOMEM;

	if (found && udev)
		ret = scan_all(udev, found);
	if (!ret)
		ret = list_name(found);
	udev_unref(udev);
	if (ret < 0) {
		usbsi_device_list_free(found);
		return context_error(ctx, ret, "cannot list devices: %s", strerror(-ret));
	}
	*list = found;
	return 0;
}
