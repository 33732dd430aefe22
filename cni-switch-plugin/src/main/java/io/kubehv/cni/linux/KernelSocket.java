package io.kubehv.cni.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A netlink socket (RFC 3549): datagrams to the kernel and from it. Not safe for several threads. */
public final class KernelSocket implements AutoCloseable {
    /** linux/netlink.h: links, addresses, neighbours, traffic control. */
    public static final int NETLINK_ROUTE = 0;

    /** linux/netlink.h: nf_tables and its relatives. */
    public static final int NETLINK_NETFILTER = 12;

    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    /** The kernel's own datagrams have at most 32 KiB (NLMSG_GOODSIZE and what a dump may fill). */
    private static final int RECEIVE_BYTES = 64 << 10;

    /** What the kernel queues for us; an answer that doesn't fit is lost. */
    private static final int QUEUE_BYTES = 1 << 20;

    private static final int SOCKADDR_NL_BYTES = 12;
    private static final int TIMEOUT_SECONDS = 10;

    private final Descriptor descriptor;
    private final Memory received = new Memory(RECEIVE_BYTES);

    private KernelSocket(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** In the namespace of this program. */
    public static KernelSocket open(int protocol) throws LinuxException {
        return prepared(Descriptor.socket(LinuxLibc.AF_NETLINK, LinuxLibc.SOCK_RAW, protocol));
    }

    /** In another namespace, for as long as it is open. */
    public static KernelSocket open(int protocol, NetworkNamespace namespace) throws IOException {
        return prepared(namespace.within(() -> Descriptor.socket(LinuxLibc.AF_NETLINK, LinuxLibc.SOCK_RAW, protocol)));
    }

    private static KernelSocket prepared(Descriptor socket) throws LinuxException {
        try (Memory address = new Memory(SOCKADDR_NL_BYTES);
                Memory number = new Memory(Integer.BYTES);
                Memory time = new Memory(2L * Long.BYTES)) {
            number.setInt(0, 1);
            option(socket, LinuxLibc.SOL_NETLINK, LinuxLibc.NETLINK_EXT_ACK, number);
            option(socket, LinuxLibc.SOL_NETLINK, LinuxLibc.NETLINK_GET_STRICT_CHK, number);
            number.setInt(0, QUEUE_BYTES);
            option(socket, LinuxLibc.SOL_SOCKET, LinuxLibc.SO_SNDBUF, number);
            option(socket, LinuxLibc.SOL_SOCKET, LinuxLibc.SO_RCVBUF, number);
            time.setLong(0, TIMEOUT_SECONDS);
            time.setLong(Long.BYTES, 0);
            option(socket, LinuxLibc.SOL_SOCKET, LinuxLibc.SO_RCVTIMEO, time);
            address.clear();
            address.setShort(0, (short) LinuxLibc.AF_NETLINK);
            Descriptor.checked("bind", () -> LIBC.bind(socket.number(), address, SOCKADDR_NL_BYTES));
            return new KernelSocket(socket);
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private static void option(Descriptor socket, int level, int name, Memory value) throws LinuxException {
        Descriptor.checked(
                "setsockopt " + name, () -> LIBC.setsockopt(socket.number(), level, name, value, (int) value.size()));
    }

    /** Sends one datagram of one or several messages. */
    public void send(byte[] datagram) throws LinuxException {
        try (Memory bytes = new Memory(datagram.length)) {
            bytes.write(0, datagram, 0, datagram.length);
            LIBC.send(descriptor.number(), bytes, new NativeLong(datagram.length), 0);
        } catch (LastErrorException e) {
            throw new LinuxException("send to the kernel", e);
        }
    }

    /**
     * The next datagram, in the machine's byte order.
     *
     * @throws LinuxException when none comes within ten seconds
     */
    public ByteBuffer receive() throws LinuxException {
        try {
            int length = LIBC.recv(descriptor.number(), received, new NativeLong(RECEIVE_BYTES), 0)
                    .intValue();
            byte[] datagram = received.getByteArray(0, length);
            return ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        } catch (LastErrorException e) {
            throw new LinuxException("receive from the kernel", e);
        }
    }

    @Override
    public void close() throws LinuxException {
        try (received) {
            descriptor.close();
        }
    }
}
