// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lists of devices: what they are called and which one a user means
 */
#include "list.h"
#include "device.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * list_grow() - add an empty entry
 * @list: the list
 *
 * Return: 0 or -ENOMEM.
 */
int list_grow(struct usbsi_device_list *list)
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

/**
 * list_has_interface() - whether an interface is in the list
 * @list: the list
 * @interface: such as 1-2.4:1.0
 *
 * Return: true if it is.
 */
bool list_has_interface(const struct usbsi_device_list *list, const char *interface)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->interfaces[i], interface))
			return true;
	return false;
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

/**
 * list_name() - give each device its id
 * @list: complete
 *
 * The serial number where it is fit to be typed and no other device has it,
 * else the port path, else (two interfaces of one device) the interface.
 *
 * Return: 0 or -ENOMEM.
 */
int list_name(struct usbsi_device_list *list)
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
