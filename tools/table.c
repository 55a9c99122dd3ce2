// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands. --help, tdmctl(8) and the completion are made from this. */
#include "cmds.h"

#define ANY	CTL_POS_MAX

static const struct ctl_opt clock_opts[] = {
	{ "prefer", "PORT", "use this source first while it is good; 0 for none" },
	{ "restore", "MS", "how long a better source must have been good before it is taken" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt io_read_opts[] = {
	{ "seconds", "N", "stop after N seconds of the line" },
	{ "hdlc", NULL, "whole HDLC frames, one a line in hex" },
	{ "count", "N", "with --hdlc: stop after N frames" },
	{ "invert", NULL, "with --hdlc: every bit is inverted" },
	{ "raw", NULL, "raw octets also into a file that is called .wav" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt io_write_opts[] = {
	{ "hdlc", NULL, "the file has HDLC frames, one a line in hex" },
	{ "invert", NULL, "with --hdlc: every bit is inverted" },
	{ "raw", NULL, "raw octets also from a file that is called .wav" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt connect_opts[] = {
	{ "one-way", NULL, "only what arrives on A is sent on B" },
	{ "bearer", "BEARER", "speech (converted between laws; the default), clear or 56k" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt virt_opts[] = {
	{ "ports", "N", "number of ports, 1 to 16 (1)" },
	{ "type", "TYPE", "e1 (the default), t1 or j1" },
	{ "framing", "FRAMING", "unframed, fas, crc4; d4, esf" },
	{ "line-code", "CODE", "hdb3, b8zs or ami" },
	{ "signalling", "SIGNALLING", "none, ccs (the default) or cas" },
	{ "key", "KEY", "the same key gets the same name again" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt watch_opts[] = {
	{ "count", "N", "stop after N events" },
	{ "seconds", "N", "stop after N seconds" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt counters_opts[] = {
	{ "raw", NULL, "the counts of the framer since the card was registered or reset" },
	{ NULL, NULL, NULL },
};

static const struct ctl_opt apply_opts[] = {
	{ "dry-run", NULL, "only say what would be changed" },
	{ NULL, NULL, NULL },
};

#define SOCKET_OPT { "socket", "PATH", "where tdmd listens (/run/opentdm/tdmd.sock)" }

static const struct ctl_opt call_opts[] = { SOCKET_OPT, { NULL, NULL, NULL } };

static const struct ctl_opt bridge_opts[] = {
	{ "name", "NAME", "a name for people" },
	{ "type", "TYPE", "mixing (the default): all hear each other; holding: all hear announcers alone" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt events_opts[] = {
	{ "count", "N", "stop after N events" },
	{ "seconds", "N", "stop after N seconds" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt top_opts[] = {
	{ "interval", "S", "seconds from one look to the next (2)" },
	{ "once", NULL, "print one look of 80 columns and 24 lines, and end" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt originate_opts[] = {
	{ "caller", "NUMBER", "the calling number" },
	{ "app", "NAME", "hand the call to this application" },
	{ "timeout", "S", "how long it may ring (30)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt mute_opts[] = {
	{ "direction", "DIRECTION", "in: what it says; out: what it hears; both (the default)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt voice_opts[] = {
	{ "mute", "yes|no", "whether the others hear it" },
	{ "volume", "DB", "by how much they hear it louder (-24 to 24)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt hangup_opts[] = {
	{ "cause", "N", "the cause by Q.850 (16, normal call clearing)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt records_opts[] = {
	{ "number", "NUMBER", "only calls from or to it" },
	{ "limit", "N", "at most so many (100)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt transfer_opts[] = {
	{ "with", "CHANNEL", "attended: the transferrer's other call" },
	{ "timeout", "S", "how long an endpoint may ring (for ever)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt ring_opts[] = {
	{ "timeout", "S", "how long they may ring (30)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

static const struct ctl_opt park_opts[] = {
	{ "place", "N", "this place (the lowest that is free)" },
	{ "timeout", "S", "how long it may wait; 0 for ever (45)" },
	{ "back", "DESTINATION", "where it goes after that (to the parker's number)" },
	SOCKET_OPT,
	{ NULL, NULL, NULL },
};

#define CARD_KEYS "card, id, model, serial, key, ports, clock, clock_state, clock_sources, "	\
	"clock_prefer, clock_restore (ms), clock_usable, clock_changes, frames, ticks, "	\
	"late_ticks, gaps, gap_rx, gap_tx (frames)"
#define SPAN_KEYS "span, card, port, type, framing, line_code, signalling, state, alarms "	\
	"(failures declared), defects (now on the line), rai (sent), loopback, lbo, law, slots, "\
	"taken, stalled, fail_declare, fail_clear (ms), slips, gap_rx, gap_tx (frames), "	\
	"reports_lost, events (number of the last one)"
#define SLOT_KEYS "address, card, port, slot, owner, bearer, mode, taps, peer, idle, "\
	"cas_rx, cas_tx (ABCD; for root only)"
#define COUNT_KEYS "span, card, port, end (near, far), interval (current, total, or 1 to 96), "	\
	"elapsed (s), valid, es, ses, sefs, uas, css, les, bes, dm, pcv, lcv (RFC 4805)"
#define BRIDGE_KEYS "bridge, name, type, path, mode, members (their number), channels, since"
#define GROUP_KEYS "group, state, ready (its first RESTARTs are through), active_dchannel (its "	\
	"place in tdmd.conf), calls, slots, slots_idle, slots_busy, slots_resetting, "	\
	"slots_blocked (idle, but in alarm or out of service), calls_in, calls_out, refused, "	\
	"glare, frames_received, frames_sent, frames_dropped (of the D-channels)"
#define NO_KEYS NULL

const struct ctl_cmd ctl_cmds[] = {
	{ "card", "list", "", 0, 0, CTL_WORD_NONE,
	  "List the cards.", NULL, true, CARD_KEYS, cmd_card_list },
	{ "card", "show", "CARD", 1, 1, CTL_WORD_CARD,
	  "Show all that is known of a card.", NULL, true, CARD_KEYS, cmd_card_show },
	{ "card", "clock", "CARD PORT,...|own", 2, 2, CTL_WORD_CARD,
	  "Set the ports that the card takes its clock from, the best first, or its own oscillator.",
	  clock_opts, false, NO_KEYS, cmd_card_clock },
	{ "card", "reload", "CARD", 1, 1, CTL_WORD_CARD,
	  "Have the card read its firmware files again. If they are refused it goes on with what it had.",
	  NULL, false, NO_KEYS, cmd_card_reload },

	{ "span", "list", "[CARD[:PORT]]", 0, 1, CTL_WORD_PORT,
	  "List the spans.", NULL, true, SPAN_KEYS, cmd_span_list },
	{ "span", "show", "CARD:PORT", 1, 1, CTL_WORD_PORT,
	  "Show all that is known of a span.", NULL, true, SPAN_KEYS, cmd_span_show },
	{ "span", "set", "CARD:PORT KEY=VALUE...", 2, ANY, CTL_WORD_PORT,
	  "Configure a span. All values are set, or none. The keys are those of a span in spans.conf(5):\n"
	  "type, framing, line-code, signalling, lbo, loopback, fail-declare, fail-clear, state. Only\n"
	  "loopback and the times may change while the span is up.",
	  NULL, false, NO_KEYS, cmd_span_set },
	{ "span", "up", "CARD[:PORT]", 1, 1, CTL_WORD_PORT,
	  "Bring a span up, or every span of a card.", NULL, false, NO_KEYS, cmd_span_up },
	{ "span", "down", "CARD[:PORT]", 1, 1, CTL_WORD_PORT,
	  "Take a span down, or every span of a card.", NULL, false, NO_KEYS, cmd_span_down },

	{ "slot", "list", "[CARD[:PORT[:SLOTS]]]", 0, 1, CTL_WORD_PORT,
	  "List timeslots and who owns them.", NULL, true, SLOT_KEYS, cmd_slot_list },
	{ "slot", "show", "CARD:PORT:SLOT", 1, 1, CTL_WORD_PORT,
	  "Show one timeslot.", NULL, true, SLOT_KEYS, cmd_slot_show },
	{ "slot", "cas", "CARD:PORT:SLOT ABCD", 2, 2, CTL_WORD_PORT,
	  "Set the signalling bits that a timeslot sends while nobody owns it.",
	  NULL, false, NO_KEYS, cmd_slot_cas },
	{ "slot", "read", "CARD:PORT:SLOTS FILE", 2, 2, CTL_WORD_PORT,
	  "Record what timeslots receive. FILE is WAV if it is called .wav (the line's own octets, a\n"
	  "channel for each timeslot), raw octets otherwise; - is standard output. Nobody is\n"
	  "disturbed. Ctrl-C ends it.",
	  io_read_opts, false, NO_KEYS, cmd_slot_read },
	{ "slot", "write", "CARD:PORT:SLOTS FILE", 2, 2, CTL_WORD_PORT,
	  "Send a file on timeslots that nobody owns, and end when it is sent. FILE as for slot read;\n"
	  "- is standard input.",
	  io_write_opts, false, NO_KEYS, cmd_slot_write },

	{ "connect", "add", "CARD:PORT:SLOT CARD:PORT:SLOT", 2, 2, CTL_WORD_PORT,
	  "Cross-connect two timeslots that nobody owns, until it is deleted. Prints its id.",
	  connect_opts, false, NO_KEYS, cmd_connect_add },
	{ "connect", "del", "ID|CARD:PORT:SLOT", 1, 1, CTL_WORD_PORT,
	  "End a cross-connect, named by its id or either end.",
	  NULL, false, NO_KEYS, cmd_connect_del },
	{ "connect", "list", "", 0, 0, CTL_WORD_NONE,
	  "List the cross-connects, also those that belong to programs.", NULL, true,
	  "id, a, b, both, bearer, admin, slips", cmd_connect_list },

	{ "virt", "list", "", 0, 0, CTL_WORD_NONE,
	  "List the ports of virtual cards, their lines and faults.", NULL, true,
	  "span, card, port, peer, defects, ber, ppm, refuse, stall, ticks", cmd_virt_list },
	{ "virt", "add", "[NAME]", 0, 1, CTL_WORD_NONE,
	  "Make a virtual card and print its name.", virt_opts, false, NO_KEYS, cmd_virt_add },
	{ "virt", "del", "CARD", 1, 1, CTL_WORD_CARD,
	  "Remove a virtual card, whoever uses it.", NULL, false, NO_KEYS, cmd_virt_del },
	{ "virt", "join", "CARD:PORT CARD:PORT", 2, 2, CTL_WORD_PORT,
	  "Lay a line between two ports. The same port twice is a loop.",
	  NULL, false, NO_KEYS, cmd_virt_join },
	{ "virt", "unjoin", "CARD:PORT", 1, 1, CTL_WORD_PORT,
	  "Take the line of a port away.", NULL, false, NO_KEYS, cmd_virt_unjoin },
	{ "virt", "fault", "CARD[:PORT] FAULT...", 2, ANY, CTL_WORD_PORT,
	  "Disturb a line or a card. Faults of a port: defects=los,lfa,ais,rai,lmfa (none ends them),\n"
	  "ber=N (wrong bits per 10^9; 0 ends it), crc=N, lcv=N, frame=N (so many errors, once),\n"
	  "refuse=configure,start,loopback,clock (none ends it), seconds=N (the counters' clock moves\n"
	  "on). Faults of a card: ppm=N (its clock is so much fast; 0 ends it), late=N (so many\n"
	  "ticks come late, once), stall=1 (no tick until stall=0), yank (the card is gone).",
	  NULL, false, NO_KEYS, cmd_virt_fault },

	{ "watch", "", "", 0, 0, CTL_WORD_NONE,
	  "Print events as they happen, after the state of every span. When events were lost the states\n"
	  "are printed again. With --json each line is one object.", watch_opts, true,
	  "event, card, port, number, frame, time_ns, value, text; of spans also state, alarms,\n"
	  "defects, rai", cmd_watch },

	{ "counters", "", "[CARD[:PORT]]", 0, 1, CTL_WORD_PORT,
	  "Show the counters of spans: the current 15 minutes and the total.",
	  counters_opts, true, COUNT_KEYS, cmd_counters_show },
	{ "counters", "show", "[CARD[:PORT]]", 0, 1, CTL_WORD_PORT,
	  "The same as 'counters' alone.",
	  counters_opts, true, COUNT_KEYS, cmd_counters_show },
	{ "counters", "intervals", "CARD:PORT", 1, 1, CTL_WORD_PORT,
	  "Show the intervals of 15 minutes of the last 24 hours, the youngest first.",
	  NULL, true, COUNT_KEYS, cmd_counters_intervals },
	{ "counters", "reset", "CARD:PORT", 1, 1, CTL_WORD_PORT,
	  "Set the counters of a span to zero.", NULL, false, NO_KEYS, cmd_counters_reset },

	{ "config", "check", "[FILE]", 0, 1, CTL_WORD_FILE,
	  "Read a spans.conf(5) (/etc/opentdm/spans.conf) and tell every mistake in it.",
	  NULL, false, NO_KEYS, cmd_config_check },
	{ "config", "show", "[FILE]", 0, 1, CTL_WORD_FILE,
	  "Print the configuration that is in force, or FILE, in the form of spans.conf(5).",
	  NULL, false, NO_KEYS, cmd_config_show },
	{ "config", "apply", "[FILE]", 0, 1, CTL_WORD_FILE,
	  "Change what differs from spans.conf(5), and nothing else.",
	  apply_opts, false, NO_KEYS, cmd_config_apply },

	{ "group", "list", "", 0, 0, CTL_WORD_NONE,
	  "List the trunk groups of tdmd.", call_opts, true, GROUP_KEYS, cmd_group_list },
	{ "group", "show", "GROUP", 1, 1, CTL_WORD_GROUP,
	  "Show all that is known of a trunk group.", call_opts, true, GROUP_KEYS, cmd_group_show },
	{ "group", "slots", "GROUP", 1, 1, CTL_WORD_GROUP,
	  "List the B-channels of a trunk group and whether they are in service, at our side and at the\n"
	  "far end.", call_opts, true,
	  "address, interface (NFAS identifier), slot, state (idle, busy, resetting), service,\n"
	  "far_service (in, out), alarm", cmd_group_slots },
	{ "group", "service", "GROUP CARD:PORT[:SLOTS] in|out", 3, 3, CTL_WORD_GROUP,
	  "Take B-channels of a trunk group out of service, or back in; without SLOTS all of a span. A\n"
	  "call on one goes on, new ones are not given to it. This is remembered when tdmd is started\n"
	  "anew, and told to the far end if the group has 'service-messages' in tdmd.conf(5).",
	  call_opts, false, NO_KEYS, cmd_group_service },

	{ "call", "list", "", 0, 0, CTL_WORD_NONE,
	  "List the channels of tdmd.", call_opts, true,
	  "channel, name, state, caller, called, connected, since", cmd_call_list },
	{ "call", "show", "CHANNEL", 1, 1, CTL_WORD_CALL,
	  "Show all that is known of a channel.", call_opts, true,
	  "channel, name, state, caller, caller_name, called, connected, connected_name, app, leg,\n"
	  "outgoing, held, bridge, since", cmd_call_show },
	{ "call", "stats", "", 0, 0, CTL_WORD_NONE,
	  "Show what tdmd's core counts: tasks, how long and how deep they queued, its objects.",
	  call_opts, true, "what, value", cmd_call_stats },
	{ "call", "originate", "ENDPOINT [EXTENSION]", 1, 2, CTL_WORD_NONE,
	  "Call ENDPOINT, as pri/GROUP/NUMBER, and route it to EXTENSION when it answers. Prints the\n"
	  "channel.", originate_opts, false, NO_KEYS, cmd_call_originate },
	{ "call", "hangup", "CHANNEL", 1, 1, CTL_WORD_CALL,
	  "Hang up.", hangup_opts, false, NO_KEYS, cmd_call_hangup },
	{ "call", "mute", "CHANNEL", 1, 1, CTL_WORD_CALL,
	  "Let nothing of CHANNEL be heard, or nothing be heard by it, wherever it is.",
	  mute_opts, false, NO_KEYS, cmd_call_mute },
	{ "call", "unmute", "CHANNEL", 1, 1, CTL_WORD_CALL,
	  "Take a mute back.", mute_opts, false, NO_KEYS, cmd_call_unmute },
	{ "call", "bridge", "CHANNEL CHANNEL", 2, 2, CTL_WORD_CALL,
	  "Join two channels in a new bridge. Prints the bridge.", call_opts, false, NO_KEYS,
	  cmd_call_bridge },
	{ "call", "move", "DEST SOURCE", 2, 2, CTL_WORD_CALL,
	  "Give SOURCE's call to DEST, which keeps its identity and its bridge; SOURCE ends.",
	  call_opts, false, NO_KEYS, cmd_call_move },
	{ "call", "transfer", "CHANNEL [DESTINATION]", 1, 2, CTL_WORD_CALL,
	  "End CHANNEL's call and send the one it talks to to DESTINATION, a number or an endpoint; or,\n"
	  "with the transferrer's other call, join those whom he talks to.",
	  transfer_opts, false, NO_KEYS, cmd_call_transfer },
	{ "call", "pickup", "CHANNEL BY", 2, 2, CTL_WORD_CALL,
	  "Answer CHANNEL, which rings, with BY's call; BY ends.",
	  call_opts, false, NO_KEYS, cmd_call_pickup },
	{ "call", "swap", "CHANNEL BY", 2, 2, CTL_WORD_CALL,
	  "Let BY take CHANNEL's place in its bridge; CHANNEL goes on without one.",
	  call_opts, false, NO_KEYS, cmd_call_swap },
	{ "call", "ring", "CHANNEL ENDPOINT...", 2, ANY, CTL_WORD_CALL,
	  "Ring endpoints for CHANNEL, which is being called or is up; it talks to the first that\n"
	  "answers.", ring_opts, false, NO_KEYS, cmd_call_ring },
	{ "call", "park", "CHANNEL", 1, 1, CTL_WORD_CALL,
	  "Let CHANNEL wait in a place; the one it talks to ends. Prints the place.",
	  park_opts, false, NO_KEYS, cmd_call_park },
	{ "call", "retrieve", "PLACE BY", 2, 2, CTL_WORD_PLACE,
	  "Join BY with the call that waits in PLACE.",
	  call_opts, false, NO_KEYS, cmd_call_retrieve },
	{ "call", "parked", "", 0, 0, CTL_WORD_NONE,
	  "List the places that are taken.", call_opts, true,
	  "place, channel, name, caller", cmd_call_parked },
	{ "call", "records", "[ID]", 0, 1, CTL_WORD_NONE,
	  "List the call records of tdmd, the youngest first, or the history of one. Times are UTC; in\n"
	  "JSON microseconds since 1970. Legs of one call have the same id in the column call.",
	  records_opts, true,
	  "id, call, start, answer, end, direction, caller, called, connected, cause, disposition; of\n"
	  "one: time, event, leg, caller, peer, bridge, detail", cmd_call_records },

	{ "bridge", "list", "", 0, 0, CTL_WORD_NONE,
	  "List the bridges of tdmd.", call_opts, true, BRIDGE_KEYS, cmd_bridge_list },
	{ "bridge", "show", "BRIDGE", 1, 1, CTL_WORD_BRIDGE,
	  "Show all that is known of a bridge.", call_opts, true, BRIDGE_KEYS, cmd_bridge_show },
	{ "bridge", "create", "[BRIDGE]", 0, 1, CTL_WORD_NONE,
	  "Make a bridge, with an id of its own or this one. Prints its id.",
	  bridge_opts, false, NO_KEYS, cmd_bridge_create },
	{ "bridge", "destroy", "BRIDGE", 1, 1, CTL_WORD_BRIDGE,
	  "End a bridge; the channels in it go on without one.",
	  call_opts, false, NO_KEYS, cmd_bridge_destroy },
	{ "bridge", "add", "BRIDGE CHANNEL...", 2, ANY, CTL_WORD_MEMBER,
	  "Put channels into a bridge, one after the other.",
	  call_opts, false, NO_KEYS, cmd_bridge_add },
	{ "bridge", "remove", "BRIDGE CHANNEL...", 2, ANY, CTL_WORD_MEMBER,
	  "Take channels out of a bridge, one after the other.",
	  call_opts, false, NO_KEYS, cmd_bridge_remove },
	{ "bridge", "members", "BRIDGE", 1, 1, CTL_WORD_BRIDGE,
	  "List who is in a bridge, and how the others hear it.", call_opts, true,
	  "channel, role, mute, volume", cmd_bridge_members },
	{ "bridge", "voice", "BRIDGE CHANNEL", 2, 2, CTL_WORD_MEMBER,
	  "Change how the others in BRIDGE hear CHANNEL.", voice_opts, false, NO_KEYS,
	  cmd_bridge_voice },

	{ "events", "", "", 0, 0, CTL_WORD_NONE,
	  "Print the events of tdmd as they happen, a line each. With --json each line is the event\n"
	  "as the API has it.", events_opts, true,
	  "type, application, timestamp, seq, and those of the type", cmd_events },

	{ "top", "", "", 0, 0, CTL_WORD_NONE,
	  "Show spans, alarms, calls and the load of tdmd on the whole screen, again and again. q quits;\n"
	  "any other key looks at once. Of spans: slips, errored seconds (ES) of the current 15 minutes\n"
	  "and of the last day, unavailable seconds of the current 15 minutes.",
	  top_opts, false, NO_KEYS, cmd_top },
};

const size_t ctl_cmd_count = sizeof(ctl_cmds) / sizeof(ctl_cmds[0]);
