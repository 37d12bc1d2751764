// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch_node NODE: takes data mode, blocks in read(), and ends well when that and
 * every later call say ENODEV because the interface was taken away.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/usb/usbsi.h>

static int says_enodev(const char *what, long result)
{
	if (result < 0 && errno == ENODEV)
		return 0;
	printf("%s: %ld, %s\n", what, result, result < 0 ? strerror(errno) : "no error");
	return 1;
}

int main(int argc, char **argv)
{
	struct usbsi_timeouts forever = { 0, 0 };
	struct usbsi_set_mode mode = { .mode = USBSI_MODE_DATA };
	struct usbsi_subscribe subscribe = { .mask = 1 << USBSI_EVENT_GONE };
	struct usbsi_info info;
	char data[512];
	int fd, bad = 0;

	fd = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0 || ioctl(fd, USBSI_IOC_SET_MODE, &mode) ||
	    ioctl(fd, USBSI_IOC_SET_TIMEOUTS, &forever)) {
		perror("watch_node");
		return 2;
	}
	bad |= says_enodev("blocked read", read(fd, data, sizeof(data)));
	bad |= says_enodev("read", read(fd, data, sizeof(data)));
	bad |= says_enodev("write", write(fd, data, sizeof(data)));
	bad |= says_enodev("subscribe", ioctl(fd, USBSI_IOC_SUBSCRIBE, &subscribe));
	if (ioctl(fd, USBSI_IOC_INFO, &info) || !(info.state & USBSI_STATE_GONE)) {
		printf("INFO does not say that the device is gone\n");
		bad = 1;
	}
	close(fd);
	return bad;
}
