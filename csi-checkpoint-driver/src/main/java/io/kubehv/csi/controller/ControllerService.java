package io.kubehv.csi.controller;

import com.google.protobuf.Int64Value;
import io.grpc.stub.StreamObserver;
import io.kubehv.csi.endpoint.Reply;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.proto.ControllerGetCapabilitiesRequest;
import io.kubehv.csi.proto.ControllerGetCapabilitiesResponse;
import io.kubehv.csi.proto.ControllerGetVolumeRequest;
import io.kubehv.csi.proto.ControllerGetVolumeResponse;
import io.kubehv.csi.proto.ControllerGrpc;
import io.kubehv.csi.proto.ControllerModifyVolumeRequest;
import io.kubehv.csi.proto.ControllerModifyVolumeResponse;
import io.kubehv.csi.proto.ControllerServiceCapability;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.CreateVolumeResponse;
import io.kubehv.csi.proto.DeleteVolumeRequest;
import io.kubehv.csi.proto.DeleteVolumeResponse;
import io.kubehv.csi.proto.GetCapacityRequest;
import io.kubehv.csi.proto.GetCapacityResponse;
import io.kubehv.csi.proto.ListVolumesRequest;
import io.kubehv.csi.proto.ListVolumesResponse;
import io.kubehv.csi.proto.ValidateVolumeCapabilitiesRequest;
import io.kubehv.csi.proto.ValidateVolumeCapabilitiesResponse;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeContentSource;
import io.kubehv.csi.state.Contents;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The controller service of one node's volumes. It does not advertise EXPAND_VOLUME: the resizer's leader runs on some
 * node and would ask there, while the kubelet's NodeExpandVolume always comes to the volume's own node.
 */
public final class ControllerService extends ControllerGrpc.ControllerImplBase {
    private static final List<ControllerServiceCapability.RPC.Type> CAPABILITIES = List.of(
            ControllerServiceCapability.RPC.Type.CREATE_DELETE_VOLUME,
            ControllerServiceCapability.RPC.Type.LIST_VOLUMES,
            ControllerServiceCapability.RPC.Type.GET_VOLUME,
            ControllerServiceCapability.RPC.Type.GET_CAPACITY,
            ControllerServiceCapability.RPC.Type.CLONE_VOLUME,
            ControllerServiceCapability.RPC.Type.MODIFY_VOLUME,
            ControllerServiceCapability.RPC.Type.SINGLE_NODE_MULTI_WRITER);

    /** The volume context's one key: what the volume holds, for whoever reads a PersistentVolume. */
    private static final String CONTENTS_KEY = "contents";

    private final NodeTopology topology;
    private final VolumeProvisioner provisioner;
    private final VolumeStore store;
    private final PoolCapacity capacity;

    public ControllerService(
            NodeTopology topology, VolumeProvisioner provisioner, VolumeStore store, PoolCapacity capacity) {
        this.topology = topology;
        this.provisioner = provisioner;
        this.store = store;
        this.capacity = capacity;
    }

    @Override
    public void createVolume(CreateVolumeRequest request, StreamObserver<CreateVolumeResponse> observer) {
        Reply.to(observer, () -> {
            VolumeRecord volume = provisioner.provision(VolumeRequest.of(request, topology));
            return CreateVolumeResponse.newBuilder().setVolume(describe(volume)).build();
        });
    }

    @Override
    public void deleteVolume(DeleteVolumeRequest request, StreamObserver<DeleteVolumeResponse> observer) {
        Reply.to(observer, () -> {
            requireId(request.getVolumeId());
            Optional<VolumeId> id = VolumeId.parse(request.getVolumeId());
            if (id.isPresent()) {
                provisioner.delete(id.get());
            }
            return DeleteVolumeResponse.getDefaultInstance();
        });
    }

    @Override
    public void validateVolumeCapabilities(
            ValidateVolumeCapabilitiesRequest request, StreamObserver<ValidateVolumeCapabilitiesResponse> observer) {
        Reply.to(observer, () -> validate(request));
    }

    private ValidateVolumeCapabilitiesResponse validate(ValidateVolumeCapabilitiesRequest request) {
        requireId(request.getVolumeId());
        if (request.getVolumeCapabilitiesCount() == 0) {
            throw new CsiException.InvalidRequest("volume_capabilities are missing");
        }
        VolumeRecord volume = find(request.getVolumeId());
        ValidateVolumeCapabilitiesResponse.Builder answer = ValidateVolumeCapabilitiesResponse.newBuilder();
        try {
            Capabilities wanted = Capabilities.of(request.getVolumeCapabilitiesList());
            VolumeParameters.contents(request.getParametersMap(), request.getVolumeAttributesMap());
            if (wanted.accessType() != volume.accessType()) {
                return answer.setMessage("the volume is for access type " + volume.accessType())
                        .build();
            }
        } catch (CsiException.InvalidRequest unsupported) {
            // Not an error of this call: saying what is not supported is its purpose.
            return answer.setMessage(String.valueOf(unsupported.getMessage())).build();
        }
        return answer.setConfirmed(ValidateVolumeCapabilitiesResponse.Confirmed.newBuilder()
                        .putAllVolumeContext(request.getVolumeContextMap())
                        .addAllVolumeCapabilities(request.getVolumeCapabilitiesList())
                        .putAllParameters(request.getParametersMap())
                        .putAllVolumeAttributes(request.getVolumeAttributesMap()))
                .build();
    }

