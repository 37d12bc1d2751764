// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user gets to see; text from devices is never shown as it is
 */
#include "usbsictl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/**
 * complain() - one line on stderr
 * @fmt: as of printf(), without a newline
 */
void complain(const char *fmt, ...)
{
	char raw[1024], line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	fprintf(stderr, "usbsictl: %s\n", shown(raw, line, sizeof(line)));
}

/**
 * shown() - text as it may be printed
 * @text: anything; NULL becomes "-"
 * @buf: for the result
 * @size: bytes there
 *
 * Return: @buf.
 */
const char *shown(const char *text, char *buf, size_t size)
{
	usbsi_clean_text(text ? text : "-", buf, size);
	return buf;
}

/**
 * json_text() - text as a JSON string
 * @text: anything; NULL becomes null
 *
 * Return: a new object or NULL, which is null.
 */
struct json_object *json_text(const char *text)
{
	struct json_object *object;
	size_t size;
	char *buf;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	buf = malloc(size);
	if (!buf)
		return NULL;
	usbsi_clean_text(text, buf, size);
	object = json_object_new_string(buf);
	free(buf);
	return object;
}

/**
 * json_holder() - a program as {pid, comm}
 * @holder: the program
 *
 * Return: a new object or NULL, which is null, when there is none.
 */
struct json_object *json_holder(const struct usbsi_holder *holder)
{
	struct json_object *object;

	if (!holder->pid)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "pid",
			       holder->pid > 0 ? json_object_new_int(holder->pid) : NULL);
	json_object_object_add(object, "comm", holder->comm[0] ? json_text(holder->comm) : NULL);
	return object;
}

/**
 * print_json() - print and free
 * @object: may be NULL
 *
 * Return: exit status.
 */
int print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	return finish_stdout();
}

/**
 * finish_stdout() - see whether everything was written
 *
 * Return: exit status.
 */
int finish_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	complain("cannot write to standard output: %s", strerror(errno));
	return EXIT_OUTPUT;
}

/**
 * mode_name() - a mode in a word
 * @mode: &enum usbsi_open_mode or 0
 *
 * Return: the word or NULL.
 */
const char *mode_name(unsigned int mode)
{
	switch (mode) {
	case USBSI_OPEN_STATUS:
		return "status";
	case USBSI_OPEN_DATA:
		return "data";
	case USBSI_OPEN_BOTH:
		return "both";
	default:
		return NULL;
	}
}
