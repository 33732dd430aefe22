package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How far an Internal or Private switch reaches. */
public enum SwitchScope {
    /** One layer-2 network over all nodes. */
    @JsonProperty("Cluster")
    CLUSTER,

    /** Each node has its own, as in Hyper-V. */
    @JsonProperty("Node")
    NODE
}
