/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Epochs and failover of one service with two instances, which take turns in being the
 * master: what a client sends, what an observer outside sees, a daemon that is killed and
 * comes back, and VNFs that die, lose their carrier, or are only believed to be dead. What the
 * kernel does when it is told is in epoch_commands.pml, the daemon in epoch_daemon.pml.
 *
 * MODELLED, and what each step stands for
 *
 *   client		nfha_log_input() of kmod/log.c: find_and_lock(), put() and wait_for_turn()
 *			are one step under the lock, reach() of packet.c is another one
 *   tasklet		tasklet_run() of epoch.c: deliver_next() under the lock, then
 *			nfha_packet_reach(); release_some() under the lock, then nfha_packet_leave()
 *   vnf		it works off one input, with a result that no replay would have again (a
 *			bit by chance), and sends its output: nfha_hold_output(), judge() and put() of
 *			hold.c under the lock, leave() of packet.c behind it
 *   grace		(epoch_commands.pml) synchronize_rcu_expedited() and synchronize_net()
 *   kernel_begin, kernel_cut, kernel_commit, kernel_abort
 *			nfha_epoch_begin() and its like in epoch.c; commit trims the log in the same
 *			step, for nobody else gets nfha_net.lock between both
 *   kernel_fence, kernel_failover
 *			nfha_failover_fence(), and take_over(), the grace period, resume(),
 *			nfha_hold_discard() and inherit() of failover.c; fence also for
 *			nfha_failover_carrier() without a successor
 *   renew		nfha_instance_remove() and the same instance added on standby, by renew() of
 *			daemon/nfhad/cleaning.c
 *   dead_man		look() and release() of deadman.c
 *   nfhad		(epoch_daemon.pml) checkpoint.c: on_begin(), the dump of driver_criu.c,
 *			on_cut(), on_saved(), nfhad_image_store(), commit_epoch(), accept_image(),
 *			fail(). recovery.c:
 *			nfhad_recovery_start(), source_find(), hand_over(), load(), resume(),
 *			take_over(), backup_failed(), stay(). life.c: from_own(), from_base().
 *			service.c: epochs_settle(), take_up_active(), take_up_holder(),
 *			take_up_backup(). record.c: what is remembered, saved where it is saved
 *
 * The daemon is killed between any two of these steps. What it knows is lost then but for its
 * record and the store; the kernel finishes the command that was on its way, and a VNF that
 * was frozen for a dump runs on.
 *
 * LEFT OUT: limits of log and hold, so nothing is lost for want of room; a standby that is
 * loaded ahead; the conntrack driver, which cuts without a plug; a VNF that loses what is in
 * its sockets; flows that move between instances; a named successor; a store that lies. The
 * way from a VNF to the hook has no length: what is sent has been judged. A checkpoint is made
 * when it would change something, and not each time that the timer ends. That one of an earlier
 * life of the same instance is not taken for this life's is modelled, but to see that it
 * matters would take more failures than these searches have.
 *
 * TAKEN FOR GRANTED: softirqs are faster than a daemon. Input that was sent to an
 * instance is in its sockets after a grace period; what is committed of a master has left
 * before its backup's first commit, and before the master is removed. With -DSLOW_SOFTIRQ the
 * latter is dropped, and spin finds what then can go wrong.
 *
 * PROVED, for each order of the steps of INPUTS inputs, FAILURES failures, KILLS kills of the
 * daemon, MISSES checkpoints that fail and DEAD_MAN times that pass without a command:
 *
 *   order, no loss	an instance gets each input behind the one before it, also one that was
 *			loaded from a checkpoint, by the log that it has taken over: deliver()
 *   output commit	what leaves is in a committed checkpoint: observe()
 *   one history	each output continues what was seen before; no output comes twice, and none
 *			is left out: observe(). After the dead man has let packets go this is
 *			not asked for any more
 *   the way back	there is always a checkpoint for the log: source_find()
 *   liveness		when nothing can happen any more all outputs have been seen; nobody stays
 *			plugged, and nothing held: monitor. As no state is ever come to twice
 *			(checked with -DNP) it always comes to that
 *
 * CONTROLS: with one of these set, spin has to find a contradiction.
 *
 *   CHECKPOINT_MODE		output is not held
 *   NO_WAIT_FOR_COMMIT		a cut is enough to be seen
 *   NO_GRACE			begin does not wait for what is on its way
 *   NO_SETTLE			a log is not busy any more when its last packet was taken
 *   NO_HOLD_BUSY		the same of a hold
 *   NO_FENCE_CHECK		an instance that is fenced can be cut
 *   TRIM_AT_CUT		the log is trimmed at the cut
 *   STORE_AFTER_COMMIT		the checkpoint is stored when its epoch was committed
 *   NEWEST_IMAGE		the newest checkpoint is loaded, committed or not
 *   NO_UNDONE			a cut is taken though the dead man has opened the plug
 *   NO_PLUG_CHECK		a backup goes to work though its plug was opened before
 *   NO_KICK			commit does not start the release
 *   STAYS_AWAY			the daemon stays away, and without a DEAD_MAN nobody opens the plug
 *   SLOW_SOFTIRQ		see above
 */

