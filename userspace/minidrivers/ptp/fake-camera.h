/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A PTP camera for tests, behind the fake transport
 */
#ifndef PTP_FAKE_CAMERA_H
#define PTP_FAKE_CAMERA_H

#include "../../lib/transport/fake.h"
#include "ptp-pack.h"

/* How the camera misbehaves; bits may be combined */
#define CAMERA_SPLIT_HEADER	(1U << 0)	/* data headers in a transfer of their own */
#define CAMERA_NO_END		(1U << 1)	/* no empty packet after full packets */
#define CAMERA_UNKNOWN_LENGTH	(1U << 2)	/* objects announced as 0xFFFFFFFF */
#define CAMERA_OVERLONG		(1U << 3)	/* 8 bytes more than announced */
#define CAMERA_SHORT		(1U << 4)	/* half of what was announced, then OK */
#define CAMERA_NO_DATA		(1U << 5)	/* OK without data */
#define CAMERA_WRONG_ID		(1U << 6)	/* a response of another transaction first */
#define CAMERA_ONLY_WRONG_ID	(1U << 7)	/* and no right one */
#define CAMERA_EMPTY_PACKETS	(1U << 8)	/* stray empty packets everywhere */
#define CAMERA_STALL		(1U << 9)	/* stalls instead of data */
#define CAMERA_SILENT		(1U << 10)	/* never answers */
#define CAMERA_UNPLUG		(1U << 11)	/* goes away in the middle of data */
#define CAMERA_NO_REQUESTS	(1U << 12)	/* stalls all class requests */
#define CAMERA_SHORT_THEN_ERROR	(1U << 13)	/* half, then IncompleteTransfer */
#define CAMERA_EVENT		(1U << 14)	/* an event container on the bulk pipe */
#define CAMERA_STREAM_ONLY	(1U << 31)	/* only GetObject misbehaves */

#define CAMERA_OBJECTS_MAX	16

/**
 * struct camera_object - an object
 * @handle: its handle
 * @parent: its folder
 * @format: format code; PTP_FORMAT_ASSOCIATION: a folder
 * @name: ASCII
 * @size: bytes of its data
 */
struct camera_object {
	uint32_t	handle;
	uint32_t	parent;
	uint16_t	format;
	const char	*name;
	uint32_t	size;
};

/**
 * struct camera - the camera
 * @transport: what it is behind
 * @object: what it has
 * @objects: how many
 * @quirks: CAMERA_*
 * @answer: response to GetObject instead of data, 0: data
 * @children_only: GetObjectHandles gives one folder's objects, not all
 * @stuck: takes no command until it is told to cancel
 * @storages: how many more than one it has
 * @repeated: they all have one id
 * @no_storage_info: falls silent when asked what a storage is, else refuses
 * @session: a session is open
 * @opened: sessions opened so far
 * @closed: closed so far
 * @cancels: requests Cancel so far
 * @resets: requests Device Reset so far
 * @commands: so far
 * @last_id: transaction id of the last command
 */
struct camera {
	struct usbsi_transport		*transport;
	struct camera_object		object[CAMERA_OBJECTS_MAX];
	size_t				objects;
	unsigned int			quirks;
	uint16_t			answer;
	bool				children_only;
	bool				stuck;
	unsigned int			storages;
	bool				repeated;
	bool				no_storage_info;
	bool				session;
	unsigned int			opened;
	unsigned int			closed;
	unsigned int			cancels;
	unsigned int			resets;
	unsigned int			commands;
	uint32_t			last_id;
};

struct usbsi_transport *camera_new(struct camera *camera);
uint8_t camera_byte(uint32_t handle, size_t offset);

#endif /* PTP_FAKE_CAMERA_H */
