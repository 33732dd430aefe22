package io.kubehv.cni.linux;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;

/** Listens in a namespace and takes no connection off: whoever connects is answered by the kernel. */
public final class TestListener implements Closeable {
    private final ServerSocketChannel channel;

    public TestListener(TestNamespace namespace, InetSocketAddress address) throws IOException {
        try (NetworkNamespace opened = namespace.open()) {
            channel = opened.within(ServerSocketChannel::open);
        }
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(address, 4096);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
