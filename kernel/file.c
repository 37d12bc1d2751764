// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/usbsiN: open, close, poll and the ioctls.
 *
 * An ioctl is found by its type, number and direction; its size is the caller's
 * version of the structure.  A shorter structure than the first one published
 * is refused, a longer one than ours is taken if its tail is zero.  Arguments
 * are copied in before and out after the handler, which never sees user space.
 */
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ring.h"
#include "usbsi.h"

static_assert(sizeof(struct usbsi_info) == 136);
static_assert(sizeof(struct usbsi_set_mode) == 8);
static_assert(sizeof(struct usbsi_lock) == 16);
static_assert(sizeof(struct usbsi_control) == 24);
static_assert(sizeof(struct usbsi_timeouts) == 8);
static_assert(sizeof(struct usbsi_abort) == 8);
static_assert(sizeof(struct usbsi_clear_halt) == 8);
static_assert(sizeof(struct usbsi_event) == 64);
static_assert(sizeof(struct usbsi_subscribe) == 32);
static_assert(sizeof(struct usbsi_post_event) == 48);
static_assert(sizeof(struct usbsi_ring_alloc) == 40);
static_assert(sizeof(struct usbsi_slot) == 64);
static_assert(sizeof(struct usbsi_ring_kernel) == 128);
static_assert(offsetof(struct usbsi_ring_kernel, prod) == 64);
static_assert(sizeof(struct usbsi_ring_user) == 64);
static_assert(sizeof(struct usbsi_stream_start) == 24);

#define USBSI_DEFAULT_TIMEOUT_MS	30000

union usbsi_argument {
	struct usbsi_info		info;
	struct usbsi_set_mode		set_mode;
	struct usbsi_lock		lock;
	struct usbsi_control		control;
	struct usbsi_timeouts		timeouts;
	struct usbsi_abort		abort;
	struct usbsi_clear_halt		clear_halt;
	struct usbsi_post_event		post_event;
	struct usbsi_ring_alloc		ring_alloc;
	struct usbsi_stream_start	stream_start;
};

static bool usbsi_nonblock(const struct file *filp)
{
	return filp->f_flags & O_NONBLOCK;
}

static int usbsi_ioctl_info(struct file *filp, union usbsi_argument *arg)
{
	usbsi_info(filp->private_data, &arg->info);
	return 0;
}

static int usbsi_ioctl_set_mode(struct file *filp, union usbsi_argument *arg)
{
	if (arg->set_mode.flags)
		return -EINVAL;
	return usbsi_set_mode(filp->private_data, arg->set_mode.mode,
			      filp->f_mode & FMODE_WRITE);
}

static int usbsi_ioctl_lock(struct file *filp, union usbsi_argument *arg)
{
	if (arg->lock.flags & ~USBSI_LOCK_TRY || arg->lock.reserved)
		return -EINVAL;
	return usbsi_lock(filp->private_data, &arg->lock);
}

static int usbsi_ioctl_unlock(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_unlock(filp->private_data);
}

static int usbsi_ioctl_control(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_control(filp->private_data, &arg->control, usbsi_nonblock(filp));
}

static int usbsi_ioctl_set_timeouts(struct file *filp, union usbsi_argument *arg)
{
	struct usbsi_file *file = filp->private_data;

	WRITE_ONCE(file->read_ms, arg->timeouts.read_ms);
	WRITE_ONCE(file->write_ms, arg->timeouts.write_ms);
	return 0;
}

static int usbsi_ioctl_abort(struct file *filp, union usbsi_argument *arg)
{
	u32 flags = arg->abort.flags;

	if (flags & ~(USBSI_ABORT_HOLD | USBSI_ABORT_RELEASE) || arg->abort.reserved ||
	    flags == (USBSI_ABORT_HOLD | USBSI_ABORT_RELEASE))
		return -EINVAL;
	usbsi_abort(filp->private_data, flags);
	return 0;
}

static int usbsi_ioctl_clear_halt(struct file *filp, union usbsi_argument *arg)
{
	if (arg->clear_halt.flags)
		return -EINVAL;
	return usbsi_clear_halt(filp->private_data, arg->clear_halt.endpoint,
				usbsi_nonblock(filp));
}

/*
 * The reset itself is usbcore's to do, in a context without our locks; that it
 * has happened is told by an event.
 */
