// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Contexts: where logs go, and the text of errors that belong to no device
 */
#include "device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef USBSI_VERSION
#error "USBSI_VERSION is set by userspace.mk"
#endif

/**
 * usbsi_version() - the library's version
 *
 * Return: text such as 0.1.0, never NULL.
 */
const char *usbsi_version(void)
{
	return USBSI_VERSION;
}

/**
 * usbsi_context_new() - begin to use the library
 * @ctx: out: the context, given back with usbsi_context_free()
 *
 * Return: 0 or -ENOMEM.
 */
int usbsi_context_new(struct usbsi_context **ctx)
{
	*ctx = calloc(1, sizeof(**ctx));
	return *ctx ? 0 : -ENOMEM;
}

/**
 * usbsi_context_free() - end the use of the library
 * @ctx: may be NULL; its devices and lists were closed before
 */
void usbsi_context_free(struct usbsi_context *ctx)
{
	free(ctx);
}

/**
 * usbsi_context_set_log() - say where log lines go
 * @ctx: the context
 * @level: the least important level that is wanted
 * @fn: gets each line without a newline; NULL: nobody does, as at the beginning
 * @data: first argument of @fn
 */
void usbsi_context_set_log(struct usbsi_context *ctx, enum usbsi_log_level level,
			   usbsi_log_fn fn, void *data)
{
	ctx->log_level = level;
	ctx->log = fn;
	ctx->log_data = data;
}

/**
 * usbsi_context_error() - text of the last error that belongs to no device
 * @ctx: the context
 *
 * Return: one line without a newline, "" when nothing has failed yet; valid
 * until the next call with @ctx.
 */
const char *usbsi_context_error(const struct usbsi_context *ctx)
{
	return ctx->error;
}

void context_log(const struct usbsi_context *ctx, enum usbsi_log_level level, const char *fmt,
		 va_list args)
{
	char text[ERROR_TEXT_LEN];

	if (!ctx->log || level > ctx->log_level)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	ctx->log(ctx->log_data, level, text);
}

int context_error(struct usbsi_context *ctx, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(ctx->error, sizeof(ctx->error), fmt, args);
	va_end(args);
	return error;
}
