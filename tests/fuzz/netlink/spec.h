/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_SPEC_H
#define FUZZ_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Types of attributes, as the specification calls them. */
enum spec_type {
	SPEC_U8,
	SPEC_U16,
	SPEC_U32,
	SPEC_U64,
	SPEC_STRING,
	SPEC_BINARY,
	SPEC_NEST,
	SPEC_FLAG,
	SPEC_PAD,
};

/**
 * struct spec_attr - an attribute
 * @name: its name
 * @id: its number on the wire
 * @type: enum spec_type
 * @min: least value of an integer; length of a binary, 0: any
 * @max: greatest value of an integer; longest string, without NUL, 0: any
 * @nested: of a nest, the set of what is in it
 * @is_enum: each value from @min to @max means something of its own
 * @is_multi: there may be several in one message
 */
struct spec_attr {
	const char *name;
	uint16_t id;
	enum spec_type type;
	uint64_t min;
	uint64_t max;
	unsigned int nested;
	bool is_enum;
	bool is_multi;
};

/**
 * struct spec_set - a set of attributes
 * @name: its name
 * @attr: its attributes
 * @count: how many
 */
struct spec_set {
	const char *name;
	const struct spec_attr *attr;
	size_t count;
};

/**
 * struct spec_command - a command that somebody may send, or a dump
 * @name: its name
 * @cmd: its number on the wire
 * @set: its set of attributes
 * @is_dump: the dump of this name
 * @request: which attributes of @set a request has
 * @count: how many
 */
struct spec_command {
	const char *name;
	uint8_t cmd;
	unsigned int set;
	bool is_dump;
	const unsigned char *request;
	size_t count;
};

/* More than there are commands and dumps, for tables by spec_command_index(). */
#define SPEC_COMMANDS_MAX 64

/** How many commands and dumps there are. */
size_t spec_commands(void);
/** A command by its place. @param i below spec_commands() */
const struct spec_command *spec_command(size_t i);
/** The place of a command, or of its dump; spec_commands() if there is none. */
size_t spec_command_index(uint8_t cmd, bool is_dump);
/** A set by its place. */
const struct spec_set *spec_set(unsigned int i);
/** An attribute of a set by its number on the wire, or NULL. */
const struct spec_attr *spec_attr_find(const struct spec_set *set, uint16_t id);
/** Bytes of an integer. @return 0 for what is none */
size_t spec_width(enum spec_type type);

#endif /* FUZZ_SPEC_H */
