package io.kubehv.cni.netlink;

import io.kubehv.cni.linux.KernelSocket;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.linux.NetworkNamespace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Requests to the kernel with their answers. One request, or batch, at a time: calls wait for each other. */
public final class NetlinkSocket implements AutoCloseable {
    /** linux/netlink.h. */
    private static final int NLMSG_ERROR = 2;

    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_MULTI = 0x2;
    private static final int NLM_F_CAPPED = 0x100;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;

    private final KernelSocket socket;
    private int sequence;

    private NetlinkSocket(KernelSocket socket) {
        this.socket = socket;
    }

    /** To routing netlink in the namespace of this program. */
    public static NetlinkSocket route() throws IOException {
        return new NetlinkSocket(KernelSocket.open(KernelSocket.NETLINK_ROUTE));
    }

    /** To routing netlink in another namespace. */
    public static NetlinkSocket route(NetworkNamespace namespace) throws IOException {
        return new NetlinkSocket(KernelSocket.open(KernelSocket.NETLINK_ROUTE, namespace));
    }

    /** To netfilter in the namespace of this program. */
    public static NetlinkSocket netfilter() throws IOException {
        return new NetlinkSocket(KernelSocket.open(KernelSocket.NETLINK_NETFILTER));
    }

    /** To netfilter in another namespace. */
    public static NetlinkSocket netfilter(NetworkNamespace namespace) throws IOException {
        return new NetlinkSocket(KernelSocket.open(KernelSocket.NETLINK_NETFILTER, namespace));
    }

    /**
     * Sends the messages as one datagram. Each that asks for it is acknowledged; the others fail in silence.
     *
     * @throws LinuxException for the first that failed; those before it hold, and so may those after it
     */
    synchronized void execute(List<NetlinkMessage> messages) throws LinuxException {
        Map<Integer, NetlinkMessage> awaited = new HashMap<>();
        ByteArrayOutputStream datagram = new ByteArrayOutputStream();
        for (NetlinkMessage message : messages) {
            sequence++;
            datagram.writeBytes(message.finished(sequence));
            if (message.wantsAcknowledgement()) {
                awaited.put(sequence, message);
            }
        }
        socket.send(datagram.toByteArray());
        LinuxException failure = null;
        while (!awaited.isEmpty()) {
            for (Answer answer : answers(socket.receive())) {
                NetlinkMessage message = awaited.remove(answer.sequence);
                if (message != null && answer.type == NLMSG_ERROR && answer.errno() != 0 && failure == null) {
                    failure = answer.failure(message.meaning());
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    void execute(NetlinkMessage message) throws LinuxException {
        execute(List.of(message));
    }

    /** Sends one message and gives what comes back, the messages' own headers included. */
    synchronized List<ByteBuffer> dump(NetlinkMessage message) throws LinuxException {
        sequence++;
        socket.send(message.finished(sequence));
        List<ByteBuffer> parts = new ArrayList<>();
        while (true) {
            for (Answer answer : answers(socket.receive())) {
                if (answer.sequence != sequence) {
                    continue;
                }
                switch (answer.type) {
                    case NLMSG_ERROR -> {
                        if (answer.errno() != 0) {
                            throw answer.failure(message.meaning());
                        }
                        return parts;
                    }
                    case NLMSG_DONE -> {
                        return parts;
                    }
                    default -> parts.add(answer.payload);
                }
                if ((answer.flags & NLM_F_MULTI) == 0) {
                    return parts;
                }
            }
        }
    }

    /** One message of a datagram. */
    private record Answer(int type, int flags, int sequence, ByteBuffer payload) {
        /** Of an {@code NLMSG_ERROR}: struct nlmsgerr begins with the number, negated. */
        int errno() {
            return -payload.getInt(0);
        }

        LinuxException failure(String meaning) {
            return words().map(words -> new LinuxException(meaning, errno(), words))
                    .orElseGet(() -> new LinuxException(meaning, errno()));
        }

        /** The kernel's own words, which stand behind the header of the message that failed. */
        private java.util.Optional<String> words() {
            if ((flags & NLM_F_ACK_TLVS) == 0) {
                return java.util.Optional.empty();
            }
            int failed = (flags & NLM_F_CAPPED) != 0
                    ? NetlinkMessage.HEADER_BYTES
                    : NetlinkMessage.aligned(payload.getInt(Integer.BYTES));
            int start = Math.min(payload.limit(), Integer.BYTES + failed);
            return Attributes.of(payload.slice(start, payload.limit() - start)).text(NLMSGERR_ATTR_MSG);
        }
    }

    private static List<Answer> answers(ByteBuffer datagram) {
        List<Answer> answers = new ArrayList<>();
        int start = 0;
        while (datagram.limit() - start >= NetlinkMessage.HEADER_BYTES) {
            int length = datagram.getInt(start);
            if (length < NetlinkMessage.HEADER_BYTES || length > datagram.limit() - start) {
                break;
            }
            answers.add(new Answer(
                    Short.toUnsignedInt(datagram.getShort(start + 4)),
                    Short.toUnsignedInt(datagram.getShort(start + 6)),
                    datagram.getInt(start + 8),
                    datagram.slice(start + NetlinkMessage.HEADER_BYTES, length - NetlinkMessage.HEADER_BYTES)
                            .order(ByteOrder.nativeOrder())));
            start += NetlinkMessage.aligned(length);
        }
        return answers;
    }

    @Override
    public synchronized void close() throws LinuxException {
        socket.close();
    }
}