static int usbsi_ioctl_reset(struct file *filp, union usbsi_argument *arg)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_dev *dev = file->dev;
	struct usbsi_call call;
	int ret;

	usbsi_call_begin(&call, file, READ_ONCE(file->write_ms));
	ret = usbsi_lock_hold(&call, usbsi_nonblock(filp));
	if (ret)
		return ret;
	mutex_lock(&dev->io_mutex);
	ret = usbsi_ready(dev);
	if (!ret)
		usb_queue_reset_device(dev->intf);
	mutex_unlock(&dev->io_mutex);
	usbsi_lock_drop(file);
	return ret;
}

static int usbsi_ioctl_post_event(struct file *filp, union usbsi_argument *arg)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_dev *dev = file->dev;
	int ret = -ENODEV;

	if (arg->post_event.flags || arg->post_event.len > USBSI_EVENT_DATA_LEN)
		return -EINVAL;
	spin_lock_irq(&dev->lock);
	if (!(dev->state & USBSI_STATE_GONE)) {
		arg->post_event.seq = usbsi_event(dev, USBSI_EVENT_USER, arg->post_event.data,
						  arg->post_event.len);
		ret = 0;
	}
	spin_unlock_irq(&dev->lock);
	return ret;
}

static int usbsi_ioctl_ring_alloc(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_ring_alloc(filp->private_data, &arg->ring_alloc);
}

static int usbsi_ioctl_ring_free(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_ring_free(filp->private_data);
}

static int usbsi_ioctl_stream_start(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_stream_start(filp->private_data, &arg->stream_start,
				  usbsi_nonblock(filp));
}

static int usbsi_ioctl_stream_stop(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_stream_stop(filp->private_data);
}

static int usbsi_ioctl_ring_kick(struct file *filp, union usbsi_argument *arg)
{
	return usbsi_stream_kick(filp->private_data);
}

/* A new file descriptor may be let loose only after its number has been told. */
static long usbsi_ioctl_subscribe(struct file *filp, void __user *user, size_t size)
{
	struct usbsi_subscribe how;
	struct file *events;
	int ret;

	if (size < sizeof(how))
		return -EINVAL;
	ret = copy_struct_from_user(&how, sizeof(how), user, size);
	if (ret)
		return ret;
	ret = usbsi_subscribe(filp->private_data, &how, &events);
	if (ret)
		return ret;
	if (copy_to_user(user, &how, sizeof(how))) {
		put_unused_fd(how.fd);
		fput(events);
		return -EFAULT;
	}
	fd_install(how.fd, events);
	return how.fd;
}

/**
 * struct usbsi_ioctl - one ioctl
 * @cmd: its number with the size of our structure
 * @first: size of the first structure published, 0 where there is none
 * @writes: needs a file that is open for writing
 * @handler: does it
 */
struct usbsi_ioctl {
	unsigned int	cmd;
	size_t		first;
	bool		writes;
	int		(*handler)(struct file *filp, union usbsi_argument *arg);
};

static const struct usbsi_ioctl usbsi_ioctls[] = {
	{ USBSI_IOC_INFO, 136, false, usbsi_ioctl_info },
	{ USBSI_IOC_SET_MODE, 8, false, usbsi_ioctl_set_mode },
	{ USBSI_IOC_LOCK, 16, true, usbsi_ioctl_lock },
	{ USBSI_IOC_UNLOCK, 0, true, usbsi_ioctl_unlock },
	{ USBSI_IOC_CONTROL, 24, true, usbsi_ioctl_control },
	{ USBSI_IOC_SET_TIMEOUTS, 8, false, usbsi_ioctl_set_timeouts },
	{ USBSI_IOC_ABORT, 8, false, usbsi_ioctl_abort },
	{ USBSI_IOC_CLEAR_HALT, 8, true, usbsi_ioctl_clear_halt },
	{ USBSI_IOC_RESET, 0, true, usbsi_ioctl_reset },
	{ USBSI_IOC_POST_EVENT, 48, true, usbsi_ioctl_post_event },
	{ USBSI_IOC_RING_ALLOC, 40, true, usbsi_ioctl_ring_alloc },
	{ USBSI_IOC_RING_FREE, 0, true, usbsi_ioctl_ring_free },
	{ USBSI_IOC_STREAM_START, 24, true, usbsi_ioctl_stream_start },
	{ USBSI_IOC_STREAM_STOP, 0, true, usbsi_ioctl_stream_stop },
	{ USBSI_IOC_RING_KICK, 0, true, usbsi_ioctl_ring_kick },
};

static bool usbsi_same_ioctl(unsigned int a, unsigned int b)
{
	return ((a ^ b) & ~IOCSIZE_MASK) == 0;
}

static int usbsi_copy_in(union usbsi_argument *arg, const struct usbsi_ioctl *ioctl,
			 const void __user *user, size_t size)
{
	if (!(_IOC_DIR(ioctl->cmd) & _IOC_WRITE))
		return 0;
	return copy_struct_from_user(arg, _IOC_SIZE(ioctl->cmd), user, size);
}

