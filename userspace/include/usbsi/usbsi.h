/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libusbsi: still-image devices (cameras, scanners) - the client's side
 *
 * Functions that can fail return 0 (or a count) or a negative errno; the text
 * that goes with it is kept with the device, or with the context where there
 * is no device yet.  A context and what comes from it is used by one thread
 * at a time; usbsi_device_cancel() alone may be called from anywhere.  The
 * library starts no threads and has no global state.  Structures that the
 * library hands out grow at their end only.
 */
#ifndef USBSI_USBSI_H
#define USBSI_USBSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define USBSI_PUBLIC __attribute__((visibility("default")))
#define USBSI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define USBSI_PUBLIC
#define USBSI_PRINTF(fmt, args)
#endif

struct usbsi_context;
struct usbsi_device;
struct usbsi_device_list;
struct usbsi_item;
struct usbsi_items;

/* Longest time without a byte of progress unless the client says otherwise */
#define USBSI_TIMEOUT_DEFAULT_MS	30000

#define USBSI_SIZE_UNKNOWN		UINT64_MAX
#define USBSI_TIME_UNKNOWN		INT64_MIN

/**
 * enum usbsi_log_level - how much a log handler wants to hear
 * @USBSI_LOG_ERROR: an operation failed
 * @USBSI_LOG_WARNING: a device misbehaves, the library goes on
 * @USBSI_LOG_INFO: steps of a recovery
 * @USBSI_LOG_DEBUG: every transaction
 */
enum usbsi_log_level {
	USBSI_LOG_ERROR		= 0,
	USBSI_LOG_WARNING	= 1,
	USBSI_LOG_INFO		= 2,
	USBSI_LOG_DEBUG		= 3,
};

/**
 * enum usbsi_open_mode - what a device is opened for
 * @USBSI_OPEN_STATUS: watch and list; any number of clients at a time
 * @USBSI_OPEN_DATA: acquire; one client at a time
 * @USBSI_OPEN_BOTH: as DATA, reported as asked
 */
enum usbsi_open_mode {
	USBSI_OPEN_STATUS	= 1,
	USBSI_OPEN_DATA		= 2,
	USBSI_OPEN_BOTH		= 3,
};

/**
 * struct usbsi_holder - a program that has a device
 * @pid: its process id; 0: nobody; -1: a process that cannot be seen from here
 * @mode: its &enum usbsi_open_mode; 0 where it came by another way (usbfs)
 * @comm: its name
 */
struct usbsi_holder {
	int		pid;
	unsigned int	mode;
	char		comm[32];
};

/**
 * struct usbsi_device_entry - one device of a list
 * @node: device node, NULL while no usbsi node exists for the device
 * @id: name that stays: the serial number when it is unique, else the port path
 * @vendor: idVendor
 * @product: idProduct
 * @manufacturer: from the device, NULL if it has none; not to be trusted
 * @model: product name from the device, NULL if it has none; not to be trusted
 * @serial: from the device, NULL if it has none; not to be trusted
 * @bus_path: port path, such as 1-2.4
 * @minidriver: name of the minidriver for it, NULL if there is none
 * @driver: kernel driver that has the interface, NULL if none has
 * @mode: mode the device is in: that of @holder, STATUS without one, 0 if that
 *	could not be found out
 * @holder: the data client, or the program that has claimed the interface
 */
struct usbsi_device_entry {
	const char		*node;
	const char		*id;
	uint16_t		vendor;
	uint16_t		product;
	const char		*manufacturer;
	const char		*model;
	const char		*serial;
	const char		*bus_path;
	const char		*minidriver;
	const char		*driver;
	unsigned int		mode;
	struct usbsi_holder	holder;
};

/**
 * struct usbsi_endpoint - one pipe
 * @address: bEndpointAddress, 0 where the device has no such pipe
 * @interval: bInterval
 * @max_packet: bytes in one packet
 */
struct usbsi_endpoint {
	uint8_t		address;
	uint8_t		interval;
	uint16_t	max_packet;
};

