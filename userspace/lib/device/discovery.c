// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which devices there are
 *
 * Every character device of the class usbsi is one.  So that a user is not
 * told "no device" when another program has taken the interface away, every
 * interface 06/01/01 without such a node is listed as well, with whoever has it.
 */
#include "device.h"

#include <ctype.h>
#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct usbsi_device_list - a snapshot
 * @entries: the devices; all strings are owned
 * @interfaces: name of the interface of each, such as 1-2.4:1.0
 * @count: how many
 */
struct usbsi_device_list {
	struct usbsi_device_entry	*entries;
	char				**interfaces;
	size_t				count;
};

static int list_grow(struct usbsi_device_list *list)
{
	struct usbsi_device_entry *entries;
	char **interfaces;

	entries = reallocarray(list->entries, list->count + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	list->entries = entries;
	interfaces = reallocarray(list->interfaces, list->count + 1, sizeof(*interfaces));
	if (!interfaces)
		return -ENOMEM;
	list->interfaces = interfaces;
	memset(&entries[list->count], 0, sizeof(*entries));
	interfaces[list->count] = NULL;
	list->count++;
	return 0;
}

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

static bool list_has(const struct usbsi_device_list *list, const char *interface)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->interfaces[i], interface))
			return true;
	return false;
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
	if (list_has(list, udev_device_get_sysname(device)))
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

/* Fit to be typed and to be told from a node. */
static bool serial_is_usable(const char *serial)
{
	size_t i;

	if (!serial)
		return false;
	for (i = 0; serial[i]; i++)
		if (!isascii(serial[i]) || !isprint((unsigned char)serial[i]) ||
		    serial[i] == '/')
			return false;
	return i && serial[0] != ' ' && serial[i - 1] != ' ';
}

static bool serial_is_unique(const struct usbsi_device_list *list, size_t index)
{
	const char *serial = list->entries[index].serial;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct usbsi_device_entry *other = &list->entries[i];

		if (!strcmp(serial, other->bus_path) || !strcmp(serial, list->interfaces[i]))
			return false;
		if (i != index && other->serial && !strcmp(serial, other->serial))
			return false;
	}
	return true;
}

static bool path_is_unique(const struct usbsi_device_list *list, size_t index)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (i != index && !strcmp(list->entries[i].bus_path, list->entries[index].bus_path))
			return false;
	return true;
}

static int name_entries(struct usbsi_device_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct usbsi_device_entry *entry = &list->entries[i];

		if (serial_is_usable(entry->serial) && serial_is_unique(list, i))
			entry->id = strdup(entry->serial);
		else if (path_is_unique(list, i))
			entry->id = strdup(entry->bus_path);
		else
			entry->id = strdup(list->interfaces[i]);
		if (!entry->id)
			return -ENOMEM;
	}
	return 0;
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
		ret = name_entries(found);
	udev_unref(udev);
	if (ret < 0) {
		usbsi_device_list_free(found);
		return context_error(ctx, ret, "cannot list devices: %s", strerror(-ret));
	}
	*list = found;
	return 0;
}

/**
 * usbsi_device_list_free() - give a list back
 * @list: may be NULL
 */
void usbsi_device_list_free(struct usbsi_device_list *list)
{
	size_t i;

	if (!list)
		return;
	for (i = 0; i < list->count; i++) {
		struct usbsi_device_entry *entry = &list->entries[i];

		free((char *)entry->node);
		free((char *)entry->id);
		free((char *)entry->manufacturer);
		free((char *)entry->model);
		free((char *)entry->serial);
		free((char *)entry->bus_path);
		free((char *)entry->minidriver);
		free((char *)entry->driver);
		free(list->interfaces[i]);
	}
	free(list->entries);
	free(list->interfaces);
	free(list);
}

/**
 * usbsi_device_list_count() - how many devices a list has
 * @list: the list
 *
 * Return: the number.
 */
size_t usbsi_device_list_count(const struct usbsi_device_list *list)
{
	return list->count;
}

/**
 * usbsi_device_list_get() - one device of a list
 * @list: the list
 * @index: from 0
 *
 * Return: the device, owned by the list, or NULL beyond the end.
 */
const struct usbsi_device_entry *usbsi_device_list_get(const struct usbsi_device_list *list,
						       size_t index)
{
	return index < list->count ? &list->entries[index] : NULL;
}

/* The ids of all devices, cut off where @size ends. */
static void candidates(const struct usbsi_device_list *list, char *text, size_t size)
{
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < list->count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? ", " : "",
					list->entries[i].id);
}

static bool is_node(const char *name, const char *node)
{
	char *real;
	bool same;

	if (!node)
		return false;
	if (!strcmp(name, node))
		return true;
	real = realpath(name, NULL);
	same = real && !strcmp(real, node);
	free(real);
	return same;
}

static bool entry_is(const struct usbsi_device_list *list, size_t index, const char *name)
{
	const struct usbsi_device_entry *entry = &list->entries[index];

	if (name[0] == '/')
		return is_node(name, entry->node);
	return !strcmp(name, entry->id) || !strcmp(name, entry->bus_path) ||
	       !strcmp(name, list->interfaces[index]);
}

/**
 * usbsi_device_list_find() - the device that a user means
 * @ctx: the context
 * @list: the list
 * @name: id, port path, interface (1-2:1.0) or device node, symbolic links
 *	included; NULL: the only device
 * @entry: out: the device, owned by the list
 *
 * Return: 0, -ENODEV when there is none, -ENOTUNIQ when there are several; the
 * text in @ctx then names the candidates.
 */
int usbsi_device_list_find(struct usbsi_context *ctx, const struct usbsi_device_list *list,
			   const char *name, const struct usbsi_device_entry **entry)
{
	size_t i, matches = 0;
	char ids[256];

	for (i = 0; i < list->count; i++) {
		if (name && !entry_is(list, i, name))
			continue;
		*entry = &list->entries[i];
		matches++;
	}
	if (matches == 1)
		return 0;
	candidates(list, ids, sizeof(ids));
	if (!list->count)
		return context_error(ctx, -ENODEV, "no still-image device is connected");
	if (!matches)
		return context_error(ctx, -ENODEV, "no device %s; connected: %s", name, ids);
	return context_error(ctx, -ENOTUNIQ, "several devices are connected, name one: %s", ids);
}
