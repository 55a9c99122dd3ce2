/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal that is drawn line by line, from the top, without curses: the sequences are ECMA-48's. */
#ifndef TDMCTL_SCREEN_H
#define TDMCTL_SCREEN_H

#include <stdbool.h>
#include <stdio.h>
#include <termios.h>

struct screen {
	FILE *out;
	bool tty; /* else lines are printed as they are, of the same width */
	int rows, cols;
	int row; /* lines of this picture */
	int keys, signals; /* descriptors to wait for */
	struct termios before;
};

/*
 * screen_open - take the terminal: keys are read at once and not echoed, the cursor is hidden, what
 * was there comes back with screen_close(). @once: no terminal is wanted, 80 columns. Negative errno.
 */
int screen_open(struct screen *s, FILE *out, bool once);
void screen_close(struct screen *s);
/* A picture begins; as large as the terminal is now. */
void screen_begin(struct screen *s);
/* Rows that are left in it. */
int screen_left(const struct screen *s);
/* The next line: cut at the right edge, left out below the last one; what a terminal would obey is ?. */
void screen_line(struct screen *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It ends: what is below is cleared, and all of it is sent. Negative errno. */
int screen_end(struct screen *s);

enum screen_event {
	SCREEN_TIME,	/* @ms have passed */
	SCREEN_KEY,	/* any key but q, or the size changed: draw again */
	SCREEN_QUIT,	/* q, the end of the input, or a signal that ends programs */
};
enum screen_event screen_wait(struct screen *s, int ms);

#endif
