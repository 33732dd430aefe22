package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodRoles;
import java.util.List;
import java.util.Optional;

/** What the controller of exports watches: its pods. All else is in others' caches. */
final class ExportSources {
    private final InformerEventSource<Pod, Export> pods;

    ExportSources(EventSourceContext<Export> context) {
        pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, Export.class)
                        .withName("export-pods")
                        .withLabelSelector(PodRoles.LABEL + "=" + PodRoles.EXPORT)
                        .withSecondaryToPrimaryMapper(pod -> Owners.ids(pod, "Export"))
                        .build(),
                context);
    }

    List<EventSource<?, Export>> all() {
        return List.of(pods);
    }

    Optional<Pod> pod(String namespace, String name) {
        return pods.get(new ResourceID(name, namespace));
    }

    void made(Pod pod) {
        pods.handleRecentResourceCreate(ResourceID.fromResource(pod), pod);
    }
}
