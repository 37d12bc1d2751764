/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libusbsi: the minidriver's side
 *
 * A minidriver knows one family of devices.  It sees a port (the pipes of one
 * interface), builds items and writes streams; it never sees a client or a
 * transport.  Its functions run on the thread that called the library, one at
 * a time for each device.
 */
#ifndef USBSI_MINIDRIVER_H
#define USBSI_MINIDRIVER_H

#include <sys/types.h>
#include <usbsi/usbsi.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usbsi_port;
struct usbsi_transfer;
struct usbsi_describe;

#define USBSI_MINIDRIVER_VERSION	1

/**
 * enum usbsi_pipe - the pipes of a port
 * @USBSI_PIPE_EVENT: interrupt IN
 * @USBSI_PIPE_READ: bulk IN
 * @USBSI_PIPE_WRITE: bulk OUT
 */
enum usbsi_pipe {
	USBSI_PIPE_EVENT	= 0,
	USBSI_PIPE_READ		= 1,
	USBSI_PIPE_WRITE	= 2,
};

/* usbsi_chunk.flags */
#define USBSI_CHUNK_SHORT	(1U << 0)	/* ended by a short or empty packet */
#define USBSI_CHUNK_DISCONT	(1U << 1)	/* bytes may be missing before it */

/**
 * struct usbsi_chunk - bytes of a running stream
 * @bytes: where they are, until usbsi_port_stream_release()
 * @len: how many; may be 0 with USBSI_CHUNK_SHORT
 * @flags: USBSI_CHUNK_*
 */
struct usbsi_chunk {
	const uint8_t	*bytes;
	size_t		len;
	unsigned int	flags;
};

/**
 * struct usbsi_interface_id - what a minidriver is found by
 * @vendor: idVendor
 * @product: idProduct
 * @interface_class: bInterfaceClass
 * @interface_subclass: bInterfaceSubClass
 * @interface_protocol: bInterfaceProtocol
 */
struct usbsi_interface_id {
	uint16_t	vendor;
	uint16_t	product;
	uint8_t		interface_class;
	uint8_t		interface_subclass;
	uint8_t		interface_protocol;
};

/* usbsi_capabilities.generic */
#define USBSI_CAPABILITY_NOTIFICATIONS	(1U << 0)	/* has events */
#define USBSI_CAPABILITY_POLLING	(1U << 1)	/* events must be polled for */
#define USBSI_CAPABILITY_STREAM		(1U << 2)	/* acquire() writes streams */
#define USBSI_CAPABILITY_BANDS		(1U << 3)	/* acquire() sends bands */

/**
 * struct usbsi_capabilities - what a minidriver does with its device
 * @generic: USBSI_CAPABILITY_*
 */
struct usbsi_capabilities {
	uint32_t	generic;
};

/* usbsi_device_status.online */
#define USBSI_ONLINE_OPERATIONAL	(1U << 0)
#define USBSI_ONLINE_ERROR		(1U << 2)
#define USBSI_ONLINE_BUSY		(1U << 8)

/**
 * struct usbsi_device_status - the state of a device
 * @online: USBSI_ONLINE_*
 * @hardware_code: a number of the device's own
 */
struct usbsi_device_status {
	uint32_t	online;
	uint32_t	hardware_code;
};

/**
 * struct usbsi_item_data - what a minidriver says of an item
 * @name: UTF-8 or anything; the library makes it fit for a file name
 * @folder: has children and no data
 * @size: bytes, USBSI_SIZE_UNKNOWN if unknown
 * @time: seconds since 1970, USBSI_TIME_UNKNOWN if unknown
 * @format: number of the minidriver's own
 * @format_name: what people call it; must stay as long as the minidriver
 * @handle: what the minidriver finds the item by
 * @cookie: a second number for that, e.g. which session the handle is from
 */
struct usbsi_item_data {
	const char	*name;
	bool		folder;
	uint64_t	size;
	int64_t		time;
	uint32_t	format;
	const char	*format_name;
	uint64_t	handle;
	uint64_t	cookie;
};

