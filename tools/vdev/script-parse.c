// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Script personality: a line of text becomes a job.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define MAX_WORDS	5

struct words {
	unsigned int count;
	char *word[MAX_WORDS];
};

static int split(char *line, struct words *words)
{
	char *save = NULL, *word;

	words->count = 0;
	for (word = strtok_r(line, " \t\r\n", &save); word;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (words->count == MAX_WORDS)
			return -EINVAL;
		words->word[words->count++] = word;
	}
	return 0;
}

static int number(const struct words *words, unsigned int index, uint64_t *value)
{
	char *end;

	if (index >= words->count || !isdigit((unsigned char)words->word[index][0]))
		return -EINVAL;
	errno = 0;
	*value = strtoull(words->word[index], &end, 0);
	return errno || *end ? -EINVAL : 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex(const char *text, struct script_job *job)
{
	size_t length = strlen(text);
	size_t i;

	if (length % 2 || length / 2 > SCRIPT_DATA)
		return -EINVAL;
	for (i = 0; i < length / 2; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		job->data[i] = high << 4 | low;
	}
	job->length = length / 2;
	return 0;
}

/* Words behind the first: `zlp` and xCOUNT, in any order. */
static int in_options(const struct words *words, struct script_job *job)
{
	unsigned int i;

	for (i = 2; i < words->count; i++) {
		const char *word = words->word[i];
		char *end;

		if (!strcmp(word, "zlp")) {
			job->zlp = true;
			continue;
		}
		if (word[0] != 'x' || !isdigit((unsigned char)word[1]))
			return -EINVAL;
		job->count = strtoull(word + 1, &end, 10);
		if (*end)
			return -EINVAL;
	}
	return 0;
}

static int parse_in(const struct words *words, struct script_job *job)
{
	int ret = number(words, 1, &job->length);

	job->type = JOB_IN;
	return ret ?: in_options(words, job);
}

static int parse_in_hex(const struct words *words, struct script_job *job)
{
	job->type = JOB_IN_HEX;
	if (words->count < 2)
		return -EINVAL;
	return hex(words->word[1], job) ?: in_options(words, job);
}

static int parse_out(const struct words *words, struct script_job *job)
{
	job->type = JOB_OUT;
	return number(words, 1, &job->length);
}

static int parse_out_read(const struct words *words, struct script_job *job)
{
	job->type = JOB_OUT_READ;
	return words->count > 1 ? number(words, 1, &job->count) : 0;
}

static int parse_stall(const struct words *words, struct script_job *job)
{
	static const char * const names[VDEV_ENDPOINTS] = { "in", "out", "event" };
	unsigned int i;

	job->type = JOB_STALL;
	for (i = 0; words->count == 2 && i < VDEV_ENDPOINTS; i++) {
		job->endpoint = i;
		if (!strcmp(words->word[1], names[i]))
			return 0;
	}
	return -EINVAL;
}

static int parse_event(const struct words *words, struct script_job *job)
{
	job->type = JOB_EVENT;
	if (words->count != 2 || hex(words->word[1], job))
		return -EINVAL;
	return job->length > VDEV_EVENT_SIZE ? -EINVAL : 0;
}

static int parse_events(const struct words *words, struct script_job *job)
{
	uint64_t gap = 0;
	int ret = number(words, 1, &job->count);

	job->type = JOB_EVENTS;
	job->length = 8;
	if (!ret && words->count > 2)
		ret = number(words, 2, &gap);
	if (!ret && words->count > 3)
		ret = number(words, 3, &job->length);
	job->gap_us = gap;
	return ret || job->length > VDEV_EVENT_SIZE ? -EINVAL : 0;
}

static int parse_sleep(const struct words *words, struct script_job *job)
{
	job->type = JOB_SLEEP;
	return number(words, 1, &job->count);
}

static int parse_rate(const struct words *words, struct script_job *job)
{
	job->type = JOB_RATE;
	return number(words, 1, &job->count);
}

static int parse_plug(const struct words *words, struct script_job *job)
{
	job->type = JOB_PLUG;
	return words->count == 1 ? 0 : -EINVAL;
}

static int parse_unplug(const struct words *words, struct script_job *job)
{
	job->type = JOB_UNPLUG;
	return words->count == 1 ? 0 : -EINVAL;
}

static int parse_wait(const struct words *words, struct script_job *job)
{
	job->type = JOB_WAIT;
	return words->count == 1 ? 0 : -EINVAL;
}

static const struct {
	const char *name;
	int (*parse)(const struct words *words, struct script_job *job);
} commands[] = {
	{ "in", parse_in },
	{ "in-hex", parse_in_hex },
	{ "out", parse_out },
	{ "out-read", parse_out_read },
	{ "stall", parse_stall },
	{ "event", parse_event },
	{ "events", parse_events },
	{ "sleep", parse_sleep },
	{ "rate", parse_rate },
	{ "plug", parse_plug },
	{ "unplug", parse_unplug },
	{ "wait", parse_wait },
};

static int queue(struct script *script, int client, const struct words *words)
{
	struct script_job *job;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(words->word[0], commands[i].name))
			break;
	if (i == ARRAY_SIZE(commands))
		return -ENOENT;
	job = calloc(1, sizeof(*job) + SCRIPT_DATA);
	if (!job)
		return -ENOMEM;
	job->count = 1;
	job->reply = client;
	if (commands[i].parse(words, job)) {
		free(job);
		return -EINVAL;
	}
	i = job->type == JOB_WAIT;
	script_add(script, job);
	/* A wait is answered when it is over */
	return i;
}

