package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_REPLACE;

import io.kubehv.cni.linux.LinuxException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The addresses of interfaces, to be given to others with all that belongs to them (rtnetlink(7), linux/if_addr.h). */
public final class HeldAddresses {
    private static final int IFA_LABEL = 3;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int FOREVER = -1;

    /** Nobody is asked first whether he has the address: that is this node, by its other interface. */
    private static final int IFA_F_NODAD = 0x02;

    /** Which the kernel finds out for itself: secondary, duplicate, tentative, permanent. */
    private static final int FOUND_OUT = 0x01 | 0x08 | 0x40 | 0x80;

    private final NetlinkSocket socket;

    /** The addresses in the socket's namespace. */
    public HeldAddresses(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Those of an interface, in the kernel's order, link-local ones too. */
    public List<SavedMessage> of(int index) throws LinuxException {
        NetlinkMessage request = NetlinkMessage.of(
                        "list the addresses of link " + index, Addresses.RTM_GETADDR, NLM_F_DUMP)
                .header(Addresses.IFADDRMSG_BYTES, part -> part.putInt(4, index));
        return socket.dump(request).stream()
                .filter(part -> part.getInt(4) == index)
                .map(SavedMessage::of)
                .toList();
    }

    /** The address itself. */
    public static Addresses.Assigned assigned(SavedMessage held) {
        return Addresses.assigned(held.bytes())
                .orElseThrow(() -> new IllegalStateException("the kernel told no address: " + held.hex()));
    }

    /** Whether it is the node's only for a time, as DHCP and router advertisements give it. */
    public static boolean isLeased(SavedMessage held) {
        return held.attributes(Addresses.IFADDRMSG_BYTES)
                .bytes(IFA_CACHEINFO)
                .filter(times -> times.getInt(Integer.BYTES) != FOREVER)
                .isPresent();
    }

    /** Gives it to an interface; that one has it: nothing to do. */
    public void give(SavedMessage held, Link to) throws LinuxException {
        Attributes attributes = held.attributes(Addresses.IFADDRMSG_BYTES);
        Set<Integer> without = new HashSet<>(Set.of(IFA_CACHEINFO, IFA_FLAGS));
        if (attributes
                .text(IFA_LABEL)
                .filter(label -> label.equals(to.name()) || label.startsWith(to.name() + ":"))
                .isEmpty()) {
            without.add(IFA_LABEL);
        }
        int flags = attributes.number(IFA_FLAGS).orElse(0) & ~FOUND_OUT;
        if (assigned(held).address().getAddress().length != 4) {
            execute(held, to, without, flags | IFA_F_NODAD);
        }
        // Of one that is there, this changes the flags.
        execute(held, to, without, flags);
    }

    private void execute(SavedMessage held, Link to, Set<Integer> without, int flags) throws LinuxException {
        socket.execute(held.again(
                        "give " + to.name() + " the address " + assigned(held),
                        Addresses.RTM_NEWADDR,
                        NLM_F_CREATE | NLM_F_REPLACE,
                        Addresses.IFADDRMSG_BYTES,
                        part -> part.put(2, (byte) 0).putInt(4, to.index()),
                        without)
                .with(IFA_FLAGS, flags));
    }

    /** Takes it from an interface; not there: nothing to do. */
    public void take(SavedMessage held, Link from) throws LinuxException {
        try {
            socket.execute(held.again(
                    "take the address " + assigned(held) + " from " + from.name(),
                    Addresses.RTM_DELADDR,
                    0,
                    Addresses.IFADDRMSG_BYTES,
                    part -> part.put(2, (byte) 0).putInt(4, from.index()),
                    Set.of(IFA_CACHEINFO, IFA_FLAGS, IFA_LABEL)));
        } catch (LinuxException e) {
            if (e.errno() != LinuxException.EADDRNOTAVAIL && !e.isMissing()) {
                throw e;
            }
        }
    }
}
