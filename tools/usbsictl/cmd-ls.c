// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usbsictl ls
 */
#include "usbsictl.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

static void iso_time(int64_t seconds, char *text, size_t size)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == USBSI_TIME_UNKNOWN || !localtime_r(&t, &tm) ||
	    !strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(text, size, "-");
}

static struct json_object *item_json(const struct usbsi_item *item)
{
	struct json_object *object = json_object_new_object();
	uint64_t size = usbsi_item_size(item);
	char text[32];

	json_object_object_add(object, "item", json_text(usbsi_item_path(item)));
	json_object_object_add(object, "number",
			       json_object_new_uint64(usbsi_item_number(item)));
	json_object_object_add(object, "name", json_text(usbsi_item_name(item)));
	json_object_object_add(object, "folder",
			       json_object_new_boolean(usbsi_item_is_folder(item)));
	json_object_object_add(object, "size", size == USBSI_SIZE_UNKNOWN ? NULL :
			       json_object_new_uint64(size));
	snprintf(text, sizeof(text), "%04x", usbsi_item_format(item));
	json_object_object_add(object, "format", json_object_new_string(text));
	json_object_object_add(object, "format_name", json_text(usbsi_item_format_name(item)));
	iso_time(usbsi_item_time(item), text, sizeof(text));
	json_object_object_add(object, "time", text[0] == '-' ? NULL : json_text(text));
	snprintf(text, sizeof(text), "%08" PRIx64, usbsi_item_handle(item));
	json_object_object_add(object, "handle", json_object_new_string(text));
	return object;
}

static void print_item(const struct usbsi_item *item)
{
	char number[24], size[24] = "-", time[32];

	if (usbsi_item_size(item) != USBSI_SIZE_UNKNOWN)
		snprintf(size, sizeof(size), "%" PRIu64, usbsi_item_size(item));
	iso_time(usbsi_item_time(item), time, sizeof(time));
	snprintf(number, sizeof(number), "#%zu", usbsi_item_number(item));
	printf("%-6s %12s  %-19s  %-9s  %s%s\n", number, size, time,
	       usbsi_item_format_name(item), usbsi_item_path(item),
	       usbsi_item_is_folder(item) ? "/" : "");
}

static bool is_below(const struct usbsi_item *item, const struct usbsi_item *folder)
{
	for (; item; item = usbsi_item_parent(item))
		if (item == folder)
			return true;
	return false;
}

static int print_items(const struct usbsictl *ctl, const struct usbsi_items *items,
		       const struct usbsi_item *top)
{
	struct json_object *array = json_object_new_array();
	const struct usbsi_item *item = usbsi_items_root(items);

	while ((item = usbsi_items_next(item))) {
		if (!is_below(item, top))
			continue;
		if (ctl->json)
			json_object_array_add(array, item_json(item));
		else
			print_item(item);
	}
	if (ctl->json)
		return print_json(array);
	json_object_put(array);
	return finish_stdout();
}

/**
 * command_ls() - usbsictl ls
 * @ctl: the run
 *
 * Return: exit status.
 */
int command_ls(struct usbsictl *ctl)
{
	const struct usbsi_item *top;
	struct usbsi_items *items;
	int ret;

	if (ctl->arg_count > 1) {
		complain("ls takes at most one folder");
		return EXIT_USAGE;
	}
	ret = device_open_locked(ctl, USBSI_OPEN_STATUS);
	if (ret)
		return ret;
	ret = usbsi_device_items(ctl->dev, &items);
	if (ret < 0)
		ret = device_failed(ctl, ret);
	device_close(ctl);
	if (ret)
		return ret;
	top = usbsi_items_root(items);
	if (ctl->arg_count && strspn(ctl->args[0], "/") != strlen(ctl->args[0]))
		ret = usbsi_items_find(items, ctl->args[0], &top);
	if (ret < 0) {
		complain("%s: no such item; usbsictl ls lists them", ctl->args[0]);
		ret = status_of(ret, PHASE_DEVICE);
	} else {
		ret = print_items(ctl, items, top);
	}
	usbsi_items_free(items);
	return ret;
}
