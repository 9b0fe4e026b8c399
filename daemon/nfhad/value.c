// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a configuration, and what they stand for. */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <linux/nfha.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "config_made.h"
#include "value.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* The number at the beginning, with what is behind it. */
static int leading_number(const char *word, uint64_t *number, char **end)
{
	if (!isdigit((unsigned char)*word))
		return -EINVAL;
	errno = 0;
	*number = strtoull(word, end, 10);
	return errno ? -EINVAL : 0;
}

static int number_with_unit(const char *word, const struct unit *unit,
			    uint64_t *value)
{
	uint64_t number;
	char *end;

	if (leading_number(word, &number, &end))
		return -EINVAL;
	while (unit->name && strcmp(unit->name, end) != 0)
		unit++;
	if (!unit->name || number > UINT64_MAX / unit->factor)
		return -EINVAL;
	*value = number * unit->factor;
	return 0;
}

int nfhad_value_number(const char *word, uint64_t *number)
{
	static const struct unit none[] = { { "", 1 }, { NULL, 0 } };

	return number_with_unit(word, none, number);
}

int nfhad_value_time(const char *word, uint64_t *us)
{
	static const struct unit units[] = {
		{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 },
		{ "m", 60000000 }, { "h", 3600000000 }, { NULL, 0 },
	};

	if (!strcmp(word, "0")) {
		*us = 0;
		return 0;
	}
	return number_with_unit(word, units, us);
}

int nfhad_value_size(const char *word, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 },
		{ NULL, 0 },
	};

	return number_with_unit(word, units, bytes);
}

int nfhad_value_rate(const char *word, uint64_t *rate)
{
	static const struct unit units[] = {
		{ "", 1 }, { "k", 1000 }, { "M", 1000000 }, { "G", 1000000000 },
		{ NULL, 0 },
	};

	return number_with_unit(word, units, rate);
}

int nfhad_value_bool(const char *word, bool *is)
{
	if (!strcmp(word, "true"))
		*is = true;
	else if (!strcmp(word, "false"))
		*is = false;
	else
		return -EINVAL;
	return 0;
}

bool nfhad_value_is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Letters and digits of ASCII, whatever the locale. */
static bool is_alnum(char c)
{
	return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

bool nfhad_value_is_name(const char *word)
{
	const char *c = word;

	if (!is_alnum(*c))
		return false;
	while (is_alnum(*c) || *c == '.' || *c == '_' || *c == '-')
		c++;
	return !*c && c - word <= NFHA_NAME_MAX;
}

static bool has_control(const char *word)
{
	for (; *word; word++)
		if (iscntrl((unsigned char)*word))
			return true;
	return false;
}

bool nfhad_value_is_netns(const char *word)
{
	return strncmp(word, NFHAD_ATTACHED, strlen(NFHAD_ATTACHED)) != 0 &&
	       *word && *word != '.' && !strchr(word, '/') &&
	       !has_control(word) && strlen(word) <= NAME_MAX;
}

bool nfhad_value_is_path(const char *word)
{
	return *word == '/' && !has_control(word) && strlen(word) < PATH_MAX;
}

bool nfhad_value_is_group(const char *word)
{
	size_t n;

	if (!nfhad_value_is_path(word))
		return false;
	for (; *word; word += n) {
		n = strcspn(++word, "/");
		if (!n || (n == 1 && *word == '.') ||
		    (n == 2 && !strncmp(word, "..", 2)))
			return false;
	}
	return true;
}

bool nfhad_value_is_address(const char *word)
{
	struct in6_addr address;

	return inet_pton(AF_INET, word, &address) == 1 ||
	       inet_pton(AF_INET6, word, &address) == 1;
}

bool nfhad_value_is_device(const char *word)
{
	const char *c;

	if (!*word || !strcmp(word, ".") || !strcmp(word, "..") ||
	    strlen(word) >= IFNAMSIZ)
		return false;
	for (c = word; *c; c++)
		if (!isascii((unsigned char)*c) || !isgraph((unsigned char)*c) || strchr("/:%", *c))
			return false;
	return true;
}

static bool is_unicast(int family, const uint8_t *address)
{
	static const uint8_t zero[16];

	if (family == AF_INET)
		return address[0] && address[0] < 224;
	return memcmp(address, zero, sizeof(zero)) != 0 && address[0] != 0xff;
}

int nfhad_value_prefix(const char *word, uint8_t *family, uint8_t address[16],
		       uint8_t *length)
{
	const char *slash = strchr(word, '/');
	char text[INET6_ADDRSTRLEN];
	uint64_t bits;
	int is;

	if (!slash || (size_t)(slash - word) >= sizeof(text) ||
	    nfhad_value_number(slash + 1, &bits))
		return -EINVAL;
	memcpy(text, word, slash - word);
	text[slash - word] = 0;
	is = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(is, text, address) != 1 ||
	    bits > (is == AF_INET ? 32 : 128))
		return -EINVAL;
	*family = is;
	*length = bits;
	return 0;
}

bool nfhad_value_is_prefix(const char *word)
{
	uint8_t family, address[16], length;

	return !nfhad_value_prefix(word, &family, address, &length);
}

bool nfhad_value_is_unicast(const char *word)
{
	uint8_t family, address[16], length;

	return !nfhad_value_prefix(word, &family, address, &length) &&
	       is_unicast(family, address);
}

int nfhad_value_mac(const char *word, uint8_t mac[6])
{
	size_t i;

	for (i = 0; i < 6; i++, word += 3) {
		char byte[3] = { word[0], word[0] ? word[1] : '\0', '\0' };

		if (!isxdigit((unsigned char)byte[0]) ||
		    !isxdigit((unsigned char)byte[1]) ||
		    word[2] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		mac[i] = strtoul(byte, NULL, 16);
	}
	return 0;
}

bool nfhad_value_is_mac(const char *word)
{
	static const uint8_t nobody[6];
	uint8_t mac[6];

	return !nfhad_value_mac(word, mac) && !(mac[0] & 1) &&
	       memcmp(mac, nobody, sizeof(mac)) != 0;
}

bool nfhad_value_is_text(const char *word)
{
	return *word && strlen(word) <= 255 && !has_control(word);
}

/* A variable of an environment, or a setting of the kernel's. */
bool nfhad_value_is_pair(const char *word)
{
	const char *c = word;

	if (isdigit((unsigned char)*c))
		return false;
	while (is_alnum(*c) || *c == '_' || *c == '.' || *c == '-')
		c++;
	return c > word && *c == '=';
}

bool nfhad_value_same_name(const char *pair, const char *other)
{
	size_t n = strcspn(pair, "=");

	return !strncmp(pair, other, n + 1);
}

int nfhad_value_span(const char *word, uint64_t *first, uint64_t *last)
{
	char *end;

	if (leading_number(word, first, &end) || *end != '-' ||
	    nfhad_value_number(end + 1, last) || *first > *last)
		return -EINVAL;
	return 0;
}
