// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TE2xx/TE4xx/TE8xx card as a process, for QEMU's vfio-user-pci device.
 *
 *	te4card --socket PATH [--model NAME] [--e1 PORTS] [--control PATH] [options] [COMMAND...]
 *
 * One thread waits for the guest's register accesses, the far ends of its lines, control connections
 * and the clock.
 */
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "vfio_user.h"

#define CONTROLS	4

struct control_client {
	int fd;
	char line[256];
	size_t len;
};

static struct card card;
static struct vfio_user vfio;
static struct clock ticker;
static struct control_client clients[CONTROLS];
static int control_fd = -1;

static void fail(const char *what, int error)
{
	fprintf(stderr, "te4card: %s: %s\n", what, strerror(-error));
	exit(1);
}

static void usage(FILE *to)
{
	fprintf(to,
		"te4card --socket PATH [options] [COMMAND...]\n"
		"  --model NAME      which card (te405p); --models lists them\n"
		"  --e1 PORTS        jumpers: 'all', 'none' or ports as in 1,3 (all)\n"
		"  --id N            rotary switch, 0..15\n"
		"  --control PATH    socket for commands; COMMANDs are done first\n"
		"  --real-time       line time is the host's, not the guest's\n"
		"  --trace FILE      writes register traffic ('-': standard error)\n"
		"  --hostile SEED    answers registers with garbage\n"
		"  --stay            waits for the next client when one has gone\n");
}

/*
 * Nothing is answered or freed: as if the card was pulled. But QEMU 11.1 must find the end of its connection: one that
 * is reset, as it is by an end with requests unread, ends QEMU itself by an assertion.
 */
static void die(void *ctx)
{
	int fd = vfio_user_poll_fd(ctx);
	char unread[256];

	shutdown(fd, SHUT_RDWR);
	while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) > 0)
		;
	_exit(1);
}

static u8 ports_of(const char *text)
{
	u8 bits = 0;
	const char *p;

	if (!strcmp(text, "none"))
		return 0;
	if (!strcmp(text, "all"))
		return (u8)((1u << card.model->ports) - 1);
	for (p = text; *p; p++)
		if (*p >= '1' && *p < '1' + card.model->ports)
			bits |= (u8)BIT(*p - '1');
	return bits;
}

static void listen_control(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sun.sun_path))
		fail(path, -ENAMETOOLONG);
	strcpy(sun.sun_path, path);
	unlink(path);
	control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control_fd < 0 || bind(control_fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    listen(control_fd, CONTROLS))
		fail(path, -errno);
}

static void accept_control(void)
{
	int fd = accept4(control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	unsigned int i;

	for (i = 0; fd >= 0 && i < CONTROLS; i++) {
		if (clients[i].fd < 0) {
			clients[i] = (struct control_client){ .fd = fd };
			return;
		}
	}
	if (fd >= 0)
		close(fd);
}

static bool answer(int fd, char *line)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	bool go_on = control_command(&card, line, to);

	fclose(to);
	/* An answer that nobody reads is lost: the card does not wait. */
	if (send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE)
		go_on = true;
	free(text);
	return go_on;
}

static bool serve_control(struct control_client *k)
{
	ssize_t n = recv(k->fd, k->line + k->len, sizeof(k->line) - 1 - k->len, 0);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		close(k->fd);
		k->fd = -1;
		return true;
	}
	k->len += (size_t)n;
	k->line[k->len] = 0;
	while ((end = strchr(k->line, '\n'))) {
		*end = 0;
		if (!answer(k->fd, k->line))
			return false;
		k->len -= (size_t)(end + 1 - k->line);
		memmove(k->line, end + 1, k->len + 1);
	}
	/* A line without end is none. */
	if (k->len == sizeof(k->line) - 1)
		k->len = 0;
	return true;
}

static int wait_for(struct pollfd *p, unsigned int n)
{
	u64 ns = clock_timeout(&ticker, clock_now());
	struct timespec t = { .tv_nsec = (long)min_t(u64, ns, 999999999) };

	return ppoll(p, n, &t, NULL);
}

static void serve_lines(const struct pollfd *p)
{
	unsigned int i;

	for (i = 0; i < card.model->ports; i++)
		if (p[i].fd >= 0 && p[i].revents && p[i].fd == line_poll_fd(&card.lines[i]))
			line_ready(&card.lines[i]);
}