/**
 * struct usbsi_device_info - a device and who holds what
 * @vendor: idVendor
 * @product: idProduct
 * @device_release: bcdDevice
 * @interface_number: bInterfaceNumber
 * @interface_class: bInterfaceClass
 * @interface_subclass: bInterfaceSubClass
 * @interface_protocol: bInterfaceProtocol
 * @speed: as &enum usb_device_speed of <linux/usb/ch9.h>
 * @bus: number of the USB bus
 * @device: address on that bus
 * @mode: &enum usbsi_open_mode of this handle
 * @has_ring: image data comes through a mapped ring
 * @suspended: the device sleeps
 * @event: interrupt IN
 * @read: bulk IN
 * @write: bulk OUT
 * @data_client: the client in data mode
 * @lock_owner: the client that has the device lock
 */
struct usbsi_device_info {
	uint16_t		vendor;
	uint16_t		product;
	uint16_t		device_release;
	uint8_t			interface_number;
	uint8_t			interface_class;
	uint8_t			interface_subclass;
	uint8_t			interface_protocol;
	uint8_t			speed;
	uint8_t			bus;
	uint32_t		device;
	uint32_t		mode;
	bool			has_ring;
	bool			suspended;
	struct usbsi_endpoint	event;
	struct usbsi_endpoint	read;
	struct usbsi_endpoint	write;
	struct usbsi_holder	data_client;
	struct usbsi_holder	lock_owner;
};

/**
 * enum usbsi_message - what a status call is about
 * @USBSI_MESSAGE_STATUS: progress
 * @USBSI_MESSAGE_END_OF_STREAM: the current stream is complete
 * @USBSI_MESSAGE_END_OF_TRANSFER: everything is done
 * @USBSI_MESSAGE_DEVICE_STATUS: the device reports; see &usbsi_status.error
 * @USBSI_MESSAGE_NEW_PAGE: the next page begins in the same stream
 *
 * Numbered as WIA numbers them.
 */
enum usbsi_message {
	USBSI_MESSAGE_STATUS		= 1,
	USBSI_MESSAGE_END_OF_STREAM	= 2,
	USBSI_MESSAGE_END_OF_TRANSFER	= 3,
	USBSI_MESSAGE_DEVICE_STATUS	= 5,
	USBSI_MESSAGE_NEW_PAGE		= 6,
};

/**
 * struct usbsi_status - argument of a status call
 * @message: &enum usbsi_message
 * @percent: of the current item, 0 to 100, -1 if unknown
 * @bytes: of the current item that were written
 * @total: bytes of the current item, USBSI_SIZE_UNKNOWN if unknown
 * @error: 0 or a negative errno, for DEVICE_STATUS
 * @item: the current item
 */
struct usbsi_status {
	enum usbsi_message	message;
	int			percent;
	uint64_t		bytes;
	uint64_t		total;
	int			error;
	const struct usbsi_item	*item;
};

/**
 * struct usbsi_stream_client - what a stream client gives to usbsi_acquire()
 * @size: sizeof(struct usbsi_stream_client)
 * @next_stream: a new output object begins; @item says which
 * @write: the next bytes of the current stream, straight from the device's
 *	buffer; they are valid during the call only
 * @status: progress and messages; may be NULL
 *
 * Each returns 0 to go on, more than 0 to cancel, a negative errno to fail;
 * usbsi_acquire() then returns -ECANCELED or that errno, unchanged.
 * END_OF_STREAM and END_OF_TRANSFER come from the library and only after
 * success; after a cancel or an error nothing more is called.
 */
struct usbsi_stream_client {
	size_t	size;
	int	(*next_stream)(void *data, const struct usbsi_item *item);
	int	(*write)(void *data, const void *bytes, size_t len);
	int	(*status)(void *data, const struct usbsi_status *status);
};

/**
 * struct usbsi_describe_client - takes the description of a device
 * @size: sizeof(struct usbsi_describe_client)
 * @begin: a named group begins; @array: its members have no names
 * @end: the group ends
 * @string: a text, UTF-8, not to be trusted
 * @number: a number
 */
struct usbsi_describe_client {
	size_t	size;
	void	(*begin)(void *data, const char *key, bool array);
	void	(*end)(void *data);
	void	(*string)(void *data, const char *key, const char *value);
	void	(*number)(void *data, const char *key, uint64_t value);
};

typedef void (*usbsi_log_fn)(void *data, enum usbsi_log_level level, const char *text);

USBSI_PUBLIC const char *usbsi_version(void);
USBSI_PUBLIC size_t usbsi_clean_text(const char *text, char *out, size_t size);

