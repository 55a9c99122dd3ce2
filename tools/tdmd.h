/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that speak to tdmd share. */
#ifndef TDMCTL_TDMD_H
#define TDMCTL_TDMD_H

#include <jansson.h>

#include "ctl.h"

/*
 * One request, over the command's --socket. 0, and the reply's JSON (NULL where there is none) in
 * *out, to be put; or a negative errno: a refusal becomes its message.
 */
int ctl_ask(struct ctl *c, const char *method, const char *path, const char *body, json_t **out);
/* A string of an object, or of the object @group in it; NULL: there is none. */
const char *ctl_text(const json_t *object, const char *group, const char *key);

#endif
