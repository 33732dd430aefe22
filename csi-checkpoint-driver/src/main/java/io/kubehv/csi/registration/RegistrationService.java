package io.kubehv.csi.registration;

import io.grpc.stub.StreamObserver;
import io.kubehv.csi.registration.proto.InfoRequest;
import io.kubehv.csi.registration.proto.PluginInfo;
import io.kubehv.csi.registration.proto.RegistrationGrpc;
import io.kubehv.csi.registration.proto.RegistrationStatus;
import io.kubehv.csi.registration.proto.RegistrationStatusResponse;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Answers the kubelet when it finds our socket in its registry, and hears whether it took us. */
public final class RegistrationService extends RegistrationGrpc.RegistrationImplBase {
    private static final Logger LOG = Logger.getLogger(RegistrationService.class.getName());

    private final String name;
    private final Path endpoint;
    private final Runnable onRefused;

    /**
     * @param endpoint the CSI socket as the kubelet sees it
     * @param onRefused what to do when the kubelet does not take the driver; it asks again only when the socket is new
     */
    public RegistrationService(String name, Path endpoint, Runnable onRefused) {
        this.name = name;
        this.endpoint = endpoint;
        this.onRefused = onRefused;
    }

    @Override
    public void getInfo(InfoRequest request, StreamObserver<PluginInfo> observer) {
        observer.onNext(PluginInfo.newBuilder()
                .setType("CSIPlugin")
                .setName(name)
                .setEndpoint(endpoint.toString())
                .addSupportedVersions("1.0.0")
                .build());
        observer.onCompleted();
    }

    @Override
    public void notifyRegistrationStatus(
            RegistrationStatus status, StreamObserver<RegistrationStatusResponse> observer) {
        observer.onNext(RegistrationStatusResponse.getDefaultInstance());
        observer.onCompleted();
        if (status.getPluginRegistered()) {
            LOG.log(Level.INFO, "the kubelet has registered {0}", name);
        } else {
            LOG.log(Level.SEVERE, "the kubelet refuses {0}: {1}", new Object[] {name, status.getError()});
            onRefused.run();
        }
    }
}
