// SPDX-License-Identifier: GPL-2.0-or-later

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nfhactl.h"

/* A zero at the beginning does not make it octal: 010 is ten, as a time is. */
int take_number(const char *word, uint64_t max, uint64_t *value)
{
	int base = strncasecmp(word, "0x", 2) ? 10 : 16;
	char *end;

	if (*word < '0' || *word > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(word, &end, base);
	return errno || *end || *value > max ? -EINVAL : 0;
}

/* As in nfhad.yaml, a bare number is none: it could be seconds or milliseconds. */
int take_time(const char *word, uint32_t *ms)
{
	static const struct {
		const char *name;
		uint32_t ms;
	} unit[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		     { "h", 3600000 } };
	unsigned long long n;
	char *end;
	size_t i;

	if (*word < '0' || *word > '9')
		return -EINVAL;
	if (!strcmp(word, "0")) {
		*ms = 0;
		return 0;
	}
	errno = 0;
	n = strtoull(word, &end, 10);
	for (i = 0; i < ARRAY_SIZE(unit); i++) {
		if (strcmp(end, unit[i].name) != 0)
			continue;
		if (errno || n > UINT32_MAX / unit[i].ms)
			return -EINVAL;
		*ms = n * unit[i].ms;
		return 0;
	}
	return -EINVAL;
}

int take_address(const char *word, uint8_t *address, uint8_t *family)
{
	if (inet_pton(AF_INET, word, address) == 1)
		*family = 4;
	else if (inet_pton(AF_INET6, word, address) == 1)
		*family = 6;
	else
		return -EINVAL;
	return 0;
}

/* ADDRESS, ADDRESS:PORT for IPv4, [ADDRESS]:PORT for IPv6. */
int take_end(const char *word, uint8_t *address, uint8_t *family,
	     uint16_t *port)
{
	char text[INET6_ADDRSTRLEN + 8];
	char *colon = NULL, *start = text;
	uint64_t n = 0;

	if (strlen(word) >= sizeof(text))
		return -EINVAL;
	memcpy(text, word, strlen(word) + 1);
	if (*text == '[') {
		char *close = strchr(text, ']');

		if (!close || (close[1] && close[1] != ':'))
			return -EINVAL;
		start = text + 1;
		if (close[1])
			colon = close + 1;
		*close = 0;
	} else if (strchr(text, ':') == strrchr(text, ':')) {
		colon = strchr(text, ':');
	}
	if (colon) {
		*colon = 0;
		if (take_number(colon + 1, UINT16_MAX, &n))
			return -EINVAL;
	}
	*port = n;
	return take_address(start, address, family);
}

static int take_mac(const char *word, uint8_t *mac)
{
	int n = 0;

	if (strspn(word, "0123456789abcdefABCDEF:") != strlen(word))
		return -EINVAL;
	if (sscanf(word, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0],
		   &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &n) != 6)
		return -EINVAL;
	return word[n] ? -EINVAL : 0;
}

/* DEV[/MAC][,DEV[/MAC]]... */
int take_ports(struct nfha_port *port, unsigned int *ports, unsigned int max,
	       const char *word, uint32_t side, bool detour)
{
	do {
		size_t len = strcspn(word, ",/");
		struct nfha_port *p = &port[*ports];

		if (*ports == max || !len || len > NFHA_IFNAME_MAX)
			return -EINVAL;
		memset(p, 0, sizeof(*p));
		memcpy(p->ifname, word, len);
		p->side = side;
		p->detour = detour;
		word += len;
		if (*word == '/') {
			char mac[18] = "";

			len = strcspn(++word, ",");
			if (len >= sizeof(mac))
				return -EINVAL;
			memcpy(mac, word, len);
			if (take_mac(mac, p->mac))
				return -EINVAL;
			p->has_mac = true;
			word += len;
		}
		++*ports;
	} while (*word++ == ',');
	return 0;
}

static const struct {
	const char *name;
	uint8_t proto;
} protocols[] = {
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	{ "sctp", IPPROTO_SCTP }, { "icmp", IPPROTO_ICMP },
	{ "icmpv6", IPPROTO_ICMPV6 },
};

int take_proto(const char *word, uint8_t *proto)
{
	uint64_t n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (!strcmp(word, protocols[i].name)) {
			*proto = protocols[i].proto;
			return 0;
		}
	}
	if (take_number(word, UINT8_MAX, &n))
		return -EINVAL;
	*proto = n;
	return 0;
}

const char *proto_name(uint8_t proto, char *buffer, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].proto == proto)
			return protocols[i].name;
	snprintf(buffer, size, "%u", proto);
	return buffer;
}

/* Letters and digits of ASCII, whatever the locale, as the kernel has it. */
static bool is_alnum(char c)
{
	return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

int take_name(char *to, const char *word)
{
	size_t len = 0;

	if (!is_alnum(*word))
		return -EINVAL;
	while (is_alnum(word[len]) || (word[len] && strchr("._-", word[len])))
		len++;
	if (word[len] || len > NFHA_NAME_MAX)
		return -EINVAL;
	memcpy(to, word, len + 1);
	return 0;
}

int bad_name(const struct request *r, const struct arg *arg, const char *word)
{
	return bad_value(r, arg, word,
			 "1 to 31 letters, digits, '.', '_' or '-', a letter or digit first");
}

/* As the kernel has it, whatever the locale. */
bool is_reason(const char *word)
{
	size_t len = 0;

	while (isascii((unsigned char)word[len]) &&
	       isprint((unsigned char)word[len]))
		len++;
	return len && len <= NFHA_REASON_MAX && !word[len];
}

const char *address_name(const uint8_t *address, uint8_t family, char *buffer,
			 size_t size)
{
	return inet_ntop(family == 4 ? AF_INET : AF_INET6, address, buffer,
			 size);
}

void end_name(const uint8_t *address, uint8_t family, uint16_t port,
	      char *buffer, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	address_name(address, family, text, sizeof(text));
	snprintf(buffer, size, family == 4 ? "%s:%u" : "[%s]:%u", text, port);
}
