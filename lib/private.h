/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of libtdm share and nobody else sees. */
#ifndef LIBTDM_PRIVATE_H
#define LIBTDM_PRIVATE_H

#include "tdm.h"

struct tdm_dev {
	int fd;
	bool nonblock;
	tdm_call_check check;

	/* A stream's geometry and areas: constant from tdm_stream_open() on. */
	uint32_t period_frames;
	uint32_t periods;
	uint32_t period_len;
	uint32_t ring_len;
	uint32_t pos_len;
	uint64_t ring_frames;
	const struct tdm_stream_kpos *kpos;	/* NULL: not a stream */
	struct tdm_stream_upos *upos;
	const uint8_t *rx;
	uint8_t *tx;
};

/* Before the kernel is entered: see tdm_call_check. */
static inline void tdm_check(tdm_call_check check, enum tdm_call_class cls, const char *call)
{
	if (check)
		check(cls, call);
}

/* ioctl() with negative errno; restarted after a signal where @restart says so. */
int tdm_ioctl(struct tdm_dev *dev, unsigned long request, void *arg, bool restart);

/* A refusal: the kernel's sentence when it wrote one, else one of ours for @err. */
int tdm_refused(struct tdm_error *e, int err, const char *what, const char *reason);

#endif
