// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Items: the tree of what a device has
 *
 * A snapshot: it stays as it is when the device changes.  Names in one folder
 * differ: a second IMG.JPG becomes IMG.JPG~2 in its path, so that every path
 * leads to one item, while its name stays what the device says.
 */
#include "item.h"
#include "../device/device.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper folders than any camera's, and few enough that paths stay short */
#define DEPTH_MAX	32
#define ITEMS_MAX	(1U << 20)

struct usbsi_item {
	struct usbsi_items	*items;
	struct usbsi_item	*parent;
	struct usbsi_item	*first_child;
	struct usbsi_item	*last_child;
	struct usbsi_item	*next;
	struct usbsi_item_data	data;
	char			*name;
	char			*unique;	/* differs from name for doubles only */
	char			*path;		/* made when it is asked for */
	size_t			number;
	unsigned int		depth;
};

/**
 * struct used_name - a name that is taken in one folder
 * @parent: the folder
 * @name: owned by the item
 * @count: the last number that was given to a double of it
 */
struct used_name {
	const struct usbsi_item	*parent;
	const char		*name;
	unsigned int		count;
};

struct usbsi_items {
	struct usbsi_item	root;
	void			*names;
	size_t			count;
};

static int compare_names(const void *a, const void *b)
{
	const struct used_name *x = a, *y = b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Take a name in a folder: 1 taken, 0 somebody has it (then @entry is that), -ENOMEM. */
static int take_name(struct usbsi_items *items, const struct usbsi_item *parent, const char *name,
		     struct used_name **entry)
{
	struct used_name *fresh = malloc(sizeof(*fresh));
	struct used_name **found;

	if (!fresh)
		return -ENOMEM;
	*fresh = (struct used_name){ .parent = parent, .name = name, .count = 1 };
	found = tsearch(fresh, &items->names, compare_names);
	if (found && *found == fresh)
		return 1;
	free(fresh);
	if (!found)
		return -ENOMEM;
	*entry = *found;
	return 0;
}

static int make_unique(struct usbsi_items *items, struct usbsi_item *item)
{
	struct used_name *first, *other;
	int ret;

	item->unique = item->name;
	ret = take_name(items, item->parent, item->name, &first);
	while (!ret) {
		if (item->unique != item->name)
			free(item->unique);
		if (asprintf(&item->unique, "%s~%u", item->name, ++first->count) < 0) {
			item->unique = item->name;
			return -ENOMEM;
		}
		ret = take_name(items, item->parent, item->unique, &other);
	}
	return ret < 0 ? ret : 0;
}

/**
 * items_new() - an empty tree
 *
 * Return: the tree, given back with usbsi_items_free(), or NULL.
 */
struct usbsi_items *items_new(void)
{
	struct usbsi_items *items = calloc(1, sizeof(*items));

	if (!items)
		return NULL;
	items->root.items = items;
	items->root.data.folder = true;
	items->root.data.size = USBSI_SIZE_UNKNOWN;
	items->root.data.time = USBSI_TIME_UNKNOWN;
	items->root.name = "";
	items->root.path = "";
	return items;
}

static void item_free(struct usbsi_item *item)
{
	if (item->unique != item->name)
		free(item->unique);
	free(item->name);
	free(item->path);
	free(item);
}

/**
 * usbsi_item_add() - add an item to the tree
 * @parent: the folder that it is in; too deep a one is replaced by the root
 * @data: copied, @data->format_name excepted
 *
 * Return: the item, owned by the tree, or NULL with errno ENOMEM, or ENOSPC
 * when the device has more than a million.
 */
struct usbsi_item *usbsi_item_add(struct usbsi_item *parent, const struct usbsi_item_data *data)
{
	struct usbsi_items *items = parent->items;
	char name[ITEM_NAME_MAX + 1];
	struct usbsi_item *item;

	if (items->count >= ITEMS_MAX) {
		errno = ENOSPC;
		return NULL;
	}
	item = calloc(1, sizeof(*item));
	if (!item)
		return NULL;
	if (parent->depth >= DEPTH_MAX)
		parent = &items->root;
	item_clean_name(data->name, data->handle, name, sizeof(name));
	item->items = items;
	item->parent = parent;
	item->depth = parent->depth + 1;
	item->data = *data;
	item->name = strdup(name);
	item->data.name = item->name;
	if (!item->name || make_unique(items, item) < 0) {
		item_free(item);
		errno = ENOMEM;
		return NULL;
	}
	if (parent->last_child)
		parent->last_child->next = item;
	else
		parent->first_child = item;
	parent->last_child = item;
	items->count++;
	return item;
}

static void number_items(struct usbsi_items *items)
{
	const struct usbsi_item *item = &items->root;
	size_t number = 0;

	while ((item = usbsi_items_next(item)))
		((struct usbsi_item *)item)->number = ++number;
}

/**
 * usbsi_device_items() - list what the device has
 * @dev: the device
 * @items: out: the tree, given back with usbsi_items_free()
 *
 * Return: 0 or a negative errno: -EBUSY when another client is acquiring and
 * this one only watches.
 */
int usbsi_device_items(struct usbsi_device *dev, struct usbsi_items **items)
{
	struct usbsi_items *tree;
	int ret;

	if (!dev->driver->items)
		return device_error(dev, -EOPNOTSUPP, "minidriver %s has no items",
				    dev->driver->name);
	ret = device_enter(dev);
	if (ret < 0)
		return ret;
	tree = items_new();
	ret = tree ? dev->driver->items(dev->state, &tree->root) :
		     device_error(dev, -ENOMEM, "out of memory");
	device_leave(dev);
	if (ret < 0) {
		usbsi_items_free(tree);
		return ret;
	}
	number_items(tree);
	*items = tree;
	return 0;
}

/**
 * usbsi_items_free() - give a tree back
 * @items: may be NULL
 */
void usbsi_items_free(struct usbsi_items *items)
{
	const struct usbsi_item *item, *next;
	struct usbsi_item *garbage = NULL, *one;

	if (!items)
		return;
	tdestroy(items->names, free);
	/* a chain of all of them first: freeing must not pull the walk's feet away */
	for (item = usbsi_items_next(&items->root); item; item = next) {
		next = usbsi_items_next(item);
		one = (struct usbsi_item *)item;
		one->last_child = garbage;
		garbage = one;
	}
	while (garbage) {
		one = garbage;
		garbage = one->last_child;
		item_free(one);
	}
	free(items);
}

/**
 * usbsi_items_count() - how many items a tree has
 * @items: the tree
 *
 * Return: the number, folders included, the root not.
 */
size_t usbsi_items_count(const struct usbsi_items *items)
{
	return items->count;
}

/**
 * usbsi_items_root() - the item that everything else is below
 * @items: the tree
 *
 * Return: the root, a folder without a name.
 */
const struct usbsi_item *usbsi_items_root(const struct usbsi_items *items)
{
	return &items->root;
}

/**
 * usbsi_items_next() - walk a tree, folders before what they hold
 * @item: the root, then what this returned last
 *
 * Return: the next item or NULL at the end.
 */
const struct usbsi_item *usbsi_items_next(const struct usbsi_item *item)
{
	if (item->first_child)
		return item->first_child;
	while (item && !item->next)
		item = item->parent;
	return item ? item->next : NULL;
}

static int find_number(const struct usbsi_items *items, const char *text,
		       const struct usbsi_item **found)
{
	const struct usbsi_item *item = &items->root;
	char *end;
	unsigned long long number;

	number = strtoull(text, &end, 10);
	if (!*text || *end || *text < '0' || *text > '9')
		return -ENOENT;
	while ((item = usbsi_items_next(item))) {
		if (item->number == number) {
			*found = item;
			return 0;
		}
	}
	return -ENOENT;
}

/**
 * usbsi_items_find() - the item that a user means
 * @items: the tree
 * @name: its path, or "#" and its number, or its name alone if no other item
 *	has it; slashes around a path do not count
 * @item: out: the item, owned by the tree
 *
 * Return: 0, -ENOENT when there is none, -ENOTUNIQ when several have the name.
 */
int usbsi_items_find(const struct usbsi_items *items, const char *name,
		     const struct usbsi_item **item)
{
	const struct usbsi_item *walk = &items->root;
	size_t len, matches = 0;

	while (*name == '/')
		name++;
	len = strlen(name);
	while (len && name[len - 1] == '/')
		len--;
	while ((walk = usbsi_items_next(walk))) {
		const char *path = usbsi_item_path(walk);

		if (path && !strncmp(path, name, len) && !path[len]) {
			*item = walk;
			return 0;
		}
		if (!strncmp(walk->name, name, len) && !walk->name[len] && !matches++)
			*item = walk;
	}
	if (matches == 1)
		return 0;
	if (!matches && name[0] == '#')
		return find_number(items, name + 1, item);
	return matches ? -ENOTUNIQ : -ENOENT;
}

/**
 * usbsi_item_parent() - the folder that an item is in
 * @item: the item
 *
 * Return: the folder, NULL for the root.
 */
const struct usbsi_item *usbsi_item_parent(const struct usbsi_item *item)
{
	return item->parent;
}

/**
 * usbsi_item_first_child() - the first item in a folder
 * @item: the folder
 *
 * Return: the item or NULL.
 */
const struct usbsi_item *usbsi_item_first_child(const struct usbsi_item *item)
{
	return item->first_child;
}

/**
 * usbsi_item_next_sibling() - the next item in the same folder
 * @item: the item before
 *
 * Return: the item or NULL.
 */
const struct usbsi_item *usbsi_item_next_sibling(const struct usbsi_item *item)
{
	return item->next;
}

/**
 * usbsi_item_name() - an item's name
 * @item: the item
 *
 * Return: UTF-8, at most 255 bytes, safe as the name of a file: no slash, no
 * control character, never empty (but the root's), "." or "..".
 */
const char *usbsi_item_name(const struct usbsi_item *item)
{
	return item->name;
}

/**
 * usbsi_item_path() - the way to an item, the same as long as the device's
 * folders do not change
 * @item: the item
 *
 * Return: names separated by slashes, "" for the root; NULL without memory.
 */
const char *usbsi_item_path(const struct usbsi_item *item)
{
	struct usbsi_item *own = (struct usbsi_item *)item;
	const char *above;

	if (item->path)
		return item->path;
	above = usbsi_item_path(item->parent);
	if (!above)
		return NULL;
	if (asprintf(&own->path, "%s%s%s", above, *above ? "/" : "", item->unique) < 0)
		own->path = NULL;
	return own->path;
}

/**
 * usbsi_item_number() - place of an item in the walk
 * @item: the item
 *
 * Return: 1 for the first item after the root.
 */
size_t usbsi_item_number(const struct usbsi_item *item)
{
	return item->number;
}

/**
 * usbsi_item_is_folder() - whether an item has items instead of data
 * @item: the item
 *
 * Return: true for a folder.
 */
bool usbsi_item_is_folder(const struct usbsi_item *item)
{
	return item->data.folder;
}

/**
 * usbsi_item_size() - how much data an item has
 * @item: the item
 *
 * Return: bytes as the device announces them or USBSI_SIZE_UNKNOWN.
 */
uint64_t usbsi_item_size(const struct usbsi_item *item)
{
	return item->data.size;
}

/**
 * usbsi_item_time() - when an item was made
 * @item: the item
 *
 * Return: seconds since 1970 or USBSI_TIME_UNKNOWN.
 */
int64_t usbsi_item_time(const struct usbsi_item *item)
{
	return item->data.time;
}

/**
 * usbsi_item_format() - format of an item
 * @item: the item
 *
 * Return: a number of the minidriver's own; PTP: the object format code.
 */
uint32_t usbsi_item_format(const struct usbsi_item *item)
{
	return item->data.format;
}

/**
 * usbsi_item_format_name() - what people call the format
 * @item: the item
 *
 * Return: one word, "" if there is none.
 */
const char *usbsi_item_format_name(const struct usbsi_item *item)
{
	return item->data.format_name ? item->data.format_name : "";
}

/**
 * usbsi_item_handle() - what the device calls an item
 * @item: the item
 *
 * Return: a number of the minidriver's own, good for the session at most;
 * PTP: the object handle.
 */
uint64_t usbsi_item_handle(const struct usbsi_item *item)
{
	return item->data.handle;
}

/**
 * usbsi_item_cookie() - the minidriver's second number for an item
 * @item: the item
 *
 * Return: &usbsi_item_data.cookie.
 */
uint64_t usbsi_item_cookie(const struct usbsi_item *item)
{
	return item->data.cookie;
}