USBSI_PUBLIC int usbsi_context_new(struct usbsi_context **ctx);
USBSI_PUBLIC void usbsi_context_free(struct usbsi_context *ctx);
USBSI_PUBLIC void usbsi_context_set_log(struct usbsi_context *ctx, enum usbsi_log_level level,
					usbsi_log_fn fn, void *data);
USBSI_PUBLIC const char *usbsi_context_error(const struct usbsi_context *ctx);

USBSI_PUBLIC int usbsi_enumerate(struct usbsi_context *ctx, struct usbsi_device_list **list);
USBSI_PUBLIC void usbsi_device_list_free(struct usbsi_device_list *list);
USBSI_PUBLIC size_t usbsi_device_list_count(const struct usbsi_device_list *list);
USBSI_PUBLIC const struct usbsi_device_entry *
usbsi_device_list_get(const struct usbsi_device_list *list, size_t index);
USBSI_PUBLIC int usbsi_device_list_find(struct usbsi_context *ctx,
					const struct usbsi_device_list *list, const char *name,
					const struct usbsi_device_entry **entry);

USBSI_PUBLIC int usbsi_device_open(struct usbsi_context *ctx,
				   const struct usbsi_device_entry *entry,
				   enum usbsi_open_mode mode, struct usbsi_device **dev);
USBSI_PUBLIC void usbsi_device_close(struct usbsi_device *dev);
USBSI_PUBLIC const char *usbsi_device_error(const struct usbsi_device *dev);
USBSI_PUBLIC void usbsi_device_set_timeout(struct usbsi_device *dev, unsigned int timeout_ms);
USBSI_PUBLIC int usbsi_device_get_info(struct usbsi_device *dev, struct usbsi_device_info *info,
				       size_t size);
USBSI_PUBLIC const char *usbsi_device_minidriver(const struct usbsi_device *dev);
USBSI_PUBLIC int usbsi_device_describe(struct usbsi_device *dev,
				       const struct usbsi_describe_client *client, void *data);
USBSI_PUBLIC int usbsi_device_lock(struct usbsi_device *dev, unsigned int timeout_ms);
USBSI_PUBLIC int usbsi_device_unlock(struct usbsi_device *dev);
USBSI_PUBLIC void usbsi_device_cancel(struct usbsi_device *dev);
USBSI_PUBLIC void usbsi_device_cancel_reset(struct usbsi_device *dev);

USBSI_PUBLIC int usbsi_device_items(struct usbsi_device *dev, struct usbsi_items **items);
USBSI_PUBLIC void usbsi_items_free(struct usbsi_items *items);
USBSI_PUBLIC size_t usbsi_items_count(const struct usbsi_items *items);
USBSI_PUBLIC const struct usbsi_item *usbsi_items_root(const struct usbsi_items *items);
USBSI_PUBLIC const struct usbsi_item *usbsi_items_next(const struct usbsi_item *item);
USBSI_PUBLIC int usbsi_items_find(const struct usbsi_items *items, const char *name,
				  const struct usbsi_item **item);

USBSI_PUBLIC const struct usbsi_item *usbsi_item_parent(const struct usbsi_item *item);
USBSI_PUBLIC const struct usbsi_item *usbsi_item_first_child(const struct usbsi_item *item);
USBSI_PUBLIC const struct usbsi_item *usbsi_item_next_sibling(const struct usbsi_item *item);
USBSI_PUBLIC const char *usbsi_item_name(const struct usbsi_item *item);
USBSI_PUBLIC const char *usbsi_item_path(const struct usbsi_item *item);
USBSI_PUBLIC size_t usbsi_item_number(const struct usbsi_item *item);
USBSI_PUBLIC bool usbsi_item_is_folder(const struct usbsi_item *item);
USBSI_PUBLIC uint64_t usbsi_item_size(const struct usbsi_item *item);
USBSI_PUBLIC int64_t usbsi_item_time(const struct usbsi_item *item);
USBSI_PUBLIC uint32_t usbsi_item_format(const struct usbsi_item *item);
USBSI_PUBLIC const char *usbsi_item_format_name(const struct usbsi_item *item);
USBSI_PUBLIC uint64_t usbsi_item_handle(const struct usbsi_item *item);

USBSI_PUBLIC int usbsi_acquire(struct usbsi_device *dev, const struct usbsi_item *item,
			       const struct usbsi_stream_client *client, void *data);

#ifdef __cplusplus
}
#endif

#endif /* USBSI_USBSI_H */
