// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Listing what a device has
 *
 * Asked for all objects of a storage, some devices give all, some those of the
 * top folder only.  So every folder in which nothing has been seen is asked
 * for its children: one more transaction for an empty folder, and nothing for
 * the others where the device gave everything.
 */
#include "ptp-tree.h"
#include "ptp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_STORAGES	0xFFFFFFFFU
#define TOP_FOLDER	0xFFFFFFFFU

/**
 * struct listing - one call of ptp_items()
 * @ptp: the device
 * @objects: what was found
 * @storages: ids
 * @answered: which of them gave a list
 * @answers: how many did
 * @error: the first refusal, returned when no storage answered
 */
struct listing {
	struct ptp		*ptp;
	struct ptp_objects	objects;
	struct ptp_handles	storages;
	bool			*answered;
	size_t			answers;
	int			error;
};

static int list_error(struct listing *l, int error)
{
	return usbsi_port_error(l->ptp->port, error, "cannot list the items: %s",
				strerror(-error));
}

/* Ask for handles; @refused tells a device's no from trouble that ends everything. */
static int get_handles(struct listing *l, size_t storage, uint32_t parent, bool *refused)
{
	struct ptp_transaction t = {
		.operation = PTP_GET_OBJECT_HANDLES,
		.param = { l->storages.handle[storage], 0, parent },
		.params = 3,
	};
	struct ptp_dataset dataset = { 0 };
	struct ptp_handles handles = { 0 };
	size_t i;
	int ret;

	ret = ptp_get_dataset(l->ptp, &t, &dataset);
	*refused = ptp_refused(&t);
	if (!ret) {
		ret = ptp_unpack_handles(dataset.bytes, dataset.len, &handles);
		*refused = ret == -EPROTO;
		if (ret < 0)
			usbsi_port_error(l->ptp->port, ret,
					 "GetObjectHandles: the list makes no sense");
	}
	free(dataset.bytes);
	for (i = 0; ret >= 0 && i < handles.count; i++) {
		ret = ptp_objects_add(&l->objects, handles.handle[i],
				      parent == TOP_FOLDER ? 0 : parent, (uint32_t)storage);
		if (ret < 0)
			list_error(l, ret);
	}
	free(handles.handle);
	return ret < 0 ? ret : 0;
}

/* Ask what the objects from @first on are. */
static int get_infos(struct listing *l, size_t first)
{
	struct ptp_object_info info;
	bool refused;
	size_t i;
	int ret;

	for (i = first; i < l->objects.count; i++) {
		ret = ptp_get_object_info(l->ptp, l->objects.object[i].handle, &info, &refused);
		if (refused) {
			usbsi_port_log(l->ptp->port, USBSI_LOG_WARNING,
				       "ptp: object %08X is left out: %d",
				       l->objects.object[i].handle, ret);
			continue;
		}
		if (ret < 0)
			return ret;
		ret = ptp_objects_fill(&l->objects, i, &info);
		if (ret < 0)
			return list_error(l, ret);
	}
	return 0;
}

static int list_storage(struct listing *l, size_t storage)
{
	size_t first = l->objects.count;
	bool refused;
	int ret;

	ret = get_handles(l, storage, 0, &refused);
	if (ret < 0 && refused)
		ret = get_handles(l, storage, TOP_FOLDER, &refused);
	if (ret < 0) {
		usbsi_port_log(l->ptp->port, USBSI_LOG_WARNING, "ptp: storage %08X: %d",
			       l->storages.handle[storage], ret);
		if (!l->error)
			l->error = ret;
		return refused ? 0 : ret;
	}
	l->answered[storage] = true;
	l->answers++;
	return get_infos(l, first);
}

