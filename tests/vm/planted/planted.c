// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does wrong what it is told to, under the name of the real one:
 * the test machines must notice.
 */

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <net/net_namespace.h>

static char *wrong = "nothing";
module_param(wrong, charp, 0444);
MODULE_PARM_DESC(wrong, "the name of a fault");

static struct kmem_cache *cache;

static void warn(void)
{
	WARN(1, "planted");
}

static void sleep_atomic(void)
{
	preempt_disable();
	schedule_timeout_uninterruptible(1);
	preempt_enable();
}

/* Would sleep if there were need to: only a kernel with checks says so. */
static void may_sleep_atomic(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void use_after_free(void)
{
	u32 *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return;
	kfree(object);
	WRITE_ONCE(object[3], 1);
}

/* Behind the last of 13 words, where the allocator has some to spare. */
static void out_of_bounds(void)
{
	u32 *object = kmalloc(52, GFP_KERNEL);
	int n = 13;

	if (!object)
		return;
	/* The compiler would see it, too. */
	OPTIMIZER_HIDE_VAR(n);
	WRITE_ONCE(object[n], 1);
	kfree(object);
}

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

/* One after the other, so that nobody waits for anybody. */
static void lock_order(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static int __rcu *shared;

static void no_rcu_lock(void)
{
	if (rcu_dereference(shared))
		pr_info("planted: somebody else was here\n");
}

/* Some stack may still have a pointer to one of them. */
static void leak_memory(void)
{
	int n;

	for (n = 0; n < 10; n++) {
		void *object = kmalloc(200, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(object);
	}
}

static void timer_ends(struct timer_list *timer)
{
}

static void free_active_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, timer_ends, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
	/* Whoever debugs it has stopped it; others would run into it. */
	msleep(20);
}

static netdevice_tracker device_tracker;
static netns_tracker net_tracker;

/* The second put is of a reference that its tracker has not got. */
static void put_device_twice(void)
{
	struct net_device *dev = init_net.loopback_dev;

	netdev_hold(dev, &device_tracker, GFP_KERNEL);
	netdev_put(dev, &device_tracker);
	dev_hold(dev);
	netdev_put(dev, &device_tracker);
}

/* What ends with the namespace of who loads it, and the module does not give back. */
static void keep_tracker(void)
{
	netns_tracker_alloc(current->nsproxy->net_ns, &net_tracker, GFP_KERNEL);
}

static void keep_device(void)
{
	netdev_hold(current->nsproxy->net_ns->loopback_dev, &device_tracker, GFP_KERNEL);
}

static void keep_namespace(void)
{
	get_net(current->nsproxy->net_ns);
}

/* Two count for some seconds, on a processor each. */
static unsigned long counter;

static int count(void *unused)
{
	while (!kthread_should_stop()) {
		int n;

		for (n = 0; n < 1000; n++) {
			counter++;
			barrier();
		}
		cond_resched();
	}
	return 0;
}

static void race(void)
{
	struct task_struct *a = kthread_create(count, NULL, "planted-a");
	struct task_struct *b = kthread_create(count, NULL, "planted-b");

	if (!IS_ERR(a) && !IS_ERR(b)) {
		kthread_bind(a, 0);
		kthread_bind(b, 1);
		wake_up_process(a);
		wake_up_process(b);
		ssleep(4);
	}
	if (!IS_ERR(a))
		kthread_stop(a);
	if (!IS_ERR(b))
		kthread_stop(b);
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "warn", warn },
	{ "atomic", sleep_atomic },
	{ "may-sleep", may_sleep_atomic },
	{ "use-after-free", use_after_free },
	{ "out-of-bounds", out_of_bounds },
	{ "lock-order", lock_order },
	{ "no-rcu-lock", no_rcu_lock },
	{ "leak-memory", leak_memory },
	{ "active-timer", free_active_timer },
	{ "put-device-twice", put_device_twice },
	{ "keep-tracker", keep_tracker },
	{ "keep-device", keep_device },
	{ "keep-namespace", keep_namespace },
	{ "race", race },
};

static int __init planted_init(void)
{
	int n;

	cache = kmem_cache_create("nfha_planted", 96, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	for (n = 0; n < ARRAY_SIZE(faults); n++) {
		if (!strcmp(wrong, faults[n].name))
			faults[n].run();
	}
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
