// SPDX-License-Identifier: GPL-2.0-or-later
/* Who has too much to do, and who too little. */

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "overload.h"

#define US_PER_MS UINT64_C(1000)
#define US_PER_S UINT64_C(1000000)

/* What measures are called, and what they are counted in. */
static const struct {
	const char *name;
	const char *unit;
} measures[NFHAD_MEASURES] = {
	[NFHAD_MEASURE_PACKETS] = { "packets", "/s" },
	[NFHAD_MEASURE_BITS] = { "bits", "/s" },
	[NFHAD_MEASURE_NEW_FLOWS] = { "new flows", "/s" },
	[NFHAD_MEASURE_FLOWS] = { "flows", "" },
	[NFHAD_MEASURE_CPU] = { "cpu", " %" },
	[NFHAD_MEASURE_PRESSURE] = { "pressure", " %" },
	[NFHAD_MEASURE_DROPS] = { "drops", "/s" },
	[NFHAD_MEASURE_LATENCY] = { "latency", " us" },
};

static uint64_t limit_of(const struct nfhad_limits_config *limits,
			 enum nfhad_measure measure)
{
	const uint64_t limit[NFHAD_MEASURES] = {
		[NFHAD_MEASURE_PACKETS] = limits->packets,
		[NFHAD_MEASURE_BITS] = limits->bits,
		[NFHAD_MEASURE_NEW_FLOWS] = limits->new_flows,
		[NFHAD_MEASURE_FLOWS] = limits->flows,
		[NFHAD_MEASURE_CPU] = limits->cpu,
		[NFHAD_MEASURE_PRESSURE] = limits->pressure,
		[NFHAD_MEASURE_DROPS] = limits->drops,
		[NFHAD_MEASURE_LATENCY] = limits->latency_us,
	};

	return limit[measure];
}

static bool is_known(const struct nfhad_sample *sample,
		     enum nfhad_measure measure)
{
	return sample->known & NFHAD_MEASURE_BIT(measure);
}

/* What was later than now was just now. */
bool nfhad_overload_is_reached(const struct nfhad_limits_config *limits,
			       const struct nfhad_sample *sample)
{
	unsigned int i;

	for (i = 0; i < NFHAD_MEASURES; i++)
		if (limit_of(limits, i) && is_known(sample, i) &&
		    sample->value[i] >= limit_of(limits, i))
			return true;
	return false;
}

static uint64_t time_since(uint64_t then, uint64_t now)
{
	return now > then ? now - then : 0;
}

static bool has_lasted(uint64_t since, uint64_t now, uint32_t ms)
{
	return time_since(since, now) >= ms * US_PER_MS;
}

/* A text that grows as far as there is room. */
struct text {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3)))
static void say(struct text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= text->left)
		n = text->left - 1;
	text->at += n;
	text->left -= n;
}

static void say_value(struct text *text, const struct nfhad_sample *sample,
		      enum nfhad_measure measure, uint64_t limit)
{
	say(text, "%s %" PRIu64 "%s, threshold %" PRIu64 "%s",
	    measures[measure].name, sample->value[measure],
	    measures[measure].unit, limit, measures[measure].unit);
}

static void say_seconds(struct text *text, uint64_t us)
{
	say(text, "%" PRIu64 ".%u s", us / US_PER_S,
	    (unsigned int)(us % US_PER_S / (US_PER_S / 10)));
}

static void note_over(const struct nfhad_detector_config *detector,
		      struct nfhad_overload *instance,
		      const struct nfhad_sample *sample, uint64_t now)
{
	int i;

	for (i = 0; i < NFHAD_MEASURES; i++) {
		uint64_t limit = limit_of(&detector->overload, i);

		if (!limit || !is_known(sample, i) || sample->value[i] < limit) {
			instance->over &= ~NFHAD_MEASURE_BIT(i);
		} else if (!(instance->over & NFHAD_MEASURE_BIT(i))) {
			instance->over |= NFHAD_MEASURE_BIT(i);
			instance->over_since[i] = now;
		}
	}
}

static bool is_under_all(const struct nfhad_limits_config *limits,
			 const struct nfhad_sample *sample)
{
	bool any = false;
	int i;

	for (i = 0; i < NFHAD_MEASURES; i++) {
		uint64_t limit = limit_of(limits, i);

		if (!limit)
			continue;
		if (!is_known(sample, i) || sample->value[i] >= limit)
			return false;
		any = true;
	}
	return any;
}

