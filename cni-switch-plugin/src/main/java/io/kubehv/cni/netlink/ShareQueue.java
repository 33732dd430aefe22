package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_ACK;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_EXCL;
import static io.kubehv.cni.netlink.NetlinkMessage.ordered;

import io.kubehv.cni.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A queue in front of an interface in which classes have shares: a hierarchical token bucket (tc-htb(8), linux/pkt_sched.h). A
 * frame is in the class that its priority names, major number and minor; with any other priority in that of the rest.
 */
public final class ShareQueue {
    private static final int RTM_NEWQDISC = 36;
    private static final int RTM_DELQDISC = 37;
    private static final int RTM_GETQDISC = 38;
    private static final int RTM_NEWTCLASS = 40;
    private static final int RTM_DELTCLASS = 41;
    private static final int RTM_GETTCLASS = 42;
    private static final int TCMSG_BYTES = 20;
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TC_H_ROOT = 0xFFFFFFFF;
    private static final String KIND = "htb";

    private static final int TCA_HTB_PARMS = 1;
    private static final int TCA_HTB_INIT = 2;
    private static final int TCA_HTB_RATE64 = 6;
    private static final int TCA_HTB_CEIL64 = 7;
    private static final int HTB_VERSION = 3;
    private static final int OPTIONS_BYTES = 44;
    private static final int TC_LINKLAYER_ETHERNET = 1;

    /** include/net/pkt_sched.h: PSCHED_SHIFT is 6, so a tick has 64 ns. */
    private static final int TICK_NANOSECONDS = 64;

    /** What a class may send at once, when it has sent nothing for a while: this much time's worth, or some frames. */
    private static final int BURST_MILLISECONDS = 2;

    private static final long SMALLEST_BURST_BYTES = 16 << 10;

    /** The class that all others are in, and the one of frames that have none. */
    private static final int WHOLE = 1;

    public static final int REST = 2;

    /** The first number that a class may have; the last is 65535. */
    public static final int FIRST = 16;

    private final NetlinkSocket socket;

