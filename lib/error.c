// SPDX-License-Identifier: GPL-2.0-or-later
/* Sentences for refusals. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

int tdm_error_set(struct tdm_error *e, int err, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return err;
	e->err = err;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return err;
}

/* What an errno means here, said so that the reader knows what to do. */
static const char *advice(int err)
{
	switch (-err) {
	case ENODEV:
		return "there is no such card or port, or it was removed";
	case ENETDOWN:
		return "the span is down: bring it up first";
	case EBUSY:
		return "it is in use";
	case EPERM:
		return "this needs CAP_NET_ADMIN, or a descriptor opened for writing";
	case EACCES:
		return "permission denied: become root or join the group tdm";
	case E2BIG:
		return "the kernel module is older than this program";
	case ENOTTY:
		return "the kernel module does not know this call: it is older than this program";
	case EINVAL:
		return "the kernel does not accept the arguments";
	case EOPNOTSUPP:
		return "the card cannot do this";
	case ETIMEDOUT:
		return "it was not done in time";
	default:
		return strerror(-err);
	}
}

int tdm_refused(struct tdm_error *e, int err, const char *what, const char *reason)
{
	if (reason && *reason)
		return tdm_error_set(e, err, "%s: %s", what, reason);
	return tdm_error_set(e, err, "%s: %s", what, advice(err));
}
