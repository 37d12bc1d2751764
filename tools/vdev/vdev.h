/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual USB still-image device.
 *
 * Three layers: a personality (what the device says) sits on the core (the
 * endpoints, their queues of transfers, waiting), which sits on a back end (how
 * the bytes get to a bus).  One thread does it all: whatever a personality waits
 * for, it waits in vdev_wait(), which also serves control requests, signals and
 * every other source of the program.
 */
#ifndef VDEV_H
#define VDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/usb/ch9.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Bytes in one queued transfer: a multiple of every bulk packet size */
#define VDEV_CHUNK_SIZE		65536
#define VDEV_CHUNKS		8
#define VDEV_EVENTS		32
#define VDEV_EVENT_SIZE		64
#define VDEV_SOURCES		8
#define VDEV_FOREVER		(-1)

enum vdev_endpoint {
	VDEV_IN,
	VDEV_OUT,
	VDEV_EVENT,
	VDEV_ENDPOINTS,
};

/**
 * struct vdev_transfer - one buffer on one endpoint
 * @endpoint: which
 * @data: the bytes, owned by the transfer
 * @size: bytes at @data
 * @length: bytes to move, 0 is a zero-length packet on an IN endpoint
 * @actual: bytes moved, valid once it is not @queued
 * @status: 0 or a negative errno, valid once it is not @queued
 * @queued: the back end has it
 * @backend: room for the back end
 */
struct vdev_transfer {
	enum vdev_endpoint	endpoint;
	unsigned char		*data;
	size_t			size;
	size_t			length;
	size_t			actual;
	int			status;
	bool			queued;
	unsigned long		backend[16];
};

/**
 * struct vdev_identity - what the descriptors say
 * @super: SuperSpeed where the bus has it, else high speed
 * @event_packet: bytes in a packet of the interrupt endpoint, 1 to 64
 */
struct vdev_identity {
	uint16_t	vendor;
	uint16_t	product;
	uint16_t	release;
	bool		super;
	uint16_t	event_packet;
	const char	*manufacturer;
	const char	*name;
	const char	*serial;
	const char	*udc;
};

struct vdev;

/**
 * struct vdev_backend - the way to a bus
 * @open: make the device, not yet on the bus
 * @close: take it off the bus and undo everything, also after a failed @open
 * @plug: put the device on the bus or take it off
 * @submit: queue a transfer; its completion comes through vdev_completed()
 * @cancel: ask for an early completion
 * @stall: halt an endpoint that has nothing queued
 * @pause_control: leave control requests unanswered until told otherwise
 *
 * All return 0 or a negative errno.
 */
struct vdev_backend {
	const char *name;
	int (*open)(struct vdev *dev);
	void (*close)(struct vdev *dev);
	int (*plug)(struct vdev *dev, bool on);
	int (*submit)(struct vdev *dev, struct vdev_transfer *transfer);
	int (*cancel)(struct vdev *dev, struct vdev_transfer *transfer);
	int (*stall)(struct vdev *dev, enum vdev_endpoint endpoint);
	void (*pause_control)(struct vdev *dev, bool on);
};

/**
 * struct vdev_personality - what the device says
 * @always: @run is wanted off the bus as well
 * @run: talks to the host; returns when the device left the bus, the
 *	conversation was cut off, or the program ends.  Called again after that.
 * @control: a request on endpoint 0.  IN: fills @data and returns the length.
 *	OUT: returns 0 to accept it, @data is NULL.  A negative value stalls.
 * @control_data: the data of an OUT request that was accepted
 *
 * @control and @control_data are called from within vdev_wait() and must not
 * wait themselves.
 */
struct vdev_personality {
	const char *name;
	bool always;
	int (*run)(struct vdev *dev);
	int (*control)(struct vdev *dev, const struct usb_ctrlrequest *request, void *data);
	void (*control_data)(struct vdev *dev, const struct usb_ctrlrequest *request,
			     const void *data, size_t length);
};

struct vdev_source {
	int fd;
	void (*ready)(struct vdev *dev, void *arg);
	void *arg;
};

/**
 * struct vdev - the device
 * @configured: the host has configured it
 * @stop: the program is to end
 * @abort: the present conversation is to end (a cancel or reset request)
 * @generation: counts how often the host configured the device
 * @begun: @generation at the last vdev_begin()
 * @max_packet: by endpoint, valid while @configured
 * @address: endpoint addresses as the host sees them
 * @rate: bytes a second on bulk IN, 0: as fast as it goes
 * @in_current: chunk that is being filled, or NULL
 * @in_bytes: bytes of the present bulk IN transfer, queued ones included
 */
struct vdev {
	const struct vdev_backend	*backend;
	void				*backend_data;
	const struct vdev_personality	*personality;
	void				*personality_data;
	struct vdev_identity		identity;

	bool				configured;
	bool				stop;
	bool				abort;
	unsigned int			generation;
	unsigned int			begun;
	uint16_t			max_packet[VDEV_ENDPOINTS];
	uint8_t				address[VDEV_ENDPOINTS];

	struct vdev_source		sources[VDEV_SOURCES];

	struct vdev_transfer		in[VDEV_CHUNKS];
	struct vdev_transfer		out;
	struct vdev_transfer		event[VDEV_EVENTS];
	unsigned int			in_next;
	struct vdev_transfer		*in_current;
	uint64_t			in_bytes;
	uint64_t			rate;
	uint64_t			rate_start_ns;
	uint64_t			rate_bytes;
};

/* vdev-core.c */
int vdev_init(struct vdev *dev);
void vdev_free(struct vdev *dev);
int vdev_add_source(struct vdev *dev, int fd, void (*ready)(struct vdev *dev, void *arg),
		    void *arg);
void vdev_remove_source(struct vdev *dev, int fd);
int vdev_wait(struct vdev *dev, int timeout_ms);
int vdev_sleep(struct vdev *dev, unsigned int ms);
void vdev_completed(struct vdev *dev, struct vdev_transfer *transfer, long result);
void vdev_begin(struct vdev *dev);
int vdev_interrupted(const struct vdev *dev);
uint64_t vdev_now_ns(void);
void vdev_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* vdev-transfer.c */
int vdev_put(struct vdev *dev, const void *data, size_t length);
int vdev_push(struct vdev *dev);
int vdev_end(struct vdev *dev, bool zlp);
int vdev_flush(struct vdev *dev);
void vdev_drop(struct vdev *dev);
int vdev_receive(struct vdev *dev, void *data, size_t size);
int vdev_event(struct vdev *dev, const void *data, size_t length);
int vdev_stall(struct vdev *dev, enum vdev_endpoint endpoint);

extern const struct vdev_backend vdev_functionfs;
extern const struct vdev_personality vdev_script;
extern const struct vdev_personality vdev_camera;

/* Options of the personalities: 0, or -EINVAL after a message */
int vdev_script_setup(struct vdev *dev, int argc, char **argv);
int vdev_camera_setup(struct vdev *dev, int argc, char **argv);
void vdev_script_cleanup(struct vdev *dev);
void vdev_camera_cleanup(struct vdev *dev);

#endif /* VDEV_H */
