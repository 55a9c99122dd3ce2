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
/* Where tdmd listens, by the command's --socket. */
const char *ctl_socket(const struct ctl *c);
/* The same for a GET that answers an array; of @what, for the sentence. */
int ctl_ask_list(struct ctl *c, const char *path, const char *what, json_t **out);
/* The same for a text that is no JSON; to be freed. */
int ctl_ask_text(struct ctl *c, const char *path, char **out);
/* What a reply refuses, as ctl_ask() would say it; takes the body. 0: it has none. */
struct http_reply;
int ctl_refusal(struct ctl *c, struct http_reply *reply);
/* @base, @id escaped, @tail, into @path. CTL_USAGE: it is no id; @hint says where ids stand. */
int ctl_path(struct ctl *c, const char *base, const char *id, const char *tail, const char *hint,
	     char *path, size_t size);
/* A string of an object, or of the object @group in it; NULL: there is none. */
const char *ctl_text(const json_t *object, const char *group, const char *key);

#endif
