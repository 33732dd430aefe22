package io.kubehv.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;

/** Stores a part of an object's status by server-side apply: each writer its own fields, under its own name. */
public final class StatusApply {
    private StatusApply() {}

    /** Of a patch for this very object, whatever became of it since. */
    public static ObjectMeta to(HasMetadata seen) {
        return new ObjectMetaBuilder()
                .withName(seen.getMetadata().getName())
                .withNamespace(seen.getMetadata().getNamespace())
                .withUid(seen.getMetadata().getUid())
                .build();
    }

    /** Of a patch for this object as it was seen: when it has moved since, the API server refuses it with code 409. */
    public static ObjectMeta toVersion(HasMetadata seen) {
        return new ObjectMetaBuilder(to(seen))
                .withResourceVersion(seen.getMetadata().getResourceVersion())
                .build();
    }

    /** Stores the status of the patch; returns the object as it is stored now. */
    public static <T extends HasMetadata> T store(KubernetesClient client, T patch, String manager) {
        return client.resource(patch)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(manager)
                        .withForce(true)
                        .build());
    }
}
