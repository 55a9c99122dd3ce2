// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slots that the administrator took out of service stay so over a restart: one small text file a
 * group, {state}/slots.GROUP, a line CARD:PORT:SLOT for each. Only the group's thread writes it
 * (or whoever makes the group, before that thread exists), and always as a whole: a new file takes
 * the place of the old one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/core/log.h"
#include "daemon/group/group_priv.h"

#define PATH_LEN (CONF_PATH_MAX + CONF_NAME_MAX + 16)

static void path_of(const struct group *g, char *path, const char *suffix)
{
	snprintf(path, PATH_LEN, "%s/slots.%s%s", g->conf->state, g->cfg->name, suffix);
}

static void line_load(struct group *g, const char *path, char *line)
{
	const struct conf_group *c = g->cfg;
	struct conf_addr a;
	int i;

	line[strcspn(line, "\n")] = '\0';
	if (conf_addr_parse(line, 1, &a)) {
		log_warn("%s: '%s' is no timeslot", path, line);
		return;
	}
	for (i = 0; i < c->nspans; i++)
		if (c->spans[i].port == a.port && !strcmp(c->spans[i].card, a.card))
			bchan_block(&g->slots, (struct bchan_ref){ (int16_t)i, (int16_t)a.slot },
				    BCHAN_NEAR, 1);
}

void group_service_load(struct group *g)
{
	char path[PATH_LEN], line[64];
	FILE *f;

	path_of(g, path, "");
	f = fopen(path, "re");
	if (!f) {
		if (errno != ENOENT)
			log_warn_errno(-errno, "%s: which slots are out of service is not known",
				       path);
		return;
	}
	while (fgets(line, sizeof(line), f))
		line_load(g, path, line);
	fclose(f);
}

static void slots_print(struct group *g, FILE *f)
{
	struct bchan_ref ref;
	int blocked;

	for (ref.iface = 0; ref.iface < g->slots.nifaces; ref.iface++)
		for (ref.slot = 0; ref.slot < BCHAN_SLOTS; ref.slot++) {
			const struct conf_addr *a = &g->cfg->spans[ref.iface];

			bchan_read(&g->slots, ref, &blocked);
			if (blocked & BCHAN_NEAR)
				fprintf(f, "%s:%d:%d\n", a->card, a->port, ref.slot);
		}
}

int group_service_save(struct group *g)
{
	char path[PATH_LEN], made[PATH_LEN];
	int err = 0;
	FILE *f;

	path_of(g, path, "");
	path_of(g, made, ".new");
	f = fopen(made, "we");
	if (!f)
		return -errno;
	slots_print(g, f);
	/* On the disk before it takes the old one's place: a power cut leaves either. */
	if (fflush(f) || fsync(fileno(f)))
		err = -errno;
	if (fclose(f) && !err)
		err = -errno;
	if (!err && rename(made, path))
		err = -errno;
	if (err)
		unlink(made);
	return err;
}
