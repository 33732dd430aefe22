package io.kubehv.cni.netlink;

import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_ACK;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_CREATE;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_DUMP;
import static io.kubehv.cni.netlink.NetlinkMessage.NLM_F_REPLACE;

import io.kubehv.cni.linux.LinuxException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The addresses of interfaces (rtnetlink(7), linux/if_addr.h). */
public final class Addresses {
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int IFADDRMSG_BYTES = 8;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_FLAGS = 8;
    /** No asking whether somebody else has it: on a switch of ours nobody may, and other nodes do have it. */
    private static final int IFA_F_NODAD = 0x02;

    private final NetlinkSocket socket;

    /** The addresses in the socket's namespace. */
    public Addresses(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** An address with the length of its network's prefix. */
    public record Assigned(InetAddress address, int prefixLength) {}

    /** The addresses of an interface, link-local ones too. */
    public List<Assigned> list(int index) throws LinuxException {
        NetlinkMessage request = NetlinkMessage.of("list the addresses of link " + index, RTM_GETADDR, NLM_F_DUMP)
                .header(IFADDRMSG_BYTES, part -> part.putInt(4, index));
        List<Assigned> addresses = new ArrayList<>();
        for (ByteBuffer part : socket.dump(request)) {
            if (part.getInt(4) == index) {
                assigned(part).ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    /** The number of the interface that has the address, if one has. */
    public Optional<Integer> holder(InetAddress address) throws LinuxException {
        NetlinkMessage request =
                NetlinkMessage.of("list all addresses", RTM_GETADDR, NLM_F_DUMP).header(IFADDRMSG_BYTES, part -> {});
        for (ByteBuffer part : socket.dump(request)) {
            if (assigned(part).filter(found -> found.address().equals(address)).isPresent()) {
                return Optional.of(part.getInt(4));
            }
        }
        return Optional.empty();
    }

    static Optional<Assigned> assigned(ByteBuffer part) {
        Attributes attributes = Attributes.of(part.slice(IFADDRMSG_BYTES, part.limit() - IFADDRMSG_BYTES));
        int prefixLength = Byte.toUnsignedInt(part.get(1));
        return attributes
                .bytes(IFA_LOCAL)
                .or(() -> attributes.bytes(IFA_ADDRESS))
                .map(bytes -> new Assigned(address(bytes), prefixLength));
    }

    /** Gives the interface an address; it has it: nothing to do. */
    public void add(int index, Assigned assigned) throws LinuxException {
        socket.execute(message(
                        "give link " + index + " the address " + assigned,
                        RTM_NEWADDR,
                        NLM_F_CREATE | NLM_F_REPLACE,
                        index,
                        assigned)
                .with(IFA_FLAGS, assigned.address().getAddress().length == 4 ? 0 : IFA_F_NODAD));
    }

    /** Gives the interface these addresses and no others. */
    public void replace(int index, Set<Assigned> wanted) throws LinuxException {
        Set<Assigned> missing = new HashSet<>(wanted);
        for (Assigned present : list(index)) {
            if (!missing.remove(present)) {
                remove(index, present);
            }
        }
        for (Assigned each : missing) {
            add(index, each);
        }
    }

    /** Takes an address from the interface. */
    public void remove(int index, Assigned assigned) throws LinuxException {
        socket.execute(
                message("take the address " + assigned + " from link " + index, RTM_DELADDR, 0, index, assigned));
    }

    private static NetlinkMessage message(String meaning, int type, int how, int index, Assigned assigned) {
        byte[] bytes = assigned.address().getAddress();
        return NetlinkMessage.of(meaning, type, NLM_F_ACK | how)
                .header(
                        IFADDRMSG_BYTES,
                        part -> part.put(0, (byte) (bytes.length == 4 ? AF_INET : AF_INET6))
                                .put(1, (byte) assigned.prefixLength())
                                .putInt(4, index))
                .with(IFA_LOCAL, bytes)
                .with(IFA_ADDRESS, bytes);
    }

    static InetAddress address(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("the kernel told an address of " + bytes.length + " bytes", e);
        }
    }
}
