// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device that a command works with, and the signals that cancel it
 */
#include "usbsictl.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Longest wait for somebody else's conversation to end */
#define LOCK_MS	5000

static volatile sig_atomic_t cancelled;
static struct usbsi_device *_Atomic cancel_device;

static void on_signal(int number)
{
	struct usbsi_device *dev = atomic_load(&cancel_device);

	cancelled = 1;
	if (dev)
		usbsi_device_cancel(dev);
}

/* Without SA_RESTART, so that a write to a slow pipe ends as well. */
static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal }, before;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!sigaction(numbers[i], NULL, &before) && before.sa_handler == SIG_IGN)
			continue;	/* nohup */
		sigaction(numbers[i], &action, NULL);
	}
}

/**
 * was_cancelled() - whether a signal has come
 *
 * Return: true from the first one on.
 */
bool was_cancelled(void)
{
	return cancelled;
}

/**
 * device_failed() - say why a call with the device failed
 * @ctl: the run
 * @error: negative errno
 *
 * Return: exit status.
 */
int device_failed(struct usbsictl *ctl, int error)
{
	const char *text = ctl->dev ? usbsi_device_error(ctl->dev) : usbsi_context_error(ctl->ctx);

	complain("%s", *text ? text : strerror(-error));
	return status_of(error, PHASE_DEVICE);
}

static int open_selected(struct usbsictl *ctl, enum usbsi_open_mode mode)
{
	const struct usbsi_device_entry *entry;
	struct usbsi_device_list *list;
	int ret, status;

	ret = usbsi_enumerate(ctl->ctx, &list);
	if (ret < 0)
		return device_failed(ctl, ret);
	ret = usbsi_device_list_find(ctl->ctx, list, ctl->device_name, &entry);
	if (ret < 0) {
		complain("%s", usbsi_context_error(ctl->ctx));
		status = status_of(ret, PHASE_SELECT);
	} else {
		ret = usbsi_device_open(ctl->ctx, entry, mode, &ctl->dev);
		status = ret < 0 ? device_failed(ctl, ret) : EXIT_DONE;
	}
	usbsi_device_list_free(list);
	return status;
}

/**
 * device_open() - open the device that the user means
 * @ctl: the run
 * @mode: what for
 *
 * Signals cancel from here on.
 *
 * Return: exit status.
 */
int device_open(struct usbsictl *ctl, enum usbsi_open_mode mode)
{
	int ret;

	catch_signals();
	ret = open_selected(ctl, mode);
	if (ret)
		return ret;
	atomic_store(&cancel_device, ctl->dev);
	if (cancelled)
		usbsi_device_cancel(ctl->dev);
	if (ctl->timeout_ms)
		usbsi_device_set_timeout(ctl->dev, ctl->timeout_ms);
	return EXIT_DONE;
}

/**
 * device_lock() - lock the open device
 * @ctl: the run
 *
 * Return: 0 or a negative errno with the text in the device.
 */
int device_lock(struct usbsictl *ctl)
{
	bool less = ctl->timeout_ms && ctl->timeout_ms < LOCK_MS;

	return usbsi_device_lock(ctl->dev, less ? ctl->timeout_ms : LOCK_MS);
}

/**
 * device_open_locked() - open and lock the device that the user means
 * @ctl: the run
 * @mode: what for
 *
 * Return: exit status.
 */
int device_open_locked(struct usbsictl *ctl, enum usbsi_open_mode mode)
{
	int ret = device_open(ctl, mode);

	if (ret)
		return ret;
	ret = device_lock(ctl);
	if (!ret)
		return EXIT_DONE;
	ret = device_failed(ctl, ret);
	device_close(ctl);
	return ret;
}

/**
 * device_close() - the end of device_open()
 * @ctl: the run
 */
void device_close(struct usbsictl *ctl)
{
	atomic_store(&cancel_device, NULL);
	usbsi_device_close(ctl->dev);
	ctl->dev = NULL;
}
