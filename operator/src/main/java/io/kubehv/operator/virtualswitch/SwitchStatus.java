package io.kubehv.operator.virtualswitch;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
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
        patch.setMetadata(new ObjectMetaBuilder()
                .withName(virtualSwitch.getMetadata().getName())
                .withUid(virtualSwitch.getMetadata().getUid())
                .withResourceVersion(
                        plan.gone().isEmpty() ? virtualSwitch.getMetadata().getResourceVersion() : null)
                .build());
        patch.setStatus(status);
        return Optional.of(apply(patch, KubeHV.OPERATOR_FIELD_MANAGER));
    }

    /** Takes out what a node told that is gone, in that node's own name: an entry is its writer's to take out. */
    private void takeOut(VirtualSwitch virtualSwitch, String node) {
        VirtualSwitch nothing = new VirtualSwitch();
        nothing.setMetadata(new ObjectMetaBuilder()
                .withName(virtualSwitch.getMetadata().getName())
                .withUid(virtualSwitch.getMetadata().getUid())
                .build());
        nothing.setStatus(new VirtualSwitchStatus(null, null, null, null, null));
        apply(nothing, KubeHV.SWITCH_FIELD_MANAGER + "-" + node);
    }

    private VirtualSwitch apply(VirtualSwitch patch, String manager) {
        return client.resource(patch)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(manager)
                        .withForce(true)
                        .build());
    }

    static VirtualSwitchStatus build(ObservedSwitch observed, SwitchPlan plan) {
        Long generation = observed.virtualSwitch().getMetadata().getGeneration();
        List<Condition> conditions = new ArrayList<>();
        conditions.add(observed.conditions().next(ConditionTypes.READY, plan.ready(), generation, observed.now()));
        plan.ready()
                .stalled()
                .ifPresent(verdict -> conditions.add(
                        observed.conditions().next(ConditionTypes.STALLED, verdict, generation, observed.now())));
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
