// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdmd: options, signals, and the order in which parts start and stop.
 *
 * The main thread starts everything, then waits for signals; all other threads have them blocked.
 */
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/api/api.h"
#include "daemon/call/bridge.h"
#include "daemon/call/channel.h"
#include "daemon/call/event.h"
#include "daemon/call/local.h"
#include "daemon/conf/conf.h"
#include "daemon/core/log.h"
#include "daemon/core/serializer.h"
#include "daemon/core/thread.h"
#include "daemon/core/timer.h"
#include "daemon/group/telephony.h"
#include "daemon/hooks.h"
#include "daemon/media/music.h"
#include "daemon/record/record.h"
#include "daemon/route/dialplan.h"
#include "daemon/spans.h"

#define CALLS_END_NS  (12 * NSEC_PER_SEC) /* a release may take 10 s before it is given up */
#define POOL_DRAIN_NS (5 * NSEC_PER_SEC)

static struct options {
	const char *config;
	const char *socket;
	bool check, print, debug;
} options = { .config = "/etc/opentdm/tdmd.conf" };

static const char usage[] =
	"usage: tdmd [options]\n"
	"  -c, --config FILE   the configuration (/etc/opentdm/tdmd.conf)\n"
	"  -t, --check         check the configuration and exit\n"
	"  -p, --print         with --check: print it with all defaults\n"
	"  -f, --foreground    do not leave the terminal (tdmd never does)\n"
	"  -d, --debug         log everything\n"
	"  -s, --socket PATH   the control socket, in the place of the configured one\n"
	"  -h, --help          this\n"
	"  -V, --version\n";

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 't' },
		{ "print", no_argument, NULL, 'p' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "debug", no_argument, NULL, 'd' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },	    { "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:tpfds:hV", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			options.config = optarg;
			break;
		case 't':
			options.check = true;
			break;
		case 'p':
			options.print = true;
			break;
		case 'f':
			break;
		case 'd':
			options.debug = true;
			break;
		case 's':
			options.socket = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			printf("tdmd (opentdm) %s\n", OPENTDM_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "tdmd: %s is no option\n%s", argv[optind], usage);
	return 2;
}

static void set_log_level(const struct conf *conf)
{
	static const uint8_t levels[] = {
		[0] = LOG_LVL_ERROR, [1] = LOG_LVL_ERROR,  [2] = LOG_LVL_ERROR, [3] = LOG_LVL_ERROR,
		[4] = LOG_LVL_WARN,  [5] = LOG_LVL_NOTICE, [6] = LOG_LVL_INFO,	[7] = LOG_LVL_DEBUG,
	};

	if (options.debug)
		log_set_level(LOG_LVL_DEBUG);
	else if (conf->log_level >= 0 && conf->log_level < (int)ARRAY_SIZE(levels))
		log_set_level(levels[conf->log_level]);
}

/* NULL: said on standard error. */
static struct conf *load(void)
{
	struct conf_errors errs = { 0 };
	struct conf *conf = NULL;
	int err = conf_check(options.config, 0, stdout, stderr);

	if (!err)
		err = conf_load(options.config, &conf, &errs);
	conf_errors_free(&errs);
	if (err)
		log_error_errno(err, "%s is not used", options.config);
	return err ? NULL : conf;
}

/* --- start ----------------------------------------------------------------------------------- */

static int start_core(const struct conf *conf)
{
	int err = timer_thread_start();

	if (err)
		return err;
	err = serializer_pool_start(conf->threads > 0 ? conf->threads : 2, 0);
	if (err)
		goto stop_timers;
	err = channels_init();
	if (err)
		goto stop_pool;
	err = bridges_init();
	if (err)
		goto exit_channels;
	err = local_init();
	if (err)
		goto exit_bridges;
	err = event_start(); /* who hears of a call or a bridge looks it up */
	if (err)
		goto exit_local;
	return 0;

exit_local:
	local_exit();
exit_bridges:
	bridges_exit();
exit_channels:
	channels_exit();
stop_pool:
	serializer_pool_stop(POOL_DRAIN_NS);
stop_timers:
	timer_thread_stop();
	return err;
}

static void stop_core(void)
{
	event_stop();
	local_exit();
	bridges_exit();
	channels_exit();
	timer_thread_stop();
}

static int api_users_of(const struct conf *conf)
{
	struct api_user *users = calloc((size_t)conf->nusers + 1, sizeof(*users));
	int err;

	if (!users)
		return -ENOMEM;
	for (int i = 0; i < conf->nusers; i++)
		users[i] = (struct api_user){ .name = conf->users[i].name,
					      .hash = conf->users[i].password,
					      .read_only = conf->users[i].read_only };
	err = api_users(users, (size_t)conf->nusers);
	free(users);
	return err;
}

