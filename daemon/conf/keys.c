// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all keys of tdmd.conf. docs/man/tdmd.conf.5 says what each means. */
#include "keys.h"

#include <libpri.h>
#include <stddef.h>

static const struct conf_word words_side[] = {
	{ "user", CONF_USER }, { "network", CONF_NETWORK }, { NULL, 0 },
};

/* The eight ISDN and Q.SIG switch types of libpri. The first name of a value is the printed one. */
static const struct conf_word words_switchtype[] = {
	{ "euroisdn-e1", PRI_SWITCH_EUROISDN_E1 },
	{ "euroisdn-t1", PRI_SWITCH_EUROISDN_T1 },
	{ "national", PRI_SWITCH_NI2 },
	{ "ni2", PRI_SWITCH_NI2 },
	{ "ni1", PRI_SWITCH_NI1 },
	{ "dms100", PRI_SWITCH_DMS100 },
	{ "lucent5e", PRI_SWITCH_LUCENT5E },
	{ "att4ess", PRI_SWITCH_ATT4ESS },
	{ "qsig", PRI_SWITCH_QSIG },
	{ NULL, 0 },
};

static const struct conf_word words_line[] = {
	{ "e1", CONF_E1 }, { "t1", CONF_T1 }, { "auto", CONF_LINE_AUTO }, { NULL, 0 },
};

static const struct conf_word words_law[] = {
	{ "alaw", CONF_ALAW }, { "mulaw", CONF_ULAW }, { "ulaw", CONF_ULAW },
	{ "auto", CONF_LAW_AUTO }, { NULL, 0 },
};

static const struct conf_word words_select[] = {
	{ "ascending", CONF_ASCENDING }, { "descending", CONF_DESCENDING },
	{ "roundrobin", CONF_ROUNDROBIN }, { "leastrecent", CONF_LEASTRECENT }, { NULL, 0 },
};

static const struct conf_word words_negotiation[] = {
	{ "preferred", CONF_PREFERRED }, { "exclusive", CONF_EXCLUSIVE }, { NULL, 0 },
};

static const struct conf_word words_overlap[] = {
	{ "no", CONF_OVERLAP_NO }, { "receive", CONF_OVERLAP_RECEIVE },
	{ "send", CONF_OVERLAP_SEND }, { "both", CONF_OVERLAP_BOTH }, { NULL, 0 },
};

static const struct conf_word words_bearer[] = {
	{ "speech", CONF_SPEECH }, { "audio", CONF_AUDIO_3K1 }, { "digital", CONF_DIGITAL },
	{ NULL, 0 },
};

/* Q.931 4.5.10: type of number, numbering plan identification. */
static const struct conf_word words_type[] = {
	{ "unknown", PRI_TON_UNKNOWN }, { "international", PRI_TON_INTERNATIONAL },
	{ "national", PRI_TON_NATIONAL }, { "network", PRI_TON_NET_SPECIFIC },
	{ "subscriber", PRI_TON_SUBSCRIBER }, { "abbreviated", PRI_TON_ABBREVIATED },
	{ NULL, 0 },
};

static const struct conf_word words_plan[] = {
	{ "unknown", PRI_NPI_UNKNOWN }, { "isdn", PRI_NPI_E163_E164 }, { "data", PRI_NPI_X121 },
	{ "telex", PRI_NPI_F69 }, { "national", PRI_NPI_NATIONAL },
	{ "private", PRI_NPI_PRIVATE }, { NULL, 0 },
};

static const struct conf_word words_action[] = {
	{ "bridge", CONF_BRIDGE }, { "answer", CONF_ANSWER }, { "app", CONF_APP },
	{ "refuse", CONF_REFUSE }, { NULL, 0 },
};

static const struct conf_word words_failure[] = {
	{ "continue", CONF_CONTINUE }, { "refuse", CONF_REFUSE_CALLS }, { NULL, 0 },
};

