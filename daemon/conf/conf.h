/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /etc/opentdm/tdmd.conf says, checked and never changed again.
 *
 * A struct conf is immutable and counted: threads that use it while a reload publishes a newer one
 * keep theirs with conf_get() and let go with conf_put(). docs/man/tdmd.conf.5 is its manual.
 */
#ifndef OPENTDM_CONF_H
#define OPENTDM_CONF_H

#include <stdio.h>

#include "ini.h"

#define CONF_NAME_MAX		31	/* a group's, user's or application's name */
#define CONF_CARD_MAX		15	/* a card's name */
#define CONF_NUMBER_MAX		63	/* digits of a number or prefix; what Q.931 sends fits */
#define CONF_PATH_MAX		255
#define CONF_SPANS_MAX		20	/* interfaces of one NFAS group: Q.931 Annex F allows 20 */
#define CONF_DCHANS_MAX		4	/* libpri's limit of D-channels in an NFAS group */
#define CONF_PORT_MAX		255
#define CONF_FROM_MAX		8
#define CONF_RING_MS		2048	/* depth of a stream's rings ... */
#define CONF_RING_PERIODS	256	/* ... and the most periods that they may have */

enum conf_side { CONF_USER, CONF_NETWORK };
enum conf_line { CONF_E1, CONF_T1, CONF_LINE_AUTO };
enum conf_law { CONF_ALAW, CONF_ULAW, CONF_LAW_AUTO };
enum conf_select { CONF_ASCENDING, CONF_DESCENDING, CONF_ROUNDROBIN, CONF_LEASTRECENT };
enum conf_negotiation { CONF_PREFERRED, CONF_EXCLUSIVE };
enum conf_overlap { CONF_OVERLAP_NO = 0, CONF_OVERLAP_RECEIVE = 1, CONF_OVERLAP_SEND = 2,
		    CONF_OVERLAP_BOTH = 3 };
enum conf_failure { CONF_CONTINUE, CONF_REFUSE_CALLS };
enum conf_bearer { CONF_SPEECH, CONF_AUDIO_3K1, CONF_DIGITAL };
enum conf_action { CONF_BRIDGE, CONF_ANSWER, CONF_APP, CONF_REFUSE, CONF_ACTION_NONE };

/* CARD:PORT, and :SLOT where one is meant. Slot -1: the whole span. */
struct conf_addr {
	char card[CONF_CARD_MAX + 1];
	int port;
	int slot;
};

struct conf_group {
	char name[CONF_NAME_MAX + 1];
	int line_no;

	struct conf_addr spans[CONF_SPANS_MAX];
	int nspans;
	struct conf_addr dchans[CONF_DCHANS_MAX];	/* the first is the primary one */
	int ndchans;
	int interface_ids[CONF_SPANS_MAX];		/* NFAS interface identifier of spans[i] */
	int ninterface_ids;

	int side;			/* enum conf_side */
	int switchtype;			/* PRI_SWITCH_* of libpri */
	int line;			/* enum conf_line; never AUTO after loading */
	int law;			/* enum conf_law; never AUTO after loading */
	int select;			/* enum conf_select */
	int negotiation;		/* enum conf_negotiation */
	int overlap;			/* enum conf_overlap */
	int overlap_timeout;		/* ms without a further digit (T302) */
	int max_calls;			/* 0: as many as there are slots */
	int bearer;			/* enum conf_bearer of calls that bring none */
	int restart;			/* send RESTART when the D-channel first comes up */
	int service_messages;		/* SERVICE messages to take slots out of service */
	int inband_release;		/* listen to tones after DISCONNECT with a progress ind. */
	int display;			/* send the caller's name */
	int dtmf;			/* listen for DTMF digits on its calls */
	int called_type, called_plan;	/* type of number and numbering plan, Q.931 values */
	int calling_type, calling_plan;
	char international_prefix[CONF_NUMBER_MAX + 1];
	char national_prefix[CONF_NUMBER_MAX + 1];
	int t200, t203, t303, t305, t308, t309, t310, t313, t316;	/* ms; 0: libpri's own, pri_restart.c's */
	char capture[CONF_PATH_MAX + 1];	/* pcap file of the D-channels; "" is none */
};

struct conf_route {
	char match[CONF_NUMBER_MAX + 1];	/* digits without the '*' */
	int prefix;				/* it ended with '*' */
	int line_no;
	char from[CONF_FROM_MAX][CONF_NAME_MAX + 1];
	int nfrom;				/* 0: from any group */