static void note_under(const struct nfhad_detector_config *detector,
		       struct nfhad_overload *instance,
		       const struct nfhad_sample *sample, uint64_t now)
{
	bool is_under = is_under_all(&detector->underload, sample);

	if (is_under && !instance->is_under)
		instance->under_since = now;
	instance->is_under = is_under;
}

/* Of the values that have been over their thresholds for long enough, the one that
 * has been so longest; NFHAD_MEASURES: there is none.
 */
static enum nfhad_measure
worst_of(const struct nfhad_detector_config *detector,
	 const struct nfhad_overload *instance, uint64_t now)
{
	enum nfhad_measure worst = NFHAD_MEASURES;
	int i;

	for (i = 0; i < NFHAD_MEASURES; i++) {
		if (!(instance->over & NFHAD_MEASURE_BIT(i)) ||
		    !has_lasted(instance->over_since[i], now,
				detector->overload_for_ms))
			continue;
		if (worst == NFHAD_MEASURES ||
		    instance->over_since[i] < instance->over_since[worst])
			worst = i;
	}
	return worst;
}

static bool is_overloaded(const struct nfhad_detector_config *detector,
			  const struct nfhad_overload *instance,
			  const struct nfhad_sample *sample, uint64_t now,
			  struct text *text)
{
	enum nfhad_measure worst = worst_of(detector, instance, now);

	if (worst < NFHAD_MEASURES) {
		say_value(text, sample, worst,
			  limit_of(&detector->overload, worst));
		say(text, ", for ");
		say_seconds(text, time_since(instance->over_since[worst], now));
		return true;
	}
	if (!instance->is_noticed)
		return false;
	say(text, "notified ");
	say_seconds(text, time_since(instance->noticed, now));
	say(text, " ago");
	return true;
}

static bool is_underloaded(const struct nfhad_detector_config *detector,
			   const struct nfhad_overload *instance,
			   const struct nfhad_sample *sample, uint64_t now,
			   struct text *text)
{
	int i;

	if (!instance->is_under ||
	    !has_lasted(instance->under_since, now, detector->underload_for_ms))
		return false;
	for (i = 0; i < NFHAD_MEASURES; i++) {
		uint64_t limit = limit_of(&detector->underload, i);

		if (!limit)
			continue;
		say_value(text, sample, i, limit);
		say(text, ", ");
	}
	say(text, "for ");
	say_seconds(text, time_since(instance->under_since, now));
	return true;
}

uint32_t nfhad_overload_wanted(const struct nfhad_detector_config *detector)
{
	uint32_t wanted = 0;
	int i;

	for (i = 0; i < NFHAD_MEASURES; i++)
		if (limit_of(&detector->overload, i) ||
		    limit_of(&detector->underload, i))
			wanted |= NFHAD_MEASURE_BIT(i);
	return wanted;
}

enum nfhad_verdict
nfhad_overload_look(const struct nfhad_detector_config *detector,
		    struct nfhad_overload *instance,
		    const struct nfhad_sample *sample, uint64_t now,
		    char cause[NFHAD_OVERLOAD_CAUSE_SIZE])
{
	struct text text = { .at = cause, .left = NFHAD_OVERLOAD_CAUSE_SIZE };
	enum nfhad_verdict verdict;

	cause[0] = '\0';
	if (now >= instance->noticed_until)
		instance->is_noticed = false;
	note_over(detector, instance, sample, now);
	note_under(detector, instance, sample, now);
	if (now < instance->held_until)
		return NFHAD_NORMAL;
	if (is_overloaded(detector, instance, sample, now, &text))
		verdict = NFHAD_OVERLOADED;
	/* Who is overloaded, though not for long yet, has not too little to do. */
	else if (!instance->over &&
		 is_underloaded(detector, instance, sample, now, &text))
		verdict = NFHAD_UNDERLOADED;
	else
		return NFHAD_NORMAL;
	instance->held_until = now + detector->hold_down_ms * US_PER_MS;
	return verdict;
}

void nfhad_overload_notify(const struct nfhad_detector_config *detector,
			   struct nfhad_overload *instance, bool overloaded,
			   uint64_t now)
{
	uint64_t lasts = 2 * US_PER_MS * detector->interval_ms;

	if (lasts < NFHAD_OVERLOAD_NOTICE_US)
		lasts = NFHAD_OVERLOAD_NOTICE_US;
	instance->is_noticed = overloaded;
	instance->noticed = now;
	instance->noticed_until = now + lasts;
}
