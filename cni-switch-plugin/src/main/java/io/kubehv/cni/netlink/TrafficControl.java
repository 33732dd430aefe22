package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_ACK;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_EXCL;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_REPLACE;
import static io.kubehv.cni.netlink.NetlinkMessage.ordered;

import io.kubehv.cni.linux.BpfProgram;
import io.kubehv.cni.linux.LinuxException;
import java.util.List;
import java.util.function.Consumer;

/** What becomes of frames on their way into and out of an interface (tc(8), linux/pkt_sched.h, linux/pkt_cls.h). */
public final class TrafficControl {
    private static final int RTM_NEWQDISC = 36;
    private static final int RTM_DELQDISC = 37;
    private static final int RTM_NEWTFILTER = 44;
    private static final int RTM_DELTFILTER = 45;
    private static final int RTM_GETTFILTER = 46;
    private static final int TCMSG_BYTES = 20;
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;

    private static final int TC_H_ROOT = 0xFFFFFFFF;
    private static final int TC_H_CLSACT = 0xFFFFFFF1;
    private static final int CLSACT_HANDLE = 0xFFFF0000;
    /** All protocols, in the network's byte order. */
    private static final int ETH_P_ALL = 0x0300;

    private static final int TCA_U32_SEL = 5;
    private static final int TCA_U32_ACT = 7;
    private static final int U32_SELECTOR_BYTES = 32;
    private static final int TCA_ACT_KIND = 1;
    private static final int TCA_ACT_OPTIONS = 2;
    private static final int TCA_MIRRED_PARMS = 2;
    private static final int MIRRED_BYTES = 28;
    private static final int TC_ACT_PIPE = 3;
    private static final int TC_ACT_STOLEN = 4;
    private static final int TCA_EGRESS_REDIR = 1;
    private static final int TCA_EGRESS_MIRROR = 2;

    /** The number of the one program that a priority has. */
    private static final int ONLY = 1;

    private static final int TCA_BPF_FD = 6;
    private static final int TCA_BPF_NAME = 7;
    private static final int TCA_BPF_FLAGS = 8;
    private static final int TCA_BPF_FLAG_ACT_DIRECT = 1;

    private static final int TCA_TBF_PARMS = 1;
    private static final int TCA_TBF_RATE64 = 4;
    private static final int TCA_TBF_BURST = 6;
    private static final int TBF_BYTES = 36;
    private static final int TC_LINKLAYER_ETHERNET = 1;

    private final NetlinkSocket socket;

    /** The priority of the rules that join interfaces. */
    private static final int JOINED = 1;

