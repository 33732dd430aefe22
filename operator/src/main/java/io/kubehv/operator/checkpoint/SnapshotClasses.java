package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The VolumeSnapshotClasses of the cluster, asked for when they are needed and not watched. */
@ApplicationScoped
public class SnapshotClasses {
    private static final String DEFAULT = "snapshot.storage.kubernetes.io/is-default-class";

    private final KubernetesClient client;

    public SnapshotClasses(KubernetesClient client) {
        this.client = client;
    }

    /**
     * The class that a driver's snapshots are made by.
     *
     * @param name null: there is none that is sure
     * @param problem what is missing, and the fix; null: nothing
     */
    record Choice(@Nullable String name, @Nullable String problem) {}

    /** A driver's default class, as the snapshot controller chooses it, or its only one. */
    Choice of(String driver) {
        return choose(driver, all());
    }

    private List<GenericKubernetesResource> all() {
        try {
            return client.genericKubernetesResources(VolumeSnapshotObjects.CLASSES)
                    .list()
                    .getItems();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                // The cluster has no snapshots at all.
                return List.of();
            }
            throw e;
        }
    }

    static Choice choose(String driver, List<GenericKubernetesResource> classes) {
        List<GenericKubernetesResource> its = classes.stream()
                .filter(found -> driver.equals(found.getAdditionalProperties().get("driver")))
                .toList();
        List<GenericKubernetesResource> defaults =
                its.stream().filter(SnapshotClasses::isDefault).toList();
        List<GenericKubernetesResource> fit = defaults.isEmpty() ? its : defaults;
        if (fit.size() == 1) {
            return new Choice(fit.getFirst().getMetadata().getName(), null);
        }
        String fix = fit.isEmpty()
                ? "the cluster has no VolumeSnapshotClass for it; create one with \"driver: " + driver + "\""
                : "the VolumeSnapshotClasses "
                        + String.join(
                                ", ",
                                fit.stream()
                                        .map(found -> found.getMetadata().getName())
                                        .sorted()
                                        .toList())
                        + " are all for it; annotate one of them with " + DEFAULT + "=true";
        return new Choice(null, fix);
    }

    private static boolean isDefault(GenericKubernetesResource found) {
        return found.getMetadata().getAnnotations() != null
                && "true".equals(found.getMetadata().getAnnotations().get(DEFAULT));
    }
}
