// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usbsictl acquire
 */
#include "output.h"
#include "progress.h"
#include "usbsictl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct acquire - one run of the command
 * @ctl: the run
 * @output: where items go
 * @progress: the bar
 * @items: what the device has
 * @wanted: items to acquire, in the order of the command line
 * @count: how many
 * @output_error: what failed on our side in the current item, 0 if nothing
 */
struct acquire {
	struct usbsictl			*ctl;
	struct output			output;
	struct progress			progress;
	struct usbsi_items		*items;
	const struct usbsi_item		**wanted;
	size_t				count;
	int				output_error;
};

static int on_next_stream(void *data, const struct usbsi_item *item)
{
	struct acquire *a = data;

	progress_begin(&a->progress);
	a->output_error = output_open(&a->output);
	return a->output_error;
}

static int on_write(void *data, const void *bytes, size_t len)
{
	struct acquire *a = data;

	a->output_error = output_write(&a->output, bytes, len);
	return a->output_error;
}

static int on_status(void *data, const struct usbsi_status *status)
{
	struct acquire *a = data;

	if (status->message == USBSI_MESSAGE_STATUS)
		progress_update(&a->progress, status);
	return 0;
}

static int item_failed(struct acquire *a, const struct usbsi_item *item, int error)
{
	const char *path = usbsi_item_path(item);
	bool partial = a->output.fd >= 0 && !a->output.direct;
	const char *removed = partial ? "; the partial file was removed" : "";

	output_abandon(&a->output);
	progress_clear(&a->progress);
	if (error == -ECANCELED)
		complain("%s: cancelled%s", path, removed);
	else if (a->output_error == -EEXIST)
		complain("%s: exists; --force overwrites it", a->output.final);
	else if (a->output_error)
		complain("%s: %s%s", a->output.final, strerror(-a->output_error), removed);
	else
		complain("%s: %s%s", path, usbsi_device_error(a->ctl->dev), removed);
	return status_of(error, a->output_error ? PHASE_OUTPUT : PHASE_DEVICE);
}

static void tell_done(const struct acquire *a, const struct usbsi_item *item)
{
	struct json_object *object;
	char name[PATH_MAX];

	if (a->output.direct)
		return;
	if (!a->ctl->json) {
		puts(shown(a->output.final, name, sizeof(name)));
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "item", json_text(usbsi_item_path(item)));
	json_object_object_add(object, "file", json_text(a->output.final));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static int acquire_one(struct acquire *a, const struct usbsi_item *item, int *error)
{
	static const struct usbsi_stream_client client = {
		.size = sizeof(client),
		.next_stream = on_next_stream,
		.write = on_write,
		.status = on_status,
	};
	int ret;

	a->output_error = output_choose(&a->output, usbsi_item_name(item),
					usbsi_item_time(item));
	ret = a->output_error;
	if (!ret)
		ret = usbsi_acquire(a->ctl->dev, item, &client, a);
	if (!ret) {
		a->output_error = output_finish(&a->output, usbsi_item_time(item));
		ret = a->output_error;
	}
	*error = ret;
	if (ret < 0)
		return item_failed(a, item, ret);
	progress_clear(&a->progress);
	tell_done(a, item);
	return EXIT_DONE;
}

static int acquire_wanted(struct acquire *a)
{
	int status = EXIT_DONE, error = 0, ret;
	size_t i, left;

	for (i = 0; i < a->count; i++) {
		ret = acquire_one(a, a->wanted[i], &error);
		if (!status)
			status = ret;
		if (ends_run(error, a->output_error ? PHASE_OUTPUT : PHASE_DEVICE))
			break;
	}
	left = i < a->count ? a->count - i - 1 : 0;
	if (left)
		complain("%zu more item%s not tried", left, left > 1 ? "s were" : " was");
	if (error == -ECANCELED)
		status = EXIT_CANCELLED;
	if (!a->count && a->ctl->all)
		complain("the device has no items");
	ret = finish_stdout();
	return status ? status : ret;
}

/* An item that is named twice, or beside its folder, is acquired once. */
static int want(struct acquire *a, const struct usbsi_item *item)
{
	const struct usbsi_item **wanted;
	size_t i;

	/* one folder, or all of the device, has no item twice and may have very many */
	for (i = 0; a->ctl->arg_count > 1 && i < a->count; i++)
		if (a->wanted[i] == item)
			return EXIT_DONE;
	wanted = reallocarray(a->wanted, a->count + 1, sizeof(*wanted));
	if (!wanted) {
		complain("out of memory");
		return EXIT_OTHER;
	}
	a->wanted = wanted;
	wanted[a->count++] = item;
	return EXIT_DONE;
}

/* The item, or everything in the folder. */
static int want_below(struct acquire *a, const struct usbsi_item *top)
{
	const struct usbsi_item *item = top, *above;
	int ret = EXIT_DONE;

	if (!usbsi_item_is_folder(top))
		return want(a, top);
	while (!ret && (item = usbsi_items_next(item))) {
		for (above = item; above && above != top; above = usbsi_item_parent(above))
			;
		if (!above)
			break;
		if (!usbsi_item_is_folder(item))
			ret = want(a, item);
	}
	return ret;
}

static int choose(struct acquire *a)
{
	const struct usbsi_item *item;
	int i, ret;

	if (a->ctl->all)
		return want_below(a, usbsi_items_root(a->items));
	for (i = 0; i < a->ctl->arg_count; i++) {
		ret = usbsi_items_find(a->items, a->ctl->args[i], &item);
		if (ret == -ENOTUNIQ)
			complain("%s: several items have this name; give a path of usbsictl ls",
				 a->ctl->args[i]);
		else if (ret < 0)
			complain("%s: no such item; usbsictl ls lists them", a->ctl->args[i]);
		if (ret < 0)
			return status_of(ret, PHASE_DEVICE);
		ret = want_below(a, item);
		if (ret)
			return ret;
	}
	return EXIT_DONE;
}

static int acquire_all(struct acquire *a)
{
	int ret;

	ret = usbsi_device_items(a->ctl->dev, &a->items);
	if (ret < 0)
		return device_failed(a->ctl, ret);
	ret = choose(a);
	if (!ret)
		ret = output_check(&a->output, a->count);
	if (!ret)
		ret = acquire_wanted(a);
	usbsi_items_free(a->items);
	free(a->wanted);
	return ret;
}

/**
 * command_acquire() - usbsictl acquire
 * @ctl: the run
 *
 * Return: exit status.
 */
int command_acquire(struct usbsictl *ctl)
{
	struct acquire a = { .ctl = ctl };
	int ret;

	if (ctl->all && ctl->arg_count) {
		complain("acquire takes items or --all, not both");
		return EXIT_USAGE;
	}
	if (!ctl->all && !ctl->arg_count) {
		complain("acquire what? name items (numbers in quotes: '#3'), or --all");
		return EXIT_USAGE;
	}
	ret = output_init(&a.output, ctl->output, ctl->force);
	if (!ret)
		ret = output_check(&a.output, (size_t)ctl->arg_count);
	if (ret)
		return ret;
	progress_init(&a.progress);
	ret = device_open_locked(ctl, USBSI_OPEN_DATA);
	if (ret)
		return ret;
	ret = acquire_all(&a);
	output_clear(&a.output);
	device_close(ctl);
	return ret;
}
