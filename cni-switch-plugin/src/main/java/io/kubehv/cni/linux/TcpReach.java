package io.kubehv.cni.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;

/** Whether somebody listens, told by connecting. */
public final class TcpReach {
    private TcpReach() {}

    /**
     * Connects and hangs up.
     *
     * @param namespace where from; empty: from that of this program
     * @param patience how long is waited for an answer
     */
    public static boolean of(Optional<NetworkNamespace> namespace, InetSocketAddress address, Duration patience)
            throws IOException {
        try (SocketChannel channel =
                namespace.isPresent() ? namespace.get().within(SocketChannel::open) : SocketChannel.open()) {
            return connects(channel, address, patience);
        }
    }

    private static boolean connects(SocketChannel channel, InetSocketAddress address, Duration patience) {
        try {
            channel.socket().connect(address, (int) patience.toMillis());
            return true;
        } catch (IOException e) {
            // Whatever the reason, it is not reached, and that is what was asked.
            return false;
        }
    }
}
