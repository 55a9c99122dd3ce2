// SPDX-License-Identifier: GPL-2.0-or-later
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LINE_MAX_ 1024

#define SWITCH_TO   "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define SWITCH_BACK "\033[?25h\033[?1049l"
#define HOME	    "\033[H"
#define CLEAR_LINE  "\033[K" /* from here to its end */
#define CLEAR_BELOW "\033[J"

static void size(struct screen *s)
{
	struct winsize w;

	s->rows = 24;
	s->cols = 80;
	if (s->tty && !ioctl(fileno(s->out), TIOCGWINSZ, &w) && w.ws_row && w.ws_col) {
		s->rows = w.ws_row;
		s->cols = w.ws_col;
	}
}

int screen_open(struct screen *s, FILE *out, bool once)
{
	struct termios raw;
	sigset_t set;

	*s = (struct screen){ .out = out, .keys = -1, .signals = -1 };
	size(s);
	if (once)
		return 0;
	if (!isatty(fileno(out)) || tcgetattr(STDIN_FILENO, &s->before))
		return -ENOTTY;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (s->signals < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, NULL);
	raw = s->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	s->keys = STDIN_FILENO;
	s->tty = true;
	fputs(SWITCH_TO, out);
	return 0;
}

void screen_close(struct screen *s)
{
	if (!s->tty)
		return;
	fputs(SWITCH_BACK, s->out);
	fflush(s->out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->before);
	close(s->signals);
}

void screen_begin(struct screen *s)
{
	size(s);
	s->row = 0;
	if (s->tty)
		fputs(HOME, s->out);
}

int screen_left(const struct screen *s)
{
	return s->rows - s->row;
}

void screen_line(struct screen *s, const char *fmt, ...)
{
	char line[LINE_MAX_];
	int cols = 0;
	va_list args;

	if (s->row >= s->rows)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	/* A new line before, not after: behind the last one the terminal would scroll. */
	if (s->row++ && s->tty)
		fputs("\r\n", s->out);
	for (const char *p = line; *p; p++) {
		/* The octets of a letter of UTF-8 stand in one column. */
		if (((unsigned char)*p & 0xc0) != 0x80 && cols++ == s->cols)
			break;
		putc((unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p, s->out);
	}
	fputs(s->tty ? CLEAR_LINE : "\n", s->out);
}

int screen_end(struct screen *s)
{
	if (s->tty)
		fputs(CLEAR_BELOW, s->out);
	return fflush(s->out) ? -errno : 0;
}

enum screen_event screen_wait(struct screen *s, int ms)
{
	struct pollfd p[] = { { .fd = s->keys, .events = POLLIN },
			      { .fd = s->signals, .events = POLLIN } };
	struct signalfd_siginfo info;
	char key;

	if (poll(p, 2, ms) <= 0)
		return SCREEN_TIME;
	if (p[1].revents & POLLIN && read(s->signals, &info, sizeof(info)) == sizeof(info))
		return info.ssi_signo == SIGWINCH ? SCREEN_KEY : SCREEN_QUIT;
	/* Keys that would make a signal make none here: ^C is one that quits. */
	if (p[0].revents && (read(s->keys, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3))
		return SCREEN_QUIT;
	return SCREEN_KEY;
}
