// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Transactions: command, optional data, response
 *
 * The data of objects comes through the stream.  Where its length is known the
 * stream ends by itself and the response is read from the pipe; otherwise, or
 * where the device has told the wrong length, the response comes through the
 * stream as well.  Both ways feed the same parser.
 */
#include "ptp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* After data that ended early the response is due at once, if it comes at all */
#define LATE_RESPONSE_MS	2000

static unsigned int timeout_of(const struct ptp *ptp, const struct ptp_transaction *t)
{
	unsigned int timeout = t->timeout_ms ? t->timeout_ms : usbsi_port_timeout(ptp->port);

	if (t->phase.truncated && timeout > LATE_RESPONSE_MS)
		timeout = LATE_RESPONSE_MS;
	return timeout;
}

static uint32_t transaction_id(struct ptp *ptp, uint16_t operation)
{
	uint32_t id;

	if (operation == PTP_OPEN_SESSION || !ptp->session_open)
		return 0;
	id = ptp->next_transaction++;
	if (ptp->next_transaction == 0xFFFFFFFF)
		ptp->next_transaction = 1;
	return id;
}

static int send_command(struct ptp *ptp, const struct ptp_transaction *t)
{
	struct ptp_container command = {
		.code = t->operation,
		.transaction = t->phase.transaction,
		.params = t->params,
	};
	uint8_t bytes[PTP_CONTAINER_MAX];
	size_t len;
	ssize_t ret;

	memcpy(command.param, t->param, sizeof(command.param));
	len = ptp_pack_command(bytes, sizeof(bytes), &command);
	if (!len)
		return -EINVAL;
	ret = usbsi_port_write(ptp->port, bytes, len, timeout_of(ptp, t));
	if (ret < 0)
		return (int)ret;
	return (size_t)ret == len ? 0 : -EIO;
}

static int feed_from_stream(struct ptp *ptp, struct ptp_transaction *t, bool *over)
{
	struct usbsi_chunk chunk;
	int ret;

	ret = usbsi_port_stream_next(ptp->port, &chunk, timeout_of(ptp, t));
	*over = !ret;
	if (ret <= 0)
		return ret;
	/* what is missing before the first bytes was an earlier transaction's */
	if (chunk.flags & USBSI_CHUNK_DISCONT && (t->phase.has_data || t->phase.have))
		ret = -EIO;
	else
		ret = ptp_phase_feed(&t->phase, chunk.bytes, chunk.len,
				     chunk.flags & USBSI_CHUNK_SHORT);
	usbsi_port_stream_release(ptp->port);
	return ret;
}

static int feed_from_pipe(struct ptp *ptp, struct ptp_transaction *t)
{
	ssize_t len = usbsi_port_read(ptp->port, ptp->buffer, PTP_BUFFER_LEN, timeout_of(ptp, t));

	if (len < 0)
		return (int)len;
	return ptp_phase_feed(&t->phase, ptp->buffer, (size_t)len, len < PTP_BUFFER_LEN);
}

/* *@begun: the device may have seen something of it. */
static int exchange(struct ptp *ptp, struct ptp_transaction *t, bool *begun)
{
	bool over = !t->stream;
	int ret;

	ret = send_command(ptp, t);
	if (ret == -EPIPE) {
		/* halted by whoever had it before: nothing was taken, so try again */
		ptp_recover(ptp, ret, t->phase.transaction);
		ret = send_command(ptp, t);
	}
	*begun = ret != -ECANCELED;
	/*
	 * Only now: nothing can come before the command, and a host controller
	 * that saw the pipe empty may look at it again late (QEMU's emulated one
	 * does so only when something more is queued).
	 */
	if (!ret && t->stream)
		ret = usbsi_port_stream_start(ptp->port, t->expected);
	while (!ret)
		ret = over ? feed_from_pipe(ptp, t) : feed_from_stream(ptp, t, &over);
	if (t->stream)
		usbsi_port_stream_stop(ptp->port);
	return ret < 0 ? ret : 0;
}

static const char *operation_text(uint16_t operation)
{
	const char *name = ptp_operation_name(operation);

	return name ? name : "operation";
}

static int transport_error(struct ptp *ptp, const struct ptp_transaction *t, int error)
{
	const char *name = operation_text(t->operation);

	switch (error) {
	case -ECANCELED:
		return usbsi_port_error(ptp->port, error, "cancelled");
	case -ENODEV:
	case -ESHUTDOWN:
		return usbsi_port_error(ptp->port, -ENODEV, "unplugged");
	case -ETIMEDOUT:
		return usbsi_port_error(ptp->port, error, "%s: no answer within %u ms", name,
					timeout_of(ptp, t));
	case -EPIPE:
		return usbsi_port_error(ptp->port, error, "%s: the device stalled", name);
	case -EPROTO:
		return usbsi_port_error(ptp->port, error,
					"%s: the device does not keep to the protocol", name);
	default:
		return usbsi_port_error(ptp->port, error, "%s: %s", name, strerror(-error));
	}
}

