// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patterns for file names
 *
 * %n counter, %3n with at least three digits, %f name without its suffix, %C
 * suffix without its dot, %% a percent sign; other letters are those of
 * strftime() with the item's time.
 */
#include "pattern.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TIME_LETTERS	"aAbBcdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ"
#define WIDTH_MAX	18

/**
 * struct field - what follows a percent sign
 * @letter: which one
 * @width: digits of %n, 0 if not given
 * @end: the first character after it
 */
struct field {
	char		letter;
	unsigned int	width;
	const char	*end;
};

static bool parse_field(const char *at, struct field *field)
{
	field->width = 0;
	while (*at >= '0' && *at <= '9' && field->width <= WIDTH_MAX)
		field->width = field->width * 10 + (unsigned int)(*at++ - '0');
	field->letter = *at;
	field->end = at + 1;
	if (!*at || field->width > WIDTH_MAX || (field->width && *at != 'n'))
		return false;
	return strchr("nfC%" TIME_LETTERS, *at);
}

/**
 * pattern_check() - see whether a pattern makes sense
 * @pattern: the pattern
 *
 * Return: 0, -EINVAL for a letter that means nothing or a pattern that names
 * a directory.
 */
int pattern_check(const char *pattern)
{
	struct field field;
	const char *at;

	for (at = pattern; *at; at++) {
		if (*at != '%')
			continue;
		if (!parse_field(at + 1, &field))
			return -EINVAL;
		at = field.end - 1;
	}
	return at == pattern || at[-1] == '/' ? -EINVAL : 0;
}

/* The dot that begins the suffix, or the end of a name without one */
static const char *suffix_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && dot[1] ? dot : name + strlen(name);
}

static size_t expand_time(char letter, int64_t seconds, char *out, size_t size)
{
	char format[3] = { '%', letter, '\0' };
	time_t t = (time_t)seconds;
	struct tm tm;
	size_t len;

	if (!localtime_r(&t, &tm))
		return 0;
	len = strftime(out, size, format, &tm);
	/* what a letter stands for is a part of a name, not a folder */
	for (char *slash = out; (slash = memchr(slash, '/', len - (size_t)(slash - out)));)
		*slash = '-';
	return len;
}

static size_t expand_field(const struct field *field, unsigned int counter, const char *name,
			   int64_t seconds, char *out, size_t size)
{
	const char *suffix = suffix_of(name);

	switch (field->letter) {
	case '%':
		return (size_t)snprintf(out, size, "%%");
	case 'n':
		return (size_t)snprintf(out, size, "%0*u", (int)field->width, counter);
	case 'f':
		return (size_t)snprintf(out, size, "%.*s", (int)(suffix - name), name);
	case 'C':
		return (size_t)snprintf(out, size, "%s", *suffix ? suffix + 1 : "");
	default:
		return expand_time(field->letter, seconds, out, size);
	}
}

/**
 * pattern_expand() - make a file name
 * @pattern: for which pattern_check() has returned 0
 * @counter: for %n
 * @name: of the item, without slashes
 * @seconds: time of the item, since 1970
 * @out: for the result
 * @size: bytes there
 *
 * Return: 0, -ENAMETOOLONG when it does not fit, -EINVAL when nothing or a
 * name that ends in a slash comes out.
 */
int pattern_expand(const char *pattern, unsigned int counter, const char *name, int64_t seconds,
		   char *out, size_t size)
{
	struct field field;
	const char *at;
	size_t len = 0;

	for (at = pattern; *at && len < size; at++) {
		if (*at != '%') {
			out[len++] = *at;
			continue;
		}
		if (!parse_field(at + 1, &field))
			return -EINVAL;
		len += expand_field(&field, counter, name, seconds, out + len, size - len);
		at = field.end - 1;
	}
	if (len >= size)
		return -ENAMETOOLONG;
	out[len] = '\0';
	return !len || out[len - 1] == '/' ? -EINVAL : 0;
}
