// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets and the thread: a Unix socket for this machine's administrators, and TCP, with TLS if
 * there is a certificate, for users with a password (users.c).
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/api/priv.h"
#include "daemon/core/log.h"
#include "daemon/core/thread.h"

#define CONNECTIONS_MAX 512
#define TCP_MAX		384 /* the rest is the Unix socket's: who administers always comes in */
#define GROUPS_MAX	256

static struct lws_context *context;
static struct lws_vhost *unix_host;
static struct tthread thread;
static uint32_t stopping;
static char socket_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
/* API thread: */
static unsigned int tcp_connections;
static bool tcp_full; /* and it was said */

void api_wake(void)
{
	lws_cancel_service(context);
}

/* --- the thread ------------------------------------------------------------------------------ */

static void serve(void *arg)
{
	(void)arg;
	while (!atomic_load(&stopping)) {
		lws_service(context, 0);
		api_streams_each(api_conn_end_if_gone);
	}
}

static void emit(int level, const char *line)
{
	if (level & (LLL_ERR | LLL_WARN))
		log_warn("api: %.*s", (int)strcspn(line, "\n"), line);
}

/* A socket of a daemon that is no more is removed; one that answers is not ours to take. */
static int clear_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, err = 0;

	if (strlen(path) + 1 >= sizeof(addr.sun_path)) /* listen_unix() makes it longer by one */
		return -ENAMETOOLONG;
	if (!lstat(path, &st) && !S_ISSOCK(st.st_mode))
		return -ENOTSOCK; /* whatever it is, it is somebody's */
	strcpy(addr.sun_path, path);
	strcpy(socket_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = -EADDRINUSE;
	else if (errno == ECONNREFUSED && unlink(path) && errno != ENOENT)
		err = -errno;
	else if (errno != ECONNREFUSED && errno != ENOENT)
		err = -errno;
	close(fd);
	return err;
}

/* --- who comes in ---------------------------------------------------------------------------- */

/*
 * The file's mode lets nobody else in; what was opened while it was another one is looked at here.
 */
static bool peer_ok(int fd)
{
	gid_t groups[GROUPS_MAX];
	struct ucred cred;
	struct stat st;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	if (!cred.uid || cred.uid == geteuid())
		return true;
	if (stat(socket_path, &st))
		return false;
	if (cred.gid == st.st_gid)
		return true;
	len = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		len = 0;
	for (size_t i = 0; i < len / sizeof(*groups); i++)
		if (groups[i] == st.st_gid)
			return true;
	log_warn("api: user %u is neither root nor of the group of %s, and was not let in", cred.uid,
		 socket_path);
	return false;
}

bool api_conn_by_tcp(struct lws *wsi)
{
	return lws_get_vhost(wsi) != unix_host;
}

bool api_conn_accept(struct lws *wsi, int fd)
{
	if (!api_conn_by_tcp(wsi))
		return peer_ok(fd);
	if (tcp_connections < TCP_MAX)
		return true;
	if (!tcp_full)
		log_warn("api: there are %d connections by TCP, and no more are let in", TCP_MAX);
	tcp_full = true;
	return false;
}

void api_conn_count(struct lws *wsi, int by)
{
	if (!api_conn_by_tcp(wsi))
		return;
	tcp_connections += (unsigned int)by;
	tcp_full = tcp_full && by > 0;
}

/* --- life ------------------------------------------------------------------------------------ */

/* Bound under another name, so that whoever finds the socket is listened to. */
static int listen_unix(const char *path)
{
	char bound[sizeof(socket_path) + 1];
	struct lws_context_creation_info info = {
		.vhost_name = "unix",
		.iface = bound,
		.protocols = api_protocols,
		.options = LWS_SERVER_OPTION_UNIX_SOCK,
		.server_string = "opentdm",
		.timeout_secs = 10,
		.keepalive_timeout = 30,
	};
	mode_t old;

	snprintf(bound, sizeof(bound), "%s~", path);
	/* The local administrator, and whom the folder's group lets in. */
	old = umask(0117);
	unix_host = lws_create_vhost(context, &info);
	umask(old);
	if (!unix_host)
		return -EIO;
	return rename(bound, path) ? -errno : 0;
}

static int listen_tcp(const struct api_params *params)
{
	struct lws_context_creation_info info = {
		.vhost_name = "tcp",
		.iface = params->address,
		.port = params->port,
		.protocols = api_protocols,
		.server_string = "opentdm",
		.timeout_secs = 10,
		.keepalive_timeout = 30,
	};

	if (!strchr(params->address, ':'))
		info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
	if (params->certificate) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = params->certificate;
		info.ssl_private_key_filepath = params->key;
	} else if (strncmp(params->address, "127.", 4) && strcmp(params->address, "::1")) {
		log_warn("api: %s is listened at without TLS: whoever is on the way reads passwords",
			 params->address);
	}
	if (!lws_create_vhost(context, &info)) {
		log_error("api: it cannot listen at %s port %d", params->address, params->port);
		return -EADDRNOTAVAIL;
	}
	log_notice("api: listening at %s port %d%s", params->address, params->port,
		   params->certificate ? " with TLS" : "");
	return 0;
}

int api_start(const struct api_params *params)
{
	struct lws_context_creation_info info = {
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			   (params->certificate ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
		.fd_limit_per_thread = CONNECTIONS_MAX,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
	};
	int err;

	lws_set_log_level(LLL_ERR | LLL_WARN, emit);
	err = clear_socket(params->socket);
	if (err)
		return err;
	api_hooks = params->hooks;
	atomic_store(&stopping, 0);
	context = lws_create_context(&info);
	if (!context)
		return -EIO;
	err = listen_unix(params->socket);
	if (!err && params->address)
		err = listen_tcp(params);
	if (err)
		goto destroy;
	api_streams_start();
	err = tthread_start(&thread, TTHREAD_API, "api", serve, NULL);
	if (err)
		api_exit();
	return err;

destroy:
	lws_context_destroy(context);
	context = NULL;
	api_users_exit();
	return err;
}

void api_stop(void)
{
	atomic_store(&stopping, 1);
	lws_cancel_service(context);
	tthread_join(&thread);
	unlink(socket_path);
}

/* What was posted may still end, and wake, until the pool has stopped: so the context goes last. */
void api_exit(void)
{
	lws_context_destroy(context);
	api_run_queue();
	api_streams_stop();
	api_users_exit();
	context = NULL;
}
