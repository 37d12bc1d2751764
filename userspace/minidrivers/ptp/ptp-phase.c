// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What comes back for a command, taken apart as it arrives
 *
 * Bulk IN is taken as a sequence of bytes in which short packets end
 * transfers.  That alone covers what devices do: a header in a transfer of its
 * own, a response right behind data that fills its last packet (without the
 * zero-length packet that should be between), zero-length packets at any
 * place between containers, a response instead of data.
 */
#include "ptp-phase.h"

#include <errno.h>
#include <string.h>

/* More than that is a device that has lost its way */
#define EMPTY_MAX	16
#define STRAY_MAX	8

static size_t min_size(size_t a, uint64_t b)
{
	return b < a ? (size_t)b : a;
}

static int sink_result(struct ptp_phase *phase, int ret)
{
	phase->refused = ret < 0;
	return ret;
}

static int begin_data(struct ptp_phase *phase, const struct ptp_container *header)
{
	if (phase->has_data || !phase->sink || header->code != phase->operation)
		return -EPROTO;
	phase->has_data = true;
	phase->have = 0;
	phase->state = PTP_PHASE_PAYLOAD;
	phase->total = PTP_SIZE_UNKNOWN;
	if (header->length != PTP_LENGTH_UNKNOWN)
		phase->total = header->length - PTP_HEADER_LEN;
	if (!phase->total)
		phase->state = PTP_PHASE_CONTAINER;
	return sink_result(phase, phase->sink->begin(phase->context, phase->total));
}

static int drop_stray(struct ptp_phase *phase)
{
	phase->have = 0;
	return ++phase->stray > STRAY_MAX ? -EPROTO : 0;
}

/* The container that is due has @have bytes now, 12 or all of them. */
static int look_at_container(struct ptp_phase *phase)
{
	struct ptp_container header;

	if (ptp_unpack_header(phase->head, phase->have, &header) < 0)
		return -EPROTO;
	if (header.type == PTP_DATA && header.transaction == phase->transaction)
		return begin_data(phase, &header);
	if ((header.type != PTP_RESPONSE && header.type != PTP_EVENT) ||
	    header.length > PTP_CONTAINER_MAX)
		return -EPROTO;
	if (phase->have < header.length)
		return 0;
	if (header.type == PTP_EVENT || header.transaction != phase->transaction)
		return drop_stray(phase);
	if (ptp_unpack_response(phase->head, phase->have, &phase->response) < 0)
		return -EPROTO;
	phase->state = PTP_PHASE_DONE;
	return 0;
}

/* Bytes that the container that is due still needs, as far as is known. */
static size_t container_needs(const struct ptp_phase *phase)
{
	struct ptp_container header;

	if (phase->have < PTP_HEADER_LEN)
		return PTP_HEADER_LEN - phase->have;
	if (ptp_unpack_header(phase->head, phase->have, &header) < 0 ||
	    header.length > PTP_CONTAINER_MAX || header.length < phase->have)
		return 0;
	return header.length - phase->have;
}

static int feed_container(struct ptp_phase *phase, const uint8_t **bytes, size_t *len)
{
	size_t step = min_size(*len, container_needs(phase));

	memcpy(phase->head + phase->have, *bytes, step);
	phase->have += step;
	*bytes += step;
	*len -= step;
	if (phase->have < PTP_HEADER_LEN)
		return 0;
	return look_at_container(phase);
}

static int feed_payload(struct ptp_phase *phase, const uint8_t **bytes, size_t *len)
{
	size_t step = min_size(*len, phase->total - phase->received);
	int ret;

	ret = sink_result(phase, phase->sink->data(phase->context, *bytes, step));
	if (ret < 0)
		return ret;
	phase->received += step;
	*bytes += step;
	*len -= step;
	if (phase->received == phase->total)
		phase->state = PTP_PHASE_CONTAINER;
	return 0;
}

/* A short or empty packet has ended a transfer. */
static int end_of_transfer(struct ptp_phase *phase)
{
	switch (phase->state) {
	case PTP_PHASE_CONTAINER:
		return phase->have ? -EPROTO : 0;
	case PTP_PHASE_PAYLOAD:
		if (!phase->received && !phase->header_alone) {
			phase->header_alone = true;
			return 0;
		}
		phase->truncated = phase->total != PTP_SIZE_UNKNOWN;
		phase->state = PTP_PHASE_CONTAINER;
		return 0;
	default:
		return 0;
	}
}

/*
 * After a header of unknown length in a transfer of its own, a transfer that
 * is exactly our response means that there is no data.
 */
static bool is_response_after_header(const struct ptp_phase *phase, const uint8_t *bytes,
				     size_t len)
{
	struct ptp_container response;

	return phase->state == PTP_PHASE_PAYLOAD && phase->header_alone && !phase->received &&
	       phase->total == PTP_SIZE_UNKNOWN && !ptp_unpack_response(bytes, len, &response) &&
	       response.length == len && response.transaction == phase->transaction;
}

/**
 * ptp_phase_feed() - take what was read
 * @phase: the transaction
 * @bytes: the bytes
 * @len: how many; 0 for a zero-length packet
 * @is_short: a short or empty packet ended the transfer behind them
 *
 * Return: 1 when the response is complete, 0 when more is due, -EPROTO when
 * the device does not keep to the protocol, or what the sink returned.
 */
int ptp_phase_feed(struct ptp_phase *phase, const uint8_t *bytes, size_t len, bool is_short)
{
	int ret = 0;

	if (!len && ++phase->empty > EMPTY_MAX)
		return -EPROTO;
	if (is_short && is_response_after_header(phase, bytes, len))
		phase->state = PTP_PHASE_CONTAINER;
	while (len && !ret && phase->state != PTP_PHASE_DONE) {
		if (phase->state == PTP_PHASE_PAYLOAD)
			ret = feed_payload(phase, &bytes, &len);
		else
			ret = feed_container(phase, &bytes, &len);
	}
	if (!ret && is_short)
		ret = end_of_transfer(phase);
	if (ret < 0)
		return ret;
	return phase->state == PTP_PHASE_DONE;
}
