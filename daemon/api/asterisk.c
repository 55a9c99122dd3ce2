// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /ari/asterisk: what the daemon is, its global variables, and its log.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/api/metrics.h"
#include "daemon/api/priv.h"
#include "daemon/core/lock.h"
#include "daemon/core/log.h"

#define GLOBALS_MAX 1024

static void ping(struct api_req *req)
{
	char now[48];

	api_time(now, sizeof(now), now_us());
	api_answer(req, 200, json_pack("{s:s,s:s,s:s}", "ping", "pong", "timestamp", now,
				       "asterisk_id", "opentdm"));
}

/* --- info ------------------------------------------------------------------------------------- */

static json_t *build(void)
{
	struct stat st = { 0 };
	struct utsname name;
	char date[48];

	uname(&name);
	stat("/proc/self/exe", &st); /* dated when it was installed: a build is to be reproducible */
	api_time(date, sizeof(date), (uint64_t)st.st_mtime * 1000000);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "os", name.sysname, "kernel", name.release,
			 "machine", name.machine, "options", "", "date", date, "user", "");
}

static json_t *sys(void)
{
	return json_pack("{s:s,s:s}", "version", OPENTDM_VERSION, "entity_id", "opentdm");
}

static json_t *config(void)
{
	struct api_about about = { 0 };
	struct rlimit files = { 0 };
	char user[16], group[16];
	json_t *json;

	if (api_hooks && api_hooks->about)
		api_hooks->about(&about);
	getrlimit(RLIMIT_NOFILE, &files);
	snprintf(user, sizeof(user), "%u", geteuid());
	snprintf(group, sizeof(group), "%u", getegid());
	json = json_pack("{s:s,s:s,s:I,s:{s:s,s:s}}", "name", "opentdm", "default_language", "en",
			 "max_open_files", (json_int_t)files.rlim_cur, "setid", "user", user,
			 "group", group);
	if (about.max_calls)
		json_object_set_new(json, "max_channels", json_integer(about.max_calls));
	if (about.cpu_high)
		json_object_set_new(json, "max_load", json_real(about.cpu_high));
	return json;
}

static json_t *status(void)
{
	struct api_about about = { .loaded_us = metric_started_us() };
	char started[48], loaded[48];

	if (api_hooks && api_hooks->about)
		api_hooks->about(&about);
	api_time(started, sizeof(started), metric_started_us());
	api_time(loaded, sizeof(loaded), about.loaded_us);
	return json_pack("{s:s,s:s,s:i}", "startup_time", started, "last_reload_time", loaded,
			 "pid", (int)getpid());
}

/* Beyond ARI. */
static json_t *core(void)
{
	struct serializer_stats stats;

	serializer_pool_stats(&stats);
	return json_pack("{s:I,s:I,s:I,s:i,s:i,s:i,s:i,s:I,s:I,s:I,s:i}", "tasks",
			 (json_int_t)stats.executed, "wait_total_us",
			 (json_int_t)(stats.wait_total_ns / 1000), "wait_max_us",
			 (json_int_t)(stats.wait_max_ns / 1000), "depth_max", (int)stats.depth_max,
			 "runnable", (int)stats.runnable, "serializers", (int)stats.alive,
			 "threads", (int)stats.threads, "edeadlk", (json_int_t)stats.edeadlk,
			 "timedout", (json_int_t)stats.timedout, "locks_contended",
			 (json_int_t)tlock_contended(), "quarantined",
			 (int)leg_quarantine_count());
}

static const struct {
	const char *name;
	json_t *(*make)(void);
} parts[] = {
	{ "build", build }, { "system", sys }, { "config", config }, { "status", status },
	{ "core", core },
};

/* The parts that a list with commas names, as a mask; 0: one is none. */
static unsigned int parts_of(const char *at)
{
	unsigned int mask = 0;

	for (;;) {
		size_t len = strcspn(at, ","), i = 0;

		while (i < ARRAY_SIZE(parts) &&
		       (strlen(parts[i].name) != len || strncmp(parts[i].name, at, len)))
			i++;
		if (i == ARRAY_SIZE(parts))
			return 0;
		mask |= 1u << i;
		if (!at[len])
			return mask;
		at += len + 1;
	}
}

