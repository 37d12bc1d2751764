// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera personality: commands, class requests, options.
 */
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "camera.h"

#define COMMAND_SIZE	1024

static int converse(struct camera *camera)
{
	unsigned char data[COMMAND_SIZE];
	struct ptp_command command;
	int ret = vdev_receive(camera->dev, data, sizeof(data));

	/* A late empty packet is no command */
	if (ret <= 0)
		return ret;
	camera->halted = false;
	if (ptp_parse_command(data, ret, &command)) {
		camera->halted = true;
		ret = vdev_stall(camera->dev, VDEV_IN);
		return ret ?: vdev_stall(camera->dev, VDEV_OUT);
	}
	camera->busy = true;
	ret = camera_operate(camera, &command);
	return ret;
}

static int camera_run(struct vdev *dev)
{
	struct camera *camera = dev->personality_data;
	unsigned int generation = dev->generation;
	int ret;

	do {
		ret = converse(camera);
		camera->busy = false;
	} while (!ret);
	/* What a cancel left queued must be gone before the status says OK */
	camera->busy = true;
	vdev_drop(dev);
	camera->busy = false;
	if (!dev->configured || dev->generation != generation)
		camera->session = false;
	return 0;
}

static int get_status(struct camera *camera, unsigned char *data)
{
	struct ptp_pack pack = { .data = data, .size = 64 };
	bool halted = camera->halted;

	camera->halted = false;
	ptp_pack_u16(&pack, halted ? 12 : 4);
	if (halted)
		ptp_pack_u16(&pack, PTP_TRANSACTION_CANCELLED);
	else
		ptp_pack_u16(&pack, camera->busy ? PTP_DEVICE_BUSY : PTP_OK);
	if (halted) {
		ptp_pack_u32(&pack, camera->dev->address[VDEV_IN]);
		ptp_pack_u32(&pack, camera->dev->address[VDEV_OUT]);
	}
	return pack.length;
}

static int camera_control(struct vdev *dev, const struct usb_ctrlrequest *request, void *data)
{
	struct camera *camera = dev->personality_data;

	if ((request->bRequestType & ~USB_DIR_IN) != (USB_TYPE_CLASS | USB_RECIP_INTERFACE))
		return -EPIPE;
	if (request->bRequestType & USB_DIR_IN)
		return request->bRequest == PTP_REQUEST_STATUS ? get_status(camera, data) : -EPIPE;
	switch (request->bRequest) {
	case PTP_REQUEST_CANCEL:
		return le16toh(request->wLength) == 6 ? 0 : -EPIPE;
	case PTP_REQUEST_RESET:
		return le16toh(request->wLength) == 0 ? 0 : -EPIPE;
	default:
		return -EPIPE;
	}
}

static void camera_control_data(struct vdev *dev, const struct usb_ctrlrequest *request,
				const void *data, size_t length)
{
	struct camera *camera = dev->personality_data;

	if (request->bRequest == PTP_REQUEST_RESET)
		camera->session = false;
	else if (!camera->busy)
		return;
	camera->halted = false;
	camera->busy = true;
	dev->abort = true;
}

const struct vdev_personality vdev_camera = {
	.name = "camera",
	.run = camera_run,
	.control = camera_control,
	.control_data = camera_control_data,
};

/* SIGUSR1: tell the host of the last object as if it were new. */
static void event_ready(struct vdev *dev, void *arg)
{
	struct camera *camera = arg;
	struct signalfd_siginfo info;
	unsigned char data[PTP_HEADER + 4];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };
	int ret;

	if (read(camera->event_fd, &info, sizeof(info)) != sizeof(info))
		return;
	ptp_pack_header(&pack, sizeof(data), PTP_EVENT, PTP_EVENT_OBJECT_ADDED, PTP_UNKNOWN);
	ptp_pack_u32(&pack, camera->store.count);
	ret = vdev_event(dev, data, pack.length);
	if (ret && ret != -ESHUTDOWN)
		vdev_error("event: %s", strerror(-ret));
}

static int catch_event_signal(struct camera *camera)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	camera->event_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (camera->event_fd < 0)
		return -errno;
	return vdev_add_source(camera->dev, camera->event_fd, event_ready, camera);
}

static int parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (!errno && *text && !*end && *value)
		return 0;
	vdev_error("'%s' is not a number above 0", text);
	return -EINVAL;
}

static const struct option long_options[] = {
	{ "split-header", no_argument, NULL, 's' },
	{ "glued-response", no_argument, NULL, 'g' },
	{ "no-zlp", no_argument, NULL, 'z' },
	{ "unknown-length", no_argument, NULL, 'u' },
	{ "unknown-size", no_argument, NULL, 'U' },
	{ "fault", required_argument, NULL, 'f' },
	{ "rate", required_argument, NULL, 'r' },
	{ "replug", required_argument, NULL, 'p' },
	{ }
};

static int take_option(struct camera *camera, int option)
{
	uint64_t value;
	int ret;

	switch (option) {
	case 's':
		camera->split_header = true;
		return 0;
	case 'g':
		camera->glued_response = true;
		return 0;
	case 'z':
		camera->no_zlp = true;
		return 0;
	case 'u':
		camera->unknown_length = true;
		return 0;
	case 'U':
		camera->unknown_size = true;
		return 0;
	case 'f':
		return camera_parse_fault(optarg, &camera->fault);
	case 'r':
		return parse_number(optarg, &camera->dev->rate);
	case 'p':
		ret = parse_number(optarg, &value);
		camera->replug_ms = value;
		return ret;
	default:
		return -EINVAL;
	}
}

/**
 * vdev_camera_setup() - take the options of the camera personality
 * @dev: device
 * @argc: words, the name of the personality included
 * @argv: the words
 *
 * Return: 0 or a negative errno after a message.
 */
int vdev_camera_setup(struct vdev *dev, int argc, char **argv)
{
	struct camera *camera = calloc(1, sizeof(*camera));
	int option, ret = 0;

	if (!camera)
		return -ENOMEM;
	camera->dev = dev;
	camera->event_fd = -1;
	dev->personality_data = camera;
	while (!ret && (option = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
		ret = take_option(camera, option);
	if (ret)
		return ret;
	if (optind + 1 != argc) {
		vdev_error("camera needs one DIR");
		return -EINVAL;
	}
	if (camera->unknown_length && (camera->glued_response || camera->no_zlp)) {
		vdev_error("--unknown-length leaves no end of the data but a short packet");
		return -EINVAL;
	}
	ret = camera_store_scan(&camera->store, argv[optind]);
	return ret ?: catch_event_signal(camera);
}

/**
 * vdev_camera_cleanup() - free what the camera holds
 * @dev: device
 */
void vdev_camera_cleanup(struct vdev *dev)
{
	struct camera *camera = dev->personality_data;

	if (!camera)
		return;
	if (camera->event_fd >= 0)
		close(camera->event_fd);
	camera_store_free(&camera->store);
	free(camera);
}
