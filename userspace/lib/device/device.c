// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Devices: open, lock, cancel
 *
 * Cancelling.  usbsi_device_cancel() may run in a signal handler or another
 * thread: it sets a flag that every call into the transport looks at first,
 * makes the eventfd readable that waits for slots poll, and tells the
 * transport to abort what is pending and what begins later (the kernel's
 * HOLD), so that a signal just before a system call is not lost.  A recovery
 * raises the shield: the flag stays but does not count until it is over.
 */
#include "device.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int device_error(struct usbsi_device *dev, int error, const char *fmt, ...)
{
	va_list args;
	int len;

	len = snprintf(dev->error, sizeof(dev->error), "%s: ", dev->name);
	va_start(args, fmt);
	vsnprintf(dev->error + len, sizeof(dev->error) - (size_t)len, fmt, args);
	va_end(args);
	return error;
}

static const char *holder_text(const struct usbsi_holder *holder, char *buf, size_t size)
{
	if (holder->pid > 0)
		snprintf(buf, size, "%s (pid %d)", holder->comm, holder->pid);
	else
		snprintf(buf, size, "another program");
	return buf;
}

static int busy_error(struct usbsi_device *dev, bool data_client)
{
	const struct usbsi_holder *holder;
	struct usbsi_device_info info;
	char text[64];

	memset(&info, 0, sizeof(info));
	dev->transport->ops->info(dev->transport, &info);
	holder = data_client || !info.lock_owner.pid ? &info.data_client : &info.lock_owner;
	return device_error(dev, -EBUSY, "in use by %s; try again when it is done",
			    holder_text(holder, text, sizeof(text)));
}

static unsigned int default_timeout(void)
{
	const char *text = secure_getenv("USBSI_TIMEOUT");
	char *end;
	double seconds;

	if (!text || !*text)
		return USBSI_TIMEOUT_DEFAULT_MS;
	seconds = strtod(text, &end);
	if (*end || !(seconds > 0) || seconds > INT_MAX / 1000)
		return USBSI_TIMEOUT_DEFAULT_MS;
	return (unsigned int)(seconds * 1000) ? (unsigned int)(seconds * 1000) : 1;
}

static int enter_mode(struct usbsi_device *dev, enum usbsi_open_mode mode)
{
	int ret;

	if (mode == USBSI_OPEN_STATUS)
		return 0;
	ret = dev->transport->ops->set_mode(dev->transport, mode);
	if (ret == -EBUSY)
		return busy_error(dev, true);
	if (ret < 0)
		return device_error(dev, ret, "cannot enter data mode: %s", strerror(-ret));
	return 0;
}

/**
 * device_attach() - make a device of an open transport
 * @ctx: the context
 * @transport: taken over, closed even on failure
 * @driver: the minidriver
 * @name: what error texts call the device
 * @mode: what the device is opened for
 * @dev: out: the device
 *
 * Return: 0 or a negative errno with the text in @ctx.
 */
int device_attach(struct usbsi_context *ctx, struct usbsi_transport *transport,
		  const struct usbsi_minidriver *driver, const char *name,
		  enum usbsi_open_mode mode, struct usbsi_device **dev)
{
	struct usbsi_device *d = calloc(1, sizeof(*d));
	int ret;

	if (!d) {
		transport->ops->close(transport);
		return context_error(ctx, -ENOMEM, "out of memory");
	}
	d->ctx = ctx;
	d->transport = transport;
	d->mode = mode;
	d->timeout_ms = default_timeout();
	d->port.device = d;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	transport->cancel_fd = d->cancel_fd;
	ret = d->cancel_fd < 0 ? device_error(d, -errno, "no eventfd: %s", strerror(errno)) : 0;
	if (!ret && (driver->version != USBSI_MINIDRIVER_VERSION ||
		     driver->size != sizeof(*driver)))
		ret = device_error(d, -EPROTONOSUPPORT, "minidriver %s is of another version",
				   driver->name);
	if (!ret)
		ret = enter_mode(d, mode);
	if (!ret) {
		ret = driver->initialize(&d->port, &d->state);
		d->driver = ret < 0 ? NULL : driver;
	}
	if (ret < 0) {
		context_error(ctx, ret, "%s", d->error);
		usbsi_device_close(d);
		return ret;
	}
	*dev = d;
	return 0;
}

static int no_node_error(struct usbsi_context *ctx, const struct usbsi_device_entry *entry)
{
	char text[64];

	if (!entry->driver)
		return context_error(ctx, -ENXIO,
				     "%s: no driver has the device; load the module usbsi",
				     entry->id);
	if (!strcmp(entry->driver, "usbfs"))
		return context_error(ctx, -EBUSY,
				     "%s: claimed through usbfs by %s; end that program first",
				     entry->id, holder_text(&entry->holder, text, sizeof(text)));
	return context_error(ctx, -EBUSY, "%s: the kernel driver %s has the device", entry->id,
			     entry->driver);
}