/**
 * struct usbsi_minidriver - a minidriver
 * @version: USBSI_MINIDRIVER_VERSION; anything else is refused
 * @size: sizeof(struct usbsi_minidriver)
 * @name: one word
 * @match: how well it knows the interface: 0 not at all, 1 by class, 2 by ids
 * @initialize: called once for each open; @state is given to all the others
 * @release: the last call
 * @capabilities: what it can do
 * @status: the state of the device
 * @describe: tells about the device with usbsi_describe_string() and its kind
 * @lock: called with the device lock taken
 * @unlock: ends every conversation; the device lock is given back after it
 * @reset: bring the device to its initial state
 * @items: add the items below @root with usbsi_item_add()
 * @acquire: write @item to @transfer
 *
 * All but status are called with the device lock held from initialize's return
 * on, except that @capabilities may be called at any time.  A member that is
 * NULL is -EOPNOTSUPP.  A conversation may stay open from @lock to @unlock.
 */
struct usbsi_minidriver {
	uint32_t	version;
	uint32_t	size;
	const char	*name;
	int	(*match)(const struct usbsi_interface_id *id);
	int	(*initialize)(struct usbsi_port *port, void **state);
	void	(*release)(void *state);
	int	(*capabilities)(void *state, struct usbsi_capabilities *caps);
	int	(*status)(void *state, struct usbsi_device_status *status);
	int	(*describe)(void *state, struct usbsi_describe *describe);
	int	(*lock)(void *state);
	void	(*unlock)(void *state);
	int	(*reset)(void *state);
	int	(*items)(void *state, struct usbsi_item *root);
	int	(*acquire)(void *state, const struct usbsi_item *item,
			   struct usbsi_transfer *transfer);
};

USBSI_PUBLIC enum usbsi_open_mode usbsi_port_open_mode(const struct usbsi_port *port);
USBSI_PUBLIC unsigned int usbsi_port_timeout(const struct usbsi_port *port);
USBSI_PUBLIC int usbsi_port_get_info(struct usbsi_port *port, struct usbsi_device_info *info,
				     size_t size);
USBSI_PUBLIC ssize_t usbsi_port_read(struct usbsi_port *port, void *buf, size_t len,
				     unsigned int timeout_ms);
USBSI_PUBLIC ssize_t usbsi_port_write(struct usbsi_port *port, const void *buf, size_t len,
				      unsigned int timeout_ms);
USBSI_PUBLIC int usbsi_port_control(struct usbsi_port *port, uint8_t request_type,
				    uint8_t request, uint16_t value, uint16_t index, void *data,
				    uint16_t len, unsigned int timeout_ms);
USBSI_PUBLIC int usbsi_port_clear_halt(struct usbsi_port *port, enum usbsi_pipe pipe);
USBSI_PUBLIC int usbsi_port_reset(struct usbsi_port *port);
USBSI_PUBLIC int usbsi_port_stream_start(struct usbsi_port *port, uint64_t length);
USBSI_PUBLIC int usbsi_port_stream_next(struct usbsi_port *port, struct usbsi_chunk *chunk,
					unsigned int timeout_ms);
USBSI_PUBLIC void usbsi_port_stream_release(struct usbsi_port *port);
USBSI_PUBLIC int usbsi_port_stream_stop(struct usbsi_port *port);
USBSI_PUBLIC void usbsi_port_shield(struct usbsi_port *port, bool on);
USBSI_PUBLIC void usbsi_port_sleep(struct usbsi_port *port, unsigned int ms);
USBSI_PUBLIC uint64_t usbsi_port_now_ms(struct usbsi_port *port);
USBSI_PUBLIC int usbsi_port_error(struct usbsi_port *port, int error, const char *fmt, ...)
	USBSI_PRINTF(3, 4);
USBSI_PUBLIC void usbsi_port_log(struct usbsi_port *port, enum usbsi_log_level level,
				 const char *fmt, ...) USBSI_PRINTF(3, 4);

USBSI_PUBLIC struct usbsi_item *usbsi_item_add(struct usbsi_item *parent,
					       const struct usbsi_item_data *data);
USBSI_PUBLIC uint64_t usbsi_item_cookie(const struct usbsi_item *item);

USBSI_PUBLIC int usbsi_transfer_next_stream(struct usbsi_transfer *transfer,
					    const struct usbsi_item *item, uint64_t total);
USBSI_PUBLIC int usbsi_transfer_write(struct usbsi_transfer *transfer, const void *bytes,
				      size_t len);

USBSI_PUBLIC void usbsi_describe_begin(struct usbsi_describe *describe, const char *key,
				       bool array);
USBSI_PUBLIC void usbsi_describe_end(struct usbsi_describe *describe);
USBSI_PUBLIC void usbsi_describe_string(struct usbsi_describe *describe, const char *key,
					const char *value);
USBSI_PUBLIC void usbsi_describe_number(struct usbsi_describe *describe, const char *key,
					uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* USBSI_MINIDRIVER_H */