static int response_error(struct ptp *ptp, const struct ptp_transaction *t)
{
	const struct ptp_phase *phase = &t->phase;
	int error = ptp_response_errno(phase->response.code);

	if (error < 0)
		return usbsi_port_error(ptp->port, error, "%s: %s (%04X)",
					operation_text(t->operation),
					ptp_response_text(phase->response.code),
					phase->response.code);
	if (phase->truncated)
		return usbsi_port_error(ptp->port, -EPROTO,
					"%s: the device sent %llu of %llu bytes",
					operation_text(t->operation),
					(unsigned long long)phase->received,
					(unsigned long long)phase->total);
	return 0;
}

/**
 * ptp_transact() - do one operation
 * @ptp: the device, locked
 * @t: the operation; @t->phase is overwritten
 *
 * After an error the device has been brought back to its idle state, as far as
 * it lets itself be.
 *
 * Return: 0 when the response is OK, or a negative errno with the error text
 * set (a sink's own error excepted): that of the transfer, of the sink, or of
 * the response, which ptp_refused() tells.
 */
int ptp_transact(struct ptp *ptp, struct ptp_transaction *t)
{
	bool begun;
	int ret;

	memset(&t->phase, 0, sizeof(t->phase));
	t->phase.operation = t->operation;
	t->phase.transaction = transaction_id(ptp, t->operation);
	t->phase.sink = t->sink;
	t->phase.context = t->context;
	ret = exchange(ptp, t, &begun);
	usbsi_port_log(ptp->port, USBSI_LOG_DEBUG, "ptp: %s(%08X) id %u: %d, response %04X",
		       operation_text(t->operation), t->params ? t->param[0] : 0,
		       t->phase.transaction, ret, t->phase.response.code);
	if (!ret)
		return response_error(ptp, t);
	/* the client's EPIPE, say, is no stall of the device, and its text is its own */
	if (begun)
		ptp_recover(ptp, t->phase.refused ? -ECANCELED : ret, t->phase.transaction);
	return t->phase.refused && t->stream ? ret : transport_error(ptp, t, ret);
}

/**
 * ptp_refused() - whether it was the device's response that failed
 * @t: after ptp_transact() has failed
 *
 * Return: true for a response other than OK; the transfer itself went well.
 */
bool ptp_refused(const struct ptp_transaction *t)
{
	return t->phase.response.code && t->phase.response.code != PTP_OK;
}

static int dataset_begin(void *context, uint64_t total)
{
	struct ptp_dataset *dataset = context;

	dataset->len = 0;
	return total != PTP_SIZE_UNKNOWN && total > PTP_DATASET_MAX ? -EPROTO : 0;
}

static int dataset_data(void *context, const uint8_t *bytes, size_t len)
{
	struct ptp_dataset *dataset = context;
	size_t room = dataset->room ? dataset->room : 512;
	uint8_t *grown;

	if (dataset->len + len > PTP_DATASET_MAX)
		return -EPROTO;
	while (room < dataset->len + len)
		room *= 2;
	if (room > dataset->room) {
		grown = realloc(dataset->bytes, room);
		if (!grown)
			return -ENOMEM;
		dataset->bytes = grown;
		dataset->room = room;
	}
	memcpy(dataset->bytes + dataset->len, bytes, len);
	dataset->len += len;
	return 0;
}

/**
 * ptp_get_dataset() - do an operation whose data is a dataset
 * @ptp: the device, locked
 * @t: the operation, without a sink
 * @dataset: zeroed before; out: @dataset->bytes is to be freed in any case
 *
 * Return: as ptp_transact(); -EPROTO when OK came without data.
 */
int ptp_get_dataset(struct ptp *ptp, struct ptp_transaction *t, struct ptp_dataset *dataset)
{
	static const struct ptp_sink sink = { .begin = dataset_begin, .data = dataset_data };
	int ret;

	t->sink = &sink;
	t->context = dataset;
	ret = ptp_transact(ptp, t);
	if (!ret && !t->phase.has_data)
		return usbsi_port_error(ptp->port, -EPROTO, "%s: the device sent no data",
					operation_text(t->operation));
	return ret;
}
