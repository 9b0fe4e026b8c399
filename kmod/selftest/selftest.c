// SPDX-License-Identifier: GPL-2.0-only

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>

#include "selftest.h"

/* Who loads the module again and again need not wait for them each time. */
static bool selftest = true;
module_param(selftest, bool, 0);
MODULE_PARM_DESC(selftest, "run the self-tests when the module is loaded (default: true)");

static const struct {
	const char *name;
	bool (*run)(void);
} tests[] = {
	{ "key", nfha_selftest_key },
	{ "map", nfha_selftest_map },
	{ "flow", nfha_selftest_flow },
	{ "parse", nfha_selftest_parse },
	{ "parse-hostile", nfha_selftest_parse_hostile },
	{ "fragment", nfha_selftest_fragment },
	{ "record", nfha_selftest_record },
};

/**
 * nfha_selftest_run - run all self-tests, unless parameter selftest says no
 *
 * Context: process, at module load.
 * Return: 0, or -EBADMSG if one failed.
 */
int nfha_selftest_run(void)
{
	int ret = 0;
	size_t i;

	if (!selftest)
		return 0;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		bool good = tests[i].run();

		pr_info("nfha: self-test %s: %s\n", tests[i].name,
			good ? "pass" : "FAIL");
		if (!good)
			ret = -EBADMSG;
	}
	return ret;
}