    /** Of the socket's namespace. */
    public ShareQueue(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * What a class gets.
     *
     * @param guaranteed bits a second that it gets in any case, at least 8
     * @param most bits a second that it gets when others want nothing
     * @param turn how many bytes it may send in turn with the others, from 1,000 to 200,000: by it they share what is left
     */
    public record Share(long guaranteed, long most, int turn) {}

    /**
     * Puts the queue in front of the interface, unless it is there, and sets what passes it at most.
     *
     * @param major its number, from 1 to 65534
     * @throws LinuxException EEXIST when another queue is there that somebody has put there, ENOENT when the kernel has no htb
     */
    public void ensure(int index, int major, long bitsPerSecond) throws LinuxException {
        if (!isThere(index, major)) {
            byte[] options = ordered(20)
                    .putInt(HTB_VERSION)
                    .putInt(10)
                    .putInt(REST)
                    .putInt(0)
                    .putInt(0)
                    .array();
            socket.execute(NetlinkMessage.of(
                            "put a queue with shares in front of link " + index,
                            RTM_NEWQDISC,
                            NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
                    .header(
                            TCMSG_BYTES,
                            part -> part.putInt(4, index).putInt(8, major << 16).putInt(12, TC_H_ROOT))
                    .with(TCA_KIND, KIND)
                    .nested(TCA_OPTIONS, init -> init.with(TCA_HTB_INIT, options)));
        }
        change(index, major << 16, major << 16 | WHOLE, new Share(bitsPerSecond, bitsPerSecond, 200_000));
    }

    /** Makes a class or changes it. */
    public void put(int index, int major, int minor, Share share) throws LinuxException {
        change(index, major << 16 | WHOLE, major << 16 | minor, share);
    }

    private void change(int index, int parent, int handle, Share share) throws LinuxException {
        long rate = Math.max(1, share.guaranteed / 8);
        long ceiling = Math.max(rate, share.most / 8);
        byte[] options = ordered(OPTIONS_BYTES)
                .put(1, (byte) TC_LINKLAYER_ETHERNET)
                .putInt(8, (int) Math.min(rate, 0xFFFFFFFFL))
                .put(13, (byte) TC_LINKLAYER_ETHERNET)
                .putInt(20, (int) Math.min(ceiling, 0xFFFFFFFFL))
                .putInt(24, burst(rate))
                .putInt(28, burst(ceiling))
                .putInt(32, share.turn)
                .array();
        socket.execute(NetlinkMessage.of(
                        "give class " + (handle & 0xFFFF) + " of link " + index + " its share",
                        RTM_NEWTCLASS,
                        NLM_F_ACK | NLM_F_CREATE)
                .header(
                        TCMSG_BYTES,
                        part -> part.putInt(4, index).putInt(8, handle).putInt(12, parent))
                .with(TCA_KIND, KIND)
                .nested(
                        TCA_OPTIONS,
                        init -> init.with(TCA_HTB_PARMS, options)
                                .with(
                                        TCA_HTB_RATE64,
                                        ordered(Long.BYTES).putLong(rate).array())
                                .with(
                                        TCA_HTB_CEIL64,
                                        ordered(Long.BYTES).putLong(ceiling).array())));
    }

    /** In ticks: how long the bytes take that may be sent at once. */
    private static int burst(long bytesPerSecond) {
        long bytes = Math.max(SMALLEST_BURST_BYTES, bytesPerSecond * BURST_MILLISECONDS / 1000);
        return (int) Math.min(Integer.MAX_VALUE, bytes * 1_000_000_000L / bytesPerSecond / TICK_NANOSECONDS);
    }

    /** The numbers of the classes, that of the rest not among them. */
    public Set<Integer> classes(int index, int major) throws LinuxException {
        Set<Integer> minors = new TreeSet<>();
        NetlinkMessage request = NetlinkMessage.of("list the classes of link " + index, RTM_GETTCLASS, NLM_F_DUMP)
                .header(TCMSG_BYTES, part -> part.putInt(4, index));
        for (ByteBuffer part : socket.dump(request)) {
            int handle = part.getInt(8);
            if (handle >>> 16 == major && (handle & 0xFFFF) >= FIRST) {
                minors.add(handle & 0xFFFF);
            }
        }
        return minors;
    }

    /** Removes a class; frames that name it are among the rest from then on. */
    public void remove(int index, int major, int minor) throws LinuxException {
        unlessGone(NetlinkMessage.of("remove class " + minor + " of link " + index, RTM_DELTCLASS, NLM_F_ACK)
                .header(TCMSG_BYTES, part -> part.putInt(4, index).putInt(8, major << 16 | minor)));
    }

    /** Takes the queue of this number away; none there: nothing to do. */
    public void remove(int index, int major) throws LinuxException {
        unlessGone(NetlinkMessage.of("take away the queue in front of link " + index, RTM_DELQDISC, NLM_F_ACK)
                .header(
                        TCMSG_BYTES,
                        part -> part.putInt(4, index).putInt(8, major << 16).putInt(12, TC_H_ROOT)));
    }

    /** The interfaces that have a queue of this number in front. */
    public List<Integer> links(int major) throws LinuxException {
        List<Integer> links = new ArrayList<>();
        NetlinkMessage request =
                NetlinkMessage.of("list the queues", RTM_GETQDISC, NLM_F_DUMP).header(TCMSG_BYTES, part -> {});
        for (ByteBuffer part : socket.dump(request)) {
            if (part.getInt(8) == major << 16) {
                links.add(part.getInt(4));
            }
        }
        return links;
    }

    private boolean isThere(int index, int major) throws LinuxException {
        return links(major).contains(index);
    }

    private void unlessGone(NetlinkMessage message) throws LinuxException {
        try {
            socket.execute(message);
        } catch (LinuxException e) {
            if (!e.isMissing() && e.errno() != LinuxException.EINVAL) {
                throw e;
            }
        }
    }
}
