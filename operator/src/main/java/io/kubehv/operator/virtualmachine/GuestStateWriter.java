package io.kubehv.operator.virtualmachine;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Writes;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import org.jspecify.annotations.Nullable;

/** Makes what a machine remembers by: the claim of its own state, and the key of its TPM. Neither is ever made twice. */
final class GuestStateWriter {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final KubernetesClient client;

    GuestStateWriter(KubernetesClient client) {
        this.client = client;
    }

    void createClaim(VirtualMachine machine, @Nullable String storageClass) {
        Writes.unlessThere(
                () -> client.resource(GuestState.desired(machine, storageClass)).create());
    }

    /** The claim notes it, if it is there already: a key that is lost later must not be made anew in silence. */
    void createKey(VirtualMachine machine, @Nullable PersistentVolumeClaim guestState) {
        Secret desired = OriginKey.of(machine, guestState)
                .map(origin -> KeyProtector.copy(
                        machine,
                        client.secrets()
                                .inNamespace(machine.getMetadata().getNamespace())
                                .withName(origin)
                                .require()))
                .orElseGet(() -> KeyProtector.desired(machine));
        Writes.unlessThere(() -> client.resource(desired).create());
        if (guestState == null) {
            return;
        }
        ObjectNode patch = JSON.createObjectNode();
        patch.withObject("/metadata")
                .put("uid", guestState.getMetadata().getUid())
                .withObject("/annotations")
                .put(GuestState.KEY_PROTECTOR_ANNOTATION, KeyProtector.name(machine));
        client.resource(guestState).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
    }
}