#ifndef INPUTS
#define INPUTS 2
#endif
#ifndef FAILURES
#define FAILURES 1
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef MISSES
#define MISSES 0
#endif
#ifndef DEAD_MAN
#define DEAD_MAN 0
#endif

/* Numbers that fit into a byte, and U64_MAX of nfha_epoch_visible(). */
#define ALL 255

/* More than are kept at a time. */
#define SLOTS 3

/* struct nfha_epoch with its log and hold. Both are told by the numbers of inputs: the hold has
 * the outputs of inputs held_from + 1 to held_to, and each one's epoch. What came of them is in
 * held_bits.
 */
typedef Epoch {
	bool serves;		/* state of the instance: active, not on standby */
	bool plugged;
	bool paused;
	bool fenced;
	bool replaced;		/* backup is set: the other instance */
	bool undone;
	bool log_busy;
	bool hold_busy;
	byte open;
	byte committed;
	byte exposed;
	byte head;		/* records up to here are trimmed */
	byte next;		/* up to here they are delivered */
	byte tail;		/* up to here they are logged */
	byte held_from;
	byte held_to;
	byte held[INPUTS];
	byte held_bits;
	byte pending;
	byte cut_epoch[2];
	byte cut_at[2];
}

/* A VNF: what it has got, what of that it has worked off, and what came of it. */
typedef Vnf {
	bool lives;
	bool frozen;
	bool spoilt;		/* input was delivered before it was there */
	byte got;
	byte done;
	byte bits;
}

/* An image in the store; number 0: there is none. */
typedef Image {
	byte number;
	byte epoch;
	byte got;
	byte done;
	byte bits;
}

/* The last ones of an instance, by number, and the number of the last that there was. */
typedef Store {
	Image slot[SLOTS];
	byte last;
}

/* What a daemon knows of an instance, and what it remembers. */
typedef Life {
	bool works;
	bool holder;		/* it has the log of one that failed, and does not work yet */
	bool based;		/* it was made of, or is to be made of: */
	byte base;
	byte base_number;	/* 0: no image, its command */
	byte since_epoch;
	byte since_number;
}

Epoch e[2];
Vnf v[2];
Store store[2];
Life life[2], record[2];
byte owner;			/* by ranges and flows */
bool in_client, in_tasklet[2], in_vnf[2];	/* RCU read sides */
bool idle[2];			/* cleaned, and on standby */
bool suspect[2];		/* it is believed to have failed */
bool away;			/* no daemon is there */
byte failures, kills, misses, times;
byte seen, seen_bits;		/* by the observer: the last output, and the history in it */
byte remembered;		/* outputs in the last committed checkpoint */
bool is_exposed;