static int list_folders(struct listing *l)
{
	struct ptp_object *object;
	size_t i, first;
	bool refused;
	int ret;

	ptp_objects_mark_parents(&l->objects);
	for (i = 0; i < l->objects.count; i++) {
		object = &l->objects.object[i];
		if (!object->known || object->format != PTP_FORMAT_ASSOCIATION ||
		    object->has_children)
			continue;
		first = l->objects.count;
		ret = get_handles(l, object->storage, object->handle, &refused);
		if (!ret)
			ret = get_infos(l, first);
		else if (refused)
			ret = 0;
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int storage_item(struct listing *l, size_t storage, struct usbsi_item *root,
			struct usbsi_item **item)
{
	struct usbsi_item_data data = {
		.folder = true,
		.size = USBSI_SIZE_UNKNOWN,
		.time = USBSI_TIME_UNKNOWN,
		.format = PTP_FORMAT_ASSOCIATION,
		.format_name = ptp_format_name(PTP_FORMAT_ASSOCIATION),
	};
	struct ptp_storage_info info;
	char name[32];
	bool refused;
	int ret;

	snprintf(name, sizeof(name), "storage-%08X", l->storages.handle[storage]);
	data.name = name;
	ret = ptp_get_storage_info(l->ptp, l->storages.handle[storage], &info, &refused);
	if (ret < 0 && !refused)
		return ret;
	if (!ret) {
		if (info.label[0])
			data.name = info.label;
		else if (info.description[0])
			data.name = info.description;
	}
	*item = usbsi_item_add(root, &data);
	return *item ? 0 : list_error(l, -errno);
}

/* The items that stand for storages: with only one, what is on it is at the top. */
static int build(struct listing *l, struct usbsi_item *root)
{
	struct usbsi_item **items = calloc(l->storages.count, sizeof(*items));
	size_t i;
	int ret = 0;

	if (!items)
		return list_error(l, -ENOMEM);
	for (i = 0; !ret && i < l->storages.count; i++) {
		if (l->answers < 2 || !l->answered[i])
			items[i] = root;
		else
			ret = storage_item(l, i, root, &items[i]);
	}
	if (!ret) {
		ret = ptp_objects_build(&l->objects, items, l->ptp->session);
		if (ret < 0)
			list_error(l, ret);
	}
	free(items);
	return ret < 0 ? ret : 0;
}

static int get_storages(struct listing *l)
{
	int ret = ptp_get_storages(l->ptp, &l->storages);

	if (ret == -EOPNOTSUPP) {
		l->storages.handle = malloc(sizeof(*l->storages.handle));
		if (!l->storages.handle)
			return list_error(l, -ENOMEM);
		l->storages.handle[0] = ALL_STORAGES;
		l->storages.count = 1;
	} else if (ret < 0) {
		return ret;
	}
	l->answered = calloc(l->storages.count + 1, sizeof(*l->answered));
	return l->answered ? 0 : list_error(l, -ENOMEM);
}

static int list_all(struct listing *l, struct usbsi_item *root)
{
	size_t i;
	int ret;

	ret = get_storages(l);
	for (i = 0; !ret && i < l->storages.count; i++) {
		/* a slot without a card has no logical part in its id */
		if (l->storages.handle[i] & 0xFFFF)
			ret = list_storage(l, i);
		else
			usbsi_port_log(l->ptp->port, USBSI_LOG_INFO, "ptp: storage %08X is empty",
				       l->storages.handle[i]);
	}
	if (!ret && !l->answers && l->error)
		ret = l->error;
	if (!ret)
		ret = list_folders(l);
	if (!ret && l->storages.count)
		ret = build(l, root);
	return ret;
}

/**
 * ptp_items() - add the device's objects below @root
 * @state: of ptp_initialize()
 * @root: where
 *
 * Return: 0 or a negative errno with the error text set.
 */
int ptp_items(void *state, struct usbsi_item *root)
{
	struct listing l = { .ptp = state };
	int ret;

	ret = ptp_session_open(l.ptp);
	if (!ret)
		ret = list_all(&l, root);
	ptp_objects_clear(&l.objects);
	free(l.storages.handle);
	free(l.answered);
	return ret;
}
