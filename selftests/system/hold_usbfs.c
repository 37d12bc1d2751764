// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hold_usbfs VENDOR PRODUCT: claims interface 0 of a USB device through usbfs, as
 * libusb programs do, says `claimed`, and keeps it until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/usbdevice_fs.h>

static long attribute(const char *device, const char *name, int base)
{
	char path[512], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return text[0] ? strtol(text, NULL, base) : -1;
}

static int open_device(long vendor, long product)
{
	glob_t found;
	size_t i;
	int fd = -1;

	if (glob("/sys/bus/usb/devices/*", 0, NULL, &found))
		return -1;
	for (i = 0; fd < 0 && i < found.gl_pathc; i++) {
		const char *device = found.gl_pathv[i];
		char path[64];

		if (attribute(device, "idVendor", 16) != vendor ||
		    attribute(device, "idProduct", 16) != product)
			continue;
		snprintf(path, sizeof(path), "/dev/bus/usb/%03ld/%03ld",
			 attribute(device, "busnum", 10), attribute(device, "devnum", 10));
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	globfree(&found);
	return fd;
}

int main(int argc, char **argv)
{
	struct usbdevfs_disconnect_claim claim = { .interface = 0 };
	int fd;

	if (argc != 3) {
		fprintf(stderr, "hold_usbfs: VENDOR PRODUCT\n");
		return 2;
	}
	fd = open_device(strtol(argv[1], NULL, 16), strtol(argv[2], NULL, 16));
	if (fd < 0 || ioctl(fd, USBDEVFS_DISCONNECT_CLAIM, &claim)) {
		fprintf(stderr, "hold_usbfs: %s\n", strerror(errno));
		return 1;
	}
	puts("claimed");
	fflush(stdout);
	for (;;)
		pause();
}
