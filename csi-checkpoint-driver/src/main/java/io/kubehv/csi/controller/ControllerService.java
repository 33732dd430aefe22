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
import io.kubehv.csi.proto.CreateSnapshotRequest;
import io.kubehv.csi.proto.CreateSnapshotResponse;
import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.CreateVolumeResponse;
import io.kubehv.csi.proto.DeleteSnapshotRequest;
import io.kubehv.csi.proto.DeleteSnapshotResponse;
import io.kubehv.csi.proto.DeleteVolumeRequest;
import io.kubehv.csi.proto.DeleteVolumeResponse;
import io.kubehv.csi.proto.GetCapacityRequest;
import io.kubehv.csi.proto.GetCapacityResponse;
import io.kubehv.csi.proto.GetSnapshotRequest;
import io.kubehv.csi.proto.GetSnapshotResponse;
import io.kubehv.csi.proto.ListSnapshotsRequest;
import io.kubehv.csi.proto.ListSnapshotsResponse;
import io.kubehv.csi.proto.ListVolumesRequest;
import io.kubehv.csi.proto.ListVolumesResponse;
import io.kubehv.csi.proto.ValidateVolumeCapabilitiesRequest;
import io.kubehv.csi.proto.ValidateVolumeCapabilitiesResponse;
import io.kubehv.csi.proto.Volume;
import io.kubehv.csi.proto.VolumeContentSource;
import io.kubehv.csi.state.Contents;
import io.kubehv.csi.state.SnapshotId;
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
            ControllerServiceCapability.RPC.Type.CREATE_DELETE_SNAPSHOT,
            ControllerServiceCapability.RPC.Type.LIST_SNAPSHOTS,
            ControllerServiceCapability.RPC.Type.GET_SNAPSHOT,
            ControllerServiceCapability.RPC.Type.MODIFY_VOLUME,
            ControllerServiceCapability.RPC.Type.SINGLE_NODE_MULTI_WRITER);

    private static final Page.Naming<VolumeRecord, VolumeId> NAMING =
            new Page.Naming<>(VolumeRecord::id, VolumeId::parse);

    /** The volume context's one key: what the volume holds, for whoever reads a PersistentVolume. */
    private static final String CONTENTS_KEY = "contents";

    private final NodeTopology topology;
    private final VolumeProvisioner provisioner;
    private final VolumeReverter reverter;
    private final SnapshotCalls snapshots;
    private final VolumeStore store;
    private final PoolCapacity capacity;

    public ControllerService(
            NodeTopology topology,
            VolumeProvisioner provisioner,
            VolumeReverter reverter,
            SnapshotCalls snapshots,
            VolumeStore store,
            PoolCapacity capacity) {
        this.topology = topology;
        this.provisioner = provisioner;
        this.reverter = reverter;
        this.snapshots = snapshots;
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
            RequiredField.require(request.getVolumeId(), "volume_id");
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
        RequiredField.require(request.getVolumeId(), "volume_id");
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
            Page<VolumeRecord> page =
                    Page.of(store.list(), NAMING, request.getStartingToken(), request.getMaxEntries());
            ListVolumesResponse.Builder answer =
                    ListVolumesResponse.newBuilder().setNextToken(page.nextToken());
            for (VolumeRecord volume : page.entries()) {
                answer.addEntries(ListVolumesResponse.Entry.newBuilder().setVolume(describe(volume)));
            }
            return answer.build();
        });
    }

    @Override
    public void controllerGetVolume(
            ControllerGetVolumeRequest request, StreamObserver<ControllerGetVolumeResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
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
            RequiredField.require(request.getVolumeId(), "volume_id");
            VolumeRecord volume = find(request.getVolumeId());
            Optional<VolumeRecord.Revert> revert = VolumeReverter.asked(request.getMutableParametersMap());
            if (revert.isPresent()) {
                reverter.revert(volume.id(), revert.get());
                return ControllerModifyVolumeResponse.getDefaultInstance();
            }
            Optional<Contents> wanted = VolumeParameters.contents(request.getMutableParametersMap());
            if (wanted.isPresent() && wanted.get() != volume.contents()) {
                throw new CsiException.InvalidRequest("contents can't change: " + volume.id() + " has "
                        + volume.contents().parameter() + " for its life");
            }
            return ControllerModifyVolumeResponse.getDefaultInstance();
        });
    }

    @Override
    public void createSnapshot(CreateSnapshotRequest request, StreamObserver<CreateSnapshotResponse> observer) {
        Reply.to(observer, () -> snapshots.create(request));
    }

    @Override
    public void deleteSnapshot(DeleteSnapshotRequest request, StreamObserver<DeleteSnapshotResponse> observer) {
        Reply.to(observer, () -> snapshots.delete(request));
    }

    @Override
    public void listSnapshots(ListSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> observer) {
        Reply.to(observer, () -> snapshots.list(request));
    }

    @Override
    public void getSnapshot(GetSnapshotRequest request, StreamObserver<GetSnapshotResponse> observer) {
        Reply.to(observer, () -> snapshots.get(request));
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
        SnapshotId snapshot = volume.snapshot();
        if (source != null) {
            description.setContentSource(VolumeContentSource.newBuilder()
                    .setVolume(VolumeContentSource.VolumeSource.newBuilder().setVolumeId(source.value())));
        } else if (snapshot != null) {
            description.setContentSource(VolumeContentSource.newBuilder()
                    .setSnapshot(VolumeContentSource.SnapshotSource.newBuilder().setSnapshotId(snapshot.value())));
        }
        return description.build();
    }

    private VolumeRecord find(String id) {
        return VolumeId.parse(id)
                .flatMap(store::find)
                .orElseThrow(() -> new CsiException.NotFound("volume " + id + " is not on node " + topology.node()));
    }
}
