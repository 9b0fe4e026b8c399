// SPDX-License-Identifier: GPL-2.0-or-later
/* Images of connections: what is written is read, and nothing else is. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctimage.h"
#include "ctrequest.h"
#include "cttuple.h"
#include "unit.h"

#define BASE "connections.base"
#define DELTA "connections.delta"

static struct nfhad_ctstate *state;
static struct nfhad_ctimage image;
static char root[64];
static int root_fd;

static void put_tuple(struct nlmsghdr *nlh, uint16_t type, uint32_t src,
		      uint32_t dst, uint16_t sport, uint16_t dport)
{
	struct nlattr *tuple, *nest;

	tuple = mnl_attr_nest_start(nlh, type);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put_u32(nlh, CTA_IP_V4_SRC, htonl(src));
	mnl_attr_put_u32(nlh, CTA_IP_V4_DST, htonl(dst));
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, IPPROTO_TCP);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(sport));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(dport));
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_nest_end(nlh, tuple);
}

/* What an event says of a connection; @mark 0: nothing of its mark. */
static void say(uint16_t port, uint32_t id, uint32_t mark, bool gone)
{
	/* What is between attributes of two bytes is part of a key, too. */
	uint32_t buffer[256] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfhad_ctattrs attrs;

	put_tuple(nlh, CTA_TUPLE_ORIG, 0x0a000002, 0xc0000201, port, 80);
	put_tuple(nlh, CTA_TUPLE_REPLY, 0xc0000201, 0xc000020a, 80, port + 1);
	mnl_attr_put_u32(nlh, CTA_ID, htonl(id));
	mnl_attr_put_u32(nlh, CTA_STATUS,
			 htonl(IPS_CONFIRMED | IPS_ASSURED | IPS_SRC_NAT |
			       IPS_NAT_DONE_MASK));
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(1000));
	if (mark)
		mnl_attr_put_u32(nlh, CTA_MARK, htonl(mark));
	ck_assert_int_eq(nfhad_ctattrs_parse(NFHAD_CT_CONNECTION, AF_INET,
					     mnl_nlmsg_get_payload(nlh),
					     mnl_nlmsg_get_payload_len(nlh),
					     &attrs), 0);
	if (gone)
		nfhad_ctstate_forget(state, &attrs);
	else
		ck_assert_int_eq(nfhad_ctstate_learn(state, &attrs, false), 0);
}

static void expect(uint16_t port)
{
	/* What is between attributes of two bytes is part of a key, too. */
	uint32_t buffer[256] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfhad_ctattrs attrs;

	put_tuple(nlh, CTA_EXPECT_TUPLE, 0x0a000002, 0xc0000201, 0, port);
	put_tuple(nlh, CTA_EXPECT_MASK, ~0U, ~0U, 0, 0xffff);
	put_tuple(nlh, CTA_EXPECT_MASTER, 0x0a000002, 0xc0000201, 1, 80);
	mnl_attr_put_u32(nlh, CTA_EXPECT_TIMEOUT, htonl(300));
	ck_assert_int_eq(nfhad_ctattrs_parse(NFHAD_CT_EXPECTATION, AF_INET,
					     mnl_nlmsg_get_payload(nlh),
					     mnl_nlmsg_get_payload_len(nlh),
					     &attrs), 0);
	ck_assert_int_eq(nfhad_ctstate_learn(state, &attrs, false), 0);
}

