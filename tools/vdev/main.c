// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usbsi-vdev: a virtual USB still-image device. See README.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <unistd.h>

#include "vdev.h"

enum {
	EXIT_USAGE = 2,
};

/**
 * struct options - what the command line says of the program itself
 * @detach: go to the background once the device is there
 * @unplugged: do not plug the device in at the start
 * @ready_fd: where `ready` goes, -1: stdout
 */
struct options {
	bool detach;
	bool unplugged;
	int ready_fd;
};

static const char usage_text[] =
	"Usage: usbsi-vdev [OPTION]... camera [OPTION]... DIR\n"
	"       usbsi-vdev [OPTION]... script [OPTION]... [FILE]\n"
	"A virtual USB still-image device on a gadget controller (dummy_hcd).\n"
	"\n"
	"  --vendor HEX, --product HEX   ids, 1209 and 0001 else\n"
	"  --serial TEXT                 serial number, empty for none\n"
	"  --name TEXT                   product name\n"
	"  --speed high|super            super else\n"
	"  --event-packet BYTES          most in an interrupt packet, 64 else\n"
	"  --udc NAME                    device controller, else the first free one\n"
	"  --unplugged                   wait for a plug command\n"
	"  --ready-fd N                  write the line `ready` there, not to stdout\n"
	"  --detach                      go to the background once ready, print the pid\n"
	"\n"
	"camera DIR serves the files below DIR by PTP:\n"
	"  --split-header --glued-response --no-zlp --unknown-length\n"
	"  --fault KIND[@BYTES][,once]   stall short long nak unplug garbage\n"
	"                                wrong-transaction error-response\n"
	"  --rate BYTES                  a second, on bulk IN\n"
	"\n"
	"script does what FILE (- is stdin) or the programs at a socket say:\n"
	"  --control PATH                listen on this Unix socket\n";

static void signal_ready(struct vdev *dev, void *arg)
{
	struct signalfd_siginfo info;
	int fd = *(int *)arg;

	if (read(fd, &info, sizeof(info)) == sizeof(info))
		dev->stop = true;
}

static int parse_id(const char *text, uint16_t *id)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 16);
	if (errno || !*text || *end || value > 0xffff) {
		vdev_error("'%s' is not a hexadecimal id of four digits", text);
		return -EINVAL;
	}
	*id = value;
	return 0;
}

static int parse_ready_fd(const char *text, int *fd)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (!*text || *end || value < 0 || fcntl(value, F_GETFD) < 0) {
		vdev_error("'%s' is not an open file descriptor", text);
		return -EINVAL;
	}
	*fd = value;
	return 0;
}

static int parse_speed(const char *text, bool *super)
{
	*super = !strcmp(text, "super");
	if (*super || !strcmp(text, "high"))
		return 0;
	vdev_error("--speed is high or super, not '%s'", text);
	return -EINVAL;
}

static int parse_event_packet(const char *text, uint16_t *bytes)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (!*text || *end || value < 1 || value > 64) {
		vdev_error("--event-packet is 1 to 64, not '%s'", text);
		return -EINVAL;
	}
	*bytes = value;
	return 0;
}

