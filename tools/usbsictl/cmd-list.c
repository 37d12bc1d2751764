// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usbsictl list
 */
#include "usbsictl.h"

static struct json_object *hex4(unsigned int value)
{
	char text[8];

	snprintf(text, sizeof(text), "%04x", value & 0xffff);
	return json_object_new_string(text);
}

static struct json_object *entry_json(const struct usbsi_device_entry *entry)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "node", json_text(entry->node));
	json_object_object_add(object, "id", json_text(entry->id));
	json_object_object_add(object, "vendor", hex4(entry->vendor));
	json_object_object_add(object, "product", hex4(entry->product));
	json_object_object_add(object, "manufacturer", json_text(entry->manufacturer));
	json_object_object_add(object, "model", json_text(entry->model));
	json_object_object_add(object, "serial", json_text(entry->serial));
	json_object_object_add(object, "bus_path", json_text(entry->bus_path));
	json_object_object_add(object, "minidriver", json_text(entry->minidriver));
	json_object_object_add(object, "mode", json_text(mode_name(entry->mode)));
	json_object_object_add(object, "holder", json_holder(&entry->holder));
	return object;
}

static void print_entry(const struct usbsi_device_entry *entry)
{
	char id[64], model[64], holder[64] = "", who[64];

	if (entry->holder.pid > 0)
		snprintf(holder, sizeof(holder), "%s (pid %d)", entry->holder.comm,
			 entry->holder.pid);
	else if (entry->holder.pid < 0)
		snprintf(holder, sizeof(holder), "another program");
	else if (!entry->node)
		snprintf(holder, sizeof(holder), "kernel driver: %s",
			 entry->driver ? entry->driver : "none");
	printf("%-13s %-20s %04x:%04x %-8s %-7s %-24s %s\n", entry->node ? entry->node : "-",
	       shown(entry->id, id, sizeof(id)), entry->vendor, entry->product, entry->bus_path,
	       mode_name(entry->mode) ? mode_name(entry->mode) : "-",
	       shown(entry->model, model, sizeof(model)),
	       shown(holder, who, sizeof(who)));
}

/**
 * command_list() - usbsictl list
 * @ctl: the run
 *
 * Return: exit status.
 */
int command_list(struct usbsictl *ctl)
{
	struct usbsi_device_list *list;
	struct json_object *array;
	size_t i, count;
	int ret;

	if (ctl->arg_count) {
		complain("list takes no arguments");
		return EXIT_USAGE;
	}
	ret = usbsi_enumerate(ctl->ctx, &list);
	if (ret < 0)
		return device_failed(ctl, ret);
	count = usbsi_device_list_count(list);
	if (ctl->json) {
		array = json_object_new_array();
		for (i = 0; i < count; i++)
			json_object_array_add(array, entry_json(usbsi_device_list_get(list, i)));
		ret = print_json(array);
	} else {
		for (i = 0; i < count; i++)
			print_entry(usbsi_device_list_get(list, i));
		if (!count)
			fputs("no still-image device is connected\n", stderr);
		ret = finish_stdout();
	}
	usbsi_device_list_free(list);
	return ret;
}
