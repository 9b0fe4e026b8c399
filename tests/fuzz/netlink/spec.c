// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/nfha.h>

#include "spec.h"
#include "table.h"

_Static_assert(ARRAY_SIZE(commands) <= SPEC_COMMANDS_MAX, "raise SPEC_COMMANDS_MAX");

size_t spec_commands(void)
{
	return ARRAY_SIZE(commands);
}

const struct spec_command *spec_command(size_t i)
{
	return &commands[i];
}

size_t spec_command_index(uint8_t cmd, bool is_dump)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].cmd == cmd && commands[i].is_dump == is_dump)
			break;
	return i;
}

const struct spec_set *spec_set(unsigned int i)
{
	return &sets[i];
}

const struct spec_attr *spec_attr_find(const struct spec_set *set, uint16_t id)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->attr[i].id == id)
			return &set->attr[i];
	return NULL;
}

size_t spec_width(enum spec_type type)
{
	return type <= SPEC_U64 ? (size_t)1 << (type - SPEC_U8) : 0;
}
