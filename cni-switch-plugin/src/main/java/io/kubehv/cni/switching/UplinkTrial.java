package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Whether the node still reaches its API server, after its network was changed. */
final class UplinkTrial {
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final NodeNetwork network;
    private final Optional<ApiServer> apiServer;

    UplinkTrial(NodeNetwork network, Optional<ApiServer> apiServer) {
        this.network = network;
        this.apiServer = apiServer;
    }

    Optional<ApiServer> apiServer() {
        return apiServer;
    }

    /** Whether it is reached now; where there is none, nothing is lost. */
    boolean isReached() throws IOException {
        return apiServer.isEmpty() || network.reaches(apiServer.get().endpoints(), CONNECT);
    }

    /** Whether it is reached before the node's patience ends. */
    boolean passes() throws IOException, SwitchException {
        if (apiServer.isEmpty()) {
            return true;
        }
        long end = System.nanoTime() + apiServer.get().patience().toNanos();
        while (!isReached()) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            try {
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SwitchException.SystemFailure("interrupted while the API server was waited for", e);
            }
        }
        return true;
    }
}
