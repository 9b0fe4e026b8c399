/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_NETLINK_H
#define NFHA_NETLINK_H

#include <net/genetlink.h>
#include <net/sock.h>

#include "failover.h"
#include "service.h"

/* netlink.c */
extern struct genl_family nfha_nl_family;

/* More than the largest service with all its ports, or instance, takes. */
#define NFHA_NL_SIZE (8 * 1024)

int nfha_netlink_init(void);
void nfha_netlink_exit(void);
int nfha_nl_name_check(struct nlattr *attr, struct netlink_ext_ack *extack);
struct nfha_service *nfha_nl_service(struct nfha_net *nn, struct nlattr *attr,
				     struct netlink_ext_ack *extack);
struct nfha_instance *nfha_nl_instance(struct nfha_service *service,
				       struct nlattr *attr,
				       struct netlink_ext_ack *extack);
int nfha_nl_port_parse(struct net *net, struct nlattr *attr,
		       struct nfha_port_config *config,
		       struct netlink_ext_ack *extack);
int nfha_nl_ports_parse(struct genl_info *info, int attrtype,
			struct nfha_port_config *port, unsigned int max);
int nfha_nl_port_put(struct sk_buff *skb, int attrtype,
		     const struct nfha_port *port);

bool nfha_nl_is_heard(struct net *net);
int nfha_nl_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
		     unsigned int seq, int ret);

/* Does what a request about a service asks for; 0 or a negative errno. */
typedef int (*nfha_nl_request_fn)(struct nfha_service *service,
				  struct genl_info *info);

int nfha_nl_request(struct genl_info *info, int attrtype,
		    nfha_nl_request_fn fn);

/* Fills in the reply to a request about a service; 0 or a negative errno. */
typedef int (*nfha_nl_answer_fn)(struct nfha_service *service,
				 struct genl_info *info, struct sk_buff *reply);

int nfha_nl_answer(struct genl_info *info, int attrtype, size_t size,
		   nfha_nl_answer_fn fn);

/* netlink_service.c */
int nfha_nl_service_put(struct sk_buff *skb,
			const struct nfha_service *service);

/* Adds a message about a service; 0 or -EMSGSIZE. */
typedef int (*nfha_nl_service_dump_fn)(struct sk_buff *skb, u32 portid, u32 seq,
				       int flags,
				       const struct nfha_service *service);

int nfha_nl_services_dump(struct sk_buff *skb, struct netlink_callback *cb,
			  int name_attr, nfha_nl_service_dump_fn put);
/* netlink_instance.c */
int nfha_nl_instance_put(struct sk_buff *skb,
			 const struct nfha_instance *instance);

/* Adds a message about an instance; 0 or -EMSGSIZE. */
typedef int (*nfha_nl_dump_fn)(struct sk_buff *skb, u32 portid, u32 seq,
			       int flags, const struct nfha_instance *instance);

int nfha_nl_instances_dump(struct sk_buff *skb, struct netlink_callback *cb,
			   int service_attr, int name_attr,
			   nfha_nl_dump_fn put);
/* netlink_map.c */
int nfha_nl_map_put(struct sk_buff *skb, const struct nfha_service *service);
struct sk_buff *nfha_nl_map_message(const struct nfha_service *service,
				    u32 portid, u32 seq, u8 cmd);

/* event.c: multicast to the group "events"; process context. The first three
 * are called with nfha_net.lock held and say how the object is now.
 */
void nfha_event_service(const struct nfha_service *service, u8 cmd);
void nfha_event_instance(const struct nfha_instance *instance, u8 cmd);
void nfha_event_map(const struct nfha_service *service);
void nfha_event_threshold(const struct nfha_service *service, u32 exceptions);
void nfha_event_drain(const struct nfha_instance *instance, u32 end);
void nfha_event_table_full(const struct nfha_service *service);
void nfha_event_port(const struct nfha_port *port, u32 what);
void nfha_event_fenced(const struct nfha_instance *instance, u32 reason);
void nfha_event_failover(const struct nfha_instance *master,
			 const struct nfha_instance *backup,
			 const struct nfha_takeover *takeover);
void nfha_event_overload(const struct nfha_instance *instance, u32 level,
			 const char *reason);
/* Without nfha_net.lock. */
void nfha_event_watermark(const struct nfha_instance *instance, u32 which,
			  u64 bytes);
void nfha_event_unattended(const struct nfha_instance *instance, u64 number);
void nfha_event_overflow(const struct nfha_instance *instance, u32 what,
			 u64 number);

#endif /* NFHA_NETLINK_H */