static const struct conf_word words_log[] = {
	{ "error", 3 }, { "warning", 4 }, { "notice", 5 }, { "info", 6 }, { "debug", 7 },
	{ NULL, 0 },
};

#define INT_(sec, n, f, lo, hi, pre) \
	{ .name = n, .type = KEY_INT, .off = offsetof(struct sec, f), .min = lo, .max = hi, \
	  .preset = pre }
#define BOOL_(sec, n, f, pre) \
	{ .name = n, .type = KEY_BOOL, .off = offsetof(struct sec, f), .preset = pre }
#define WORD_(sec, n, f, w, pre) \
	{ .name = n, .type = KEY_WORD, .off = offsetof(struct sec, f), .words = w, .preset = pre }
#define STR_(sec, t, n, f, pre) \
	{ .name = n, .type = t, .off = offsetof(struct sec, f), \
	  .max = sizeof(((struct sec *)0)->f) - 1, .preset = pre }
#define LIST_(sec, t, n, f, cnt, hi) \
	{ .name = n, .type = t, .off = offsetof(struct sec, f), \
	  .off2 = offsetof(struct sec, cnt), .max = hi }

const struct conf_key conf_keys_daemon[] = {
	WORD_(conf, "log", log_level, words_log, "info"),
	INT_(conf, "threads", threads, 1, 64, "2"),
	STR_(conf, KEY_PATH, "state", state, "/var/lib/opentdm"),
	{ .name = NULL },
};

const struct conf_key conf_keys_api[] = {
	STR_(conf, KEY_PATH, "socket", socket, "/run/opentdm/tdmd.sock"),
	STR_(conf, KEY_TEXT, "listen", listen, NULL),
	STR_(conf, KEY_PATH, "certificate", certificate, NULL),
	STR_(conf, KEY_PATH, "key", key, NULL),
	{ .name = NULL },
};

const struct conf_key conf_keys_limits[] = {
	INT_(conf, "cpu-high", cpu_high, 0, 100, "0"),
	INT_(conf, "cpu-low", cpu_low, 0, 100, "0"),
	INT_(conf, "max-calls", max_calls, 0, 1000000, "0"),
	{ .name = NULL },
};

const struct conf_key conf_keys_media[] = {
	INT_(conf, "period", period, 1, 40, "10"),
	INT_(conf, "lead", lead, 0, 1500, "0"),
	STR_(conf, KEY_PATH, "sounds", sounds, "/var/lib/opentdm/sounds"),
	STR_(conf, KEY_PATH, "recordings", recordings, "/var/lib/opentdm/recordings"),
	BOOL_(conf, "kernel-bridge", kernel_bridge, "yes"),
	{ .name = NULL },
};

const struct conf_key conf_keys_records[] = {
	STR_(conf, KEY_PATH, "journal", journal, NULL),
	STR_(conf, KEY_PATH, "database", database, NULL),
	WORD_(conf, "failure", record_failure, words_failure, "continue"),
	{ .name = NULL },
};

#define TIMER_(n)	INT_(conf_group, #n, n, 0, 600000, "0")

