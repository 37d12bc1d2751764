// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where acquired items go
 *
 * A file has a temporary name beside its final one until all of it has been
 * written, so that no half file ever has the final name.  What was there
 * before stays, unless the user has said otherwise.
 */
#include "output.h"
#include "pattern.h"
#include "usbsictl.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Of a name; leaves room for what a temporary name has more */
#define TEMPORARY_NAME_MAX	200

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/**
 * output_init() - take apart what -o says
 * @output: out
 * @where: of -o, NULL if it was not given
 * @force: replace existing files
 *
 * Return: exit status.
 */
int output_init(struct output *output, const char *where, bool force)
{
	size_t len;

	memset(output, 0, sizeof(*output));
	output->fd = -1;
	output->force = force;
	output->where = where ? where : "./";
	len = strlen(output->where);
	if (!len) {
		complain("--output must not be empty");
		return EXIT_USAGE;
	}
	if (!strcmp(output->where, "-"))
		output->kind = OUTPUT_STDOUT;
	else if (output->where[len - 1] == '/' || is_directory(output->where))
		output->kind = OUTPUT_DIRECTORY;
	else if (strchr(output->where, '%'))
		output->kind = OUTPUT_PATTERN;
	else
		output->kind = OUTPUT_FILE;
	if (output->kind == OUTPUT_PATTERN && pattern_check(output->where) < 0) {
		complain("%s: not a pattern; %%n, %%f, %%C, %%%% and strftime's letters are known",
			 output->where);
		return EXIT_USAGE;
	}
	if (output->kind == OUTPUT_STDOUT && isatty(STDOUT_FILENO)) {
		complain("standard output is a terminal; redirect it");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int output_failed(const char *path, int error)
{
	complain("%s: %s", path, strerror(-error));
	return status_of(error, PHASE_OUTPUT);
}

/* The folder that a file is to be in, "." without one */
static void folder_of(const char *path, char *folder, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		snprintf(folder, size, ".");
	else
		snprintf(folder, size, "%.*s", len ? (int)len : 1, path);
}

static int check_folder(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* A device or a pipe is written to; it is not replaced by a file. */
static bool is_special(const struct output *output, const char *path)
{
	struct stat st;

	return output->kind == OUTPUT_FILE && !stat(path, &st) && !S_ISREG(st.st_mode) &&
	       !S_ISDIR(st.st_mode);
}

/**
 * output_check() - see what can be seen before anything is transferred
 * @output: the output
 * @items: how many are to be acquired
 *
 * Return: exit status.
 */
int output_check(const struct output *output, size_t items)
{
	char folder[PATH_MAX];
	struct stat st;
	int ret;

	if (items > 1 && (output->kind == OUTPUT_FILE || output->kind == OUTPUT_STDOUT)) {
		complain("%zu items do not go into one file; name a DIR/ or a pattern", items);
		return EXIT_USAGE;
	}
	if (output->kind == OUTPUT_STDOUT)
		return EXIT_DONE;
	if (output->kind == OUTPUT_DIRECTORY)
		snprintf(folder, sizeof(folder), "%s", output->where);
	else
		folder_of(output->where, folder, sizeof(folder));
	if (output->kind != OUTPUT_PATTERN || !strchr(folder, '%')) {
		ret = check_folder(folder);
		if (ret < 0)
			return output_failed(folder, ret);
	}
	if (output->kind == OUTPUT_FILE && !output->force && !lstat(output->where, &st) &&
	    !is_special(output, output->where)) {
		complain("%s: exists; --force overwrites it", output->where);
		return EXIT_OUTPUT;
	}
	return EXIT_DONE;
}

/* Bytes of @name up to the end of a character, at most @max of @len */
static size_t cut(const char *name, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max && ((unsigned char)name[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/**
 * output_double() - name for a second file of the same name
 * @path: the first one's
 * @number: from 1
 * @out: "DIR/NAME-1.SUFFIX", NAME cut where the whole is too long for a file's name
 * @size: bytes there
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int output_double(const char *path, unsigned int number, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t stem;
	int len;

	if (!dot || dot == name)
		dot = name + strlen(name);
	len = snprintf(NULL, 0, "-%u%s", number, dot);
	if (len < 0 || len >= NAME_MAX)
		return -ENAMETOOLONG;
	stem = cut(name, (size_t)(dot - name), NAME_MAX - (size_t)len);
	len = snprintf(out, size, "%.*s-%u%s", (int)(name - path + (ptrdiff_t)stem), path, number,
		       dot);
	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Claim a name in this run: 1 ours, 0 given before, or a negative errno. */
static int claim(struct output *output, const char *path)
{
	char *copy = strdup(path);
	char **found;

	if (!copy)
		return -ENOMEM;
	found = tsearch(copy, &output->used, compare);
	if (found && *found == copy)
		return 1;
	free(copy);
	return found ? 0 : -ENOMEM;
}

/* A device's name in the user's folder; it must not hide there, as .bash_profile would. */
static int name_in_directory(const char *folder, const char *name, char *out, size_t size)
{
	const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
	int len = snprintf(out, size, "%s%s%s", folder, slash, name);

	if (len < 0 || (size_t)len >= size)
		return -ENAMETOOLONG;
	pattern_guard(out + strlen(folder) + strlen(slash));
	return 0;
}

static int choose_name(struct output *output, const char *name, int64_t seconds)
{
	char plain[PATH_MAX];
	unsigned int number = 0;
	int ret = 0;

	if (output->kind == OUTPUT_FILE)
		ret = snprintf(plain, sizeof(plain), "%s", output->where);
	else if (output->kind == OUTPUT_DIRECTORY)
		ret = name_in_directory(output->where, name, plain, sizeof(plain));
	else
		ret = pattern_expand(output->where, output->counter, name,
				     seconds == USBSI_TIME_UNKNOWN ? time(NULL) : seconds, plain,
				     sizeof(plain));
	if (ret >= (int)sizeof(plain))
		ret = -ENAMETOOLONG;
	if (ret < 0)
		return ret;
	snprintf(output->final, sizeof(output->final), "%s", plain);
	while (!(ret = claim(output, output->final))) {
		ret = output_double(plain, ++number, output->final, sizeof(output->final));
		if (ret < 0)
			return ret;
	}
	return ret < 0 ? ret : 0;
}

static int open_temporary(struct output *output)
{
	const char *slash = strrchr(output->final, '/');
	const char *name = slash ? slash + 1 : output->final;
	mode_t mask = umask(0);
	int len;

	umask(mask);
	len = snprintf(output->temporary, sizeof(output->temporary), "%.*s.%.*s.XXXXXX.part",
		       (int)(name - output->final), output->final,
		       (int)cut(name, strlen(name), TEMPORARY_NAME_MAX), name);
	if (len < 0 || (size_t)len >= sizeof(output->temporary))
		return -ENAMETOOLONG;
	output->fd = mkostemps(output->temporary, 5, O_CLOEXEC);
	if (output->fd < 0)
		return -errno;
	/* not every file system has permissions */
	(void)!fchmod(output->fd, 0666 & ~mask);
	return 0;
}

/**
 * output_choose() - name the file for a new item
 * @output: the output
 * @name: fit for a file name
 * @seconds: its time or USBSI_TIME_UNKNOWN
 *
 * Return: 0 or a negative errno with @output->final telling the file; -EEXIST
 * when it exists and is to stay, -ENOENT when its folder is missing.
 */
int output_choose(struct output *output, const char *name, int64_t seconds)
{
	char folder[PATH_MAX];
	struct stat st;
	int ret;

	output->counter++;
	output->direct = output->kind == OUTPUT_STDOUT || is_special(output, output->where);
	snprintf(output->final, sizeof(output->final), "%s",
		 output->kind == OUTPUT_STDOUT ? "standard output" : output->where);
	if (output->direct)
		return 0;
	ret = choose_name(output, name, seconds);
	if (ret < 0)
		return ret;
	/* what a pattern makes of its folders is known only now, but before a byte is asked for */
	folder_of(output->final, folder, sizeof(folder));
	ret = check_folder(folder);
	if (ret < 0)
		return ret;
	return !output->force && !lstat(output->final, &st) ? -EEXIST : 0;
}

/**
 * output_open() - begin to write the file that was chosen
 * @output: the output
 *
 * Return: 0 or a negative errno.
 */
int output_open(struct output *output)
{
	if (!output->direct)
		return open_temporary(output);
	if (output->kind == OUTPUT_STDOUT)
		output->fd = dup(STDOUT_FILENO);
	else
		output->fd = open(output->final, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (output->fd < 0)
		return errno == EINTR ? -ECANCELED : -errno;
	return 0;
}

/**
 * output_write() - bytes of the current item
 * @output: the output
 * @bytes: what
 * @len: how many
 *
 * Return: 0, -ECANCELED after a signal, or another negative errno.
 */
int output_write(struct output *output, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t ret;

	while (len) {
		if (was_cancelled())
			return -ECANCELED;
		ret = write(output->fd, at, len);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return -errno;
		at += ret;
		len -= (size_t)ret;
	}
	return 0;
}

/* Give the file its name, not taking one that exists. */
static int rename_new(const char *from, const char *to)
{
	struct stat st;

	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* file systems without it mostly have links */
	if (!link(from, to))
		return unlink(from) ? -errno : 0;
	if (errno == EEXIST)
		return -errno;
	/* and those without links have one writer at a time, it is hoped */
	if (!lstat(to, &st))
		return -EEXIST;
	return rename(from, to) ? -errno : 0;
}

static int close_file(struct output *output, int64_t seconds)
{
	struct timespec times[2] = {
		{ .tv_nsec = UTIME_NOW },
		{ .tv_sec = (time_t)seconds },
	};
	int ret;

	/* a time that the file system cannot hold is no reason to fail */
	if (seconds != USBSI_TIME_UNKNOWN && !output->direct)
		(void)!futimens(output->fd, times);
	ret = close(output->fd) ? -errno : 0;
	output->fd = -1;
	return ret;
}

/**
 * output_finish() - the current item is complete
 * @output: the output
 * @seconds: time of the file or USBSI_TIME_UNKNOWN
 *
 * Return: 0 or a negative errno; then there is no file.
 */
int output_finish(struct output *output, int64_t seconds)
{
	int ret;

	ret = close_file(output, seconds);
	if (output->direct)
		return ret;
	if (!ret && output->force)
		ret = rename(output->temporary, output->final) ? -errno : 0;
	else if (!ret)
		ret = rename_new(output->temporary, output->final);
	if (ret < 0)
		unlink(output->temporary);
	return ret;
}

/**
 * output_abandon() - the current item has failed; remove what there is of it
 * @output: the output; without a current item nothing is done
 */
void output_abandon(struct output *output)
{
	if (output->fd < 0)
		return;
	close(output->fd);
	if (!output->direct)
		unlink(output->temporary);
	output->fd = -1;
}

/**
 * output_clear() - the end
 * @output: the output
 */
void output_clear(struct output *output)
{
	output_abandon(output);
	tdestroy(output->used, free);
	output->used = NULL;
}
