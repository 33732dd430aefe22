package io.kubehv.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Set;
import java.util.stream.Collectors;

/** Who made what: the controller reference, by which the cluster's garbage collector deletes it too. */
public final class Owners {
    private Owners() {}

    public static OwnerReference controller(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .build();
    }

    public static boolean owns(HasMetadata owner, HasMetadata owned) {
        return owned.getMetadata().getOwnerReferences().stream()
                .anyMatch(reference ->
                        reference.getUid().equals(owner.getMetadata().getUid()));
    }

    /** The owners of this kind that an object has, for who watches it. */
    public static Set<ResourceID> ids(HasMetadata owned, String kind) {
        return owned.getMetadata().getOwnerReferences().stream()
                .filter(reference -> kind.equals(reference.getKind()))
                .map(reference ->
                        new ResourceID(reference.getName(), owned.getMetadata().getNamespace()))
                .collect(Collectors.toSet());
    }

    /** A copy of an object's place alone, as a status applied by server-side apply needs it. */
    public static String key(HasMetadata resource) {
        return resource.getMetadata().getNamespace() + "/"
                + resource.getMetadata().getName();
    }
}
