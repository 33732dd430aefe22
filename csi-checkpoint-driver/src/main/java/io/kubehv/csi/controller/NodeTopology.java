package io.kubehv.csi.controller;

import io.kubehv.csi.proto.Topology;
import io.kubehv.csi.proto.TopologyRequirement;

/** Where this node is, in CSI's words: each node is a place of its own, as its volumes are on it alone. */
public record NodeTopology(String node) {
    /** The label that the kubelet puts on the node. */
    public static final String KEY = "topology.kubehv.io/node";

    /** This node's place. */
    public Topology here() {
        return Topology.newBuilder().putSegments(KEY, node).build();
    }

    /** Whether a place is this node's. */
    public boolean isHere(Topology topology) {
        return node.equals(topology.getSegmentsMap().get(KEY));
    }

    /** Whether a volume on this node would be where it is wanted. */
    public boolean satisfies(TopologyRequirement requirement) {
        if (requirement.getRequisiteCount() > 0) {
            return requirement.getRequisiteList().stream().anyMatch(this::isHere);
        }
        return requirement.getPreferredCount() == 0
                || requirement.getPreferredList().stream().anyMatch(this::isHere);
    }
}
