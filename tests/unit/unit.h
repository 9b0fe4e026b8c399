/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* Runs a suite, says its results as TAP, and then check's own line. */
static inline int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	srunner_print(runner, CK_MINIMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline Suite *suite_of(const char *name, SFun setup, SFun teardown,
			      const TTest * const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	size_t i;

	/* Check's own four seconds are few on a busy machine. */
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	for (i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

#define UNIT_MAIN(name, ...) UNIT_MAIN_FIXTURE(name, NULL, NULL, __VA_ARGS__)

#define UNIT_MAIN_FIXTURE(name, setup, teardown, ...)			\
int main(void)								\
{									\
	const TTest * const tests[] = { __VA_ARGS__ };			\
									\
	return suite_run(suite_of(name, setup, teardown, tests,		\
				  ARRAY_SIZE(tests)));			\
}

#endif /* UNIT_H */
