// SPDX-License-Identifier: GPL-2.0-only

#include "compat.h"
#include "netlink.h"
#include "netlink_gen.h"

static int u64_put(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, NFHA_A_EPOCH_PAD);
}

static int names_put(struct sk_buff *skb, const struct nfha_instance *instance)
{
	return nla_put_string(skb, NFHA_A_EPOCH_SERVICE,
			      instance->service->name) ||
	       nla_put_string(skb, NFHA_A_EPOCH_INSTANCE, instance->name);
}

static struct nfha_instance *instance_of(struct nfha_service *service,
					 struct genl_info *info)
{
	return nfha_nl_instance(service, info->attrs[NFHA_A_EPOCH_INSTANCE],
				info->extack);
}

/* Whoever says so looks after it, or fails over from it, also if that is refused. Who
 * begins epochs, cuts them and gives them up may do so for ever.
 */
static struct nfha_instance *instance_attended(struct nfha_service *service,
					       struct genl_info *info)
{
	struct nfha_instance *instance = instance_of(service, info);

	if (!IS_ERR(instance))
		nfha_deadman_alive(instance);
	return instance;
}

static int number_reply(const struct nfha_instance *instance, u64 number,
			struct genl_info *info, struct sk_buff *reply)
{
	void *hdr = genlmsg_put_reply(reply, info, &nfha_nl_family, 0,
				      info->genlhdr->cmd);

	if (!hdr || names_put(reply, instance) ||
	    u64_put(reply, NFHA_A_EPOCH_EPOCH, number))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

/* What begins or cuts an epoch, and sets its number. */
typedef int (*step_fn)(struct nfha_instance *instance, u64 *number,
		       struct netlink_ext_ack *extack);

static int step(struct nfha_service *service, struct genl_info *info,
		struct sk_buff *reply, step_fn fn)
{
	struct nfha_instance *instance = instance_of(service, info);
	u64 number;
	int ret;

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	ret = fn(instance, &number, info->extack);
	return ret ?: number_reply(instance, number, info, reply);
}

static int epoch_begin(struct nfha_service *service, struct genl_info *info,
		       struct sk_buff *reply)
{
	return step(service, info, reply, nfha_epoch_begin);
}

static int epoch_cut(struct nfha_service *service, struct genl_info *info,
		     struct sk_buff *reply)
{
	return step(service, info, reply, nfha_epoch_cut);
}

static int epoch_commit(struct nfha_service *service, struct genl_info *info,
			struct sk_buff *reply)
{
	struct nfha_instance *instance = instance_of(service, info);
	u64 number;
	int ret;

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	if (!info->attrs[NFHA_A_EPOCH_EPOCH]) {
		NL_SET_ERR_MSG(info->extack,
			       "name the epoch; epoch-cut has said its number");
		return -EINVAL;
	}
	number = nla_get_u64(info->attrs[NFHA_A_EPOCH_EPOCH]);
	ret = nfha_epoch_commit(instance, number, info->extack);
	if (!ret)
		nfha_deadman_alive(instance);
	return ret ?: number_reply(instance, number, info, reply);
}

static int epoch_abort(struct nfha_service *service, struct genl_info *info,
		       struct sk_buff *reply)
{
	struct nfha_instance *instance = instance_of(service, info);
	u64 number = 0;
	int ret;

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	if (info->attrs[NFHA_A_EPOCH_EPOCH])
		number = nla_get_u64(info->attrs[NFHA_A_EPOCH_EPOCH]);
	ret = nfha_epoch_abort(instance, &number, info->extack);
	return ret ?: number_reply(instance, number, info, reply);
}

static int takeover_reply(const struct nfha_instance *instance,
			  const struct nfha_instance *backup,
			  const struct nfha_takeover *takeover,
			  struct genl_info *info, struct sk_buff *reply)
{
	void *hdr = genlmsg_put_reply(reply, info, &nfha_nl_family, 0,
				      NFHA_CMD_FAILOVER);