static void info(struct api_req *req)
{
	const char *only = api_param(req, "only");
	unsigned int mask = only ? parts_of(only) : ~0u;
	json_t *json;

	if (!mask) {
		api_fail(req, 400, "only is build, system, config, status or core, or several with "
			 "commas between");
		return;
	}
	json = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (mask & 1u << i)
			json_object_set_new(json, parts[i].name, parts[i].make());
	api_answer(req, 200, json);
}

/* --- global variables ------------------------------------------------------------------------- */

static json_t *globals; /* API thread */

static void variable_get(struct api_req *req)
{
	json_t *value;

	if (!api_has_variable(req))
		return;
	value = json_object_get(globals, api_param(req, "variable"));
	/* One that was never set is an empty one, as Asterisk has it. */
	api_answer(req, 200, value ? json_pack("{s:O}", "value", value) :
				     json_pack("{s:s}", "value", ""));
}

static void variable_set(struct api_req *req)
{
	const char *name = api_param(req, "variable"), *value = api_param(req, "value");

	if (!api_has_variable(req))
		return;
	if (!globals)
		globals = json_object();
	if (json_object_size(globals) >= GLOBALS_MAX && !json_object_get(globals, name)) {
		api_result(req, -ENOSPC, "variable");
		return;
	}
	if (json_object_set_new(globals, name, json_string(value ? value : ""))) {
		api_result(req, -ENOMEM, "variable");
		return;
	}
	api_tell("ChannelVarset", json_pack("{s:s,s:s}", "variable", name, "value",
					    value ? value : ""), NULL, NULL);
	api_answer(req, 200, NULL);
}

/* --- the log ---------------------------------------------------------------------------------- */

#define LOG_CHANNEL "console"

static const char *const levels[] = {
	[LOG_LVL_ERROR] = "error",   [LOG_LVL_WARN] = "warning", [LOG_LVL_NOTICE] = "notice",
	[LOG_LVL_INFO] = "verbose", [LOG_LVL_DEBUG] = "debug",
};

/* There is one: standard error, which under systemd is the journal. */
static void logging(struct api_req *req)
{
	int on = atomic_load_relaxed(&log_threshold);
	char text[64] = "";
	size_t n = 0;

	for (int i = 0; i <= on && i < (int)ARRAY_SIZE(levels); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "," : "", levels[i]);
	api_answer(req, 200, json_pack("[{s:s,s:s,s:s,s:s}]", "channel", LOG_CHANNEL, "type",
				       "Console", "status", "Enabled", "configuration", text));
}

/* The most that a list of levels names; -EINVAL: one is none. */
static int level_of(const char *at)
{
	int most = -EINVAL;
	char word[16];

	for (;;) {
		size_t len = strcspn(at, ",");
		int level = -EINVAL;

		snprintf(word, sizeof(word), "%.*s", (int)len, at);
		for (int i = 0; i < (int)ARRAY_SIZE(levels); i++)
			if (!strcmp(word, levels[i]))
				level = i;
		if (level < 0)
			return level;
		if (level > most)
			most = level;
		if (!at[len])
			return most;
		at += len + 1;
	}
}

static void logging_set(struct api_req *req)
{
	const char *text = api_param(req, "configuration");
	int level = text ? level_of(text) : -EINVAL;

	if (strcmp(req->id[0], LOG_CHANNEL)) {
		api_fail(req, 404, "there is no log channel %.80s, only " LOG_CHANNEL, req->id[0]);
	} else if (level < 0) {
		api_fail(req, 400, "configuration is error, warning, notice, verbose or debug: it "
			 "and all above it is logged");
	} else {
		log_set_level((enum log_level)level);
		api_answer(req, 200, NULL);
	}
}

const struct api_row api_asterisk_rows[] = {
	{ API_GET, "/ari/asterisk/ping", "", ping, "ping", "AsteriskPing" },
	{ API_GET, "/ari/asterisk/info", "only", info, "getInfo", "AsteriskInfo" },
	{ API_GET, "/ari/asterisk/variable", "variable", variable_get, "getGlobalVar", "Variable" },
	{ API_POST, "/ari/asterisk/variable", "variable value", variable_set,
	  "setGlobalVar", "void" },
	{ API_GET, "/ari/asterisk/logging", "", logging, "listLogChannels", "List[LogChannel]" },
	{ API_POST, "/ari/asterisk/logging/{}", "configuration", logging_set, "addLog", "void" },
	{ 0 },
};
