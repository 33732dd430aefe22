package io.kubehv.csi.identity;

import com.google.protobuf.BoolValue;
import io.grpc.stub.StreamObserver;
import io.kubehv.csi.endpoint.Reply;
import io.kubehv.csi.proto.GetPluginCapabilitiesRequest;
import io.kubehv.csi.proto.GetPluginCapabilitiesResponse;
import io.kubehv.csi.proto.GetPluginInfoRequest;
import io.kubehv.csi.proto.GetPluginInfoResponse;
import io.kubehv.csi.proto.IdentityGrpc;
import io.kubehv.csi.proto.PluginCapability;
import io.kubehv.csi.proto.ProbeRequest;
import io.kubehv.csi.proto.ProbeResponse;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The identity service. */
public final class IdentityService extends IdentityGrpc.IdentityImplBase {
    /** The driver's name, in StorageClasses and in the paths of its sockets. */
    public static final String NAME = "csi.kubehv.io";

    private static final List<PluginCapability.Service.Type> SERVICES = List.of(
            PluginCapability.Service.Type.CONTROLLER_SERVICE,
            PluginCapability.Service.Type.GROUP_CONTROLLER_SERVICE,
            PluginCapability.Service.Type.VOLUME_ACCESSIBILITY_CONSTRAINTS,
            PluginCapability.Service.Type.SNAPSHOT_ACCESSIBILITY_CONSTRAINTS,
            PluginCapability.Service.Type.SNAPSHOT_METADATA_SERVICE);

    private final String version;
    private final BooleanSupplier ready;

    /**
     * @param version the driver's version, which must not be empty
     * @param ready whether the pool can be used
     */
    public IdentityService(String version, BooleanSupplier ready) {
        this.version = version;
        this.ready = ready;
    }

    @Override
    public void getPluginInfo(GetPluginInfoRequest request, StreamObserver<GetPluginInfoResponse> observer) {
        Reply.to(
                observer,
                () -> GetPluginInfoResponse.newBuilder()
                        .setName(NAME)
                        .setVendorVersion(version)
                        .build());
    }

    @Override
    public void getPluginCapabilities(
            GetPluginCapabilitiesRequest request, StreamObserver<GetPluginCapabilitiesResponse> observer) {
        Reply.to(observer, () -> {
            GetPluginCapabilitiesResponse.Builder answer = GetPluginCapabilitiesResponse.newBuilder();
            for (PluginCapability.Service.Type type : SERVICES) {
                answer.addCapabilities(PluginCapability.newBuilder()
                        .setService(PluginCapability.Service.newBuilder().setType(type)));
            }
            answer.addCapabilities(PluginCapability.newBuilder()
                    .setVolumeExpansion(PluginCapability.VolumeExpansion.newBuilder()
                            .setType(PluginCapability.VolumeExpansion.Type.ONLINE)));
            return answer.build();
        });
    }

    @Override
    public void probe(ProbeRequest request, StreamObserver<ProbeResponse> observer) {
        Reply.to(
                observer,
                () -> ProbeResponse.newBuilder()
                        .setReady(BoolValue.of(ready.getAsBoolean()))
                        .build());
    }
}
