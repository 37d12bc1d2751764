// SPDX-License-Identifier: GPL-2.0-only
/*
 * read() and write(): bulk transfers, byte-exact.
 *
 * A transfer that the device ends with a short or empty packet ends read().
 * usbcore wants room for whole packets, so a read() of another size may leave
 * up to a packet less one byte.  These belong to the file and come first in its
 * next read(); leaving data mode, UNLOCK in status mode, close, CLEAR_HALT and a
 * reset drop and count them.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "usbsi.h"

/* Bytes of the buffer that a call copies through */
#define USBSI_CHUNK	65536

/**
 * struct usbsi_buffer - what a call copies through
 * @data: DMA-safe
 * @len: bytes, whole packets
 */
struct usbsi_buffer {
	u8	*data;
	size_t	len;
};

/* Where memory is in pieces, a smaller one makes more transfers of the same bytes. */
static int usbsi_buffer_alloc(struct usbsi_buffer *buffer, const struct usbsi_pipe *pipe,
			      size_t count)
{
	size_t packet = pipe->max_packet;
	size_t len = min_t(size_t, roundup(max_t(size_t, count, 1), packet),
			   rounddown(USBSI_CHUNK, packet));

	for (;;) {
		buffer->len = len;
		buffer->data = kmalloc(len, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
		if (buffer->data)
			return 0;
		if (len <= packet)
			return -ENOMEM;
		len = roundup(len / 2, packet);
	}
}

/* Takes up to @count left-over bytes; *@ended: a short packet came behind them. */
static size_t usbsi_take_left(struct usbsi_file *file, void *to, size_t count, bool *ended)
{
	size_t taken;

	spin_lock_irq(&file->dev->lock);
	taken = min_t(size_t, count, file->left_len);
	memcpy(to, file->left + file->left_offset, taken);
	file->left_offset += taken;
	file->left_len -= taken;
	*ended = taken && !file->left_len && file->left_short;
	spin_unlock_irq(&file->dev->lock);
	return taken;
}

/* Whether a file may keep bytes: it has not given up its right, and no reset came between. */
static bool usbsi_may_keep(const struct usbsi_call *call)
{
	const struct usbsi_file *file = call->file;
	const struct usbsi_dev *dev = file->dev;

	return call->resets == dev->resets &&
	       (dev->data_file == file || (dev->owner == file && file->locked));
}

static void usbsi_keep_left(const struct usbsi_call *call, const void *from, size_t len,
			    bool ended)
{
	struct usbsi_file *file = call->file;
	struct usbsi_dev *dev = file->dev;

	spin_lock_irq(&dev->lock);
	if (usbsi_may_keep(call)) {
		memcpy(file->left, from, len);
		file->left_offset = 0;
		file->left_len = len;
		file->left_short = ended;
	} else {
		dev->dropped_bytes += len;
	}
	spin_unlock_irq(&dev->lock);
}

/*
 * An error behind bytes that are returned is kept for the next read(), but for
 * those that come again by themselves or concern this call alone.
 */
static ssize_t usbsi_read_result(struct usbsi_file *file, size_t done, int error)
{
	if (!done)
		return error;
	if (error == -EPROTO || error == -EOVERFLOW) {
		spin_lock_irq(&file->dev->lock);
		file->read_error = error;
		spin_unlock_irq(&file->dev->lock);
	}
	return done;
}

static int usbsi_take_read_error(struct usbsi_file *file)
{
	int error;

	spin_lock_irq(&file->dev->lock);
	error = file->read_error;
	file->read_error = 0;
	spin_unlock_irq(&file->dev->lock);
	return error;
}

/* The reader's memory is not there: what it would have got is gone, and counted. */
static int usbsi_read_fault(struct usbsi_file *file, size_t len)
{
	spin_lock_irq(&file->dev->lock);
	file->dev->dropped_bytes += len;
	spin_unlock_irq(&file->dev->lock);
	return -EFAULT;
}

static ssize_t usbsi_read_pipe(struct usbsi_call *call, const struct usbsi_buffer *buffer,
			       char __user *to, size_t count)
{
	struct usbsi_file *file = call->file;
	struct usbsi_pipe *pipe = call->pipe;
	size_t chunk = buffer->len;
	u8 *buf = buffer->data;
	size_t done;
	bool ended;
	int ret;

	done = usbsi_take_left(file, buf, min(count, chunk), &ended);
	if (copy_to_user(to, buf, done))
		return usbsi_read_fault(file, done);
	ret = done ? 0 : usbsi_take_read_error(file);

	while (!ret && !ended && done < count) {
		size_t want = min(count - done, chunk);
		size_t room = min(roundup(want, pipe->max_packet), chunk);
		unsigned int actual;

		usb_fill_bulk_urb(pipe->urb, file->dev->udev, pipe->pipe, buf, room,
				  usbsi_pipe_complete, pipe);
		ret = usbsi_pipe_transfer(call, &actual);
		ended = actual < room;
		want = min_t(size_t, want, actual);
		if (copy_to_user(to + done, buf, want)) {
			ret = usbsi_read_fault(file, actual);
			break;
		}
		done += want;
		if (actual > want)
			usbsi_keep_left(call, buf + want, actual - want, ended && !ret);
	}
	return usbsi_read_result(file, done, ret);
}

static ssize_t usbsi_write_pipe(struct usbsi_call *call, const struct usbsi_buffer *buffer,
				const char __user *from, size_t count)
{
	struct usbsi_pipe *pipe = call->pipe;
	size_t chunk = buffer->len;
	u8 *buf = buffer->data;
	size_t done = 0;
	int ret;

	do {
		size_t part = min(count - done, chunk);
		unsigned int actual;

		if (copy_from_user(buf, from + done, part))
			return done ? done : -EFAULT;
		usb_fill_bulk_urb(pipe->urb, pipe->dev->udev, pipe->pipe, buf, part,
				  usbsi_pipe_complete, pipe);
		ret = usbsi_pipe_transfer(call, &actual);
		done += actual;
	} while (!ret && done < count);
	return done ? done : ret;
}

/* Takes a buffer, the lock for the call and the pipe; the opposite of usbsi_transfer_end(). */
static int usbsi_transfer_begin(struct usbsi_call *call, struct usbsi_pipe *pipe,
				struct usbsi_buffer *buffer, size_t count, bool nonblock)
{
	int ret;

	ret = usbsi_buffer_alloc(buffer, pipe, count);
	if (ret)
		return ret;
	ret = usbsi_lock_hold(call, nonblock);
	if (ret)
		goto err_free;
	ret = usbsi_pipe_claim(call, pipe);
	if (ret)
		goto err_drop;
	return 0;

err_drop:
	usbsi_lock_drop(call->file);
err_free:
	kfree(buffer->data);
	return ret;
}

static void usbsi_transfer_end(struct usbsi_call *call, struct usbsi_buffer *buffer)
{
	usbsi_pipe_release(call);
	usbsi_lock_drop(call->file);
	kfree(buffer->data);
}

/**
 * usbsi_read() - bulk IN
 * @filp: open for writing as well, as all that takes from a device is
 * @to: where the bytes go
 * @count: bytes wanted
 * @pos: not used
 *
 * Context: Process context, sleeps up to the file's read timeout, killable.
 * Return: bytes read, 0 for an empty packet; -EBADF, -ENOLCK for a status
 * client without the lock, -EAGAIN, -EBUSY during a stream, -ETIMEDOUT, -EPIPE
 * after a stall, -EPROTO, -EOVERFLOW, -ECANCELED, -ENODEV, -EHOSTUNREACH.
 */
ssize_t usbsi_read(struct file *filp, char __user *to, size_t count, loff_t *pos)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_buffer buffer;
	struct usbsi_call call;
	ssize_t ret;

	if (!(filp->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!count)
		return 0;
	usbsi_call_begin(&call, file, READ_ONCE(file->read_ms));
	ret = usbsi_transfer_begin(&call, &file->dev->in, &buffer, count,
				   filp->f_flags & O_NONBLOCK);
	if (ret)
		return ret;
	ret = usbsi_read_pipe(&call, &buffer, to, count);
	usbsi_transfer_end(&call, &buffer);
	return ret;
}

/**
 * usbsi_write() - bulk OUT
 * @filp: the file
 * @from: the bytes
 * @count: how many; 0 sends an empty packet, nothing else does
 * @pos: not used
 *
 * Context: Process context, sleeps up to the file's write timeout, killable.
 * Return: bytes written, fewer where something came between; errors as
 * usbsi_read() has them.
 */
ssize_t usbsi_write(struct file *filp, const char __user *from, size_t count, loff_t *pos)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_buffer buffer;
	struct usbsi_call call;
	ssize_t ret;

	usbsi_call_begin(&call, file, READ_ONCE(file->write_ms));
	ret = usbsi_transfer_begin(&call, &file->dev->out, &buffer, count,
				   filp->f_flags & O_NONBLOCK);
	if (ret)
		return ret;
	ret = usbsi_write_pipe(&call, &buffer, from, count);
	usbsi_transfer_end(&call, &buffer);
	return ret;
}
