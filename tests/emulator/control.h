/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text commands to a card, a line each; "help" lists them. Each is answered by lines, the last of them
 * "ok" or a sentence after "error: ".
 */
#ifndef EMULATOR_CONTROL_H
#define EMULATOR_CONTROL_H

#include <stdio.h>

#include "card.h"

/** control_command() - does what @line says and writes the answer; false: the card is to end */
bool control_command(struct card *c, char *line, FILE *to);

#endif /* EMULATOR_CONTROL_H */