static int open_error(struct usbsi_context *ctx, const struct usbsi_device_entry *entry, int error)
{
	if (error == -EACCES || error == -EPERM)
		return context_error(ctx, error,
				     "%s: no permission for %s; join the group of that file or install the udev rule 60-usbsi.rules",
				     entry->id, entry->node);
	return context_error(ctx, error, "%s: cannot open %s: %s", entry->id, entry->node,
			     strerror(-error));
}

/**
 * usbsi_device_open() - open a device
 * @ctx: the context
 * @entry: from a list, which may be freed afterwards
 * @mode: what for
 * @dev: out: the device, given back with usbsi_device_close()
 *
 * Return: 0 or a negative errno with the text in @ctx: -EBUSY somebody else is
 * acquiring or has claimed the device, -EACCES the node is not ours to open,
 * -ENODEV or -ENXIO gone or without a driver, -EOPNOTSUPP no minidriver.
 */
int usbsi_device_open(struct usbsi_context *ctx, const struct usbsi_device_entry *entry,
		      enum usbsi_open_mode mode, struct usbsi_device **dev)
{
	const struct usbsi_minidriver *driver;
	struct usbsi_transport *transport;
	int ret;

	if (!entry->node)
		return no_node_error(ctx, entry);
	driver = entry->minidriver ? minidriver_named(entry->minidriver) : NULL;
	if (!driver)
		return context_error(ctx, -EOPNOTSUPP, "%s: no minidriver knows this device",
				     entry->id);
	ret = transport_kernel_open(entry->node, true, &transport);
	if (ret < 0)
		return open_error(ctx, entry, ret);
	return device_attach(ctx, transport, driver, entry->id, mode, dev);
}

/**
 * usbsi_device_close() - end the use of a device
 * @dev: may be NULL; ends every conversation and gives back lock and mode
 */
void usbsi_device_close(struct usbsi_device *dev)
{
	if (!dev)
		return;
	if (dev->lock_depth) {
		dev->lock_depth = 1;
		usbsi_device_unlock(dev);
	}
	if (dev->driver && dev->driver->release)
		dev->driver->release(dev->state);
	dev->transport->ops->close(dev->transport);
	if (dev->cancel_fd >= 0)
		close(dev->cancel_fd);
	free(dev);
}

/**
 * usbsi_device_error() - text of the device's last error
 * @dev: the device
 *
 * Return: one line without a newline, beginning with the device's id; ""
 * when nothing has failed yet; valid until the next call with @dev.
 */
const char *usbsi_device_error(const struct usbsi_device *dev)
{
	return dev->error;
}

/**
 * usbsi_device_set_timeout() - longest time without a byte of progress
 * @dev: the device
 * @timeout_ms: milliseconds, 0 for the default (USBSI_TIMEOUT in the
 *	environment, in seconds, else 30 s)
 */
void usbsi_device_set_timeout(struct usbsi_device *dev, unsigned int timeout_ms)
{
	dev->timeout_ms = timeout_ms ? timeout_ms : default_timeout();
}

/**
 * usbsi_device_minidriver() - name of the device's minidriver
 * @dev: the device
 *
 * Return: one word.
 */
const char *usbsi_device_minidriver(const struct usbsi_device *dev)
{
	return dev->driver->name;
}

/**
 * usbsi_device_get_info() - the interface and who holds what
 * @dev: the device
 * @info: out
 * @size: sizeof(*info) as the caller knows it
 *
 * Needs no lock and sends nothing to the device.
 *
 * Return: 0 or a negative errno.
 */
int usbsi_device_get_info(struct usbsi_device *dev, struct usbsi_device_info *info, size_t size)
{
	struct usbsi_device_info own;
	int ret;

	ret = dev->transport->ops->info(dev->transport, &own);
	if (ret < 0)
		return device_error(dev, ret, "%s",
				    ret == -ENODEV ? "unplugged" : strerror(-ret));
	own.mode = dev->mode;
	memset(info, 0, size);
	memcpy(info, &own, size < sizeof(own) ? size : sizeof(own));
	return 0;
}

bool device_is_cancelled(const struct usbsi_device *dev)
{
	return atomic_load(&dev->cancelled) && !atomic_load(&dev->shielded);
}