/* Until the client has gone, or a command ends it. */
static int loop(bool stay)
{
	struct pollfd p[2 + CONTROLS + CARD_UNITS];
	unsigned int i;

	for (;;) {
		p[0] = (struct pollfd){ vfio_user_poll_fd(&vfio), POLLIN, 0 };
		p[1] = (struct pollfd){ control_fd, POLLIN, 0 };
		for (i = 0; i < CONTROLS; i++)
			p[2 + i] = (struct pollfd){ clients[i].fd, POLLIN, 0 };
		for (i = 0; i < card.model->ports; i++)
			p[2 + CONTROLS + i] =
				(struct pollfd){ line_poll_fd(&card.lines[i]), POLLIN, 0 };
		if (wait_for(p, 2 + CONTROLS + card.model->ports) < 0 && errno != EINTR)
			return 1;
		if (p[0].revents && vfio_user_ready(&vfio) < 0) {
			if (!stay)
				return 0;
			card_reset(&card);
		}
		if (p[1].revents)
			accept_control();
		for (i = 0; i < CONTROLS; i++)
			if (p[2 + i].fd >= 0 && p[2 + i].revents && !serve_control(&clients[i]))
				return 0;
		serve_lines(p + 2 + CONTROLS);
		clock_run(&ticker, clock_now());
	}
}

enum {
	O_SOCKET = 1, O_MODEL, O_MODELS, O_E1, O_ID, O_CONTROL, O_REAL, O_TRACE, O_HOSTILE, O_STAY,
	O_HELP, OPTIONS
};

static const struct option options[] = {
	{ "socket", 1, NULL, O_SOCKET }, { "model", 1, NULL, O_MODEL }, { "models", 0, NULL, O_MODELS },
	{ "e1", 1, NULL, O_E1 }, { "id", 1, NULL, O_ID }, { "control", 1, NULL, O_CONTROL },
	{ "real-time", 0, NULL, O_REAL }, { "trace", 1, NULL, O_TRACE },
	{ "hostile", 1, NULL, O_HOSTILE }, { "stay", 0, NULL, O_STAY }, { "help", 0, NULL, O_HELP },
	{ 0 }
};

/* What was given for each option: its argument, "" without one, NULL if it was not given. */
static const char *given[OPTIONS];

static void parse(int argc, char **argv)
{
	int o;

	given[O_MODEL] = "te405p";
	given[O_E1] = "all";
	given[O_ID] = "0";
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?') {
			usage(stderr);
			exit(2);
		}
		given[o] = optarg ? optarg : "";
	}
	if (given[O_MODELS]) {
		card_models_print(stdout);
		exit(0);
	}
	if (given[O_HELP] || !given[O_SOCKET]) {
		usage(given[O_HELP] ? stdout : stderr);
		exit(given[O_HELP] ? 0 : 2);
	}
}

static void set_up(void)
{
	const struct card_model *model = card_model_find(given[O_MODEL]);
	const struct card_host host = { .ctx = &vfio, .read = vfio_user_dma_read,
					.write = vfio_user_dma_write,
					.interrupt = vfio_user_interrupt, .die = die };

	if (!model) {
		fprintf(stderr, "te4card: there is no model '%s'; --models lists them\n",
			given[O_MODEL]);
		exit(2);
	}
	card_init(&card, model, &host);
	card.jumpers = ports_of(given[O_E1]);
	card.id = (u8)(strtoul(given[O_ID], NULL, 0) & 15);
	card.hostile = given[O_HOSTILE];
	/* xorshift stays at 0 for ever. */
	card.seed = given[O_HOSTILE] ? strtoull(given[O_HOSTILE], NULL, 0) | 1 : 1;
	vfio.card = &card;
	if (given[O_TRACE]) {
		card.trace = strcmp(given[O_TRACE], "-") ? fopen(given[O_TRACE], "we") : stderr;
		if (!card.trace)
			fail(given[O_TRACE], -errno);
		setlinebuf(card.trace);		/* who watches a card that runs sees whole lines, at once */
	}
}

int main(int argc, char **argv)
{
	int i, ret;

	parse(argc, argv);
	set_up();
	for (i = 0; i < CONTROLS; i++)
		clients[i].fd = -1;
	for (i = optind; i < argc; i++) {
		char *line = strdup(argv[i]);

		control_command(&card, line, stderr);
		free(line);
	}
	ret = vfio_user_listen(&vfio, given[O_SOCKET], card.model);
	if (ret)
		fail(given[O_SOCKET], ret);
	if (given[O_CONTROL])
		listen_control(given[O_CONTROL]);
	printf("te4card: %s at %s\n", card.model->name, given[O_SOCKET]);
	fflush(stdout);
	clock_init(&ticker, &card, given[O_REAL]);
	ret = loop(given[O_STAY]);
	vfio_user_close(&vfio);
	card_release(&card);
	return ret;
}
