/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of devices: what they are called and which one a user means
 */
#ifndef USBSI_LIB_LIST_H
#define USBSI_LIB_LIST_H

#include <usbsi/usbsi.h>

/**
 * struct usbsi_device_list - a snapshot
 * @entries: the devices; all strings are owned
 * @interfaces: name of the interface of each, such as 1-2.4:1.0
 * @count: how many
 */
struct usbsi_device_list {
	struct usbsi_device_entry	*entries;
	char				**interfaces;
	size_t				count;
};

int list_grow(struct usbsi_device_list *list);
bool list_has_interface(const struct usbsi_device_list *list, const char *interface);
int list_name(struct usbsi_device_list *list);

#endif /* USBSI_LIB_LIST_H */
