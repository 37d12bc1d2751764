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
#include <sys/types.h>
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
	const char *dot = strrchr(name + strspn(name, "."), '.');

	return dot && dot[1] ? dot : name + strlen(name);
}

static size_t expand_time(char letter, int64_t seconds, char *out, size_t size)
{
	char format[3] = { '%', letter, '\0' };
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return 0;
	return strftime(out, size, format, &tm);
}

static size_t expand_letter(const struct field *field, unsigned int counter, const char *name,
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

static size_t expand_field(const struct field *field, unsigned int counter, const char *name,
			   int64_t seconds, char *out, size_t size)
{
	size_t len = expand_letter(field, counter, name, seconds, out, size);
	char *slash = out;

	/* what a field stands for is a part of a name, not a folder */
	while (len < size && (slash = memchr(slash, '/', len - (size_t)(slash - out))))
		*slash = '-';
	return len;
}

/**
 * pattern_guard() - keep a name from hiding and from looking like an option
 * @name: the beginning of a file name that comes from a device; it is changed
 */
void pattern_guard(char *name)
{
	if (*name == '.' || *name == '-')
		*name = '_';
}

/*
 * Look at one component of the result.  The user's own ones may be anything;
 * with a field the device has a say in it, and it must not leave the folder
 * that the pattern names.
 */
static int check_component(char *component, const char *pattern, const char *end)
{
	if (!memchr(pattern, '%', (size_t)(end - pattern)))
		return 0;
	if (*pattern == '%')
		pattern_guard(component);
	return !*component || !strcmp(component, ".") || !strcmp(component, "..") ? -EINVAL : 0;
}

/* Expand up to a slash or the end; @at is put there. Returns bytes or a negative errno. */
static ssize_t expand_component(const char **at, unsigned int counter, const char *name,
				int64_t seconds, char *out, size_t size)
{
	const char *pattern = *at;
	struct field field;
	size_t len = 0;
	int ret;

	while (**at && **at != '/' && len < size) {
		if (**at != '%') {
			out[len++] = *(*at)++;
			continue;
		}
		if (!parse_field(*at + 1, &field))
			return -EINVAL;
		len += expand_field(&field, counter, name, seconds, out + len, size - len);
		*at = field.end;
	}
	if (len >= size)
		return -ENAMETOOLONG;
	out[len] = '\0';
	ret = check_component(out, pattern, *at);
	return ret < 0 ? ret : (ssize_t)len;
}

/**
 * pattern_expand() - make a file name
 * @pattern: for which pattern_check() has returned 0
 * @counter: for %n
 * @name: of the item
 * @seconds: time of the item, since 1970
 * @out: for the result; a component that begins with a field does not begin
 *	with a dot or a dash
 * @size: bytes there, at least 1
 *
 * Return: 0, -ENAMETOOLONG when it does not fit, -EINVAL when nothing or a
 * name that ends in a slash comes out, or when a component with a field comes
 * out empty or as "." or "..".
 */
int pattern_expand(const char *pattern, unsigned int counter, const char *name, int64_t seconds,
		   char *out, size_t size)
{
	const char *at = pattern;
	size_t len = 0;
	ssize_t ret;

	for (;;) {
		ret = expand_component(&at, counter, name, seconds, out + len, size - len);
		if (ret < 0)
			return (int)ret;
		len += (size_t)ret;
		if (!*at)
			break;
		out[len++] = *at++;
		if (len >= size)
			return -ENAMETOOLONG;
	}
	return !len || out[len - 1] == '/' ? -EINVAL : 0;
}