static const struct option long_options[] = {
	{ "vendor", required_argument, NULL, 'v' },
	{ "product", required_argument, NULL, 'p' },
	{ "serial", required_argument, NULL, 's' },
	{ "name", required_argument, NULL, 'n' },
	{ "speed", required_argument, NULL, 'S' },
	{ "event-packet", required_argument, NULL, 'e' },
	{ "udc", required_argument, NULL, 'u' },
	{ "unplugged", no_argument, NULL, 'U' },
	{ "ready-fd", required_argument, NULL, 'r' },
	{ "detach", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

/* One option; a negative errno after a message. */
static int take_option(int option, struct vdev_identity *identity, struct options *options)
{
	switch (option) {
	case 'v':
		return parse_id(optarg, &identity->vendor);
	case 'p':
		return parse_id(optarg, &identity->product);
	case 's':
		identity->serial = optarg;
		return 0;
	case 'n':
		identity->name = optarg;
		return 0;
	case 'S':
		return parse_speed(optarg, &identity->super);
	case 'e':
		return parse_event_packet(optarg, &identity->event_packet);
	case 'u':
		identity->udc = optarg;
		return 0;
	case 'U':
		options->unplugged = true;
		return 0;
	case 'r':
		return parse_ready_fd(optarg, &options->ready_fd);
	case 'd':
		options->detach = true;
		return 0;
	case 'h':
		fputs(usage_text, stdout);
		exit(EXIT_SUCCESS);
	default:
		return -EINVAL;
	}
}

static int setup_personality(struct vdev *dev, int argc, char **argv)
{
	if (argc < 1) {
		vdev_error("camera or script? See usbsi-vdev --help");
		return -EINVAL;
	}
	/* getopt() starts anew for the personality's own options */
	optind = 0;
	if (!strcmp(argv[0], "camera")) {
		dev->personality = &vdev_camera;
		return vdev_camera_setup(dev, argc, argv);
	}
	if (!strcmp(argv[0], "script")) {
		dev->personality = &vdev_script;
		return vdev_script_setup(dev, argc, argv);
	}
	vdev_error("no personality '%s': camera or script", argv[0]);
	return -EINVAL;
}

/* The child goes on; the parent waits until the child is ready, and ends. */
static int detach(struct options *options)
{
	int fds[2];
	char line[16];
	ssize_t got;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(fds[0]);
		setsid();
		options->ready_fd = fds[1];
		return 0;
	}
	close(fds[1]);
	got = read(fds[0], line, sizeof(line));
	if (got > 0)
		printf("%d\n", pid);
	fflush(stdout);
	_exit(got > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int say_ready(const struct options *options)
{
	static const char line[] = "ready\n";
	int fd = options->ready_fd < 0 ? STDOUT_FILENO : options->ready_fd;
	int null;

	if (write(fd, line, sizeof(line) - 1) < 0)
		return -errno;
	if (!options->detach)
		return 0;
	close(fd);
	/* A caller that reads our output to its end must get an end */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		close(null);
	}
	return 0;
}

static int serve(struct vdev *dev, const struct options *options)
{
	int ret = 0;

	if (!options->unplugged)
		ret = dev->backend->plug(dev, true);
	if (!ret)
		ret = say_ready(options);
	while (!ret && !dev->stop) {
		if (!dev->configured && !dev->personality->always) {
			vdev_wait(dev, VDEV_FOREVER);
			continue;
		}
		vdev_begin(dev);
		ret = dev->personality->run(dev);
		vdev_drop(dev);
	}
	return ret;
}

static int catch_signals(struct vdev *dev, int *fd)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (*fd < 0)
		return -errno;
	return vdev_add_source(dev, *fd, signal_ready, fd);
}

static int run(struct vdev *dev, struct options *options)
{
	int signals = -1;
	int ret = 0;

	if (options->detach)
		ret = detach(options);
	if (!ret)
		ret = vdev_init(dev);
	if (!ret)
		ret = catch_signals(dev, &signals);
	if (!ret)
		ret = dev->backend->open(dev);
	if (!ret)
		ret = serve(dev, options);
	dev->backend->close(dev);
	vdev_free(dev);
	if (signals >= 0)
		close(signals);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options = { .ready_fd = -1 };
	struct vdev dev = {
		.backend = &vdev_functionfs,
		.identity = {
			.vendor = 0x1209,
			.product = 0x0001,
			.release = 0x0100,
			.super = true,
			.event_packet = 64,
			.manufacturer = "usbsi",
			.name = "Virtual still image device",
			.serial = "USBSI0001",
		},
	};
	unsigned int i;
	int option, ret;

	for (i = 0; i < VDEV_SOURCES; i++)
		dev.sources[i].fd = -1;
	while ((option = getopt_long(argc, argv, "+h", long_options, NULL)) != -1)
		if (take_option(option, &dev.identity, &options))
			return EXIT_USAGE;
	ret = setup_personality(&dev, argc - optind, argv + optind);
	if (ret)
		return ret == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	ret = run(&dev, &options);
	if (ret && ret != -EINTR)
		vdev_error("%s", strerror(-ret));
	if (dev.personality == &vdev_camera)
		vdev_camera_cleanup(&dev);
	else
		vdev_script_cleanup(&dev);
	return ret && ret != -EINTR ? EXIT_FAILURE : EXIT_SUCCESS;
}
