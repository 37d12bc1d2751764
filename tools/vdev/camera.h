/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The camera personality: a PTP responder over a folder. */
#ifndef VDEV_CAMERA_H
#define VDEV_CAMERA_H

#include <sys/types.h>

#include "ptp.h"
#include "vdev.h"

/**
 * struct camera_object - a file or a folder
 * @path: to open it
 * @name: the last part of @path
 * @parent: handle of its folder, 0 at the top
 * @size: bytes
 * @when: time of its last change
 * @folder: it is one
 */
struct camera_object {
	char		*path;
	const char	*name;
	uint32_t	parent;
	uint64_t	size;
	time_t		when;
	bool		folder;
};

/**
 * struct camera_store - all objects; the handle is the index plus 1
 */
struct camera_store {
	struct camera_object	*objects;
	size_t			count;
	size_t			room;
};

enum camera_fault_kind {
	FAULT_NONE,
	FAULT_STALL,
	FAULT_SHORT,
	FAULT_LONG,
	FAULT_NAK,
	FAULT_UNPLUG,
	FAULT_GARBAGE,
	FAULT_WRONG_TRANSACTION,
	FAULT_ERROR_RESPONSE,
};

/**
 * struct camera_fault - what goes wrong, on GetObject
 * @at: position in the object's data
 * @has_at: a position was given
 * @once: the first time only
 */
struct camera_fault {
	enum camera_fault_kind	kind;
	uint64_t		at;
	bool			has_at;
	bool			once;
};

/**
 * struct camera - state of the personality
 * @split_header: the header of a data container is a transfer of its own
 * @glued_response: the response follows the data in the same transfer
 * @no_zlp: data that fills its last packet is not followed by an empty one
 * @unknown_length: containers of GetObject do not say how long they are
 * @unknown_size: ObjectInfo does not say how big an object is
 * @replug_ms: after an unplug fault, come back; 0: do not
 * @session: one is open
 * @busy: a transaction is under way
 * @halted: tell of halted endpoints at the next status request
 * @event_fd: signalfd of SIGUSR1
 */
struct camera {
	struct vdev		*dev;
	struct camera_store	store;
	struct camera_fault	fault;
	bool			split_header;
	bool			glued_response;
	bool			no_zlp;
	bool			unknown_length;
	bool			unknown_size;
	unsigned int		replug_ms;
	bool			session;
	bool			busy;
	bool			halted;
	int			event_fd;
};

/**
 * struct camera_payload - what goes behind the header of a data container
 * @data: the bytes, or NULL when they are those of @fd
 * @fd: file
 * @size: bytes
 */
struct camera_payload {
	const unsigned char	*data;
	int			fd;
	uint64_t		size;
};

/* camera-store.c */
int camera_store_scan(struct camera_store *store, const char *folder);
void camera_store_free(struct camera_store *store);
const struct camera_object *camera_store_find(const struct camera_store *store, uint32_t handle);

/* camera-send.c */
int camera_respond(struct camera *camera, const struct ptp_command *command, uint16_t code);
int camera_send(struct camera *camera, const struct ptp_command *command,
		const struct camera_payload *payload);
int camera_parse_fault(const char *text, struct camera_fault *fault);

/* camera-operations.c */
int camera_operate(struct camera *camera, const struct ptp_command *command);

#endif /* VDEV_CAMERA_H */
