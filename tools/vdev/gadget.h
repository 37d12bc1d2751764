/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configfs gadget with one FunctionFS function. */
#ifndef VDEV_GADGET_H
#define VDEV_GADGET_H

#include <stdbool.h>
#include <stddef.h>

#include "vdev.h"

/**
 * struct gadget - names of what was made
 * @name: of the gadget, the function and the FunctionFS instance
 * @path: folder of the gadget in configfs
 * @mount: where FunctionFS is mounted
 * @udc: the device controller
 */
struct gadget {
	char name[48];
	char path[128];
	char mount[128];
	char udc[64];
	bool bound;
};

int gadget_create(struct gadget *gadget, const struct vdev_identity *identity);
void gadget_remove(struct gadget *gadget);
int gadget_bind(struct gadget *gadget, bool on);

/* descriptors.c */
int vdev_write_descriptors(int fd, const struct vdev_identity *identity);

#endif /* VDEV_GADGET_H */
