/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef USBSI_LIB_ITEM_H
#define USBSI_LIB_ITEM_H

#include <usbsi/minidriver.h>

/* A name is a file name: at most that many bytes */
#define ITEM_NAME_MAX	255

size_t item_clean_name(const char *name, uint64_t handle, char *out, size_t size);

#endif /* USBSI_LIB_ITEM_H */
