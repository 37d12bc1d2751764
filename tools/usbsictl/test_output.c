// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patterns, file names, half files that must not be, exit statuses
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "pattern.h"
#include "usbsictl.h"

static char folder[32];
static struct output output;

static void expands(const char *pattern, const char *name, const char *expected)
{
	char out[256];

	assert_int_equal(pattern_check(pattern), 0);
	assert_int_equal(pattern_expand(pattern, 7, name, 1704164645, out, sizeof(out)), 0);
	assert_string_equal(out, expected);
}

static void test_pattern(void **state)
{
	setenv("TZ", "UTC", 1);
	expands("img%n.jpg", "x", "img7.jpg");
	expands("img%03n.jpg", "x", "img007.jpg");
	expands("%f.%C", "IMG_1.JPG", "IMG_1.JPG");
	expands("%f-%n.%C", "a.b.c", "a.b-7.c");
	expands("%f|%C|", "noext", "noext||");
	expands("%f|%C|", ".hidden", "_hidden||");
	expands("x%f|%C|", ".hidden.b", "x.hidden|b|");
	expands("%f|%C|", "dot.", "dot.||");
	expands("%Y/%m/%d-%H%M%S-%f", "x.jpg", "2024/01/02-030405-x");
	expands("%D", "x", "01-02-24");
	expands("100%%", "x", "100%");
}

static void test_bad_patterns(void **state)
{
	static const char *const bad[] = {
		"%", "a%", "%q", "%3f", "%-n", "%/", "dir%n/", "%99999999999n", "%19n", "% ",
	};
	char out[8];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pattern_check(bad[i]), -EINVAL);
	assert_int_equal(pattern_expand("%f", 1, "12345678", 0, out, sizeof(out)), -ENAMETOOLONG);
	assert_int_equal(pattern_expand("%C", 1, "noext", 0, out, sizeof(out)), -EINVAL);
	assert_int_equal(pattern_expand("1234567", 1, "", 0, out, sizeof(out)), 0);
	assert_int_equal(pattern_expand("12345678", 1, "", 0, out, sizeof(out)), -ENAMETOOLONG);
}

static void refuses(const char *pattern, const char *name)
{
	char out[256];

	assert_int_equal(pattern_check(pattern), 0);
	assert_int_equal(pattern_expand(pattern, 1, name, 0, out, sizeof(out)), -EINVAL);
}

/* What a device calls its items does not lead out of the folder that the user named. */
static void test_pattern_escape(void **state)
{
	static const char *const names[] = { "...x", "..x", "..", ".", "../x", "/etc/x", "...." };
	static const char *const patterns[] = {
		"pics/%f/%n", "%f/%n", "%C/%n", "%C%f/%n", "a/.%C/%n", "a/%f", "a/.%f", "%f",
	};
	char out[256], path[260];
	size_t i, j;

	expands("pics/%f/%n.jpg", "...x", "pics/_..x/7.jpg");
	expands("%C.%f", "bash_profile", "_bash_profile");
	expands("%f", "-rf", "_rf");
	expands("../%f", "x", "../x");
	expands("/./a//%f", "x", "/./a//x");
	refuses("%C/%n", "photo");
	refuses("%C/%f", "evil");
	refuses("a/%C/%n", "photo");
	refuses("a/.%C/%n", "photo");
	refuses("a/..%C/%n", "photo");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (j = 0; j < sizeof(patterns) / sizeof(patterns[0]); j++) {
			if (pattern_expand(patterns[j], 7, names[i], 0, out, sizeof(out)) < 0)
				continue;
			snprintf(path, sizeof(path), "/%s/", out);
			assert_null(strstr(path, "//"));
			assert_null(strstr(path, "/./"));
			assert_null(strstr(path, "/../"));
		}
	}
}

static void test_double(void **state)
{
	char out[64];

	assert_int_equal(output_double("d.x/IMG.JPG", 1, out, sizeof(out)), 0);
	assert_string_equal(out, "d.x/IMG-1.JPG");
	output_double("d.x/IMG", 12, out, sizeof(out));
	assert_string_equal(out, "d.x/IMG-12");
	output_double("d/.hidden", 1, out, sizeof(out));
	assert_string_equal(out, "d/.hidden-1");
	assert_int_equal(output_double("IMG.JPG", 1, out, 9), -ENAMETOOLONG);
}

static int setup(void **state)
{
	strcpy(folder, "/tmp/test-output-XXXXXX");
	return mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[64];

	output_clear(&output);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") || system(command);
}

static size_t files(void)
{
	DIR *dir = opendir(".");
	size_t count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static int save(const char *name, const char *text)
{
	int ret;

	ret = output_choose(&output, name, 1704164645);
	if (!ret)
		ret = output_open(&output);
	if (!ret)
		ret = output_write(&output, text, strlen(text));
	if (!ret)
		ret = output_finish(&output, 1704164645);
	return ret;
}

static void contains(const char *path, const char *text)
{
	char bytes[64] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof(bytes) - 1) >= 0);
	close(fd);
	assert_string_equal(bytes, text);
}