	if (!hdr || names_put(reply, instance) ||
	    (backup &&
	     nla_put_string(reply, NFHA_A_EPOCH_BACKUP, backup->name)) ||
	    u64_put(reply, NFHA_A_EPOCH_COMMITTED, takeover->committed) ||
	    u64_put(reply, NFHA_A_EPOCH_REPLAYED, takeover->replayed) ||
	    nla_put_u8(reply, NFHA_A_EPOCH_COMPLETE, takeover->complete))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

static int fence_alone(struct nfha_instance *instance, struct genl_info *info,
		       struct sk_buff *reply)
{
	struct nlattr *backup = info->attrs[NFHA_A_EPOCH_BACKUP];
	struct nfha_takeover takeover;
	int ret;

	if (backup) {
		NL_SET_ERR_MSG_ATTR(info->extack, backup,
				    "a fence alone has no backup; leave out one of them");
		return -EINVAL;
	}
	ret = nfha_failover_fence(instance, &takeover, info->extack);
	return ret ?: takeover_reply(instance, NULL, &takeover, info, reply);
}

static int failover(struct nfha_service *service, struct genl_info *info,
		    struct sk_buff *reply)
{
	struct nfha_instance *instance = instance_attended(service, info), *backup;
	struct nfha_takeover takeover;
	int ret;

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	if (nla_get_flag(info->attrs[NFHA_A_EPOCH_FENCE_ONLY]))
		return fence_alone(instance, info, reply);
	backup = instance->successor;
	if (info->attrs[NFHA_A_EPOCH_BACKUP])
		backup = nfha_nl_instance(service,
					  info->attrs[NFHA_A_EPOCH_BACKUP],
					  info->extack);
	if (IS_ERR(backup))
		return PTR_ERR(backup);
	if (!backup) {
		NL_SET_ERR_MSG(info->extack,
			       "name the backup; the instance has no successor");
		return -EINVAL;
	}
	ret = nfha_failover(instance, backup, &takeover, info->extack);
	return ret ?: takeover_reply(instance, backup, &takeover, info, reply);
}

static int epoch_alive(struct nfha_service *service, struct genl_info *info)
{
	if (!info->attrs[NFHA_A_EPOCH_INSTANCE]) {
		nfha_deadman_alive_all(service);
		return 0;
	}
	return PTR_ERR_OR_ZERO(instance_attended(service, info));
}

int nfha_nl_epoch_alive_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_request(info, NFHA_A_EPOCH_SERVICE, epoch_alive);
}

int nfha_nl_epoch_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_EPOCH_SERVICE, NFHA_NL_SIZE,
			      epoch_begin);
}

int nfha_nl_epoch_cut_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_EPOCH_SERVICE, NFHA_NL_SIZE,
			      epoch_cut);
}

int nfha_nl_epoch_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_EPOCH_SERVICE, NFHA_NL_SIZE,
			      epoch_commit);
}

int nfha_nl_epoch_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_EPOCH_SERVICE, NFHA_NL_SIZE,
			      epoch_abort);
}

int nfha_nl_failover_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_EPOCH_SERVICE, NFHA_NL_SIZE,
			      failover);
}