static int set_control(struct script *script, const struct words *words)
{
	static const char * const names[] = { "ok", "stall", "hang" };
	unsigned int i;

	for (i = 0; words->count == 2 && i < ARRAY_SIZE(names); i++) {
		if (strcmp(words->word[1], names[i]))
			continue;
		script->control = i;
		if (i != CONTROL_HANG)
			script->dev->backend->pause_control(script->dev, false);
		return 0;
	}
	return -EINVAL;
}

/* What cannot wait until the jobs before it are done: -ENOENT if it can. */
static int immediate(struct script *script, int client, const struct words *words)
{
	struct vdev *dev = script->dev;
	const char *name = words->word[0];

	if (!strcmp(name, "reset")) {
		dev->abort = true;
		script->reset_by = client;
		return 1;
	}
	if (!strcmp(name, "status")) {
		char text[1024];

		script_status(script, text, sizeof(text));
		script_reply(script, client, text);
		return 1;
	}
	if (!strcmp(name, "control"))
		return set_control(script, words);
	if (!strcmp(name, "now") && words->count == 2 && !strcmp(words->word[1], "unplug"))
		return dev->backend->plug(dev, false);
	if (!strcmp(name, "quit")) {
		dev->stop = true;
		return 0;
	}
	return -ENOENT;
}

/**
 * script_line() - do what a line says, or queue it
 * @script: script
 * @client: who gave it
 * @line: the text, taken apart
 * @error: set to what is wrong with it
 *
 * Return: 0 when the line is to be answered now, 1 when the answer comes or came
 * otherwise, a negative errno with @error set.
 */
int script_line(struct script *script, int client, char *line, const char **error)
{
	struct words words;
	int ret;

	*error = "too many words";
	ret = split(line, &words);
	if (ret)
		return ret;
	if (!words.count || words.word[0][0] == '#')
		return 1;
	ret = immediate(script, client, &words);
	if (ret == -ENOENT)
		ret = queue(script, client, &words);
	if (ret == -ENOENT)
		*error = "no such command";
	else if (ret == -EINVAL)
		*error = "bad argument";
	else if (ret < 0)
		*error = strerror(-ret);
	return ret;
}
