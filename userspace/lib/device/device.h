/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the library share
 */
#ifndef USBSI_LIB_DEVICE_H
#define USBSI_LIB_DEVICE_H

#include <stdarg.h>
#include <stdatomic.h>
#include <usbsi/minidriver.h>
#include <usbsi/usbsi.h>

#include "../transport/transport.h"

#define ERROR_TEXT_LEN	512

struct usbsi_context {
	enum usbsi_log_level	log_level;
	usbsi_log_fn		log;
	void			*log_data;
	char			error[ERROR_TEXT_LEN];
};

/**
 * struct usbsi_port - the device as its minidriver sees it
 * @device: the device that embeds it
 */
struct usbsi_port {
	struct usbsi_device	*device;
};

/**
 * struct usbsi_device - an open device
 * @ctx: outlives the device
 * @transport: owned
 * @driver: the minidriver
 * @state: of the minidriver
 * @port: what the minidriver talks to
 * @mode: as asked at open
 * @timeout_ms: longest time without a byte of progress
 * @lock_depth: how often the client and the library have locked
 * @cancel_fd: eventfd, readable while @cancelled
 * @cancelled: set by usbsi_device_cancel() until usbsi_device_cancel_reset()
 * @shielded: how many recoveries, one in another, are running that must not be
 *	cancelled
 * @name: what error texts call the device
 * @error: text of the last error
 */
struct usbsi_device {
	struct usbsi_context		*ctx;
	struct usbsi_transport		*transport;
	const struct usbsi_minidriver	*driver;
	void				*state;
	struct usbsi_port		port;
	enum usbsi_open_mode		mode;
	unsigned int			timeout_ms;
	unsigned int			lock_depth;
	int				cancel_fd;
	atomic_bool			cancelled;
	atomic_uint			shielded;
	char				name[128];
	char				error[ERROR_TEXT_LEN];
};

struct usbsi_describe {
	const struct usbsi_describe_client	*client;
	void					*data;
};

void context_log(const struct usbsi_context *ctx, enum usbsi_log_level level, const char *fmt,
		 va_list args);
int context_error(struct usbsi_context *ctx, int error, const char *fmt, ...) USBSI_PRINTF(3, 4);
int device_error(struct usbsi_device *dev, int error, const char *fmt, ...) USBSI_PRINTF(3, 4);

int device_attach(struct usbsi_context *ctx, struct usbsi_transport *transport,
		  const struct usbsi_minidriver *driver, const char *name,
		  enum usbsi_open_mode mode, struct usbsi_device **dev);
int device_enter(struct usbsi_device *dev);
void device_leave(struct usbsi_device *dev);
bool device_is_cancelled(const struct usbsi_device *dev);

/* What is built in */
extern const struct usbsi_minidriver ptp_minidriver;

const struct usbsi_minidriver *minidriver_find(const struct usbsi_interface_id *id);
const struct usbsi_minidriver *minidriver_named(const char *name);

bool holder_of_file(const char *path, struct usbsi_holder *holder);

struct usbsi_items *items_new(void);

#endif /* USBSI_LIB_DEVICE_H */