static int new_image(const char *name)
{
	int fd;

	ck_assert_int_eq(mkdirat(root_fd, name, 0700), 0);
	fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void setup(void)
{
	snprintf(root, sizeof(root), "/tmp/nfha-ctimage-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	root_fd = open(root, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(root_fd, 0);
	ck_assert_int_eq(nfhad_ctstate_new(&state), 0);
	nfhad_ctimage_init(&image);
}

static void remove_image(const char *name)
{
	int dir = openat(root_fd, name, O_RDONLY | O_DIRECTORY);

	if (dir < 0)
		return;
	unlinkat(dir, BASE, 0);
	unlinkat(dir, DELTA, 0);
	close(dir);
	unlinkat(root_fd, name, AT_REMOVEDIR);
}

static void teardown(void)
{
	nfhad_ctstate_free(state);
	nfhad_ctimage_free(&image);
	remove_image("1");
	remove_image("2");
	remove_image("bad");
	close(root_fd);
	rmdir(root);
}

/* The same connections and expectations, attribute by attribute, in any order. */
static bool is_in(const struct nfhad_ctstate *where,
		  const struct nfhad_ctentry *what)
{
	const struct nfhad_ctentry *entry = NULL;

	while ((entry = nfhad_ctstate_all(where, what->kind, entry)))
		if (entry->len == what->len &&
		    !memcmp(entry->attr, what->attr, what->len))
			return true;
	return false;
}

static void is_same(const struct nfhad_ctstate *a,
		    const struct nfhad_ctstate *b)
{
	enum nfhad_ctkind kinds[] = { NFHAD_CT_CONNECTION,
				      NFHAD_CT_EXPECTATION };
	const struct nfhad_ctentry *entry;
	size_t i;

	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(nfhad_ctstate_count(a, kinds[i]),
				  nfhad_ctstate_count(b, kinds[i]));
		entry = NULL;
		while ((entry = nfhad_ctstate_all(a, kinds[i], entry)))
			ck_assert(is_in(b, entry));
	}
}

static void reads_as_state(int dir)
{
	struct nfhad_ctstate *read;

	ck_assert_int_eq(nfhad_ctimage_read(dir, &read), 0);
	is_same(state, read);
	nfhad_ctstate_free(read);
}

static void write_image(int dir)
{
	ck_assert_int_eq(nfhad_ctimage_begin(&image, state, dir), 0);
	ck_assert_int_eq(nfhad_ctimage_write(&image, state, dir), 0);
	ck_assert_int_eq(nfhad_ctimage_end(&image, dir), 0);
}

START_TEST(what_is_written_is_read)
{
	int dir = new_image("1");
	uint16_t i;

	for (i = 0; i < 100; i++)
		say(1000 + i, i + 1, i, false);
	expect(2000);
	write_image(dir);
	reads_as_state(dir);
	close(dir);
}

START_TEST(a_delta_has_what_has_changed)
{
	struct stat first, second;
	int dir = new_image("1");
	uint16_t i;

	for (i = 0; i < 5000; i++)
		say(1000 + i, i + 1, 7, false);
	write_image(dir);
	ck_assert_int_eq(fstatat(dir, BASE, &first, 0), 0);
	close(dir);
	/* Changed, gone, gone and come again, new, new and gone. */
	say(1000, 1, 8, false);
	say(1001, 2, 0, true);
	say(1002, 3, 0, true);
	say(1002, 9000, 9, false);
	say(900, 9001, 9, false);
	say(901, 9002, 9, false);
	say(901, 9002, 0, true);
	dir = new_image("2");
	write_image(dir);
	ck_assert_int_eq(fstatat(dir, BASE, &second, 0), 0);
	ck_assert_uint_eq(first.st_ino, second.st_ino);
	ck_assert_int_eq(fstatat(dir, DELTA, &second, 0), 0);
	ck_assert_int_lt(second.st_size, 2000);
	reads_as_state(dir);
	close(dir);
}

/* Nobody knows how much of it there is. */
START_TEST(a_base_that_failed_is_written_anew)
{
	int dir = new_image("1");

	say(1000, 1, 7, false);
	ck_assert_int_eq(nfhad_ctimage_begin(&image, state, dir), 0);
	close(dir);
	say(1001, 2, 7, false);
	dir = new_image("2");
	write_image(dir);
	reads_as_state(dir);
	close(dir);
}

START_TEST(a_base_that_is_gone_is_written_anew)
{
	int dir = new_image("1");

	say(1000, 1, 7, false);
	write_image(dir);
	close(dir);
	remove_image("1");
	say(1001, 2, 7, false);
	dir = new_image("2");
	write_image(dir);
	reads_as_state(dir);
	close(dir);
}

static const struct nfhad_ctentry *only(enum nfhad_ctkind kind)
{
	ck_assert_uint_eq(nfhad_ctstate_count(state, kind), 1);
	return nfhad_ctstate_all(state, kind, NULL);
}

static uint32_t mark_of(const struct nfhad_ctentry *entry)
{
	struct nfhad_ctattrs attrs;

	ck_assert_int_eq(nfhad_ctattrs_parse(entry->kind, entry->family,
					     entry->attr, entry->len, &attrs),
			 0);
	return nfhad_ctattr_u32(attrs.at[CTA_MARK], 0);
}

START_TEST(what_an_event_does_not_say_stays)
{
	say(1000, 1, 7, false);
	say(1000, 1, 0, false);
	ck_assert_uint_eq(mark_of(only(NFHAD_CT_CONNECTION)), 7);
	/* But not of another connection with the same addresses. */
	say(1000, 2, 0, false);
	ck_assert_uint_eq(mark_of(only(NFHAD_CT_CONNECTION)), 0);
	/* Nor does the end of the old one end it. */
	say(1000, 1, 0, true);
	only(NFHAD_CT_CONNECTION);
	say(1000, 2, 0, true);
	ck_assert_uint_eq(nfhad_ctstate_count(state, NFHAD_CT_CONNECTION), 0);
}

START_TEST(a_sweep_forgets_who_is_not_there)
{
	say(1000, 1, 7, false);
	say(1001, 2, 7, false);
	nfhad_ctstate_sweep(state);
	say(1001, 2, 7, false);
	nfhad_ctstate_swept(state);
	ck_assert_uint_eq(only(NFHAD_CT_CONNECTION)->id, 2);
}

/* The attributes of a request to make a connection. */
static void request_for(const struct nfhad_ctentry *entry, void *buffer,
			struct nfhad_ctattrs *attrs)
{
	struct nlmsghdr *nlh;
	void *text;
	size_t len;

	nlh = nfhad_ctrequest_connection(buffer, entry, false, 1);
	ck_assert_ptr_nonnull(nlh);
	text = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	len = mnl_nlmsg_get_payload_len(nlh) - sizeof(struct nfgenmsg);
	ck_assert_int_eq(nfhad_ctattrs_parse(NFHAD_CT_CONNECTION, AF_INET, text,
					     len, attrs), 0);
}

/* The answers' way without translation, and what it is translated to. */
START_TEST(a_translation_is_asked_for)
{
	uint32_t buffer[NFHAD_CTREQUEST_BYTES / 4];
	const struct nlattr *nat[NFHAD_CTATTR_TYPES];
	struct nfhad_cttuple reply;
	struct nfhad_ctattrs attrs;

	say(1000, 1, 7, false);
	request_for(only(NFHAD_CT_CONNECTION), buffer, &attrs);
	ck_assert_int_eq(nfhad_cttuple_parse(attrs.at[CTA_TUPLE_REPLY], AF_INET,
					     &reply), 0);
	ck_assert_uint_eq(nfhad_ctattr_u32(reply.ip[CTA_IP_V4_DST], 0),
			  0x0a000002);
	ck_assert_uint_eq(nfhad_ctattr_u16(reply.proto[CTA_PROTO_DST_PORT], 0),
			  1000);
	ck_assert_int_eq(nfhad_ctattrs_nested(attrs.at[CTA_NAT_SRC], nat), 0);
	ck_assert_uint_eq(nfhad_ctattr_u32(nat[CTA_NAT_V4_MINIP], 0),
			  0xc000020a);
	ck_assert_uint_eq(nfhad_ctattr_u32(attrs.at[CTA_STATUS], 0),
			  IPS_CONFIRMED | IPS_ASSURED);
}

struct text {
	char *data;
	size_t len;
};

static void put_file(int dir, const char *name, const struct text *text)
{
	unlinkat(dir, name, 0);
	ck_assert_int_eq(nfhad_ctfile_write(dir, name, text->data, text->len),
			 0);
}

/* Whatever is read has to be something that requests can be made of, or not. */
static int read_and_use(int dir)
{
	uint32_t buffer[NFHAD_CTREQUEST_BYTES / 4];
	const struct nfhad_ctentry *entry = NULL;
	struct nfhad_ctstate *read;
	struct nlmsghdr *nlh;
	int ret;

	ret = nfhad_ctimage_read(dir, &read);
	if (ret)
		return ret;
	while ((entry = nfhad_ctstate_all(read, NFHAD_CT_CONNECTION, entry))) {
		nlh = nfhad_ctrequest_connection(buffer, entry, true, 1);
		ck_assert(!nlh || nlh->nlmsg_len <= sizeof(buffer));
	}
	while ((entry = nfhad_ctstate_all(read, NFHAD_CT_EXPECTATION, entry))) {
		nlh = nfhad_ctrequest_expectation(buffer, entry, 1, false, 1);
		ck_assert(nlh->nlmsg_len <= sizeof(buffer));
	}
	nfhad_ctstate_free(read);
	return 0;
}

/* A good image, in memory, and a directory for what becomes of it. */
static int good_image(struct text *base, struct text *delta)
{
	int dir = new_image("1");

	say(1000, 1, 7, false);
	say(1001, 2, 7, false);
	write_image(dir);
	close(dir);
	say(1001, 2, 0, true);
	say(1002, 3, 8, false);
	expect(2000);
	dir = new_image("2");
	write_image(dir);
	ck_assert_int_eq(nfhad_ctfile_read(dir, BASE, &base->data, &base->len),
			 0);
	ck_assert_int_eq(nfhad_ctfile_read(dir, DELTA, &delta->data,
					   &delta->len), 0);
	close(dir);
	dir = new_image("bad");
	put_file(dir, BASE, base);
	put_file(dir, DELTA, delta);
	ck_assert_int_eq(read_and_use(dir), 0);
	return dir;
}

/* Each file is tried with each of these, and is whole again afterwards. */
static void with_both(void (*fn)(int dir, const char *name,
				 const struct text *text))
{
	struct text base, delta;
	int dir = good_image(&base, &delta);

	fn(dir, BASE, &base);
	put_file(dir, BASE, &base);
	fn(dir, DELTA, &delta);
	free(base.data);
	free(delta.data);
	close(dir);
}

static void cut_anywhere(int dir, const char *name, const struct text *text)
{
	struct text part = *text;

	for (part.len = 0; part.len < text->len; part.len++) {
		put_file(dir, name, &part);
		ck_assert_int_eq(read_and_use(dir), -EBADMSG);
	}
}

static void flip_anything(int dir, const char *name, const struct text *text)
{
	size_t i;
	int bit;

	for (i = 0; i < text->len; i++) {
		for (bit = 0; bit < 8; bit++) {
			text->data[i] ^= 1 << bit;
			put_file(dir, name, text);
			/* An address is as good as another. */
			read_and_use(dir);
			text->data[i] ^= 1 << bit;
		}
	}
}

static void lie_about_lengths(int dir, const char *name,
			      const struct text *text)
{
	static const uint32_t lie[] = { 0, 1, 3, 0x7fffffff, 0xffffffff,
					0x0001ffff, 0xfffcffff };
	char was[4];
	size_t i, j;

	for (i = 0; i + 4 <= text->len; i += 4) {
		for (j = 0; j < sizeof(lie) / sizeof(*lie); j++) {
			memcpy(was, text->data + i, 4);
			memcpy(text->data + i, &lie[j], 4);
			put_file(dir, name, text);
			read_and_use(dir);
			memcpy(text->data + i, was, 4);
		}
	}
}

START_TEST(a_part_of_an_image_is_refused)
{
	with_both(cut_anywhere);
}

START_TEST(a_wrong_bit_does_no_harm)
{
	with_both(flip_anything);
}

START_TEST(a_wrong_length_does_no_harm)
{
	with_both(lie_about_lengths);
}

START_TEST(files_that_do_not_belong_together_are_refused)
{
	struct text base, delta;
	int dir = good_image(&base, &delta);

	put_file(dir, DELTA, &base);
	ck_assert_int_eq(read_and_use(dir), -EBADMSG);
	put_file(dir, BASE, &delta);
	ck_assert_int_eq(read_and_use(dir), -EBADMSG);
	put_file(dir, BASE, &base);
	/* The number that both have. */
	delta.data[16] ^= 1;
	put_file(dir, DELTA, &delta);
	ck_assert_int_eq(read_and_use(dir), -EBADMSG);
	free(base.data);
	free(delta.data);
	close(dir);
}

START_TEST(what_is_no_file_is_refused)
{
	struct text base, delta;
	int dir = good_image(&base, &delta);

	unlinkat(dir, DELTA, 0);
	ck_assert_int_eq(read_and_use(dir), -ENOENT);
	ck_assert_int_eq(symlinkat("/etc/passwd", dir, DELTA), 0);
	ck_assert_int_eq(read_and_use(dir), -ELOOP);
	unlinkat(dir, DELTA, 0);
	ck_assert_int_eq(mkfifoat(dir, DELTA, 0600), 0);
	ck_assert_int_eq(read_and_use(dir), -EBADMSG);
	free(base.data);
	free(delta.data);
	close(dir);
}

UNIT_MAIN_FIXTURE("ctimage", setup, teardown, what_is_written_is_read,
		  a_delta_has_what_has_changed,
		  a_base_that_failed_is_written_anew,
		  a_base_that_is_gone_is_written_anew,
		  what_an_event_does_not_say_stays,
		  a_sweep_forgets_who_is_not_there, a_translation_is_asked_for,
		  a_part_of_an_image_is_refused, a_wrong_bit_does_no_harm,
		  a_wrong_length_does_no_harm,
		  files_that_do_not_belong_together_are_refused,
		  what_is_no_file_is_refused)
