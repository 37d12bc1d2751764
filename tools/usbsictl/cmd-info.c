// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usbsictl info
 */
#include "usbsictl.h"

#include <errno.h>
#include <stdlib.h>

#define DEPTH_MAX	8

/**
 * struct description - JSON that grows as the device tells
 * @stack: the groups that are open, the outermost first
 * @depth: how many; deeper ones are dropped
 */
struct description {
	struct json_object	*stack[DEPTH_MAX];
	size_t			depth;
};

static void add(struct description *d, const char *key, struct json_object *value)
{
	struct json_object *group = d->stack[d->depth - 1];

	if (json_object_is_type(group, json_type_array))
		json_object_array_add(group, value);
	else
		json_object_object_add(group, key ? key : "", value);
}

static void on_begin(void *data, const char *key, bool array)
{
	struct description *d = data;
	struct json_object *group;

	if (d->depth == DEPTH_MAX)
		abort();	/* the library's own nesting, not the device's */
	group = array ? json_object_new_array() : json_object_new_object();
	add(d, key, group);
	d->stack[d->depth++] = group;
}

static void on_end(void *data)
{
	struct description *d = data;

	d->depth--;
}

static void on_string(void *data, const char *key, const char *value)
{
	add(data, key, json_text(value));
}

static void on_number(void *data, const char *key, uint64_t value)
{
	add(data, key, json_object_new_uint64(value));
}

static struct json_object *hex(unsigned int value, int width)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", width, value);
	return json_object_new_string(text);
}

static void add_endpoint(struct json_object *group, const char *key,
			 const struct usbsi_endpoint *endpoint)
{
	struct json_object *object = NULL;

	if (endpoint->address) {
		object = json_object_new_object();
		json_object_object_add(object, "address", hex(endpoint->address, 2));
		json_object_object_add(object, "max_packet",
				       json_object_new_int(endpoint->max_packet));
		json_object_object_add(object, "interval",
				       json_object_new_int(endpoint->interval));
	}
	json_object_object_add(group, key, object);
}

static struct json_object *info_json(const struct usbsictl *ctl,
				     const struct usbsi_device_info *info)
{
	static const char *const speeds[] = {
		"unknown", "low", "full", "high", "wireless", "super", "super-plus"
	};
	struct json_object *object = json_object_new_object();
	struct json_object *endpoints = json_object_new_object();
	char text[32];

	json_object_object_add(object, "vendor", hex(info->vendor, 4));
	json_object_object_add(object, "product", hex(info->product, 4));
	json_object_object_add(object, "release", hex(info->device_release, 4));
	json_object_object_add(object, "bus", json_object_new_int(info->bus));
	json_object_object_add(object, "device", json_object_new_int64(info->device));
	json_object_object_add(object, "speed", json_object_new_string
			       (speeds[info->speed < 7 ? info->speed : 0]));
	json_object_object_add(object, "interface", json_object_new_int(info->interface_number));
	snprintf(text, sizeof(text), "%02x/%02x/%02x", info->interface_class,
		 info->interface_subclass, info->interface_protocol);
	json_object_object_add(object, "class", json_object_new_string(text));
	add_endpoint(endpoints, "event", &info->event);
	add_endpoint(endpoints, "read", &info->read);
	add_endpoint(endpoints, "write", &info->write);
	json_object_object_add(object, "endpoints", endpoints);
	json_object_object_add(object, "ring", json_object_new_boolean(info->has_ring));
	json_object_object_add(object, "suspended", json_object_new_boolean(info->suspended));
	json_object_object_add(object, "minidriver",
			       json_text(usbsi_device_minidriver(ctl->dev)));
	json_object_object_add(object, "mode", json_text(mode_name(info->data_client.pid ?
								   info->data_client.mode :
								   USBSI_OPEN_STATUS)));
	json_object_object_add(object, "holder", json_holder(&info->data_client));
	return object;
}

static bool is_simple(struct json_object *value)
{
	return !json_object_is_type(value, json_type_object) &&
	       !json_object_is_type(value, json_type_array);
}

static const char *value_text(struct json_object *value)
{
	return value ? json_object_get_string(value) : "-";
}

/* Indented "key: value" lines; an array of simple values on one line. */
static void print_group(struct json_object *group, int indent)
{
	size_t i;

	if (json_object_is_type(group, json_type_array)) {
		for (i = 0; i < json_object_array_length(group); i++) {
			print_group(json_object_array_get_idx(group, i), indent);
			putchar('\n');
		}
		return;
	}
	json_object_object_foreach(group, key, value) {
		printf("%*s%s:", indent, "", key);
		if (is_simple(value)) {
			printf(" %s\n", value_text(value));
		} else if (json_object_is_type(value, json_type_array) &&
			   json_object_array_length(value) &&
			   is_simple(json_object_array_get_idx(value, 0))) {
			for (i = 0; i < json_object_array_length(value); i++)
				printf(" %s", value_text(json_object_array_get_idx(value, i)));
			putchar('\n');
		} else {
			putchar('\n');
			print_group(value, indent + 2);
		}
	}
}

static int describe(struct usbsictl *ctl, struct json_object **object)
{
	static const struct usbsi_describe_client client = {
		.size = sizeof(client),
		.begin = on_begin,
		.end = on_end,
		.string = on_string,
		.number = on_number,
	};
	struct description description = { .depth = 1 };
	struct usbsi_device_info info;
	int ret;

	ret = usbsi_device_get_info(ctl->dev, &info, sizeof(info));
	if (ret < 0)
		return ret;
	*object = info_json(ctl, &info);
	description.stack[0] = *object;
	/* beside somebody who acquires, what the driver knows has to do */
	if (info.data_client.pid)
		return 0;
	ret = device_lock(ctl);
	if (!ret)
		ret = usbsi_device_describe(ctl->dev, &client, &description);
	return ret;
}

/**
 * command_info() - usbsictl info
 * @ctl: the run
 *
 * Return: exit status.
 */
int command_info(struct usbsictl *ctl)
{
	struct json_object *object = NULL;
	int ret;

	if (ctl->arg_count) {
		complain("info takes no arguments; -d names the device");
		return EXIT_USAGE;
	}
	ret = device_open(ctl, USBSI_OPEN_STATUS);
	if (ret)
		return ret;
	ret = describe(ctl, &object);
	if (ret < 0)
		ret = device_failed(ctl, ret);
	device_close(ctl);
	if (ret) {
		json_object_put(object);
		return ret;
	}
	if (ctl->json)
		return print_json(object);
	print_group(object, 0);
	json_object_put(object);
	return finish_stdout();
}