static void test_directory(void **state)
{
	struct stat st;

	assert_int_equal(output_init(&output, NULL, false), 0);
	assert_int_equal(output_check(&output, 3), 0);
	assert_int_equal(save("a.jpg", "one"), 0);
	assert_int_equal(save("a.jpg", "two"), 0);
	assert_int_equal(save("a.jpg", "three"), 0);
	contains("a.jpg", "one");
	contains("a-1.jpg", "two");
	contains("a-2.jpg", "three");
	assert_int_equal(files(), 3);
	assert_int_equal(stat("a.jpg", &st), 0);
	assert_true(st.st_mtime == 1704164645);
	assert_int_equal(st.st_mode & 0777 & ~0022, 0644);
}

/* A device cannot place what a shell or another program reads by itself. */
static void test_hidden_names(void **state)
{
	assert_int_equal(output_init(&output, NULL, false), 0);
	assert_int_equal(save(".bash_profile", "evil"), 0);
	assert_int_equal(save("-rf", "trap"), 0);
	contains("_bash_profile", "evil");
	contains("_rf", "trap");
	assert_int_equal(files(), 2);
	output_clear(&output);
	output_init(&output, ".", false);
	assert_int_equal(save(".bashrc", "evil"), 0);
	contains("_bashrc", "evil");
	assert_int_equal(files(), 3);
}

static void test_existing_stays(void **state)
{
	assert_int_equal(output_init(&output, ".", false), 0);
	assert_int_equal(save("a", "one"), 0);
	output_clear(&output);
	output_init(&output, ".", false);
	assert_int_equal(save("a", "two"), -EEXIST);
	contains("a", "one");
	output_clear(&output);
	output_init(&output, "a", false);
	assert_int_equal(output_check(&output, 1), EXIT_OUTPUT);
	output_clear(&output);
	output_init(&output, "a", true);
	assert_int_equal(output_check(&output, 1), 0);
	assert_int_equal(save("x", "three"), 0);
	contains("a", "three");
	assert_int_equal(files(), 1);
}

/* Somebody makes the file while we write it. */
static void test_existing_stays_at_the_end(void **state)
{
	output_init(&output, "a", false);
	assert_int_equal(output_choose(&output, "x", 0), 0);
	assert_int_equal(output_open(&output), 0);
	close(open("a", O_CREAT | O_WRONLY, 0644));
	assert_int_equal(output_finish(&output, 0), -EEXIST);
	contains("a", "");
	assert_int_equal(files(), 1);
}

static void test_abandon(void **state)
{
	output_init(&output, "./", false);
	assert_int_equal(output_choose(&output, "a", 0), 0);
	assert_int_equal(output_open(&output), 0);
	assert_int_equal(output_write(&output, "half", 4), 0);
	assert_int_equal(files(), 1);
	assert_int_equal(access("a", F_OK), -1);
	output_abandon(&output);
	assert_int_equal(files(), 0);
}

static void test_pipe(void **state)
{
	char byte[4] = "";
	int fd;

	assert_int_equal(mkfifo("pipe", 0600), 0);
	fd = open("pipe", O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	output_init(&output, "pipe", true);
	assert_int_equal(output_check(&output, 1), 0);
	assert_int_equal(save("a", "one"), 0);
	assert_int_equal(read(fd, byte, 3), 3);
	assert_string_equal(byte, "one");
	close(fd);
	assert_int_equal(files(), 1);
}

static void test_long_names(void **state)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	output_init(&output, "./", false);
	assert_int_equal(save(name, "x"), 0);
	assert_int_equal(save(name, "y"), 0);
	contains(name, "x");
	strcpy(name + 253, "-1");
	contains(name, "y");
	assert_int_equal(files(), 2);
}

/* Some file systems refuse half a character. */
static void test_temporary_name(void **state)
{
	char name[256] = "x";
	size_t i;

	for (i = 1; i < 251; i += 2)
		memcpy(name + i, "\xc3\xa4", 3);
	output_init(&output, "./", false);
	assert_int_equal(output_choose(&output, name, 0), 0);
	assert_int_equal(output_open(&output), 0);
	assert_non_null(strstr(output.temporary, "\xc3\xa4."));
	assert_null(strstr(output.temporary, "\xc3."));
	output_abandon(&output);
}

