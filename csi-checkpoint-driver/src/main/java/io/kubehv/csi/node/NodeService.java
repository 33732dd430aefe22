package io.kubehv.csi.node;

import io.grpc.stub.StreamObserver;
import io.kubehv.csi.controller.Capabilities;
import io.kubehv.csi.controller.NodeTopology;
import io.kubehv.csi.controller.RequiredField;
import io.kubehv.csi.endpoint.Reply;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.pool.PoolCapacity;
import io.kubehv.csi.proto.NodeExpandVolumeRequest;
import io.kubehv.csi.proto.NodeExpandVolumeResponse;
import io.kubehv.csi.proto.NodeGetCapabilitiesRequest;
import io.kubehv.csi.proto.NodeGetCapabilitiesResponse;
import io.kubehv.csi.proto.NodeGetInfoRequest;
import io.kubehv.csi.proto.NodeGetInfoResponse;
import io.kubehv.csi.proto.NodeGetVolumeStatsRequest;
import io.kubehv.csi.proto.NodeGetVolumeStatsResponse;
import io.kubehv.csi.proto.NodeGrpc;
import io.kubehv.csi.proto.NodePublishVolumeRequest;
import io.kubehv.csi.proto.NodePublishVolumeResponse;
import io.kubehv.csi.proto.NodeServiceCapability;
import io.kubehv.csi.proto.NodeStageVolumeRequest;
import io.kubehv.csi.proto.NodeStageVolumeResponse;
import io.kubehv.csi.proto.NodeUnpublishVolumeRequest;
import io.kubehv.csi.proto.NodeUnpublishVolumeResponse;
import io.kubehv.csi.proto.NodeUnstageVolumeRequest;
import io.kubehv.csi.proto.NodeUnstageVolumeResponse;
import io.kubehv.csi.proto.VolumeCapability;
import io.kubehv.csi.state.PoolLocks;
import io.kubehv.csi.state.VolumeId;
import io.kubehv.csi.state.VolumeRecord;
import io.kubehv.csi.state.VolumeStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The node service: checks what the kubelet asks, takes the volume's lock, and has it done. */
public final class NodeService extends NodeGrpc.NodeImplBase {
    private static final List<NodeServiceCapability.RPC.Type> CAPABILITIES = List.of(
            NodeServiceCapability.RPC.Type.STAGE_UNSTAGE_VOLUME,
            NodeServiceCapability.RPC.Type.GET_VOLUME_STATS,
            NodeServiceCapability.RPC.Type.EXPAND_VOLUME,
            NodeServiceCapability.RPC.Type.SINGLE_NODE_MULTI_WRITER,
            NodeServiceCapability.RPC.Type.VOLUME_MOUNT_GROUP);

    /** Far below what the kernel has of loop devices, far above what a node has of VMs. */
    private static final long MAX_VOLUMES = 1000;

    private final NodeTopology topology;
    private final VolumeStore store;
    private final PoolLocks locks;
    private final VolumeMounts mounts;
    private final VolumeStager stager;
    private final VolumePublisher publisher;
    private final VolumeExpander expander;

    public NodeService(
            NodeTopology topology, VolumeStore store, PoolLocks locks, VolumeMounts mounts, PoolCapacity capacity) {
        this.topology = topology;
        this.store = store;
        this.locks = locks;
        this.mounts = mounts;
        this.stager = new VolumeStager(store, mounts);
        this.publisher = new VolumePublisher(store, mounts);
        this.expander = new VolumeExpander(store, mounts, capacity);
    }

