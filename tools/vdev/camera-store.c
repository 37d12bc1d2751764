// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera personality: the folder that it serves.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "camera.h"

#define DEPTH_MAX	32

static int add(struct camera_store *store, char *path, const struct stat *st, uint32_t parent)
{
	struct camera_object *object;

	if (store->count == store->room) {
		size_t room = store->room ? 2 * store->room : 64;
		void *objects = realloc(store->objects, room * sizeof(*store->objects));

		if (!objects)
			return -ENOMEM;
		store->objects = objects;
		store->room = room;
	}
	object = &store->objects[store->count++];
	*object = (struct camera_object) {
		.path = path,
		.name = strrchr(path, '/') + 1,
		.parent = parent,
		.size = S_ISDIR(st->st_mode) ? 0 : st->st_size,
		.when = st->st_mtime,
		.folder = S_ISDIR(st->st_mode),
	};
	return 0;
}

static int scan(struct camera_store *store, const char *folder, uint32_t parent,
		unsigned int depth);

static int scan_entry(struct camera_store *store, const char *folder, const char *name,
		      uint32_t parent, unsigned int depth)
{
	struct stat st;
	char *path;
	int ret;

	if (name[0] == '.')
		return 0;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	if (stat(path, &st) || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		free(path);
		return 0;
	}
	ret = add(store, path, &st, parent);
	if (ret) {
		free(path);
		return ret;
	}
	if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		return scan(store, path, store->count, depth + 1);
	return 0;
}

static int scan(struct camera_store *store, const char *folder, uint32_t parent,
		unsigned int depth)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	int i, ret = 0;

	if (count < 0) {
		vdev_error("%s: %s", folder, strerror(errno));
		return -EINVAL;
	}
	for (i = 0; i < count; i++) {
		if (!ret)
			ret = scan_entry(store, folder, entries[i]->d_name, parent, depth);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

/**
 * camera_store_scan() - find all files and folders
 * @store: zeroed
 * @folder: where; hidden files are not served
 *
 * Return: 0 or a negative errno; camera_store_free() is right after either.
 */
int camera_store_scan(struct camera_store *store, const char *folder)
{
	return scan(store, folder, 0, 0);
}

/** camera_store_free() - forget all objects */
void camera_store_free(struct camera_store *store)
{
	size_t i;

	for (i = 0; i < store->count; i++)
		free(store->objects[i].path);
	free(store->objects);
	memset(store, 0, sizeof(*store));
}

/** camera_store_find() - the object with a handle, or NULL */
const struct camera_object *camera_store_find(const struct camera_store *store, uint32_t handle)
{
	if (!handle || handle > store->count)
		return NULL;
	return &store->objects[handle - 1];
}
