package io.kubehv.cni.switching;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * What a node must not lose: its way to the cluster's API server.
 *
 * @param host its name or address
 * @param port its port
 * @param patience how long the node may be without it after its network was changed
 */
public record ApiServer(String host, int port, Duration patience) {
    /** Its addresses; none where its name can't be resolved now. */
    List<InetAddress> addresses() {
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    /** Where it listens. */
    List<InetSocketAddress> endpoints() {
        return addresses().stream()
                .map(address -> new InetSocketAddress(address, port))
                .toList();
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
