// SPDX-License-Identifier: GPL-2.0-or-later
/* The cards of the family by name; generation and ports follow from the PCI identity alone. */
#include "card.h"

static const struct card_model models[] = {
	{ "te820", 0xd161, 0x1820, 0x0005, 5, 8 },
	{ "te420", 0xd161, 0x1420, 0x0005, 5, 4 },
	{ "te410p", 0xd161, 0x1410, 0x0005, 5, 4 },
	{ "te405p", 0xd161, 0x1405, 0x0005, 5, 4 },
	{ "te220", 0xd161, 0x1220, 0x0005, 5, 2 },
	{ "te210p", 0xd161, 0x1210, 0x0005, 5, 2 },
	{ "te205p", 0xd161, 0x1205, 0x0005, 5, 2 },
	{ "te420-4", 0xd161, 0x0420, 0x0004, 4, 4 },
	{ "te410p-4", 0xd161, 0x0410, 0x0004, 4, 4 },
	{ "te405p-4", 0xd161, 0x0405, 0x0004, 4, 4 },
	{ "te220-4", 0xd161, 0x0220, 0x0004, 4, 2 },
	{ "te210p-4", 0xd161, 0x0210, 0x0004, 4, 2 },
	{ "te205p-4", 0xd161, 0x0205, 0x0004, 4, 2 },
	{ "te410p-3", 0xd161, 0x0410, 0x0003, 3, 4 },
	{ "te405p-3", 0xd161, 0x0405, 0x0003, 3, 4 },
	{ "te210p-3", 0xd161, 0x0210, 0x0003, 3, 2 },
	{ "te205p-3", 0xd161, 0x0205, 0x0003, 3, 2 },
	{ "te410p-2", 0xd161, 0x0410, 0x0001, 2, 4 },
	{ "te405p-2", 0xd161, 0x0405, 0x0001, 2, 4 },
	{ "te210p-2", 0xd161, 0x0210, 0x0001, 2, 2 },
	{ "te205p-2", 0xd161, 0x0205, 0x0001, 2, 2 },
};

const struct card_model *card_model_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (!strcmp(models[i].name, name))
			return &models[i];
	return NULL;
}

void card_models_print(FILE *to)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++)
		fprintf(to, "%-9s %04x:%04x subsystem vendor %04x, generation %u, %u ports\n",
			models[i].name, models[i].vendor, models[i].device, models[i].subvendor,
			models[i].gen, models[i].ports);
}