static int start_api(const struct conf *conf)
{
	struct api_params params = { .socket = options.socket ? options.socket : conf->socket,
				     .hooks = hooks_get() };
	char folder[CONF_PATH_MAX + 1], address[CONF_PATH_MAX + 1];
	int err = api_users_of(conf);

	if (err) {
		log_error_errno(err, "the users of the control API");
		return err;
	}
	if (conf->listen[0]) {
		params.address = address;
		params.port = conf_listen_split(conf->listen, address, sizeof(address));
		params.certificate = conf->certificate[0] ? conf->certificate : NULL;
		params.key = conf->key[0] ? conf->key : NULL;
	}
	snprintf(folder, sizeof(folder), "%s", params.socket);
	if (mkdir(dirname(folder), 0755) && errno != EEXIST)
		log_warn_errno(-errno, "the folder of %s cannot be made", params.socket);
	err = api_start(&params);
	if (err)
		log_error_errno(err, "the control socket %s", params.socket);
	return err;
}

static enum record_failure failure(const struct conf *conf)
{
	return conf->record_failure == CONF_REFUSE_CALLS ? RECORD_REFUSE : RECORD_CONTINUE;
}

static int start_records(const struct conf *conf)
{
	struct record_params params = { .journal = conf->journal, .database = conf->database,
					.failure = failure(conf) };

	return conf->journal[0] ? record_start(&params) : 0;
}

/* --- run ------------------------------------------------------------------------------------- */

static void reload(void)
{
	struct conf *conf;
	int err;

	sd_notify(0, "RELOADING=1");
	conf = load();
	if (conf) {
		set_log_level(conf);
		err = telephony_reload(conf);
		if (err)
			log_error_errno(err, "not all of the new configuration is in use");
		else
			log_notice("the configuration was read again");
		record_set_failure(failure(conf));
		hooks_set_conf(conf);
		err = api_users_of(conf);
		if (err)
			log_error_errno(err, "the users of the control API stay as they were");
		conf_put(conf);
	} else {
		log_error("the old configuration stays in use");
	}
	sd_notify(0, "READY=1");
}

static void wait_for_signals(const sigset_t *signals)
{
	int sig;

	for (;;) {
		if (sigwait(signals, &sig))
			continue;
		if (sig != SIGHUP)
			break;
		reload();
	}
	log_notice("%s: calls are cleared", strsignal(sig));
	sd_notify(0, "STOPPING=1");
}

static int hang_up(struct channel *ch, void *arg)
{
	(void)arg;
	channel_post_hangup(ch, CAUSE_OUT_OF_ORDER);
	return 0;
}

static int destroy(struct bridge *br, void *arg)
{
	(void)arg;
	bridge_destroy(br, NULL, NULL);
	return 0;
}

static void clear_calls(void)
{
	telephony_clear();
	channel_set_default_controller(NULL);
	channel_foreach(hang_up, NULL);
	if (channels_wait_gone(tnow() + CALLS_END_NS))
		log_error("some calls did not end");
	bridge_foreach(destroy, NULL);
	serializer_pool_drain(POOL_DRAIN_NS);
}

static int run(struct conf *conf, const sigset_t *signals)
{
	int err = start_core(conf);

	if (err) {
		log_error_errno(err, "the core cannot be started");
		return err;
	}
	hooks_set_conf(conf);
	dialplan_set_app(hooks_take_app);
	music_init(hooks_music_folder);
	music_set(&music_player);
	err = start_records(conf);
	if (err)
		goto stop_pool;
	err = spans_watch_start();
	if (err)
		goto stop_pool;
	err = telephony_start(conf);
	if (err)
		goto stop_watch;
	hooks_mend();
	err = start_api(conf);
	if (err)
		goto clear;
	sd_notify(0, "READY=1");
	log_notice("tdmd %s is ready", OPENTDM_VERSION);
	wait_for_signals(signals);
	api_stop();
clear:
	clear_calls();
	telephony_stop();
stop_watch:
	spans_watch_stop();
stop_pool:
	serializer_pool_stop(POOL_DRAIN_NS);
	record_stop();
	stop_core();
	if (!err)
		api_exit();
	hooks_set_conf(NULL);
	return err;
}

int main(int argc, char **argv)
{
	struct conf *conf;
	sigset_t signals;
	int err = parse_options(argc, argv);

	if (err >= 0)
		return err;
	log_init(options.debug ? LOG_LVL_DEBUG : LOG_LVL_NOTICE);
	if (options.check)
		return conf_check(options.config, options.print, stdout, stderr) ? 1 : 0;
	conf = load();
	if (!conf)
		return 1;
	set_log_level(conf);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	tthread_enter(TTHREAD_USER);
	err = run(conf, &signals);
	conf_put(conf);
	tthread_leave();
	return err ? 1 : 0;
}
