package io.kubehv.operator.virtualswitch;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.operator.status.StatusApply;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A switch's status, but for what each node tells of it: stored by server-side apply when it differs. */
@ApplicationScoped
public class SwitchStatus {
    private final KubernetesClient client;

    public SwitchStatus(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Stores what a pass decided.
     *
     * @return the switch as it is stored now; empty if nothing had to be written
     * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 if the switch has moved
     */
    Optional<VirtualSwitch> write(ObservedSwitch observed, SwitchPlan plan) {
        VirtualSwitch virtualSwitch = observed.virtualSwitch();
        plan.gone().forEach(node -> takeOut(virtualSwitch, node));
        VirtualSwitchStatus status = build(observed, plan);
        if (status.equals(own(virtualSwitch.getStatus()))) {
            return Optional.empty();
        }
        VirtualSwitch patch = new VirtualSwitch();
        patch.setMetadata(plan.gone().isEmpty() ? StatusApply.toVersion(virtualSwitch) : StatusApply.to(virtualSwitch));
        patch.setStatus(status);
        return Optional.of(StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER));
    }

    /** Takes out what a node told that is gone, in that node's own name: an entry is its writer's to take out. */
    private void takeOut(VirtualSwitch virtualSwitch, String node) {
        VirtualSwitch nothing = new VirtualSwitch();
        nothing.setMetadata(StatusApply.to(virtualSwitch));
        nothing.setStatus(new VirtualSwitchStatus(null, null, null, null, null));
        var _ = StatusApply.store(client, nothing, KubeHV.SWITCH_FIELD_MANAGER + "-" + node);
    }

    static VirtualSwitchStatus build(ObservedSwitch observed, SwitchPlan plan) {
        Long generation = observed.virtualSwitch().getMetadata().getGeneration();
        List<Condition> conditions = observed.conditions().ready(plan.ready(), generation, observed.now());
        return new VirtualSwitchStatus(generation, plan.networkIdentifier(), plan.ports(), null, conditions);
    }

    private static VirtualSwitchStatus own(@Nullable VirtualSwitchStatus stored) {
        return stored == null
                ? new VirtualSwitchStatus(null, null, null, null, null)
                : new VirtualSwitchStatus(
                        stored.observedGeneration(),
                        stored.networkIdentifier(),
                        stored.ports(),
                        null,
                        stored.conditions());
    }
}
