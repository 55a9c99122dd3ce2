// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl call records: what tdmd has written down of calls. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmds.h"
#include "http.h"
#include "tdmd.h"

/* A time as a person reads it, in JSON as tdmd counts it; NULL: not yet. */
static void out_time(struct ctl *c, struct out *o, const json_t *row, const char *key)
{
	long long us = json_integer_value(json_object_get(row, key));
	time_t s = us / 1000000;
	char text[64], whole[32];
	struct tm tm;

	if (!us) {
		out_str(o, NULL);
	} else if (c->json) {
		out_num(o, us);
	} else {
		gmtime_r(&s, &tm);
		strftime(whole, sizeof(whole), "%Y-%m-%d %H:%M:%S", &tm);
		snprintf(text, sizeof(text), "%s.%03lld", whole, us / 1000 % 1000);
		out_str(o, text);
	}
}

static void print_list(struct ctl *c, const json_t *list)
{
	static const struct out_col cols[] = {
		{ "id", false },     { "call", false },	  { "start", false },
		{ "answer", false }, { "end", false },	  { "direction", false },
		{ "caller", false }, { "called", false }, { "connected", false },
		{ "cause", false },  { "disposition", false }, { NULL, false },
	};
	struct out *o = out_new(cols);
	const json_t *row, *cause;
	size_t i;

	json_array_foreach(list, i, row) {
		out_str(o, ctl_text(row, NULL, "id"));
		out_str(o, ctl_text(row, NULL, "linked"));
		out_time(c, o, row, "start_us");
		out_time(c, o, row, "answer_us");
		out_time(c, o, row, "end_us");
		out_str(o, ctl_text(row, NULL, "direction"));
		out_str(o, ctl_text(row, NULL, "caller"));
		out_str(o, ctl_text(row, NULL, "called"));
		out_str(o, ctl_text(row, NULL, "connected"));
		cause = json_object_get(row, "cause");
		if (json_is_integer(cause))
			out_num(o, json_integer_value(cause));
		else
			out_str(o, NULL);
		out_str(o, ctl_text(row, NULL, "disposition"));
	}
	out_print(o, c->json, c->out);
	out_free(o);
}

static void print_history(struct ctl *c, const json_t *list)
{
	static const struct out_col cols[] = {
		{ "time", false }, { "event", false },	{ "leg", false }, { "caller", false },
		{ "peer", false }, { "bridge", false }, { "detail", false }, { NULL, false },
	};
	struct out *o = out_new(cols);
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		out_time(c, o, row, "time_us");
		out_str(o, ctl_text(row, NULL, "event"));
		out_str(o, ctl_text(row, NULL, "leg"));
		out_str(o, ctl_text(row, NULL, "caller"));
		out_str(o, ctl_text(row, NULL, "peer"));
		out_str(o, ctl_text(row, NULL, "bridge"));
		out_str(o, ctl_text(row, NULL, "detail"));
	}
	out_print(o, c->json, c->out);
	out_free(o);
}

int cmd_call_records(struct ctl *c)
{
	const char *number = ctl_opt(c, "number");
	char path[512] = "/ari/records", word[256];
	long long limit = 100;
	const json_t *list;
	json_t *answer = NULL;
	size_t n = strlen(path);
	int ret = ctl_opt_number(c, "limit", 1, 1000, &limit);

	if (ret)
		return ret;
	if (c->n && number)
		return ctl_usage(c, "an ID and --number exclude each other");
	if (http_escape(c->n ? c->arg[0] : number ? number : "", word, sizeof(word)) ||
	    (c->n && !*word))
		return ctl_usage(c, "'%.40s' is no record: see 'tdmctl call records'", c->arg[0]);
	if (c->n)
		snprintf(path + n, sizeof(path) - n, "/%s", word);
	else
		snprintf(path + n, sizeof(path) - n, "?limit=%lld%s%s", limit,
			 number ? "&number=" : "", word);
	ret = ctl_ask(c, "GET", path, NULL, &answer);
	if (ret)
		return ret;
	list = c->n ? json_object_get(answer, "history") : answer;
	if (!json_is_array(list))
		ret = tdm_error_set(&c->e, -EBADMSG, "tdmd's answer is no list of records");
	else if (c->n)
		print_history(c, list);
	else
		print_list(c, list);
	json_decref(answer);
	return ret;
}