	int action;				/* enum conf_action */
	char group[CONF_NAME_MAX + 1];		/* bridge: to this group */
	char number[CONF_NUMBER_MAX + 1];	/* bridge: this number instead of the dialled one */
	int strip;				/* bridge: digits taken off the front, then */
	char prepend[CONF_NUMBER_MAX + 1];	/* these are put there */
	int answer_timeout;			/* bridge: ms until cause 19 */
	char play[CONF_PATH_MAX + 1];		/* answer: file to play */
	int repeat;				/* answer: play so often; 0 is for ever */
	char record[CONF_PATH_MAX + 1];		/* answer: file to record to */
	int echo;				/* answer: send back what is received */
	int hangup;				/* answer: clear when the file was played */
	char app[CONF_NAME_MAX + 1];		/* app: the application's name */
	int cause;				/* refuse, or the app is absent: Q.850 cause */
};

struct conf_user {
	char name[CONF_NAME_MAX + 1];
	int line_no;
	char password[CONF_PATH_MAX + 1];	/* crypt(5) hash */
	int read_only;
};

/* A class of music on hold. */
struct conf_music {
	char name[CONF_NAME_MAX + 1];
	int line_no;
	char folder[CONF_PATH_MAX + 1];
};

struct conf {
	int refs;			/* atomic */

	/* [daemon] */
	int log_level;			/* as syslog(3): 3 err, 4 warning, 6 info, 7 debug */
	int threads;			/* of the serializer pool */
	char state[CONF_PATH_MAX + 1];	/* the folder of what is remembered over a restart */

	/* [api] */
	char socket[CONF_PATH_MAX + 1];
	char listen[CONF_PATH_MAX + 1];	/* ADDRESS:PORT; "" is no TCP */
	char certificate[CONF_PATH_MAX + 1]; /* PEM; "" is no TLS */
	char key[CONF_PATH_MAX + 1];

	/* [limits] */
	int cpu_high, cpu_low;		/* per cent; 0: no limit */
	int max_calls;			/* channels of the whole daemon; 0: no limit */

	/* [media] */
	int period;			/* ms of one row block of a stream, 1-40 */
	/* ms that octets are sent later than they could; 0: one period */
	int lead;
	char sounds[CONF_PATH_MAX + 1];	/* where relative names of files to play begin */
	char recordings[CONF_PATH_MAX + 1];
	int kernel_bridge;		/* drop two-party bridges into the kernel's cross-connect */

	/* [records] */
	char journal[CONF_PATH_MAX + 1];
	char database[CONF_PATH_MAX + 1];
	int record_failure;		/* enum conf_failure: what if the journal cannot be written */

	struct conf_group *groups;
	int ngroups;
	struct conf_route *routes;
	int nroutes;
	struct conf_user *users;
	int nusers;
	struct conf_music *music;
	int nmusic;
};

/**
 * conf_parse() - make a configuration of a text
 * @text: @len bytes, need not end with a NUL
 * @out: the configuration with one reference, or NULL when there was any mistake
 * @errs: every mistake with its line, sorted
 *
 * Context: any thread, nothing held; allocates.
 * Return: 0; -EINVAL when the text is wrong; -ENOMEM.
 */
int conf_parse(const char *text, size_t len, struct conf **out, struct conf_errors *errs);

/**
 * conf_load() - conf_parse() of a file
 *
 * Return: as conf_parse(), or the negative errno of open() and read(), said in @errs too.
 */
int conf_load(const char *path, struct conf **out, struct conf_errors *errs);

/**
 * conf_check() - tdmd --check: read a file and print "FILE:LINE: sentence" for every mistake
 * @print: print the configuration, with all defaults filled in, when there is none
 *
 * Return: 0, or negative errno.
 */
int conf_check(const char *path, int print, FILE *out, FILE *err);

/** conf_print() - print a configuration in the form that conf_parse() reads back the same */
void conf_print(const struct conf *conf, FILE *out);

/**
 * conf_listen_split() - ADDRESS:PORT, an IPv6 address in brackets
 * @address: gets the address alone, numeric
 *
 * Return: the port, or -EINVAL.
 */
int conf_listen_split(const char *listen, char *address, size_t len);

struct conf *conf_get(struct conf *conf);
void conf_put(struct conf *conf);

/** conf_group_find() - by name; NULL when there is none */
const struct conf_group *conf_group_find(const struct conf *conf, const char *name);

/** conf_music_find() - by name; NULL when there is none */
const struct conf_music *conf_music_find(const struct conf *conf, const char *name);

/** conf_addr_str() - CARD:PORT or CARD:PORT:SLOT into @buf; returns @buf */
const char *conf_addr_str(const struct conf_addr *addr, char *buf, size_t len);

/** conf_addr_parse() - the reverse; @with_slot: a slot must be given. 0 or -EINVAL. */
int conf_addr_parse(const char *text, int with_slot, struct conf_addr *addr);

#endif
