// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Objects by handle, and the tree that they make
 *
 * Everything is linear in the number of objects, which is the device's choice.
 */
#include "ptp-tree.h"
#include "ptp-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OBJECTS_MAX	(1U << 20)
#define NO_HANDLE	0xFFFFFFFFU

enum mark {
	MARK_NEW,
	MARK_ON_THE_WAY,
	MARK_DONE,
};

static size_t slot_of(const struct ptp_objects *objects, uint32_t handle)
{
	size_t mask = objects->room * 2 - 1;
	size_t i = ((uint64_t)handle * 0x9E3779B97F4A7C15ULL >> 32) & mask;

	while (objects->slot[i] && objects->object[objects->slot[i] - 1].handle != handle)
		i = (i + 1) & mask;
	return i;
}

static int grow(struct ptp_objects *objects)
{
	size_t room = objects->room ? objects->room * 2 : 64;
	struct ptp_object *object;
	uint32_t *slot;
	size_t i;

	object = reallocarray(objects->object, room, sizeof(*object));
	if (!object)
		return -ENOMEM;
	objects->object = object;
	slot = calloc(room * 2, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	free(objects->slot);
	objects->slot = slot;
	objects->room = room;
	for (i = 0; i < objects->count; i++)
		slot[slot_of(objects, object[i].handle)] = (uint32_t)i + 1;
	return 0;
}

/**
 * ptp_objects_add() - note a handle
 * @objects: zeroed at the beginning
 * @handle: 0, 0xFFFFFFFF and known ones are not added
 * @parent: the folder that it was found in, 0 if that is not known
 * @storage: index of the storage
 *
 * Return: 1 added, 0 not added, -ENOMEM, -ENOSPC beyond a million.
 */
int ptp_objects_add(struct ptp_objects *objects, uint32_t handle, uint32_t parent,
		    uint32_t storage)
{
	size_t slot;

	if (!handle || handle == NO_HANDLE)
		return 0;
	if (objects->count == objects->room && grow(objects) < 0)
		return -ENOMEM;
	slot = slot_of(objects, handle);
	if (objects->slot[slot])
		return 0;
	if (objects->count >= OBJECTS_MAX)
		return -ENOSPC;
	objects->object[objects->count] = (struct ptp_object){
		.handle = handle,
		.parent = parent,
		.storage = storage,
		.size = USBSI_SIZE_UNKNOWN,
		.time = USBSI_TIME_UNKNOWN,
	};
	objects->count++;
	objects->slot[slot] = (uint32_t)objects->count;
	return 1;
}

/**
 * ptp_objects_find() - the object with a handle
 * @objects: the objects
 * @handle: the handle
 *
 * Return: the object, until the next one is added, or NULL.
 */
struct ptp_object *ptp_objects_find(const struct ptp_objects *objects, uint32_t handle)
{
	size_t slot;

	if (!objects->room)
		return NULL;
	slot = slot_of(objects, handle);
	return objects->slot[slot] ? &objects->object[objects->slot[slot] - 1] : NULL;
}

/**
 * ptp_objects_fill() - note what an object is
 * @objects: the objects
 * @index: which
 * @info: the device's words; where it names no folder that we know, the one
 *	that the object was found in stays
 *
 * Return: 0 or -ENOMEM.
 */
int ptp_objects_fill(struct ptp_objects *objects, size_t index,
		     const struct ptp_object_info *info)
{
	struct ptp_object *object = &objects->object[index];
	struct ptp_object *parent = ptp_objects_find(objects, info->parent);

	object->name = strdup(info->name);
	if (!object->name)
		return -ENOMEM;
	object->format = info->format;
	if (parent || !object->parent)
		object->parent = info->parent;
	if (info->size != PTP_LENGTH_UNKNOWN && info->format != PTP_FORMAT_ASSOCIATION)
		object->size = info->size;
	if (ptp_unpack_time(info->modified, &object->time) < 0 &&
	    ptp_unpack_time(info->captured, &object->time) < 0)
		object->time = USBSI_TIME_UNKNOWN;
	object->known = true;
	parent = ptp_objects_find(objects, object->parent);
	if (parent)
		parent->has_children = true;
	return 0;
}

/* The folder that an object belongs into; NULL for the storage itself. */
static struct ptp_object *folder_of(const struct ptp_objects *objects,
				    const struct ptp_object *object)
{
	struct ptp_object *parent = ptp_objects_find(objects, object->parent);

	return parent && parent->known && parent != object ? parent : NULL;
}

static int make_item(const struct ptp_objects *objects, struct ptp_object *object,
		     struct usbsi_item **storages, uint64_t cookie)
{
	struct ptp_object *folder = folder_of(objects, object);
	struct usbsi_item *parent = storages[object->storage];
	struct usbsi_item_data data = {
		.name = object->name,
		.folder = object->format == PTP_FORMAT_ASSOCIATION,
		.size = object->size,
		.time = object->time,
		.format = object->format,
		.format_name = ptp_format_name(object->format),
		.handle = object->handle,
		.cookie = cookie,
	};

	/* what is attached to a picture stands beside it */
	if (folder && folder->item)
		parent = folder->format == PTP_FORMAT_ASSOCIATION ?
			 folder->item : (struct usbsi_item *)usbsi_item_parent(folder->item);
	object->item = usbsi_item_add(parent, &data);
	object->mark = MARK_DONE;
	return object->item ? 0 : -errno;
}

/*
 * Make the folders above @object and then itself.  A folder that is met again
 * on the way up is in a circle; where the circle closes, it is cut.
 */
static int make_with_folders(struct ptp_objects *objects, struct ptp_object *object,
			     struct usbsi_item **storages, uint64_t cookie)
{
	struct ptp_object *folder;
	int ret = 0;

	object->below = NULL;
	for (;;) {
		object->mark = MARK_ON_THE_WAY;
		folder = folder_of(objects, object);
		if (!folder || folder->mark != MARK_NEW)
			break;
		folder->below = object;
		object = folder;
	}
	if (folder && folder->mark == MARK_ON_THE_WAY)
		object->parent = 0;
	for (; object && !ret; object = object->below)
		ret = make_item(objects, object, storages, cookie);
	return ret;
}

/**
 * ptp_objects_mark_parents() - note which objects have others in them
 * @objects: the objects
 */
void ptp_objects_mark_parents(struct ptp_objects *objects)
{
	struct ptp_object *parent;
	size_t i;

	for (i = 0; i < objects->count; i++) {
		parent = ptp_objects_find(objects, objects->object[i].parent);
		if (parent)
			parent->has_children = true;
	}
}

/**
 * ptp_objects_build() - make items of all objects that are known
 * @objects: the objects
 * @storages: the item that stands for each storage
 * @cookie: for each item
 *
 * Objects whose folder is unknown, missing or in a circle go to the storage.
 *
 * Return: 0 or a negative errno.
 */
int ptp_objects_build(struct ptp_objects *objects, struct usbsi_item **storages, uint64_t cookie)
{
	size_t i;
	int ret;

	for (i = 0; i < objects->count; i++) {
		if (!objects->object[i].known || objects->object[i].mark != MARK_NEW)
			continue;
		ret = make_with_folders(objects, &objects->object[i], storages, cookie);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/**
 * ptp_objects_clear() - free everything
 * @objects: zeroed afterwards
 */
void ptp_objects_clear(struct ptp_objects *objects)
{
	size_t i;

	for (i = 0; i < objects->count; i++)
		free(objects->object[i].name);
	free(objects->object);
	free(objects->slot);
	memset(objects, 0, sizeof(*objects));
}
