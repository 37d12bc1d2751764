/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script personality: jobs, and the clients that give them. */
#ifndef VDEV_SCRIPT_H
#define VDEV_SCRIPT_H

#include "vdev.h"

#define SCRIPT_CLIENTS	3
#define SCRIPT_LINE	4096
#define SCRIPT_LENGTHS	16
#define SCRIPT_DATA	1024

enum script_job_type {
	JOB_IN,
	JOB_IN_HEX,
	JOB_OUT,
	JOB_OUT_READ,
	JOB_STALL,
	JOB_EVENT,
	JOB_EVENTS,
	JOB_SLEEP,
	JOB_RATE,
	JOB_PLUG,
	JOB_UNPLUG,
	JOB_WAIT,
};

/**
 * struct script_job - one thing to do
 * @next: in the queue
 * @type: which
 * @count: how often, or milliseconds, bytes a second
 * @length: bytes
 * @gap_us: between two events
 * @endpoint: for a stall
 * @zlp: end transfers with an empty packet where due
 * @reply: client that waits for it, or -1
 * @data: bytes of JOB_IN_HEX and JOB_EVENT, @length of them
 */
struct script_job {
	struct script_job	*next;
	enum script_job_type	type;
	uint64_t		count;
	uint64_t		length;
	unsigned int		gap_us;
	enum vdev_endpoint	endpoint;
	bool			zlp;
	int			reply;
	unsigned char		data[];
};

enum script_control {
	CONTROL_OK,
	CONTROL_STALL,
	CONTROL_HANG,
};

/**
 * struct script_client - who gives commands
 * @fd: where they come from, -1: unused
 * @reply_fd: where the answers go
 * @used: bytes in @line
 * @loop: text of a loop that has not ended yet, or NULL
 * @depth: loops that have not ended yet
 * @times: of the outermost of them
 * @script: its number, for replies
 */
struct script_client {
	struct script		*script;
	int			fd;
	int			reply_fd;
	size_t			used;
	char			line[SCRIPT_LINE];
	char			*loop;
	size_t			loop_length;
	unsigned int		depth;
	unsigned long		times;
};

/**
 * struct script - state of the personality
 * @head: first job of the queue
 * @tail: where the next one is linked
 * @queued: jobs in the queue, the present one included
 * @reset_by: client that waits for a reset, or -1
 * @in_bytes: position of the pattern on bulk IN
 * @out_bytes: the same for bulk OUT
 * @out_errors: bytes that were not as the pattern says
 * @lengths: what the last reads of bulk OUT gave, @reads of them in all
 * @events: events sent
 * @failed: jobs that could not be done
 * @last_out: the last OUT request with its data, as text
 */
struct script {
	struct vdev		*dev;
	struct script_client	clients[SCRIPT_CLIENTS];
	int			listen_fd;
	const char		*socket;
	bool			quit_at_end;

	struct script_job	*head;
	struct script_job	**tail;
	unsigned int		queued;
	int			reset_by;

	uint64_t		in_bytes;
	uint64_t		out_bytes;
	uint64_t		out_errors;
	uint64_t		reads;
	uint32_t		lengths[SCRIPT_LENGTHS];
	uint32_t		events;
	unsigned int		failed;
	enum script_control	control;
	char			last_out[256];
};

/* script.c */
void script_add(struct script *script, struct script_job *job);
void script_clear(struct script *script);
int script_status(const struct script *script, char *text, size_t size);

/* script-parse.c */
int script_line(struct script *script, int client, char *line, const char **error);

/* script-client.c */
int script_listen(struct script *script, const char *path);
int script_add_client(struct script *script, int fd, int reply_fd);
void script_reply(struct script *script, int client, const char *text);
void script_close(struct script *script);

#endif /* VDEV_SCRIPT_H */
