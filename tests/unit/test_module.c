// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is told that the module has gone. */

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "module.h"
#include "unit.h"

static uint32_t buffer[1024];
static size_t length;

static void setup(void)
{
	length = 0;
}

static struct nlmsghdr *say(uint8_t command, const void *name, size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header((char *)buffer + length);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = GENL_ID_CTRL;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, 17);
	if (name)
		mnl_attr_put(nlh, CTRL_ATTR_FAMILY_NAME, size, name);
	length += nlh->nlmsg_len;
	return nlh;
}

static bool is_gone(void)
{
	return nfhad_module_is_gone(buffer, length);
}

START_TEST(gone)
{
	say(CTRL_CMD_DELFAMILY, "nfha", 5);
	ck_assert(is_gone());
}

START_TEST(behind_another)
{
	say(CTRL_CMD_DELFAMILY, "ovpn", 5);
	say(CTRL_CMD_DELFAMILY, "nfha", 5);
	ck_assert(is_gone());
}

START_TEST(come)
{
	say(CTRL_CMD_NEWFAMILY, "nfha", 5);
	ck_assert(!is_gone());
}

START_TEST(another)
{
	say(CTRL_CMD_DELFAMILY, "nfha2", 6);
	say(CTRL_CMD_DELFAMILY, NULL, 0);
	ck_assert(!is_gone());
}

/* A name without an end, one of somebody else, and half a message. */
START_TEST(no_sense)
{
	say(CTRL_CMD_DELFAMILY, "nfha", 4);
	say(CTRL_CMD_DELFAMILY, "nfha", 5)->nlmsg_type = GENL_ID_CTRL + 1;
	ck_assert(!is_gone());
	setup();
	say(CTRL_CMD_DELFAMILY, "nfha", 5);
	ck_assert(!nfhad_module_is_gone(buffer, length - 4));
	ck_assert(!nfhad_module_is_gone(buffer, 0));
}

UNIT_MAIN_FIXTURE("module", setup, NULL, gone, behind_another, come, another,
		  no_sense)