static int usbsi_copy_out(void __user *user, size_t size, const struct usbsi_ioctl *ioctl,
			  const union usbsi_argument *arg)
{
	size_t ours = _IOC_SIZE(ioctl->cmd);

	if (!(_IOC_DIR(ioctl->cmd) & _IOC_READ))
		return 0;
	if (copy_to_user(user, arg, min(size, ours)))
		return -EFAULT;
	if (size > ours && clear_user(user + ours, size - ours))
		return -EFAULT;
	return 0;
}

static long usbsi_ioctl_run(struct file *filp, const struct usbsi_ioctl *ioctl,
			    void __user *user, size_t size)
{
	union usbsi_argument arg = {};
	int ret;

	if (size < ioctl->first)
		return -EINVAL;
	if (ioctl->writes && !(filp->f_mode & FMODE_WRITE))
		return -EBADF;
	ret = usbsi_copy_in(&arg, ioctl, user, size);
	if (!ret)
		ret = ioctl->handler(filp, &arg);
	if (!ret)
		ret = usbsi_copy_out(user, size, ioctl, &arg);
	return ret;
}

static long usbsi_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);
	unsigned int i;

	if (usbsi_same_ioctl(cmd, USBSI_IOC_SUBSCRIBE))
		return usbsi_ioctl_subscribe(filp, user, size);
	for (i = 0; i < ARRAY_SIZE(usbsi_ioctls); i++)
		if (usbsi_same_ioctl(cmd, usbsi_ioctls[i].cmd))
			return usbsi_ioctl_run(filp, &usbsi_ioctls[i], user, size);
	return -ENOTTY;
}

static __poll_t usbsi_poll(struct file *filp, poll_table *wait)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_dev *dev = file->dev;
	__poll_t mask;

	poll_wait(filp, &file->wq, wait);
	spin_lock_irq(&dev->lock);
	mask = usbsi_stream_poll(file);
	if (dev->state & USBSI_STATE_GONE)
		mask |= EPOLLHUP | EPOLLERR;
	spin_unlock_irq(&dev->lock);
	return mask;
}

static struct usbsi_file *usbsi_file_new(struct usbsi_dev *dev)
{
	struct usbsi_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	file->left = kmalloc(dev->in.max_packet, GFP_KERNEL_ACCOUNT);
	if (!file->left) {
		kfree(file);
		return NULL;
	}
	file->dev = dev;
	file->mode = USBSI_MODE_STATUS;
	file->read_ms = USBSI_DEFAULT_TIMEOUT_MS;
	file->write_ms = USBSI_DEFAULT_TIMEOUT_MS;
	init_waitqueue_head(&file->wq);
	mutex_init(&file->ring_mutex);
	return file;
}

static void usbsi_file_free(struct usbsi_file *file)
{
	kfree(file->left);
	kfree(file);
}

static int usbsi_open(struct inode *inode, struct file *filp)
{
	/* The inode's reference on the cdev keeps the device's memory for now. */
	struct usbsi_dev *dev = container_of(inode->i_cdev, struct usbsi_dev, cdev);
	struct usbsi_file *file;
	int ret;

	file = usbsi_file_new(dev);
	if (!file)
		return -ENOMEM;
	ret = usbsi_interrupt_get(dev);
	if (ret)
		goto err_free;

	spin_lock_irq(&dev->lock);
	if (dev->state & USBSI_STATE_GONE) {
		ret = -ENODEV;
	} else {
		usbsi_client_note(file);
		list_add_tail(&file->entry, &dev->files);
	}
	spin_unlock_irq(&dev->lock);
	if (ret)
		goto err_put;

	get_device(&dev->dev);
	filp->private_data = file;
	return stream_open(inode, filp);

err_put:
	usbsi_interrupt_put(dev);
err_free:
	usbsi_file_free(file);
	return ret;
}

static int usbsi_release(struct inode *inode, struct file *filp)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_dev *dev = file->dev;

	usbsi_client_gone(file);
	usbsi_ring_close(file);
	usbsi_interrupt_put(dev);
	usbsi_file_free(file);
	put_device(&dev->dev);
	return 0;
}

const struct file_operations usbsi_fops = {
	.owner		= THIS_MODULE,
	.open		= usbsi_open,
	.release	= usbsi_release,
	.read		= usbsi_read,
	.write		= usbsi_write,
	.poll		= usbsi_poll,
	.mmap		= usbsi_mmap,
	.unlocked_ioctl	= usbsi_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};
