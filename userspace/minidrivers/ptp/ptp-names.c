// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * PTP codes: numbers, names, and what a response means to a client
 */
#include "ptp-names.h"

#include <errno.h>
#include <stddef.h>

struct name {
	uint16_t	code;
	const char	*name;
};

static const struct name operations[] = {
	{ 0x1001, "GetDeviceInfo" },
	{ 0x1002, "OpenSession" },
	{ 0x1003, "CloseSession" },
	{ 0x1004, "GetStorageIDs" },
	{ 0x1005, "GetStorageInfo" },
	{ 0x1006, "GetNumObjects" },
	{ 0x1007, "GetObjectHandles" },
	{ 0x1008, "GetObjectInfo" },
	{ 0x1009, "GetObject" },
	{ 0x100A, "GetThumb" },
	{ 0x100B, "DeleteObject" },
	{ 0x100C, "SendObjectInfo" },
	{ 0x100D, "SendObject" },
	{ 0x100E, "InitiateCapture" },
	{ 0x100F, "FormatStore" },
	{ 0x1010, "ResetDevice" },
	{ 0x1011, "SelfTest" },
	{ 0x1012, "SetObjectProtection" },
	{ 0x1013, "PowerDown" },
	{ 0x1014, "GetDevicePropDesc" },
	{ 0x1015, "GetDevicePropValue" },
	{ 0x1016, "SetDevicePropValue" },
	{ 0x1017, "ResetDevicePropValue" },
	{ 0x1018, "TerminateOpenCapture" },
	{ 0x1019, "MoveObject" },
	{ 0x101A, "CopyObject" },
	{ 0x101B, "GetPartialObject" },
	{ 0x101C, "InitiateOpenCapture" },
	{ 0x95C1, "GetPartialObject64" },
	{ 0x95C2, "SendPartialObject" },
	{ 0x95C3, "TruncateObject" },
	{ 0x95C4, "BeginEditObject" },
	{ 0x95C5, "EndEditObject" },
	{ 0x9801, "GetObjectPropsSupported" },
	{ 0x9802, "GetObjectPropDesc" },
	{ 0x9803, "GetObjectPropValue" },
	{ 0x9804, "SetObjectPropValue" },
	{ 0x9805, "GetObjectPropList" },
	{ 0x9808, "SendObjectPropList" },
	{ 0x9810, "GetObjectReferences" },
	{ 0x9811, "SetObjectReferences" },
};

static const struct name formats[] = {
	{ 0x3000, "undefined" },
	{ 0x3001, "folder" },
	{ 0x3002, "script" },
	{ 0x3003, "executable" },
	{ 0x3004, "text" },
	{ 0x3005, "HTML" },
	{ 0x3006, "DPOF" },
	{ 0x3007, "AIFF" },
	{ 0x3008, "WAV" },
	{ 0x3009, "MP3" },
	{ 0x300A, "AVI" },
	{ 0x300B, "MPEG" },
	{ 0x300C, "ASF" },
	{ 0x300D, "QuickTime" },
	{ 0x3800, "image" },
	{ 0x3801, "JPEG" },
	{ 0x3802, "TIFF/EP" },
	{ 0x3803, "FlashPix" },
	{ 0x3804, "BMP" },
	{ 0x3805, "CIFF" },
	{ 0x3807, "GIF" },
	{ 0x3808, "JFIF" },
	{ 0x3809, "PCD" },
	{ 0x380A, "PICT" },
	{ 0x380B, "PNG" },
	{ 0x380D, "TIFF" },
	{ 0x380E, "TIFF/IT" },
	{ 0x380F, "JP2" },
	{ 0x3810, "JPX" },
	{ 0x3811, "DNG" },
	{ 0xB901, "WMA" },
	{ 0xB902, "OGG" },
	{ 0xB903, "AAC" },
	{ 0xB981, "WMV" },
	{ 0xB982, "MP4" },
	{ 0xB984, "3GP" },
};

struct response {
	uint16_t	code;
	int		error;
	const char	*text;
};

static const struct response responses[] = {
	{ 0x2002, -EIO, "the device reports a general error" },
	{ 0x2003, -EIO, "the device says that no session is open" },
	{ 0x2004, -EPROTO, "the device does not know the transaction" },
	{ 0x2005, -EOPNOTSUPP, "the device does not support the operation" },
	{ 0x2006, -EOPNOTSUPP, "the device does not support a parameter" },
	{ 0x2007, -EIO, "the device ended the transfer early" },
	{ 0x2008, -ENOENT, "the device has no such storage" },
	{ 0x2009, -ENOENT, "the device no longer has this item" },
	{ 0x200A, -EOPNOTSUPP, "the device does not have the property" },
	{ 0x200B, -EINVAL, "the device does not accept the format" },
	{ 0x200C, -EDQUOT, "the device's storage is full" },
	{ 0x200D, -EROFS, "the item is write-protected" },
	{ 0x200E, -EROFS, "the device's storage is read-only" },
	{ 0x200F, -EACCES, "the device denies access" },
	{ 0x2010, -ENODATA, "there is no thumbnail" },
	{ 0x2011, -EIO, "the device's self-test failed" },
	{ 0x2012, -EIO, "not everything was deleted" },
	{ 0x2013, -ENOMEDIUM, "the device's storage is not available; is a card in it?" },
	{ 0x2014, -EOPNOTSUPP, "the device cannot choose by format" },
	{ 0x2015, -EINVAL, "the device had no item to store" },
	{ 0x2016, -EINVAL, "the device does not accept the code's form" },
	{ 0x2017, -EALREADY, "the device had that information already" },
	{ 0x2018, -ECANCELED, "the capture is already over" },
	{ 0x2019, -EBUSY, "the device is busy; try again" },
	{ 0x201A, -ENOENT, "the device has no such folder" },
	{ 0x201B, -EINVAL, "the device does not accept the property's form" },
	{ 0x201C, -EINVAL, "the device does not accept the property's value" },
	{ 0x201D, -EINVAL, "the device does not accept a parameter" },
	{ 0x201E, -EALREADY, "the device says that a session is already open" },
	{ 0x201F, -EIO, "the device cancelled the transfer" },
	{ 0x2020, -EOPNOTSUPP, "the device does not accept the destination" },
};

static const char *find(const struct name *names, size_t count, uint16_t code)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i].code == code)
			return names[i].name;
	return NULL;
}

/**
 * ptp_operation_name() - name of an operation
 * @code: operation code
 *
 * Return: the name or NULL.
 */
const char *ptp_operation_name(uint16_t code)
{
	return find(operations, sizeof(operations) / sizeof(operations[0]), code);
}

/**
 * ptp_format_name() - name of an object format
 * @code: format code
 *
 * Return: the name, "unknown" if there is none.
 */
const char *ptp_format_name(uint16_t code)
{
	const char *name = find(formats, sizeof(formats) / sizeof(formats[0]), code);

	return name ? name : "unknown";
}

static const struct response *find_response(uint16_t code)
{
	size_t i;

	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		if (responses[i].code == code)
			return &responses[i];
	return NULL;
}

/**
 * ptp_response_text() - what a response means
 * @code: response code
 *
 * Return: part of a sentence.
 */
const char *ptp_response_text(uint16_t code)
{
	const struct response *response = find_response(code);

	return response ? response->text : "the device refuses";
}

/**
 * ptp_response_errno() - what a response is as an error
 * @code: response code
 *
 * Return: 0 for OK, a negative errno for all others.
 */
int ptp_response_errno(uint16_t code)
{
	const struct response *response = find_response(code);

	if (code == PTP_OK)
		return 0;
	return response ? response->error : -EIO;
}