#define MASK(k)		((1 << (k)) - 1)
#define MAX(a, b)	((a) > (b) -> (a) : (b))
#define OTHER(i)	(1 - (i))
#define WAITS(i)	(e[i].plugged || e[i].paused || e[i].fenced)
#define SERVED(i)	(e[i].serves || e[i].paused)

#ifdef CHECKPOINT_MODE
#define BUFFERS false
#else
#define BUFFERS true
#endif
#ifdef NO_WAIT_FOR_COMMIT
#define COMMITTED(i)	(e[i].open - 1)
#else
#define COMMITTED(i)	e[i].committed
#endif
#define VISIBLE(i)	(e[i].fenced -> COMMITTED(i) : \
			 (BUFFERS -> MAX(COMMITTED(i), e[i].exposed) : ALL))

#define HOLDS(i)	(e[i].held_from < e[i].held_to)
#define CAN_LEAVE(i)	(HOLDS(i) && e[i].held[e[i].held_from] <= VISIBLE(i))
#define IS_HELD(i)	(HOLDS(i) && e[i].held[e[i].held_to - 1] > VISIBLE(i))

/* A checkpoint would let output go, or trim the log. */
#define IS_WANTED(i)	(e[i].head < e[i].next || IS_HELD(i))
#define HAS_FAILED(i)	(!v[i].lives || e[i].fenced || suspect[i])

/* A packet reaches the sockets of an instance. */
inline deliver(i, n)
{
	printf("%d gets input %d\n", i, n);
	if
	:: v[i].lives ->
		assert(n == v[i].got + 1 || life[i].holder);
		v[i].spoilt = v[i].spoilt || n != v[i].got + 1;
		v[i].got = n
	:: else
	fi
}

/* It is outside. */
inline observe(exposed, k, b)
{
	printf("output %d leaves, history %d\n", k, b);
	is_exposed = is_exposed || (exposed && BUFFERS);
	assert(k == seen + 1 || (is_exposed && failures > 0));
	if
	:: !is_exposed ->
		assert((b & MASK(seen)) == seen_bits);
		assert(!BUFFERS || k <= remembered)
	:: else
	fi;
	if
	:: k > seen -> seen = k; seen_bits = b & MASK(k)
	:: else
	fi
}

inline log_kick(i)
{
	if
	:: e[i].next < e[i].tail && !WAITS(i) -> e[i].log_busy = true
	:: else
	fi
}

inline hold_kick(i)
{
	if
	:: CAN_LEAVE(i) -> e[i].hold_busy = true
	:: else
	fi
}

proctype client()
{
	byte n = 1, i;
	bool now;

	do
	:: n <= INPUTS ->
		atomic { in_client = true; i = owner };
		atomic {
			i = (e[i].replaced -> OTHER(i) : i);
			assert(!e[i].replaced && SERVED(i));
			assert(n == e[i].tail + 1);
			now = !WAITS(i) && !e[i].log_busy;
			e[i].tail++;
			e[i].next = e[i].next + now;
			printf("input %d is logged for %d, to be delivered now: %d\n", n, i, now)
		};
		atomic {
			if
			:: now -> deliver(i, n)
			:: else
			fi;
			in_client = false;
			n++
		}
	:: else -> break
	od
}

/* Never two at a time for one instance. */
proctype tasklet(byte i)
{
	byte n, b;
	bool exposed;

	do
	:: atomic {
		e[i].log_busy && !WAITS(i) && e[i].next < e[i].tail ->
		in_tasklet[i] = true;
		e[i].next++;
		n = e[i].next;
#ifdef NO_SETTLE
		e[i].log_busy = e[i].next < e[i].tail
#endif
	   };
	   atomic { deliver(i, n); in_tasklet[i] = false; n = 0 }
	:: atomic {
		e[i].log_busy && (WAITS(i) || e[i].next == e[i].tail) ->
		e[i].log_busy = false
	   }
	:: atomic {
		e[i].hold_busy && CAN_LEAVE(i) ->
		in_tasklet[i] = true;
		exposed = e[i].held[e[i].held_from] > COMMITTED(i);
		e[i].held[e[i].held_from] = 0;
		e[i].held_from++;
		n = e[i].held_from;
		b = e[i].held_bits & MASK(n);
#ifdef NO_HOLD_BUSY
		e[i].hold_busy = CAN_LEAVE(i)
#endif
	   };
	   atomic {
		observe(exposed, n, b);
		in_tasklet[i] = false;
		exposed = false;
		n = 0;
		b = 0
	   }
	:: atomic { e[i].hold_busy && !CAN_LEAVE(i) -> e[i].hold_busy = false }
	od
}

