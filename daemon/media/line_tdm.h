/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OPENTDM_MEDIA_LINE_TDM_H
#define OPENTDM_MEDIA_LINE_TDM_H

#include "daemon/media/media.h"

/**
 * line_tdm_open() - open the stream of a span and hand it to the media thread
 * @card, @port: the kernel's instance id, and the port from 1
 * @period_ms: 1-40
 *
 * Context: a group's thread; enters the kernel, waits for nothing else.
 * Return: 0; -ENODEV; other errnos of libtdm, logged with the kernel's sentence.
 */
int line_tdm_open(uint32_t card, uint32_t port, uint32_t span, unsigned int period_ms,
		  struct media_line **out);

/** line_tdm_gone() - has its card been removed? Then drop it and open another. */
bool line_tdm_gone(const struct media_line *line);

#endif
