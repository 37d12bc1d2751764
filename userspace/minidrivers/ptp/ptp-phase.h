/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes back for a command, taken apart as it arrives: no I/O in here
 */
#ifndef PTP_PHASE_H
#define PTP_PHASE_H

#include "ptp-pack.h"

#define PTP_SIZE_UNKNOWN	UINT64_MAX

/**
 * struct ptp_sink - takes the data of a transaction
 * @begin: the header has come; @total is its length or PTP_SIZE_UNKNOWN
 * @data: the next bytes, never more than were announced
 *
 * Both return 0 or a negative errno that ends the transaction.
 */
struct ptp_sink {
	int	(*begin)(void *context, uint64_t total);
	int	(*data)(void *context, const uint8_t *bytes, size_t len);
};

enum ptp_phase_state {
	PTP_PHASE_CONTAINER,	/* a header is due: data or response */
	PTP_PHASE_PAYLOAD,	/* inside of data */
	PTP_PHASE_DONE,		/* the response is there */
};

/**
 * struct ptp_phase - the data and response phases of one transaction
 * @operation: what was sent
 * @transaction: its id
 * @sink: takes the data; NULL when none may come
 * @context: its first argument
 * @state: where we are
 * @head: bytes of the container that is due
 * @have: how many
 * @has_data: the data container has begun
 * @header_alone: its header came as a transfer of its own, nothing after it yet
 * @refused: the sink has returned an error
 * @truncated: the data ended before the announced length
 * @total: bytes that were announced or PTP_SIZE_UNKNOWN
 * @received: bytes given to the sink
 * @empty: zero-length packets so far
 * @stray: containers of other transactions so far
 * @response: valid in state DONE
 */
struct ptp_phase {
	uint16_t		operation;
	uint32_t		transaction;
	const struct ptp_sink	*sink;
	void			*context;
	enum ptp_phase_state	state;
	uint8_t			head[PTP_CONTAINER_MAX];
	size_t			have;
	bool			has_data;
	bool			header_alone;
	bool			refused;
	bool			truncated;
	uint64_t		total;
	uint64_t		received;
	unsigned int		empty;
	unsigned int		stray;
	struct ptp_container	response;
};

int ptp_phase_feed(struct ptp_phase *phase, const uint8_t *bytes, size_t len, bool is_short);

#endif /* PTP_PHASE_H */