proctype vnf(byte i)
{
	byte k, b;
	bool exposed;

	do
	:: atomic {
		!in_vnf[i] && v[i].lives && !v[i].frozen && v[i].done < v[i].got ->
		if
		:: true
		:: v[i].bits = v[i].bits | (1 << v[i].done)
		fi;
		v[i].done++;
		printf("%d has worked off %d, history %d\n", i, v[i].done, v[i].bits);
		if
		:: !e[i].serves || e[i].fenced	/* drop-standby, drop-fenced */
		:: else ->
			if
			:: !e[i].hold_busy && e[i].open <= VISIBLE(i) ->
				in_vnf[i] = true;
				exposed = e[i].open > COMMITTED(i);
				k = v[i].done;
				b = v[i].bits
			:: else ->
				if
				:: !HOLDS(i) -> e[i].held_from = v[i].done - 1
				:: else -> assert(e[i].held_to == v[i].done - 1)
				fi;
				e[i].held_to = v[i].done;
				e[i].held[v[i].done - 1] = e[i].open;
				e[i].held_bits = v[i].bits;
				if
				:: e[i].open <= VISIBLE(i) -> hold_kick(i)
				:: else
				fi
			fi
		fi
	   }
	:: atomic {
		in_vnf[i] ->
		observe(exposed, k, b);
		in_vnf[i] = false;
		exposed = false;
		k = 0;
		b = 0
	   }
	od
}

#include "epoch_commands.pml"
#include "epoch_daemon.pml"

/*
 * What goes wrong, and the end.
 */

proctype chaos(byte i)
{
	do
	:: atomic {
		failures < FAILURES && v[i].lives ->
		failures++;
		vnf_end(i);
		printf("%d dies\n", i)
	   }
	:: atomic {
		failures < FAILURES && e[i].serves && !e[i].fenced ->
		failures++;
		e[i].fenced = true;
		printf("%d has lost its carrier\n", i)
	   }
	:: atomic {
		failures < FAILURES && life[i].works && !suspect[i] && !away ->
		failures++;
		suspect[i] = true;
		printf("%d is believed to have failed\n", i)
	   }
	od
}

/* One that is fenced waits for a failover, and one on standby for its turn. */
#ifdef STAYS_AWAY
#define IS_LATE away
#else
#define IS_LATE true
#endif

proctype dead_man(byte i)
{
	do
	:: atomic {
		times < DEAD_MAN && e[i].serves && !e[i].fenced && IS_LATE ->
		times++;
		printf("the dead man of %d\n", i);
		if
		:: e[i].plugged -> e[i].undone = true; unplug(i)
		:: else
		fi;
		if
		:: BUFFERS -> e[i].exposed = e[i].open; hold_kick(i)
		:: else
		fi
	   }
	od
}

proctype monitor()
{
	timeout ->
	assert(seen == INPUTS);
	assert(!e[owner].plugged && !e[owner].fenced && !HOLDS(owner))
}

init
{
	atomic {
		e[0].serves = true;
		e[0].open = 1;
		e[1].open = 1;
		v[0].lives = true;
		life[0].works = true;
		life[0].based = true;
		copy(record[0], life[0]);
		idle[1] = true;
		run client();
		run tasklet(0);
		run tasklet(1);
		run vnf(0);
		run vnf(1);
		run nfhad();
#if FAILURES
		run chaos(0);
		run chaos(1);
#endif
#if DEAD_MAN
		run dead_man(0);
		run dead_man(1);
#endif
		run monitor()
	}
}
