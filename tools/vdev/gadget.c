// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * configfs: the gadget around our function, and its removal.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gadget.h"

#define GADGETS		"/sys/kernel/config/usb_gadget"
#define PREFIX		"usbsi-vdev-"
#define CONFIG		"configs/c.1"
#define STRINGS		"strings/0x409"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;
	int ret = 0;

	if (fd < 0)
		return -errno;
	written = write(fd, text, strlen(text));
	if (written < 0)
		ret = -errno;
	else if ((size_t)written != strlen(text))
		ret = -EIO;
	close(fd);
	return ret;
}

static int set(const struct gadget *gadget, const char *attribute, const char *text)
{
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", gadget->path, attribute);
	ret = write_file(path, text);
	if (ret)
		vdev_error("%s: %s", path, strerror(-ret));
	return ret;
}

static int set_hex(const struct gadget *gadget, const char *attribute, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%04x", value);
	return set(gadget, attribute, text);
}

static int make_dir(const struct gadget *gadget, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s%s", gadget->path, *name ? "/" : "", name);
	if (!mkdir(path, 0755) || errno == EEXIST)
		return 0;
	vdev_error("%s: %s%s", path, strerror(errno),
		   errno == ENOENT ? " (modprobe libcomposite? configfs mounted?)" : "");
	return -errno;
}

static void remove_dir(const char *gadget_path, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", gadget_path, name);
	rmdir(path);
}

/* Undoes whatever there is of a gadget with this name. */
static void remove_all(const char *name)
{
	char path[192];
	char link[256];

	snprintf(path, sizeof(path), GADGETS "/%s", name);
	snprintf(link, sizeof(link), "%s/UDC", path);
	write_file(link, "\n");
	snprintf(link, sizeof(link), "%s/" CONFIG "/ffs.%s", path, name);
	unlink(link);
	remove_dir(path, CONFIG "/" STRINGS);
	remove_dir(path, CONFIG);
	snprintf(link, sizeof(link), "/run/%s", name);
	umount2(link, MNT_DETACH);
	rmdir(link);
	snprintf(link, sizeof(link), "functions/ffs.%s", name);
	remove_dir(path, link);
	remove_dir(path, STRINGS);
	rmdir(path);
}

/* A device that was killed cannot tidy up: its successor does. */
static void remove_stale(void)
{
	DIR *dir = opendir(GADGETS);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		long pid;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
			continue;
		pid = strtol(entry->d_name + strlen(PREFIX), NULL, 10);
		if (pid > 0 && kill(pid, 0) && errno == ESRCH)
			remove_all(entry->d_name);
	}
	closedir(dir);
}

static bool udc_is_free(const char *name)
{
	char path[256];
	char text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/udc/%.64s/function", name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return !text[0];
}

static int find_udc(struct gadget *gadget, const char *wanted)
{
	DIR *dir = opendir("/sys/class/udc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (wanted ? !strcmp(entry->d_name, wanted) : udc_is_free(entry->d_name)) {
			snprintf(gadget->udc, sizeof(gadget->udc), "%.63s", entry->d_name);
			break;
		}
	}
	if (dir)
		closedir(dir);
	if (gadget->udc[0])
		return 0;
	vdev_error("no %sdevice controller%s%s in /sys/class/udc (modprobe dummy_hcd?)",
		   wanted ? "" : "free ", wanted ? " " : "", wanted ?: "");
	return -ENODEV;
}

static int fill(const struct gadget *gadget, const struct vdev_identity *identity)
{
	int ret;

	ret = set_hex(gadget, "idVendor", identity->vendor);
	ret = ret ?: set_hex(gadget, "idProduct", identity->product);
	ret = ret ?: set_hex(gadget, "bcdDevice", identity->release);
	ret = ret ?: set_hex(gadget, "bcdUSB", identity->super ? 0x0320 : 0x0200);
	ret = ret ?: set(gadget, "max_speed", identity->super ? "super-speed" : "high-speed");
	ret = ret ?: make_dir(gadget, STRINGS);
	ret = ret ?: set(gadget, STRINGS "/manufacturer", identity->manufacturer);
	ret = ret ?: set(gadget, STRINGS "/product", identity->name);
	if (identity->serial[0])
		ret = ret ?: set(gadget, STRINGS "/serialnumber", identity->serial);
	ret = ret ?: make_dir(gadget, CONFIG);
	ret = ret ?: make_dir(gadget, CONFIG "/" STRINGS);
	return ret ?: set(gadget, CONFIG "/" STRINGS "/configuration", "still image");
}

static int add_function(const struct gadget *gadget)
{
	char function[256];
	char link[256];
	int ret;

	snprintf(function, sizeof(function), "functions/ffs.%s", gadget->name);
	ret = make_dir(gadget, function);
	if (ret)
		return ret;
	snprintf(function, sizeof(function), "%s/functions/ffs.%s", gadget->path, gadget->name);
	snprintf(link, sizeof(link), "%s/" CONFIG "/ffs.%s", gadget->path, gadget->name);
	if (symlink(function, link)) {
		vdev_error("%s: %s", link, strerror(errno));
		return -errno;
	}
	if (mkdir(gadget->mount, 0700) && errno != EEXIST) {
		vdev_error("%s: %s", gadget->mount, strerror(errno));
		return -errno;
	}
	if (mount(gadget->name, gadget->mount, "functionfs", 0, NULL)) {
		vdev_error("mount functionfs: %s", strerror(errno));
		return -errno;
	}
	return 0;
}

/**
 * gadget_create() - make the gadget and mount its FunctionFS
 * @gadget: zeroed
 * @identity: what its descriptors say
 *
 * Return: 0 or a negative errno after a message; gadget_remove() is right after
 * either.
 */
int gadget_create(struct gadget *gadget, const struct vdev_identity *identity)
{
	int ret;

	snprintf(gadget->name, sizeof(gadget->name), PREFIX "%d", getpid());
	snprintf(gadget->path, sizeof(gadget->path), GADGETS "/%s", gadget->name);
	snprintf(gadget->mount, sizeof(gadget->mount), "/run/%s", gadget->name);
	remove_stale();
	ret = find_udc(gadget, identity->udc);
	ret = ret ?: make_dir(gadget, "");
	ret = ret ?: fill(gadget, identity);
	return ret ?: add_function(gadget);
}

/**
 * gadget_remove() - undo gadget_create(), as far as it came
 * @gadget: no file of its FunctionFS is open any more
 */
void gadget_remove(struct gadget *gadget)
{
	if (gadget->name[0])
		remove_all(gadget->name);
	gadget->bound = false;
}

/**
 * gadget_bind() - plug the device in or unplug it
 * @gadget: created, its function has its descriptors
 * @on: in
 *
 * Return: 0, also if it already was so, or a negative errno after a message.
 */
int gadget_bind(struct gadget *gadget, bool on)
{
	int ret;

	if (gadget->bound == on)
		return 0;
	ret = set(gadget, "UDC", on ? gadget->udc : "\n");
	if (!ret)
		gadget->bound = on;
	return ret;
}
