// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does wrong what it is told to, under the name of the real one:
 * the test machines must notice.
 */

#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>

static char *wrong = "nothing";
module_param(wrong, charp, 0444);
MODULE_PARM_DESC(wrong, "warn, atomic or leak");

static struct kmem_cache *cache;

static void sleep_atomic(void)
{
	preempt_disable();
	schedule_timeout_uninterruptible(1);
	preempt_enable();
}

static int __init planted_init(void)
{
	cache = kmem_cache_create("nfha_planted", 96, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	if (!strcmp(wrong, "warn"))
		WARN(1, "planted");
	else if (!strcmp(wrong, "atomic"))
		sleep_atomic();
	return 0;
}

static void __exit planted_exit(void)
{
	if (strcmp(wrong, "leak"))
		kmem_cache_destroy(cache);
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Does wrong what it is told to, to test the tests");