static int queue_put(struct sk_buff *skb, int attrtype,
		     const struct nfha_queue_state *state, u64 limit)
{
	struct nlattr *nest = nla_nest_start(skb, attrtype);

	if (!nest ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_PACKETS, state->packets,
			      NFHA_A_QUEUE_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_BYTES, state->bytes,
			      NFHA_A_QUEUE_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_LIMIT, limit,
			      NFHA_A_QUEUE_PAD) ||
	    nla_put_u32(skb, NFHA_A_QUEUE_OLDEST_MS, state->oldest_ms) ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_PACKETS_HIGH,
			      state->packets_high, NFHA_A_QUEUE_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_BYTES_HIGH, state->bytes_high,
			      NFHA_A_QUEUE_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_TOTAL, state->total,
			      NFHA_A_QUEUE_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_A_QUEUE_DROPPED, state->dropped,
			      NFHA_A_QUEUE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* All at one instant, so that the numbers agree. */
static int state_put(struct sk_buff *skb, struct nfha_epoch *epoch)
{
	const struct nfha_settings *set = &epoch->instance->service->set;
	struct nfha_queue_state log, hold;
	int ret;

	spin_lock_bh(&epoch->lock);
	nfha_log_state(&epoch->log, &log);
	nfha_queue_state(&epoch->hold.queue, &hold);
	ret = u64_put(skb, NFHA_A_EPOCH_EPOCH, epoch->open) ||
	      u64_put(skb, NFHA_A_EPOCH_COMMITTED, epoch->committed) ||
	      nla_put_u32(skb, NFHA_A_EPOCH_PENDING, epoch->pending) ||
	      nla_put_u32(skb, NFHA_A_EPOCH_FLAGS, nfha_epoch_flags(epoch)) ||
	      queue_put(skb, NFHA_A_EPOCH_LOG, &log, set->log_max) ||
	      queue_put(skb, NFHA_A_EPOCH_HOLD, &hold, set->hold_max) ||
	      u64_put(skb, NFHA_A_EPOCH_WAITING,
		      nfha_log_waiting(&epoch->log)) ||
	      u64_put(skb, NFHA_A_EPOCH_UNLOGGED, epoch->log.unlogged) ||
	      u64_put(skb, NFHA_A_EPOCH_FENCED, epoch->fenced_packets) ||
	      u64_put(skb, NFHA_A_EPOCH_UNCOMMITTED,
		      epoch->hold.uncommitted) ||
	      u64_put(skb, NFHA_A_EPOCH_REPLAYED, epoch->replayed);
	spin_unlock_bh(&epoch->lock);
	return ret ? -EMSGSIZE : 0;
}

static int epoch_put(struct sk_buff *skb, const struct nfha_instance *instance)
{
	const struct nfha_instance *backup = nfha_failover_backup(instance);

	if (names_put(skb, instance) ||
	    nla_put_u32(skb, NFHA_A_EPOCH_RECOVERY,
			instance->service->set.recovery) ||
	    (instance->successor &&
	     nla_put_string(skb, NFHA_A_EPOCH_SUCCESSOR,
			    instance->successor->name)) ||
	    (backup &&
	     nla_put_string(skb, NFHA_A_EPOCH_BACKUP, backup->name)))
		return -EMSGSIZE;
	return state_put(skb, nfha_instance_epoch(instance));
}

static int message_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		       const struct nfha_instance *instance)
{
	void *hdr = genlmsg_put(skb, portid, seq, &nfha_nl_family, flags,
				NFHA_CMD_EPOCH_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (epoch_put(skb, instance)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int epoch_get(struct nfha_service *service, struct genl_info *info,
		     struct sk_buff *reply)
{
	struct nfha_instance *instance = instance_of(service, info);

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	if (!nfha_instance_epoch(instance)) {
		NL_SET_ERR_MSG(info->extack,
			       "the service has no recovery; set it to checkpoint or buffer first");
		return -EOPNOTSUPP;
	}
	return message_put(reply, info->snd_portid, info->snd_seq, 0, instance);
}

int nfha_nl_epoch_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nfha_nl_answer(info, NFHA_A_EPOCH_SERVICE, NFHA_NL_SIZE,
			      epoch_get);
}

static int dump_put(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		    const struct nfha_instance *instance)
{
	return nfha_instance_epoch(instance) ?
	       message_put(skb, portid, seq, flags, instance) : 0;
}

int nfha_nl_epoch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nfha_nl_instances_dump(skb, cb, NFHA_A_EPOCH_SERVICE,
				      NFHA_A_EPOCH_INSTANCE, dump_put);
}
