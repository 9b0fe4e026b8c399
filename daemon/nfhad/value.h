/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_VALUE_H
#define NFHAD_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Words of a configuration, and what they stand for. All return -EINVAL for what
 * is none, and set nothing then.
 */
int nfhad_value_number(const char *word, uint64_t *number);
int nfhad_value_bool(const char *word, bool *is);

/* A number and us, ms, s, m or h; 0 needs none. In microseconds. */
int nfhad_value_time(const char *word, uint64_t *us);

/* A number and K, M, G or nothing. In bytes. */
int nfhad_value_size(const char *word, uint64_t *bytes);

/* FIRST-LAST, and the first is no greater. */
int nfhad_value_span(const char *word, uint64_t *first, uint64_t *last);

/* Six bytes in hexadecimal with colons between them. */
int nfhad_value_mac(const char *word, uint8_t mac[6]);

/* A number and k, M, G, by thousands, or nothing. */
int nfhad_value_rate(const char *word, uint64_t *rate);

/**
 * nfhad_value_is_name - can a service or an instance be called so?
 * @word: the name
 *
 * As the module has it: such a name is one component of a path, and not a hidden one.
 *
 * Return: true if so.
 */
bool nfhad_value_is_name(const char *word);

/* Of a network namespace: what can be in /run/netns, but no name that nfhad gives itself. */
bool nfhad_value_is_netns(const char *word);
bool nfhad_value_is_path(const char *word);

/* A path, not that of the root, of names without "." and "..", one slash before each. */
bool nfhad_value_is_group(const char *word);
bool nfhad_value_is_address(const char *word);

#define NFHAD_VALUE_DEVICE \
	"1 to 15 printable characters of ASCII without '/', ':' or '%'"

/* Of a network device. The kernel takes more letters, and makes a number of a '%'. */
bool nfhad_value_is_device(const char *word);

/**
 * nfhad_value_prefix - an address and the length of its network, "192.0.2.1/24"
 * @word: the text
 * @family: set; AF_INET or AF_INET6
 * @address: set; 4 or 16 bytes
 * @length: set; of the prefix, in bits
 *
 * Return: 0, or -EINVAL for what is none.
 */
int nfhad_value_prefix(const char *word, uint8_t *family, uint8_t address[16],
		       uint8_t *length);

bool nfhad_value_is_prefix(const char *word);

/* The same, of a host: neither nobody's, nor of several. */
bool nfhad_value_is_unicast(const char *word);

/* Of one station: neither a group nor nobody. */
bool nfhad_value_is_mac(const char *word);
bool nfhad_value_is_text(const char *word);

/* NULL is no word, and the same only as NULL. */
bool nfhad_value_is_same(const char *a, const char *b);
bool nfhad_value_is_pair(const char *word);

/* Have two such pairs one name? */
bool nfhad_value_same_name(const char *pair, const char *other);

#endif /* NFHAD_VALUE_H */