static void test_checks(void **state)
{
	assert_int_equal(output_init(&output, "", false), EXIT_USAGE);
	assert_int_equal(output_init(&output, "%q", false), EXIT_USAGE);
	assert_int_equal(output_init(&output, "one.jpg", false), 0);
	assert_int_equal(output_check(&output, 1), 0);
	assert_int_equal(output_check(&output, 2), EXIT_USAGE);
	assert_int_equal(output_init(&output, "missing/", false), 0);
	assert_int_equal(output_check(&output, 2), EXIT_OUTPUT);
	assert_int_equal(output_init(&output, "missing/a.jpg", false), 0);
	assert_int_equal(output_check(&output, 1), EXIT_OUTPUT);
	assert_int_equal(output_init(&output, "missing/%n.jpg", false), 0);
	assert_int_equal(output_check(&output, 1), EXIT_OUTPUT);
	assert_int_equal(output_init(&output, "/dev/null/%n.jpg", false), 0);
	assert_int_equal(output_check(&output, 1), EXIT_OUTPUT);
	assert_int_equal(output_init(&output, "-", false), 0);
	assert_int_equal(output_check(&output, 2), EXIT_USAGE);
}

/* A missing folder is seen before the device is asked for anything. */
static void test_folder_of_pattern(void **state)
{
	assert_int_equal(output_init(&output, "%Y/%n.jpg", false), 0);
	assert_int_equal(output_check(&output, 2), 0);
	assert_int_equal(output_choose(&output, "a.jpg", 1704164645), -ENOENT);
	assert_string_equal(output.final, "2024/1.jpg");
	close(open("2024", O_CREAT | O_WRONLY, 0644));
	assert_int_equal(output_choose(&output, "a.jpg", 1704164645), -ENOTDIR);
	unlink("2024");
	assert_int_equal(mkdir("2024", 0755), 0);
	assert_int_equal(save("a.jpg", "one"), 0);
	contains("2024/3.jpg", "one");
}

static void test_statuses(void **state)
{
	assert_int_equal(status_of(0, PHASE_DEVICE), 0);
	assert_int_equal(status_of(-ENODEV, PHASE_SELECT), 3);
	assert_int_equal(status_of(-ENOTUNIQ, PHASE_SELECT), 3);
	assert_int_equal(status_of(-ENODEV, PHASE_DEVICE), 6);
	assert_int_equal(status_of(-ENOENT, PHASE_DEVICE), 3);
	assert_int_equal(status_of(-EBUSY, PHASE_DEVICE), 4);
	assert_int_equal(status_of(-EACCES, PHASE_DEVICE), 5);
	assert_int_equal(status_of(-EIO, PHASE_DEVICE), 6);
	assert_int_equal(status_of(-ETIMEDOUT, PHASE_DEVICE), 6);
	assert_int_equal(status_of(-EPROTO, PHASE_DEVICE), 6);
	assert_int_equal(status_of(-EPIPE, PHASE_DEVICE), 6);
	assert_int_equal(status_of(-ENOMEDIUM, PHASE_DEVICE), 7);
	assert_int_equal(status_of(-ENOSPC, PHASE_OUTPUT), 9);
	assert_int_equal(status_of(-EPIPE, PHASE_OUTPUT), 9);
	assert_int_equal(status_of(-EACCES, PHASE_OUTPUT), 9);
	assert_int_equal(status_of(-ECANCELED, PHASE_OUTPUT), 130);
	assert_int_equal(status_of(-ECANCELED, PHASE_DEVICE), 130);
	assert_int_equal(status_of(-ENOMEM, PHASE_DEVICE), 1);
}

static void test_ends_run(void **state)
{
	assert_false(ends_run(0, PHASE_DEVICE));
	assert_false(ends_run(-EPIPE, PHASE_DEVICE));
	assert_false(ends_run(-EDQUOT, PHASE_DEVICE));
	assert_false(ends_run(-ENOSPC, PHASE_DEVICE));
	assert_false(ends_run(-EPROTO, PHASE_DEVICE));
	assert_false(ends_run(-EEXIST, PHASE_OUTPUT));
	assert_true(ends_run(-EPIPE, PHASE_OUTPUT));
	assert_true(ends_run(-EDQUOT, PHASE_OUTPUT));
	assert_true(ends_run(-ENOSPC, PHASE_OUTPUT));
	assert_true(ends_run(-ENODEV, PHASE_DEVICE));
	assert_true(ends_run(-ETIMEDOUT, PHASE_DEVICE));
	assert_true(ends_run(-ECANCELED, PHASE_DEVICE));
	assert_true(ends_run(-ECANCELED, PHASE_OUTPUT));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_bad_patterns),
		cmocka_unit_test(test_pattern_escape),
		cmocka_unit_test(test_double),
		TEST(test_directory),
		TEST(test_hidden_names),
		TEST(test_existing_stays),
		TEST(test_existing_stays_at_the_end),
		TEST(test_abandon),
		TEST(test_pipe),
		TEST(test_long_names),
		TEST(test_temporary_name),
		TEST(test_checks),
		TEST(test_folder_of_pattern),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_ends_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
