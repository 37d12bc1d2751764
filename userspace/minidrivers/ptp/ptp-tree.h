/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects by handle, and the tree that they make: no I/O in here
 */
#ifndef PTP_TREE_H
#define PTP_TREE_H

#include <usbsi/minidriver.h>

#include "ptp-pack.h"

/**
 * struct ptp_object - what is known of an object
 * @handle: its handle
 * @parent: handle of the folder that it is in; 0 or 0xFFFFFFFF: none
 * @storage: index of the storage that it was found on
 * @format: format code
 * @known: the device has told what it is
 * @has_children: another object is in it
 * @mark: of the walk that makes the tree
 * @size: bytes or USBSI_SIZE_UNKNOWN
 * @time: seconds since 1970 or USBSI_TIME_UNKNOWN
 * @name: malloc'd
 * @item: made of it
 * @below: the next one down in the walk that makes the tree
 */
struct ptp_object {
	uint32_t		handle;
	uint32_t		parent;
	uint32_t		storage;
	uint16_t		format;
	bool			known;
	bool			has_children;
	uint8_t			mark;
	uint64_t		size;
	int64_t			time;
	char			*name;
	struct usbsi_item	*item;
	struct ptp_object	*below;
};

/**
 * struct ptp_objects - objects in the order in which they were found
 * @object: the objects
 * @count: how many
 * @room: allocated
 * @slot: hash table of index + 1, 0 for none; its size is twice @room
 */
struct ptp_objects {
	struct ptp_object	*object;
	size_t			count;
	size_t			room;
	uint32_t		*slot;
};

int ptp_objects_add(struct ptp_objects *objects, uint32_t handle, uint32_t parent,
		    uint32_t storage);
struct ptp_object *ptp_objects_find(const struct ptp_objects *objects, uint32_t handle);
int ptp_objects_fill(struct ptp_objects *objects, size_t index,
		     const struct ptp_object_info *info);
void ptp_objects_mark_parents(struct ptp_objects *objects);
int ptp_objects_build(struct ptp_objects *objects, struct usbsi_item **storages, uint64_t cookie);
void ptp_objects_clear(struct ptp_objects *objects);

#endif /* PTP_TREE_H */
