package io.kubehv.cni.linux;

import static org.awaitility.Awaitility.await;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import io.kubehv.cni.linux.libc.LinuxLibc;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * What stands behind a port's tap in place of QEMU and a guest: a namespace with an interface {@code eth0}, whose frames go
 * through the tap as QEMU would pass them on; and frames that no kernel would send.
 */
public final class TestGuest implements Closeable {
    private interface Files extends Library {
        Files C = Native.load("c", Files.class);

        NativeLong read(int fd, Pointer buf, NativeLong count) throws LastErrorException;

        NativeLong write(int fd, Pointer buf, NativeLong count) throws LastErrorException;

        int poll(Pointer fds, NativeLong nfds, int timeout) throws LastErrorException;
    }

    /** struct virtio_net_hdr, which stands before each frame of a tap with IFF_VNET_HDR. */
    private static final int HEADER_BYTES = 10;

    private static final int FRAME_BYTES = 70_000;
    private static final short POLLIN = 1;

    private final TestNamespace inside = new TestNamespace();
    private final Descriptor tap;
    private final Descriptor own;
    private final List<Thread> relays = new ArrayList<>();
    private final List<byte[]> received = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /** Opens the tap of this name that the pod has. */
    public TestGuest(TestNamespace pod, String device, String mac) throws IOException {
        try (NetworkNamespace podNamespace = pod.open();
                NetworkNamespace guestNamespace = inside.open()) {
            tap = attached(podNamespace, device, false);
            own = attached(guestNamespace, "eth0", false);
        }
        inside.exec("ip", "link", "set", "eth0", "address", mac, "up");
        // The kernel drops what comes to a tap until it has noticed that somebody has it open, which on a busy machine
        // takes a while.
        await("the tap " + device + " to be up")
                .atMost(Duration.ofSeconds(10))
                .until(() -> pod.exec("ip", "-o", "link", "show", device).contains("state UP"));
        relays.add(Thread.ofPlatform().daemon().start(() -> relay(own, tap, false)));
        relays.add(Thread.ofPlatform().daemon().start(() -> relay(tap, own, true)));
    }

    private static Descriptor attached(NetworkNamespace namespace, String name, boolean multiQueue) throws IOException {
        Descriptor tap = namespace.within(() -> Descriptor.open("/dev/net/tun", LinuxLibc.O_RDWR));
        try (Memory request = new Memory(40)) {
            request.clear();
            request.setString(0, name);
            int flags = LinuxLibc.IFF_TAP | LinuxLibc.IFF_NO_PI | LinuxLibc.IFF_VNET_HDR;
            request.setShort(16, (short) (multiQueue ? flags | LinuxLibc.IFF_MULTI_QUEUE : flags));
            Descriptor.checked(
                    "TUNSETIFF " + name,
                    () -> LinuxLibc.INSTANCE.ioctl(tap.number(), new NativeLong(LinuxLibc.TUNSETIFF), request));
        }
        return tap;
    }

    // EIO and EBADFD: the interface is down or gone, and so is what would be relayed.
    private void relay(Descriptor from, Descriptor to, boolean keep) {
        while (!closed) {
            try {
                relayWhileUp(from, to, keep);
            } catch (LastErrorException e) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private void relayWhileUp(Descriptor from, Descriptor to, boolean keep) {
        try (Memory frame = new Memory(FRAME_BYTES);
                Memory poll = new Memory(8)) {
            while (!closed) {
                poll.setInt(0, from.number());
                poll.setShort(4, POLLIN);
                poll.setShort(6, (short) 0);
                if (Files.C.poll(poll, new NativeLong(1), 50) > 0) {
                    int length = Files.C
                            .read(from.number(), frame, new NativeLong(FRAME_BYTES))
                            .intValue();
                    if (keep) {
                        received.add(frame.getByteArray(HEADER_BYTES, length - HEADER_BYTES));
                    }
                    Files.C.write(to.number(), frame, new NativeLong(length));
                }
            }
        }
    }

    /** Sends a frame as it is. */
    public void send(byte[] frame) {
        try (Memory memory = new Memory(HEADER_BYTES + frame.length)) {
            memory.clear();
            memory.write(HEADER_BYTES, frame, 0, frame.length);
            Files.C.write(tap.number(), memory, new NativeLong(memory.size()));
        }
    }

    /** Whether a frame has come that ends with these bytes. */
    public boolean hasReceived(byte[] end) {
        return received.stream()
                .anyMatch(frame -> frame.length >= end.length
                        && Arrays.equals(frame, frame.length - end.length, frame.length, end, 0, end.length));
    }

    /** The frames that have come. */
    public List<byte[]> received() {
        return List.copyOf(received);
    }

    /** The guest's own namespace, to run programs in. */
    public TestNamespace inside() {
        return inside;
    }

    /** Whether the guest reaches the address. */
    public boolean reaches(String address) {
        return inside.succeeds("ping", "-c", "1", "-W", "1", address);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        for (Thread relay : relays) {
            try {
                relay.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        tap.close();
        own.close();
        inside.close();
    }
}