static int lock_error(struct usbsi_device *dev, int ret)
{
	switch (ret) {
	case -ETIMEDOUT:
		return busy_error(dev, false);
	case -ECANCELED:
		return device_error(dev, ret, "cancelled");
	case -ENODEV:
		return device_error(dev, ret, "unplugged");
	default:
		return device_error(dev, ret, "cannot lock the device: %s", strerror(-ret));
	}
}

/**
 * usbsi_device_lock() - keep everybody else's conversations out
 * @dev: the device
 * @timeout_ms: how long to wait for it; 0: not at all
 *
 * May be nested.  While the lock is held the minidriver keeps its
 * conversation open, so several calls in one lock share a session.
 *
 * Return: 0, -EBUSY when somebody else kept it all the time, -ECANCELED,
 * -ENODEV, or what the minidriver returns.
 */
int usbsi_device_lock(struct usbsi_device *dev, unsigned int timeout_ms)
{
	int ret = 0;

	if (dev->lock_depth) {
		dev->lock_depth++;
		return 0;
	}
	if (device_is_cancelled(dev))
		return lock_error(dev, -ECANCELED);
	ret = dev->transport->ops->lock(dev->transport, timeout_ms);
	if (ret < 0)
		return lock_error(dev, ret);
	if (dev->driver->lock)
		ret = dev->driver->lock(dev->state);
	if (ret < 0)
		dev->transport->ops->unlock(dev->transport);
	else
		dev->lock_depth = 1;
	return ret;
}

/* What goes wrong at the end is not what the client wants to hear of. */
static void end_conversation(struct usbsi_device *dev)
{
	char error[ERROR_TEXT_LEN];

	memcpy(error, dev->error, sizeof(error));
	usbsi_port_shield(&dev->port, true);
	dev->driver->unlock(dev->state);
	usbsi_port_shield(&dev->port, false);
	memcpy(dev->error, error, sizeof(error));
}

/**
 * usbsi_device_unlock() - give back what usbsi_device_lock() took
 * @dev: the device
 *
 * The last one ends the minidriver's conversation, cancelled or not.
 *
 * Return: 0, -ENOLCK without a lock, -ENODEV.
 */
int usbsi_device_unlock(struct usbsi_device *dev)
{
	if (!dev->lock_depth)
		return -ENOLCK;
	if (--dev->lock_depth)
		return 0;
	if (dev->driver->unlock)
		end_conversation(dev);
	return dev->transport->ops->unlock(dev->transport);
}

/* Lock for one call of the library. */
int device_enter(struct usbsi_device *dev)
{
	return usbsi_device_lock(dev, dev->timeout_ms);
}

void device_leave(struct usbsi_device *dev)
{
	usbsi_device_unlock(dev);
}

/**
 * usbsi_device_cancel() - make every call with this device end
 * @dev: the device
 *
 * May be called from any thread and from signal handlers.  What runs ends
 * with -ECANCELED as soon as the device has been brought back to its idle
 * state; later calls end at once until usbsi_device_cancel_reset().
 */
void usbsi_device_cancel(struct usbsi_device *dev)
{
	int saved = errno;
	uint64_t one = 1;
	ssize_t ret;

	atomic_store(&dev->cancelled, true);
	ret = write(dev->cancel_fd, &one, sizeof(one));
	(void)ret;
	if (!atomic_load(&dev->shielded) && dev->transport->ops->abort)
		dev->transport->ops->abort(dev->transport, TRANSPORT_ABORT_HOLD);
	errno = saved;
}

/**
 * usbsi_device_cancel_reset() - let calls work again after a cancel
 * @dev: the device
 */
void usbsi_device_cancel_reset(struct usbsi_device *dev)
{
	uint64_t count;
	ssize_t ret;

	ret = read(dev->cancel_fd, &count, sizeof(count));
	(void)ret;
	atomic_store(&dev->cancelled, false);
	if (dev->transport->ops->abort)
		dev->transport->ops->abort(dev->transport, TRANSPORT_ABORT_RELEASE);
}

/**
 * usbsi_device_describe() - what the device says of itself
 * @dev: the device
 * @client: gets it piece by piece
 * @data: first argument of the calls
 *
 * Return: 0 or a negative errno.
 */
int usbsi_device_describe(struct usbsi_device *dev, const struct usbsi_describe_client *client,
			  void *data)
{
	struct usbsi_describe describe = { .client = client, .data = data };
	int ret;

	if (!dev->driver->describe)
		return device_error(dev, -EOPNOTSUPP, "minidriver %s tells nothing",
				    dev->driver->name);
	ret = device_enter(dev);
	if (ret < 0)
		return ret;
	ret = dev->driver->describe(dev->state, &describe);
	device_leave(dev);
	return ret;
}
