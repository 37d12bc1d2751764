// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usbsictl: still-image devices from the command line
 */
#include "usbsictl.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
	{ "list", "", "list devices", OPTION_JSON, command_list },
	{ "info", "", "tell about a device", OPTION_DEVICE | OPTION_JSON, command_info },
	{ "ls", "[FOLDER]", "list the items of a device", OPTION_DEVICE | OPTION_JSON,
	  command_ls },
	{ "acquire", "ITEM...|--all", "get items", OPTION_DEVICE | OPTION_JSON | OPTION_OUTPUT,
	  command_acquire },
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	size_t i;

	puts("Usage: usbsictl [OPTION]... COMMAND [ARGUMENT]...\n");
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %-15s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].summary);
	printf("  %-8s %-15s %s\n", "help", "", "print this text");
	puts("\n"
	     "  -d, --device ID      serial number, port path (1-2.4) or node; otherwise\n"
	     "                       USBSI_DEVICE, otherwise the only device\n"
	     "  -j, --json           print JSON\n"
	     "  -o, --output WHERE   acquire to FILE, DIR/, PATTERN or - (standard output);\n"
	     "                       otherwise ./; in a PATTERN %n is a counter, %f the name,\n"
	     "                       %C its suffix, other letters are those of strftime\n"
	     "  -a, --all            acquire all items\n"
	     "  -f, --force          overwrite existing files\n"
	     "  -t, --timeout SECS   longest time without a byte of progress (30)\n"
	     "  -v, --verbose        tell what happens; twice: every transaction\n"
	     "  -h, --help, --version\n"
	     "\n"
	     "An ITEM is a path or a #number as ls prints it, or a name that only one item\n"
	     "has; a folder stands for everything in it. Quote numbers, '#3': to the shell\n"
	     "a bare # begins a comment.\n"
	     "\n"
	     "Exit status: 0 done, 1 other, 2 usage, 3 no such device or item, 4 busy,\n"
	     "5 permission, 6 unplugged or I/O, 7 no paper or card, 8 jam or cover, 9 output,\n"
	     "130 cancelled");
}

static int usage(const char *what, const char *which)
{
	complain("%s%s; usbsictl --help tells more", what, which);
	return EXIT_USAGE;
}

static int parse_timeout(struct usbsictl *ctl, const char *text)
{
	double seconds;
	char *end;

	seconds = strtod(text, &end);
	if (!*text || *end || !(seconds > 0) || seconds > 86400)
		return usage("--timeout takes seconds, more than 0 and at most 86400: ", text);
	ctl->timeout_ms = (unsigned int)(seconds * 1000);
	if (!ctl->timeout_ms)
		ctl->timeout_ms = 1;
	return EXIT_DONE;
}

enum { LONG_VERSION = 256 };

static const struct option long_options[] = {
	{ "device", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "output", required_argument, NULL, 'o' },
	{ "all", no_argument, NULL, 'a' },
	{ "force", no_argument, NULL, 'f' },
	{ "timeout", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ NULL, 0, NULL, 0 }
};

/* What is printed instead of running a command, and then ends the run. */
static int print_and_exit(int option)
{
	if (option == LONG_VERSION)
		printf("usbsictl %s\n", usbsi_version());
	else
		print_help();
	exit(finish_stdout());
}

static int parse_option(struct usbsictl *ctl, int option)
{
	switch (option) {
	case 'd':
		ctl->device_name = optarg;
		ctl->given |= OPTION_DEVICE;
		return EXIT_DONE;
	case 'j':
		ctl->json = true;
		ctl->given |= OPTION_JSON;
		return EXIT_DONE;
	case 'o':
		ctl->output = optarg;
		ctl->given |= OPTION_OUTPUT;
		return EXIT_DONE;
	case 'a':
		ctl->all = true;
		ctl->given |= OPTION_OUTPUT;
		return EXIT_DONE;
	case 'f':
		ctl->force = true;
		ctl->given |= OPTION_OUTPUT;
		return EXIT_DONE;
	case 't':
		return parse_timeout(ctl, optarg);
	case 'v':
		ctl->verbose++;
		return EXIT_DONE;
	case 'h':
	case LONG_VERSION:
		return print_and_exit(option);
	default:
		return EXIT_USAGE;	/* getopt has said why */
	}
}

static int parse(struct usbsictl *ctl, int argc, char **argv)
{
	int option, ret;

	ctl->device_name = getenv("USBSI_DEVICE");
	if (ctl->device_name && !*ctl->device_name)
		ctl->device_name = NULL;
	argv[0] = "usbsictl";
	while ((option = getopt_long(argc, argv, "d:jo:aft:vh", long_options, NULL)) != -1) {
		ret = parse_option(ctl, option);
		if (ret)
			return ret;
	}
	ctl->args = argv + optind;
	ctl->arg_count = argc - optind;
	return EXIT_DONE;
}

static void log_line(void *data, enum usbsi_log_level level, const char *text)
{
	complain("%s", text);
}

static int run(struct usbsictl *ctl, const struct command *command)
{
	enum usbsi_log_level level = USBSI_LOG_WARNING;
	int ret;

	if (ctl->given & ~command->options)
		return usage("one of the options is not for the command ", command->name);
	ctl->args++;
	ctl->arg_count--;
	ret = usbsi_context_new(&ctl->ctx);
	if (ret < 0) {
		complain("%s", strerror(-ret));
		return EXIT_OTHER;
	}
	if (ctl->verbose > 1)
		level = USBSI_LOG_DEBUG;
	else if (ctl->verbose)
		level = USBSI_LOG_INFO;
	usbsi_context_set_log(ctl->ctx, level, log_line, NULL);
	ret = command->run(ctl);
	usbsi_context_free(ctl->ctx);
	return ret;
}

int main(int argc, char **argv)
{
	struct usbsictl ctl = { 0 };
	size_t i;
	int ret;

	setlocale(LC_ALL, "");
	/* time-outs are typed with a point, in every language */
	setlocale(LC_NUMERIC, "C");
	signal(SIGPIPE, SIG_IGN);
	ret = parse(&ctl, argc, argv);
	if (ret)
		return ret;
	if (!ctl.arg_count)
		return usage("no command", "");
	if (!strcmp(ctl.args[0], "help"))
		return print_and_exit('h');
	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(ctl.args[0], commands[i].name))
			return run(&ctl, &commands[i]);
	return usage("no such command: ", ctl.args[0]);
}
