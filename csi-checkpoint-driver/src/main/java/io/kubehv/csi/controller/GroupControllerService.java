package io.kubehv.csi.controller;

import io.grpc.stub.StreamObserver;
import io.kubehv.csi.endpoint.Reply;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.ByteRange;
import io.kubehv.csi.proto.CreateVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.CreateVolumeGroupSnapshotResponse;
import io.kubehv.csi.proto.DeleteVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.DeleteVolumeGroupSnapshotResponse;
import io.kubehv.csi.proto.GetVolumeGroupSnapshotRequest;
import io.kubehv.csi.proto.GetVolumeGroupSnapshotResponse;
import io.kubehv.csi.proto.GroupControllerGetCapabilitiesRequest;
import io.kubehv.csi.proto.GroupControllerGetCapabilitiesResponse;
import io.kubehv.csi.proto.GroupControllerGrpc;
import io.kubehv.csi.proto.GroupControllerServiceCapability;
import io.kubehv.csi.proto.Snapshot;
import io.kubehv.csi.proto.VolumeGroupSnapshot;
import io.kubehv.csi.state.GroupId;
import io.kubehv.csi.state.GroupRecord;
import io.kubehv.csi.state.SnapshotId;
import io.kubehv.csi.state.SnapshotRecord;
import io.kubehv.csi.state.SnapshotStore;
import io.kubehv.csi.state.VolumeRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CSI's group controller service: snapshots of several volumes at one instant. */
public final class GroupControllerService extends GroupControllerGrpc.GroupControllerImplBase {
    private final NodeTopology topology;
    private final Snapshotter snapshotter;
    private final SnapshotStore store;

    public GroupControllerService(NodeTopology topology, Snapshotter snapshotter, SnapshotStore store) {
        this.topology = topology;
        this.snapshotter = snapshotter;
        this.store = store;
    }

    @Override
    public void groupControllerGetCapabilities(
            GroupControllerGetCapabilitiesRequest request,
            StreamObserver<GroupControllerGetCapabilitiesResponse> observer) {
        Reply.to(
                observer,
                () -> GroupControllerGetCapabilitiesResponse.newBuilder()
                        .addCapabilities(GroupControllerServiceCapability.newBuilder()
                                .setRpc(GroupControllerServiceCapability.RPC
                                        .newBuilder()
                                        .setType(
                                                GroupControllerServiceCapability.RPC
                                                        .Type
                                                        .CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT)))
                        .build());
    }

    @Override
    public void createVolumeGroupSnapshot(
            CreateVolumeGroupSnapshotRequest request, StreamObserver<CreateVolumeGroupSnapshotResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getName(), "name");
            if (request.getSourceVolumeIdsCount() == 0) {
                throw new CsiException.InvalidRequest("source_volume_ids are missing");
            }
            SnapshotParameters.checkGroup(request.getParametersMap());
            Map<String, List<ByteRange>> written = SnapshotParameters.written(request.getParametersMap());
            if (SnapshotParameters.asksAhead(request.getParametersMap())) {
                List<VolumeRecord> begun =
                        snapshotter.copyAhead(request.getName(), request.getSourceVolumeIdsList(), written);
                return CreateVolumeGroupSnapshotResponse.newBuilder()
                        .setGroupSnapshot(begun(request.getName(), begun))
                        .build();
            }
            GroupRecord group = snapshotter.cutGroup(request.getName(), request.getSourceVolumeIdsList(), written);
            return CreateVolumeGroupSnapshotResponse.newBuilder()
                    .setGroupSnapshot(describe(group))
                    .build();
        });
    }

    @Override
    public void deleteVolumeGroupSnapshot(
            DeleteVolumeGroupSnapshotRequest request, StreamObserver<DeleteVolumeGroupSnapshotResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getGroupSnapshotId(), "group_snapshot_id");
            Optional<GroupId> id = GroupId.parse(request.getGroupSnapshotId());
            if (id.isPresent()) {
                snapshotter.deleteGroup(id.get(), request.getSnapshotIdsList());
            }
            return DeleteVolumeGroupSnapshotResponse.getDefaultInstance();
        });
    }

    @Override
    public void getVolumeGroupSnapshot(
            GetVolumeGroupSnapshotRequest request, StreamObserver<GetVolumeGroupSnapshotResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getGroupSnapshotId(), "group_snapshot_id");
            GroupRecord group = GroupId.parse(request.getGroupSnapshotId())
                    .flatMap(store::find)
                    .orElseThrow(() -> new CsiException.NotFound(
                            "group " + request.getGroupSnapshotId() + " is not on node " + topology.node()));
            VolumeGroupSnapshot answer = describe(group);
            requireSame(request.getSnapshotIdsList(), answer);
            return GetVolumeGroupSnapshotResponse.newBuilder()
                    .setGroupSnapshot(answer)
                    .build();
        });
    }

    private static void requireSame(List<String> expected, VolumeGroupSnapshot group) {
        List<String> present = group.getSnapshotsList().stream()
                .map(snapshot -> snapshot.getSnapshotId())
                .toList();
        if (!expected.isEmpty() && !new HashSet<>(expected).equals(new HashSet<>(present))) {
            throw new CsiException.InvalidRequest("group " + group.getGroupSnapshotId() + " has the snapshots "
                    + present + ", and snapshot_ids names " + expected);
        }
    }

    private VolumeGroupSnapshot begun(String name, List<VolumeRecord> sources) {
        GroupId id = GroupId.of(topology.node(), name);
        return VolumeGroupSnapshot.newBuilder()
                .setGroupSnapshotId(id.value())
                .addAllSnapshots(sources.stream()
                        .map(source -> Snapshot.newBuilder()
                                .setSnapshotId(
                                        SnapshotId.inGroup(id, source.id()).value())
                                .setSourceVolumeId(source.id().value())
                                .setGroupSnapshotId(id.value())
                                .build())
                        .toList())
                .build();
    }

    private VolumeGroupSnapshot describe(GroupRecord group) {
        VolumeGroupSnapshot.Builder description = VolumeGroupSnapshot.newBuilder()
                .setGroupSnapshotId(group.id().value())
                .setCreationTime(SnapshotCalls.timestamp(group.createdAt()))
                .setReadyToUse(true);
        for (SnapshotRecord member : store.membersOf(group)) {
            description.addSnapshots(SnapshotCalls.describe(member, topology).toBuilder()
                    .setGroupSnapshotId(group.id().value()));
        }
        return description.build();
    }
}
