package io.kubehv.cni.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/** Tells what a switch is on this node: one entry of {@code status.nodes}, owned by a field manager of the node's own. */
final class SwitchStatusWriter {
    private final KubernetesClient client;
    private final String nodeName;
    private final PatchContext context;

    SwitchStatusWriter(KubernetesClient client, String nodeName) {
        this.client = client;
        this.nodeName = nodeName;
        this.context = new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(KubeHV.SWITCH_FIELD_MANAGER + "-" + nodeName)
                .withForce(true)
                .build();
    }

    /** Writes the entry, or takes it back, unless the status has it so already. */
    void write(VirtualSwitch virtualSwitch, Optional<SwitchNode> entry) {
        if (entry.equals(present(virtualSwitch))) {
            return;
        }
        VirtualSwitch applied = new VirtualSwitch();
        applied.getMetadata().setName(virtualSwitch.getMetadata().getName());
        applied.setStatus(
                new VirtualSwitchStatus(null, null, null, entry.map(List::of).orElse(List.of()), null));
        try {
            client.resource(applied).subresource("status").patch(context);
        } catch (KubernetesClientException e) {
            // Of a switch that has gone meanwhile there is nothing to tell.
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }

    private Optional<SwitchNode> present(VirtualSwitch virtualSwitch) {
        VirtualSwitchStatus status = virtualSwitch.getStatus();
        return status == null || status.nodes() == null
                ? Optional.empty()
                : status.nodes().stream()
                        .filter(node -> node.name().equals(nodeName))
                        .findFirst();
    }
}