    /** Of the socket's namespace. */
    public TrafficControl(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Which way, seen from the interface. */
    public enum Direction {
        /** What the interface receives. */
        INGRESS(0xFFFFFFF2),
        /** What it sends. */
        EGRESS(0xFFFFFFF3);

        private final int parent;

        Direction(int parent) {
            this.parent = parent;
        }
    }

    /** All that an interface receives, another one sends. It replaces what {@link #pass} and {@link #skip} said before. */
    public void pass(int from, int to) throws LinuxException {
        if (!redirected(from, to, BpfProgram.REDIRECT)) {
            allowRules(from);
            clear(from, Direction.INGRESS, JOINED);
            socket.execute(filter(
                    "redirect what link " + from + " receives to link " + to,
                    from,
                    Direction.INGRESS,
                    JOINED,
                    List.of(mirred(TCA_EGRESS_REDIR, TC_ACT_STOLEN, to))));
        }
    }

    /**
     * All that an interface receives comes out of the other end of a pair, in its namespace, as if the near end had sent it; but
     * no queue of the near end sees it, and it waits in none of the kernel's. Where the kernel can't (before 5.10), it is
     * {@link #pass}.
     */
    public void skip(int from, int nearEnd) throws LinuxException {
        if (!redirected(from, nearEnd, BpfProgram.REDIRECT_PEER)) {
            pass(from, nearEnd);
        }
    }

    /** By a program, which takes less time a frame than a rule with an action; false: the kernel has no such function. */
    private boolean redirected(int from, int to, int function) throws LinuxException {
        BpfProgram program = BpfProgram.named("kubehv_join")
                .move(1, to)
                .move(2, 0)
                .call(function)
                .exit();
        try {
            decide(from, Direction.INGRESS, JOINED, program);
            return true;
        } catch (LinuxException e) {
            if (isInvalid(e)) {
                return false;
            }
            throw e;
        }
    }

    private void allowRules(int index) throws LinuxException {
        try {
            socket.execute(clsact(index));
        } catch (LinuxException e) {
            if (!e.isPresent()) {
                throw e;
            }
        }
    }

    /**
     * Copies all that passes the interface in the direction to others, which send the copies. It replaces the rule of the same
     * priority; no later rule sees a frame that this one has copied.
     *
     * @param priority names the rule; from 1 to 65535, the lowest first
     * @param to the others; none: nothing is copied
     */
    public void mirror(int index, Direction direction, int priority, List<Integer> to) throws LinuxException {
        clear(index, direction, priority);
        if (to.isEmpty()) {
            return;
        }
        allowRules(index);
        socket.execute(filter(
                "copy what passes link " + index,
                index,
                direction,
                priority,
                to.stream()
                        .map(other -> mirred(TCA_EGRESS_MIRROR, TC_ACT_PIPE, other))
                        .toList()));
    }

    /**
     * Has a program decide what becomes of all that passes the interface in the direction; it replaces the one before.
     *
     * @param priority names the rule; from 1 to 65535, the lowest first
     */
    public void decide(int index, Direction direction, int priority, BpfProgram program) throws LinuxException {
        try (BpfProgram.Loaded loaded = program.load()) {
            allowRules(index);
            // One with its number takes the place of the one before at one instant.
            socket.execute(NetlinkMessage.of(
                            "have a program decide on link " + index, RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE)
                    .header(
                            TCMSG_BYTES,
                            part -> part.putInt(4, index)
                                    .putInt(8, ONLY)
                                    .putInt(12, direction.parent)
                                    .putInt(16, (priority << 16) | ETH_P_ALL))
                    .with(TCA_KIND, "bpf")
                    .nested(
                            TCA_OPTIONS,
                            options -> options.with(TCA_BPF_FD, loaded.number())
                                    .with(TCA_BPF_NAME, "kubehv")
                                    .with(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT)));
        }
    }

    /** Whether the interface has a rule of the direction and priority. */
    public boolean has(int index, Direction direction, int priority) throws LinuxException {
        NetlinkMessage request = NetlinkMessage.of("list the rules of link " + index, RTM_GETTFILTER, NLM_F_DUMP)
                .header(TCMSG_BYTES, part -> part.putInt(4, index).putInt(12, direction.parent));
        return socket.dump(request).stream().anyMatch(part -> part.getInt(16) >>> 16 == priority);
    }

    /** Removes all rules of the direction and priority; none there: nothing to do. */
    public void clear(int index, Direction direction, int priority) throws LinuxException {
        try {
            socket.execute(NetlinkMessage.of("clear the rules of link " + index, RTM_DELTFILTER, NLM_F_ACK)
                    .header(
                            TCMSG_BYTES,
                            part -> part.putInt(4, index)
                                    .putInt(12, direction.parent)
                                    .putInt(16, priority << 16 | ETH_P_ALL)));
        } catch (LinuxException e) {
            if (!e.isMissing() && !isInvalid(e)) {
                throw e;
            }
        }
    }

    /**
     * Limits what the interface sends.
     *
     * @param bitsPerSecond at least 8
     * @param burstBytes what may be sent at once
     */
    public void limit(int index, long bitsPerSecond, int burstBytes) throws LinuxException {
        long bytesPerSecond = bitsPerSecond / 8;
        byte[] parameters = ordered(TBF_BYTES)
                .put(1, (byte) TC_LINKLAYER_ETHERNET)
                .putInt(8, (int) Math.min(bytesPerSecond, 0xFFFFFFFFL))
                // What may wait: a tenth of a second, or two bursts.
                .putInt(24, (int) Math.clamp(bytesPerSecond / 10, 2L * burstBytes, Integer.MAX_VALUE))
                .array();
        socket.execute(NetlinkMessage.of("limit link " + index, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE)
                .header(TCMSG_BYTES, part -> part.putInt(4, index).putInt(12, TC_H_ROOT))
                .with(TCA_KIND, "tbf")
                .nested(
                        TCA_OPTIONS,
                        options -> options.with(TCA_TBF_PARMS, parameters)
                                .with(
                                        TCA_TBF_RATE64,
                                        ordered(Long.BYTES)
                                                .putLong(bytesPerSecond)
                                                .array())
                                .with(TCA_TBF_BURST, burstBytes)));
    }

    /** Takes back {@link #limit}; none there: nothing to do. */
    public void unlimit(int index) throws LinuxException {
        try {
            socket.execute(NetlinkMessage.of("lift the limit of link " + index, RTM_DELQDISC, NLM_F_ACK)
                    .header(TCMSG_BYTES, part -> part.putInt(4, index).putInt(12, TC_H_ROOT)));
        } catch (LinuxException e) {
            if (!e.isMissing() && !isInvalid(e)) {
                throw e;
            }
        }
    }

    private static boolean isInvalid(LinuxException failure) {
        return failure.errno() == LinuxException.EINVAL;
    }

    private static NetlinkMessage clsact(int index) {
        return NetlinkMessage.of(
                        "let link " + index + " have rules", RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
                .header(
                        TCMSG_BYTES,
                        part -> part.putInt(4, index).putInt(8, CLSACT_HANDLE).putInt(12, TC_H_CLSACT))
                .with(TCA_KIND, "clsact");
    }

    private static NetlinkMessage filter(
            String meaning, int index, Direction direction, int priority, List<Consumer<NetlinkMessage>> actions) {
        // A selector with one key of which no bit counts fits everything: u32 is in every kernel, matchall is not.
        byte[] everything =
                ordered(U32_SELECTOR_BYTES).put(0, (byte) 1).put(2, (byte) 1).array();
        return NetlinkMessage.of(meaning, RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
                .header(
                        TCMSG_BYTES,
                        part -> part.putInt(4, index)
                                .putInt(12, direction.parent)
                                .putInt(16, priority << 16 | ETH_P_ALL))
                .with(TCA_KIND, "u32")
                .nested(
                        TCA_OPTIONS,
                        options -> options.with(TCA_U32_SEL, everything).nested(TCA_U32_ACT, list -> {
                            for (int i = 0; i < actions.size(); i++) {
                                list.nested(i + 1, actions.get(i));
                            }
                        }));
    }

    private static Consumer<NetlinkMessage> mirred(int what, int then, int index) {
        byte[] parameters = ordered(MIRRED_BYTES)
                .putInt(8, then)
                .putInt(20, what)
                .putInt(24, index)
                .array();
        return action -> action.with(TCA_ACT_KIND, "mirred")
                .nested(TCA_ACT_OPTIONS, options -> options.with(TCA_MIRRED_PARMS, parameters));
    }
}
