/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon, of epoch.pml. */

#define MAY_BE_KILLED	if :: atomic { kills < KILLS -> kills++; \
	printf("the daemon is killed\n"); goto killed } :: true fi
#define MAY_MISS	if :: atomic { misses < MISSES -> misses++; \
	printf("the checkpoint is given up\n"); goto missed } :: true fi

#define STORED(i, n)	store[i].slot[(n) % SLOTS]

inline vnf_end(i)
{
	v[i].lives = false;
	v[i].frozen = false;
	v[i].spoilt = false;
	v[i].got = 0;
	v[i].done = 0;
	v[i].bits = 0
}

inline copy(to, from)
{
	to.works = from.works;
	to.holder = from.holder;
	to.based = from.based;
	to.base = from.base;
	to.base_number = from.base_number;
	to.since_epoch = from.since_epoch;
	to.since_number = from.since_number
}

inline record_save()
{
	atomic { copy(record[0], life[0]); copy(record[1], life[1]) }
}

inline image_store(i)
{
	store[i].last++;
	STORED(i, store[i].last).number = store[i].last;
	STORED(i, store[i].last).epoch = number;
	STORED(i, store[i].last).got = image.got;
	STORED(i, store[i].last).done = image.done;
	STORED(i, store[i].last).bits = image.bits;
	printf("image %d of %d is stored, epoch %d\n", store[i].last, i, number)
}

inline image_drop(i, n)
{
	STORED(i, n).number = 0;
	STORED(i, n).epoch = 0;
	STORED(i, n).got = 0;
	STORED(i, n).done = 0;
	STORED(i, n).bits = 0
}

#define SINCE(i)	life[i].since_number
#ifdef NEWEST_IMAGE
#define IS_OF(i, n, at)	(STORED(i, n).number == n)
#else
#define IS_OF(i, n, at)	(STORED(i, n).number == n && STORED(i, n).epoch == at)
#endif

/* Sets x to the number of the image of an epoch of this life, or to that of an older one. */
inline image_find(i, at)
{
	x = store[i].last;
	do
	:: x > SINCE(i) && !IS_OF(i, x, at) -> x--
	:: else -> break
	od
}

/* nfhad_life_source(): a life without a committed epoch begins where it was made of. */
inline source_find(i)
{
	atomic {
		if
		:: e[i].committed > life[i].since_epoch ->
			image_find(i, e[i].committed);
			assert(x > SINCE(i));
			source = i;
			source_number = x;
			life[i].based = false
		:: else ->
			assert(life[i].based);
			source = life[i].base;
			source_number = life[i].base_number;
			assert(source_number == 0 ||
			       STORED(source, source_number).number == source_number)
		fi;
		x = 0
	}
}

inline vnf_load(i)
{
	atomic {
		v[i].lives = true;
		v[i].frozen = source_number != 0;
		v[i].spoilt = false;
		v[i].got = (source_number -> STORED(source, source_number).got : 0);
		v[i].done = (source_number -> STORED(source, source_number).done : 0);
		v[i].bits = (source_number -> STORED(source, source_number).bits : 0);
		printf("%d is loaded: image %d of %d, has %d and has done %d, history %d\n",
		       i, source_number, source, v[i].got, v[i].done, v[i].bits)
	}
}

/* The checkpoints of the one before are of no use any more. */
inline base_forget(i)
{
	atomic {
		if
		:: life[i].based && life[i].base != i ->
			image_drop(OTHER(i), 0);
			image_drop(OTHER(i), 1);
			image_drop(OTHER(i), 2)
		:: else
		fi;
		life[i].based = false;
		life[i].base = 0;
		life[i].base_number = 0
	}
}

/* On its way to be a backup: its processes end, and its place in the kernel is made anew. */
inline clean(i)
{
	atomic { vnf_end(i) };
	MAY_BE_KILLED;
	renew(i);
	idle[i] = true
}

/* What a holder is remembered by. */
inline hold_on(i)
{
	life[i].holder = true;
	life[i].based = true;
	life[i].base = source;
	life[i].base_number = source_number;
	record_save()
}

