package io.kubehv.operator.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Set;

/** Asks an API server what it would say to an object, which is not stored. */
record DryRun(KubernetesClient client) {
    private static final Set<String> OF_CLUSTER = Set.of("VirtualSwitch");

    /** The object as it would be stored; refused, it throws as the client does. */
    GenericKubernetesResource create(String kind, String spec) {
        GenericKubernetesResource made = Serialization.unmarshal(
                """
                apiVersion: kubehv.io/v1alpha1
                kind: %s
                metadata: {generateName: it-, namespace: %s}
                spec: %s
                """.formatted(kind, OF_CLUSTER.contains(kind) ? "''" : "default", spec),
                GenericKubernetesResource.class);
        return client.resource(made).dryRun().create();
    }
}