const struct conf_key conf_keys_group[] = {
	{ .name = "spans", .type = KEY_SPANS, .off = offsetof(struct conf_group, spans),
	  .off2 = offsetof(struct conf_group, nspans), .max = CONF_SPANS_MAX, .required = 1 },
	LIST_(conf_group, KEY_SLOTS, "dchannels", dchans, ndchans, CONF_DCHANS_MAX),
	{ .name = "interface-ids", .type = KEY_INTS,
	  .off = offsetof(struct conf_group, interface_ids),
	  .off2 = offsetof(struct conf_group, ninterface_ids), .min = 0, .max = 127 },
	{ .name = "side", .type = KEY_WORD, .off = offsetof(struct conf_group, side),
	  .words = words_side, .preset = "user", .required = 1 },
	WORD_(conf_group, "switchtype", switchtype, words_switchtype, "euroisdn-e1"),
	WORD_(conf_group, "line", line, words_line, "auto"),
	WORD_(conf_group, "law", law, words_law, "auto"),
	WORD_(conf_group, "select", select, words_select, "ascending"),
	WORD_(conf_group, "channel", negotiation, words_negotiation, "preferred"),
	WORD_(conf_group, "overlap", overlap, words_overlap, "no"),
	INT_(conf_group, "overlap-timeout", overlap_timeout, 500, 60000, "15000"),
	INT_(conf_group, "max-calls", max_calls, 0, 1000, "0"),
	WORD_(conf_group, "bearer", bearer, words_bearer, "speech"),
	BOOL_(conf_group, "restart", restart, "yes"),
	BOOL_(conf_group, "service-messages", service_messages, "no"),
	BOOL_(conf_group, "inband-release", inband_release, "no"),
	BOOL_(conf_group, "display", display, "yes"),
	BOOL_(conf_group, "dtmf", dtmf, "yes"),
	WORD_(conf_group, "called-type", called_type, words_type, "unknown"),
	WORD_(conf_group, "called-plan", called_plan, words_plan, "isdn"),
	WORD_(conf_group, "calling-type", calling_type, words_type, "unknown"),
	WORD_(conf_group, "calling-plan", calling_plan, words_plan, "isdn"),
	STR_(conf_group, KEY_DIGITS, "international-prefix", international_prefix, NULL),
	STR_(conf_group, KEY_DIGITS, "national-prefix", national_prefix, NULL),
	TIMER_(t200), TIMER_(t203), TIMER_(t303), TIMER_(t305), TIMER_(t308), TIMER_(t309),
	TIMER_(t310), TIMER_(t313), TIMER_(t316),
	STR_(conf_group, KEY_PATH, "capture", capture, NULL),
	{ .name = NULL },
};

const struct conf_key conf_keys_route[] = {
	LIST_(conf_route, KEY_NAMES, "from", from, nfrom, CONF_FROM_MAX),
	{ .name = "action", .type = KEY_WORD, .off = offsetof(struct conf_route, action),
	  .words = words_action, .required = 1 },
	STR_(conf_route, KEY_NAME, "group", group, NULL),
	STR_(conf_route, KEY_DIGITS, "number", number, NULL),
	INT_(conf_route, "strip", strip, 0, CONF_NUMBER_MAX, "0"),
	STR_(conf_route, KEY_DIGITS, "prepend", prepend, NULL),
	INT_(conf_route, "answer-timeout", answer_timeout, 0, 3600000, "180000"),
	STR_(conf_route, KEY_TEXT, "play", play, NULL),
	INT_(conf_route, "repeat", repeat, 0, 1000000, "1"),
	STR_(conf_route, KEY_TEXT, "record", record, NULL),
	BOOL_(conf_route, "echo", echo, "no"),
	BOOL_(conf_route, "hangup", hangup, "no"),
	STR_(conf_route, KEY_NAME, "app", app, NULL),
	INT_(conf_route, "cause", cause, 0, 127, "0"),
	{ .name = NULL },
};

const struct conf_key conf_keys_user[] = {
	{ .name = "password", .type = KEY_TEXT, .off = offsetof(struct conf_user, password),
	  .max = CONF_PATH_MAX, .required = 1 },
	BOOL_(conf_user, "read-only", read_only, "no"),
	{ .name = NULL },
};

const struct conf_key conf_keys_music[] = {
	{ .name = "folder", .type = KEY_PATH, .off = offsetof(struct conf_music, folder),
	  .max = CONF_PATH_MAX, .required = 1 },
	{ .name = NULL },
};

const struct conf_kind conf_kinds_single[] = {
	{ "daemon", conf_keys_daemon },
	{ "api", conf_keys_api },
	{ "limits", conf_keys_limits },
	{ "media", conf_keys_media },
	{ "records", conf_keys_records },
	{ NULL, NULL },
};