    @Override
    public void listVolumes(ListVolumesRequest request, StreamObserver<ListVolumesResponse> observer) {
        Reply.to(observer, () -> {
            VolumePage page = VolumePage.of(store.list(), request.getStartingToken(), request.getMaxEntries());
            ListVolumesResponse.Builder answer =
                    ListVolumesResponse.newBuilder().setNextToken(page.nextToken());
            for (VolumeRecord volume : page.volumes()) {
                answer.addEntries(ListVolumesResponse.Entry.newBuilder().setVolume(describe(volume)));
            }
            return answer.build();
        });
    }

    @Override
    public void controllerGetVolume(
            ControllerGetVolumeRequest request, StreamObserver<ControllerGetVolumeResponse> observer) {
        Reply.to(observer, () -> {
            requireId(request.getVolumeId());
            return ControllerGetVolumeResponse.newBuilder()
                    .setVolume(describe(find(request.getVolumeId())))
                    .setStatus(ControllerGetVolumeResponse.VolumeStatus.getDefaultInstance())
                    .build();
        });
    }

    @Override
    public void getCapacity(GetCapacityRequest request, StreamObserver<GetCapacityResponse> observer) {
        Reply.to(observer, () -> {
            long available = canServe(request) ? capacity.availableBytes() : 0;
            return GetCapacityResponse.newBuilder()
                    .setAvailableCapacity(available)
                    .setMaximumVolumeSize(Int64Value.of(available))
                    .build();
        });
    }

    private boolean canServe(GetCapacityRequest request) {
        VolumeParameters.contents(request.getParametersMap());
        if (request.getVolumeCapabilitiesCount() > 0) {
            Capabilities.of(request.getVolumeCapabilitiesList());
        }
        return !request.hasAccessibleTopology() || topology.isHere(request.getAccessibleTopology());
    }

    @Override
    public void controllerModifyVolume(
            ControllerModifyVolumeRequest request, StreamObserver<ControllerModifyVolumeResponse> observer) {
        Reply.to(observer, () -> {
            requireId(request.getVolumeId());
            VolumeRecord volume = find(request.getVolumeId());
            Optional<Contents> wanted = VolumeParameters.contents(request.getMutableParametersMap());
            if (wanted.isPresent() && wanted.get() != volume.contents()) {
                throw new CsiException.InvalidRequest("contents can't change: " + volume.id() + " has "
                        + volume.contents().parameter() + " for its life");
            }
            return ControllerModifyVolumeResponse.getDefaultInstance();
        });
    }

    @Override
    public void controllerGetCapabilities(
            ControllerGetCapabilitiesRequest request, StreamObserver<ControllerGetCapabilitiesResponse> observer) {
        Reply.to(observer, () -> {
            ControllerGetCapabilitiesResponse.Builder answer = ControllerGetCapabilitiesResponse.newBuilder();
            for (ControllerServiceCapability.RPC.Type type : CAPABILITIES) {
                answer.addCapabilities(ControllerServiceCapability.newBuilder()
                        .setRpc(ControllerServiceCapability.RPC.newBuilder().setType(type)));
            }
            return answer.build();
        });
    }

    private Volume describe(VolumeRecord volume) {
        Volume.Builder description = Volume.newBuilder()
                .setVolumeId(volume.id().value())
                .setCapacityBytes(volume.sizeBytes())
                .putAllVolumeContext(Map.of(CONTENTS_KEY, volume.contents().parameter()))
                .addAccessibleTopology(topology.here());
        VolumeId source = volume.source();
        if (source != null) {
            description.setContentSource(VolumeContentSource.newBuilder()
                    .setVolume(VolumeContentSource.VolumeSource.newBuilder().setVolumeId(source.value())));
        }
        return description.build();
    }

    private VolumeRecord find(String id) {
        return VolumeId.parse(id)
                .flatMap(store::find)
                .orElseThrow(() -> new CsiException.NotFound("volume " + id + " is not on node " + topology.node()));
    }

    private static void requireId(String id) {
        if (id.isEmpty()) {
            throw new CsiException.InvalidRequest("the volume_id is missing");
        }
    }
}