    @Override
    public void nodeStageVolume(NodeStageVolumeRequest request, StreamObserver<NodeStageVolumeResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
            Path stagingPath = path(request.getStagingTargetPath(), "staging_target_path");
            Capabilities capabilities = capabilities(request.hasVolumeCapability(), request.getVolumeCapability());
            try (Locked locked = lock(request.getVolumeId())) {
                stager.stage(
                        locked.volume(),
                        stagingPath,
                        capabilities,
                        request.getVolumeCapability().getMount().getMountFlagsList());
            }
            return NodeStageVolumeResponse.getDefaultInstance();
        });
    }

    @Override
    public void nodeUnstageVolume(
            NodeUnstageVolumeRequest request, StreamObserver<NodeUnstageVolumeResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
            Path stagingPath = path(request.getStagingTargetPath(), "staging_target_path");
            Optional<VolumeId> id = VolumeId.parse(request.getVolumeId());
            if (id.isPresent()) {
                try (PoolLocks.Held _ = locks.exclusively(id.get())) {
                    stager.unstage(store.find(id.get()), stagingPath);
                }
            }
            return NodeUnstageVolumeResponse.getDefaultInstance();
        });
    }

    @Override
    public void nodePublishVolume(
            NodePublishVolumeRequest request, StreamObserver<NodePublishVolumeResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
            Path target = path(request.getTargetPath(), "target_path");
            Capabilities capabilities = capabilities(request.hasVolumeCapability(), request.getVolumeCapability());
            if (request.getStagingTargetPath().isEmpty()) {
                throw new CsiException.FailedPrecondition("staging_target_path is missing: stage the volume first");
            }
            Path stagingPath = path(request.getStagingTargetPath(), "staging_target_path");
            try (Locked locked = lock(request.getVolumeId())) {
                VolumeStager.requireFit(locked.volume(), capabilities, false);
                if (!stager.isStaged(locked.volume(), stagingPath)) {
                    throw new CsiException.FailedPrecondition(
                            locked.volume().id() + " is not staged at " + stagingPath);
                }
                publisher.publish(locked.volume(), publication(request, stagingPath, target));
            }
            return NodePublishVolumeResponse.getDefaultInstance();
        });
    }

    private static VolumePublisher.Publication publication(
            NodePublishVolumeRequest request, Path stagingPath, Path target) {
        VolumeCapability capability = request.getVolumeCapability();
        boolean alone =
                capability.getAccessMode().getMode() == VolumeCapability.AccessMode.Mode.SINGLE_NODE_SINGLE_WRITER;
        return new VolumePublisher.Publication(
                stagingPath,
                target,
                request.getReadonly(),
                group(capability.getMount().getVolumeMountGroup()),
                alone);
    }

    private static OptionalInt group(String text) {
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of(Integer.parseUnsignedInt(text));
        } catch (NumberFormatException e) {
            throw new CsiException.InvalidRequest("volume_mount_group \"" + text + "\" is not a group's number");
        }
    }

    @Override
    public void nodeUnpublishVolume(
            NodeUnpublishVolumeRequest request, StreamObserver<NodeUnpublishVolumeResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
            Path target = path(request.getTargetPath(), "target_path");
            Optional<VolumeId> id = VolumeId.parse(request.getVolumeId());
            if (id.isPresent()) {
                // The volume itself may be gone: the pod's directory is cleaned up all the same.
                try (PoolLocks.Held _ = locks.exclusively(id.get())) {
                    publisher.unpublish(target);
                }
            }
            return NodeUnpublishVolumeResponse.getDefaultInstance();
        });
    }

    @Override
    public void nodeExpandVolume(NodeExpandVolumeRequest request, StreamObserver<NodeExpandVolumeResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
            Path path = path(request.getVolumePath(), "volume_path");
            try (Locked locked = lock(request.getVolumeId())) {
                requirePath(locked.volume(), path);
                long size = expander.expand(locked.volume(), request.getCapacityRange());
                return NodeExpandVolumeResponse.newBuilder()
                        .setCapacityBytes(size)
                        .build();
            }
        });
    }

    @Override
    public void nodeGetVolumeStats(
            NodeGetVolumeStatsRequest request, StreamObserver<NodeGetVolumeStatsResponse> observer) {
        Reply.to(observer, () -> {
            RequiredField.require(request.getVolumeId(), "volume_id");
            Path path = path(request.getVolumePath(), "volume_path");
            VolumeRecord volume = find(request.getVolumeId());
            requirePath(volume, path);
            return VolumeStatistics.of(volume, path, store);
        });
    }

    private void requirePath(VolumeRecord volume, Path path) throws IOException {
        if (mounts.at(volume, path).isEmpty() && !stager.isStaged(volume, path)) {
            throw new CsiException.NotFound(volume.id() + " is not at " + path);
        }
    }

    @Override
    public void nodeGetCapabilities(
            NodeGetCapabilitiesRequest request, StreamObserver<NodeGetCapabilitiesResponse> observer) {
        Reply.to(observer, () -> {
            NodeGetCapabilitiesResponse.Builder answer = NodeGetCapabilitiesResponse.newBuilder();
            for (NodeServiceCapability.RPC.Type type : CAPABILITIES) {
                answer.addCapabilities(NodeServiceCapability.newBuilder()
                        .setRpc(NodeServiceCapability.RPC.newBuilder().setType(type)));
            }
            return answer.build();
        });
    }

    @Override
    public void nodeGetInfo(NodeGetInfoRequest request, StreamObserver<NodeGetInfoResponse> observer) {
        Reply.to(
                observer,
                () -> NodeGetInfoResponse.newBuilder()
                        .setNodeId(topology.node())
                        .setMaxVolumesPerNode(MAX_VOLUMES)
                        .setAccessibleTopology(topology.here())
                        .build());
    }

    /** A volume that this call alone works on. */
    private record Locked(VolumeRecord volume, PoolLocks.Held held) implements AutoCloseable {
        @Override
        public void close() {
            held.close();
        }
    }

    private Locked lock(String id) {
        PoolLocks.Held held = locks.exclusively(find(id).id());
        boolean handedOver = false;
        try {
            // Read again: it may have been deleted or grown before we had the lock.
            Locked locked = new Locked(find(id), held);
            handedOver = true;
            return locked;
        } finally {
            if (!handedOver) {
                held.close();
            }
        }
    }

    private VolumeRecord find(String id) {
        return VolumeId.parse(id)
                .flatMap(store::find)
                .orElseThrow(() -> new CsiException.NotFound("volume " + id + " is not on node " + topology.node()));
    }

    private static Capabilities capabilities(boolean present, VolumeCapability capability) {
        if (!present) {
            throw new CsiException.InvalidRequest("the volume_capability is missing");
        }
        return Capabilities.of(capability);
    }

    private static Path path(String text, String field) {
        RequiredField.require(text, field);
        return Path.of(text);
    }
}