#define CAN_STAY(i)	(e[i].plugged && !e[i].fenced && !HOLDS(i))

/* What is lost with it. A VNF that is stopped because it is being loaded stays so. */
inline forget_all()
{
	atomic {
		copy(life[0], record[0]);
		copy(life[1], record[1]);
		x = 0;
		do
		:: x < 2 ->
			if
			:: v[x].lives && life[x].works -> v[x].frozen = false
			:: else
			fi;
			store[x].last = MAX(store[x].slot[0].number,
					    MAX(store[x].slot[1].number,
						store[x].slot[2].number));
			if
			:: life[x].since_number > store[x].last ->
				life[x].since_number = store[x].last
			:: else
			fi;
			x++
		:: else -> break
		od;
		x = 0;
		idle[0] = false;
		idle[1] = false;
		suspect[0] = false;
		suspect[1] = false;
		number = 0;
		source = 0;
		source_number = 0;
		image.got = 0;
		image.done = 0;
		image.bits = 0;
		a = 0;
		h = 0
	}
}

/* What only the daemon sees is one step with the command before it, and so is its end: it
 * is killed between any two commands, and with its record and store changed or not.
 */
proctype nfhad()
{
	Image image;
	byte a, h, number, source, source_number, x;
	bool ok;

work:	if
	:: atomic { HAS_FAILED(a) -> goto failed }
	:: atomic { !idle[OTHER(a)] -> clean(OTHER(a)); goto work }
	:: atomic { IS_WANTED(a) && !HAS_FAILED(a) -> skip }
	:: atomic { kills < KILLS -> kills++; printf("the daemon is killed\n"); goto killed }
	fi;

	/* checkpoint.c: on_begin(). */
	atomic {
		kernel_begin(a);
		MAY_BE_KILLED;
		if
		:: !ok -> kernel_abort(a, 0)
		:: else -> goto dump
		fi
	};
	atomic {
		if
		:: ok -> kernel_begin(a)
		:: else
		fi;
		if
		:: !ok -> goto missed
		:: else
		fi
	};
dump:	atomic {
		if
		:: !v[a].lives -> goto missed
		:: else
		fi;
		v[a].frozen = true;
		image.got = v[a].got;
		image.done = v[a].done;
		image.bits = v[a].bits;
		printf("dump of %d: has %d, has done %d\n", a, image.got, image.done);
		MAY_BE_KILLED;
		MAY_MISS
	};
	/* on_cut(), and nfhad_image_store(). */
	atomic {
		kernel_cut(a);
		v[a].frozen = false;
		MAY_BE_KILLED;
		if
		:: !ok -> goto missed
		:: else
		fi;
		MAY_MISS;
#ifdef STORE_AFTER_COMMIT
		kernel_commit(a, number, image.done);
		MAY_BE_KILLED;
#endif
		image_store(a);
		MAY_BE_KILLED;
		MAY_MISS
	};
	/* It waits for a standby, and then on_stored() goes on. */
	if
	:: atomic { HAS_FAILED(a) -> goto failed }
	:: true
	fi;
	atomic {
#ifndef STORE_AFTER_COMMIT
		kernel_commit(a, number, image.done);
		MAY_BE_KILLED;
#endif
		if
		:: !ok && e[a].committed != number ->
			image_drop(a, store[a].last);
			goto missed
		:: else
		fi;
		number = 0;
		if
		:: life[a].based ->
			base_forget(a);
			MAY_BE_KILLED;
			record_save()
		:: else
		fi;
		goto work
	};
missed:	atomic {
		v[a].frozen = false;
		kernel_abort(a, number);
		number = 0;
		MAY_BE_KILLED;
		goto work
	};

	/* nfhad_recovery_start(): fence, commit what is stored, find the source. */
failed:	atomic {
		kernel_fence(a);
		life[a].works = false;
		suspect[a] = false;
		h = a;
		MAY_BE_KILLED
	};
	atomic {
		if
		:: number && STORED(a, store[a].last).epoch == number ->
			kernel_commit(a, number, STORED(a, store[a].last).done);
			MAY_BE_KILLED
		:: else
		fi;
		number = 0;
		source_find(a)
	};

	/* h has the log, and source is known. try_next(): hand_on() if somebody is idle, or
	 * else who will be first, the other one or, by stay(), the holder itself?
	 */
holds:	atomic {
		if
		:: idle[OTHER(h)] -> goto hand_on
		:: !idle[OTHER(h)] ->
			hold_on(h);
			MAY_BE_KILLED;
			clean(OTHER(h));
			MAY_BE_KILLED
		:: !idle[OTHER(h)] && CAN_STAY(h) ->
			hold_on(h);
			vnf_end(h);
			MAY_BE_KILLED;
			if
			:: CAN_STAY(h) -> a = h; goto load
			:: else
			fi
		fi;
		goto holds
	};
	/* hand_over(). */
hand_on:
	atomic {
		a = OTHER(h);
		idle[a] = false;
		kernel_begin(a);
		assert(ok);
		MAY_BE_KILLED
	};
	atomic {
		kernel_failover(h, a);
		assert(ok);
		MAY_BE_KILLED;
		life[h].holder = false;
		life[h].works = false;
		life[h].based = false;
		h = a;
		hold_on(h);
		MAY_BE_KILLED
	};
load:	vnf_load(a);
	/* resume() and take_over(), and then its plug opens. */
	atomic {
		MAY_BE_KILLED;
#ifdef NO_PLUG_CHECK
		ok = v[a].lives && !e[a].fenced;
#else
		ok = v[a].lives && !e[a].fenced && e[a].plugged;
#endif
		if
		:: !ok -> goto holds
		:: else
		fi;
		assert(!v[a].spoilt);
		v[a].frozen = false;
		MAY_BE_KILLED;
		life[a].works = true;
		life[a].holder = false;
		life[a].since_epoch = e[a].committed;
		life[a].since_number = store[a].last;
		source = 0;
		source_number = 0;
		h = 0;
		record_save();
		MAY_BE_KILLED
	};
	atomic {
		kernel_abort(a, 0);
		goto work
	};

	/* service.c: what the next daemon finds. */
killed:	forget_all();
#ifdef STAYS_AWAY
	away = true;
	false;
#endif
	atomic {
		if
		:: record[0].holder && !e[0].replaced -> h = 0; goto take_up_holder
		:: record[1].holder && !e[1].replaced -> h = 1; goto take_up_holder
		:: else
		fi;
		if
		:: record[0].works && !e[0].replaced -> a = 0
		:: record[1].works && !e[1].replaced -> a = 1
		:: else -> goto take_up_backup
		fi
	};
	/* take_up_active(), with epochs_settle(). */
	atomic {
		number = STORED(a, store[a].last).epoch;
		if
		:: store[a].last > SINCE(a) && e[a].pending &&
		   number > e[a].committed && number < e[a].open ->
			kernel_commit(a, number, STORED(a, store[a].last).done);
			MAY_BE_KILLED
		:: else
		fi;
		number = 0
	};
	do
	:: atomic {
		e[a].pending ->
		number = e[a].cut_epoch[e[a].pending - 1];
		kernel_abort(a, number);
		number = 0;
		MAY_BE_KILLED
	   }
	:: atomic { !e[a].pending -> break }
	od;
	atomic {
		source_find(a);
		if
		:: e[a].fenced || !v[a].lives ->
			kernel_fence(a);
			life[a].works = false;
			h = a;
			MAY_BE_KILLED;
			goto holds
		:: else
		fi;
		source = 0;
		source_number = 0;
		if
		:: e[a].plugged -> kernel_abort(a, 0)
		:: else
		fi;
		MAY_BE_KILLED;
		record_save();
		goto work
	};
take_up_holder:
	atomic {
		assert(life[h].based);
		source = life[h].base;
		source_number = life[h].base_number;
		goto holds
	};
	/* One has been replaced, and nobody has been told. */
take_up_backup:
	atomic {
		assert(e[0].replaced || e[1].replaced);
		h = (e[0].replaced -> 1 : 0);
		source_find(OTHER(h));
		life[OTHER(h)].works = false;
		life[OTHER(h)].based = false;
		hold_on(h);
		goto holds
	}
}
