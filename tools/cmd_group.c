// SPDX-License-Identifier: GPL-2.0-or-later
/* tdmctl group: the trunk groups of tdmd, and which of their timeslots are in service. */
#include <errno.h>
#include <string.h>

#include "cmds.h"
#include "http.h"
#include "tdmd.h"

#define PATH_MAX_	1024

static const struct out_col group_cols[] = {
	{ "group", false }, { "state", false }, { "ready", false }, { "active_dchannel", false }, { "calls", false },
	{ "slots", false }, { "slots_idle", false }, { "slots_busy", false },
	{ "slots_resetting", true }, { "slots_blocked", false }, { "calls_in", true },
	{ "calls_out", true }, { "refused", true }, { "glare", true },
	{ "frames_received", true }, { "frames_sent", true }, { "frames_dropped", true },
	{ NULL, false },
};

static void group_row(struct out *o, const json_t *group)
{
	long long dchannel = json_integer_value(json_object_get(group, "active_dchannel"));

	out_str(o, ctl_text(group, NULL, "name"));
	out_str(o, ctl_text(group, NULL, "state"));
	out_bool(o, json_is_true(json_object_get(group, "ready")));
	/* People count them from 1, as they stand in tdmd.conf; none: - */
	if (dchannel < 0)
		out_str(o, NULL);
	else
		out_num(o, dchannel + 1);
	for (int i = 4; group_cols[i].key; i++)
		out_num(o, json_integer_value(json_object_get(group, group_cols[i].key)));
}

int cmd_group_list(struct ctl *c)
{
	json_t *list = NULL, *group;
	struct out *o;
	size_t i;
	int ret;

	ret = ctl_ask(c, "GET", "/ari/groups", NULL, &list);
	if (ret)
		return ret;
	if (!json_is_array(list)) {
		json_decref(list);
		return tdm_error_set(&c->e, -EBADMSG, "tdmd's answer is no list of groups");
	}
	o = out_new(group_cols);
	json_array_foreach(list, i, group)
		group_row(o, group);
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(list);
	return 0;
}

/* "/ari/groups/" + group + tail, escaped. */
static int group_path(struct ctl *c, const char *tail, char *path, size_t size)
{
	char escaped[PATH_MAX_ / 2];
	int n;

	if (*c->arg[0] && !http_escape(c->arg[0], escaped, sizeof(escaped))) {
		n = snprintf(path, size, "/ari/groups/%s%s", escaped, tail);
		if (n > 0 && (size_t)n < size)
			return 0;
	}
	return ctl_usage(c, "'%.40s' is no trunk group: see 'tdmctl group list'", c->arg[0]);
}

static int group_get(struct ctl *c, json_t **group)
{
	char path[PATH_MAX_];
	int ret = group_path(c, "", path, sizeof(path)) ?: ctl_ask(c, "GET", path, NULL, group);

	if (ret || json_is_array(json_object_get(*group, "timeslots")))
		return ret;
	json_decref(*group);
	return tdm_error_set(&c->e, -EBADMSG, "tdmd's answer is no trunk group");
}

int cmd_group_show(struct ctl *c)
{
	json_t *group = NULL;
	struct out *o;
	int ret = group_get(c, &group);

	if (ret)
		return ret;
	o = out_new(group_cols);
	group_row(o, group);
	out_print_long(o, c->json, c->out);
	out_free(o);
	json_decref(group);
	return 0;
}

int cmd_group_slots(struct ctl *c)
{
	static const struct out_col cols[] = {
		{ "address", false }, { "interface", false }, { "slot", true }, { "state", false },
		{ "service", false }, { "far_service", false }, { "alarm", false }, { NULL, false },
	};
	json_t *group = NULL, *slot;
	struct out *o;
	size_t i;
	int ret = group_get(c, &group);

	if (ret)
		return ret;
	o = out_new(cols);
	json_array_foreach(json_object_get(group, "timeslots"), i, slot) {
		out_str(o, ctl_text(slot, NULL, "address"));
		out_num(o, json_integer_value(json_object_get(slot, "interface")));
		out_num(o, json_integer_value(json_object_get(slot, "slot")));
		out_str(o, ctl_text(slot, NULL, "state"));
		out_str(o, ctl_text(slot, NULL, "service"));
		out_str(o, ctl_text(slot, NULL, "far_service"));
		out_bool(o, json_is_true(json_object_get(slot, "alarm")));
	}
	out_print(o, c->json, c->out);
	out_free(o);
	json_decref(group);
	return 0;
}

int cmd_group_service(struct ctl *c)
{
	char path[PATH_MAX_], tail[PATH_MAX_ / 2], slots[256];
	const char *state = c->arg[2];
	json_t *reply = NULL;
	struct tdm_addr addr;
	int ret;

	if (strcmp(state, "in") && strcmp(state, "out"))
		return ctl_usage(c, "a timeslot goes in or out, not '%.40s'", state);
	if (tdm_addr_parse(c->arg[1], TDM_ADDR_PORT, TDM_ADDR_SLOTS, &addr, &c->e))
		return CTL_USAGE;
	if (http_escape(c->arg[1], slots, sizeof(slots)))
		return ctl_usage(c, "an address is not that long");
	snprintf(tail, sizeof(tail), "/service?slots=%s&state=%s", slots, state);
	ret = group_path(c, tail, path, sizeof(path)) ?: ctl_ask(c, "POST", path, NULL, &reply);
	if (!ret)
		json_decref(reply);
	return ret;
}
