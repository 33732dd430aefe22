package io.kubehv.operator.machineimport;

import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodRoles;
import java.util.List;
import java.util.Optional;

/** What the controller of imports watches: its pods, and disks. */
final class ImportSources {
    private final InformerEventSource<Pod, Import> pods;
    private final InformerEventSource<VirtualHardDisk, Import> disks;

    ImportSources(EventSourceContext<Import> context) {
        pods = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, Import.class)
                        .withName("machine-import-pods")
                        .withLabelSelector(PodRoles.LABEL + "=" + PodRoles.MACHINE_IMPORT)
                        .withSecondaryToPrimaryMapper(pod -> Owners.ids(pod, "Import"))
                        .build(),
                context);
        disks = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(VirtualHardDisk.class, Import.class)
                        .withName("machine-import-disks")
                        .withSecondaryToPrimaryMapper(disk -> Owners.ids(disk, "Import"))
                        .build(),
                context);
    }

    List<EventSource<?, Import>> all() {
        return List.of(pods, disks);
    }

    Optional<Pod> pod(String namespace, String name) {
        return pods.get(new ResourceID(name, namespace));
    }

    Optional<VirtualHardDisk> disk(String namespace, String name) {
        return disks.get(new ResourceID(name, namespace));
    }

    void made(Pod pod) {
        pods.handleRecentResourceCreate(ResourceID.fromResource(pod), pod);
    }

    void made(VirtualHardDisk disk) {
        disks.handleRecentResourceCreate(ResourceID.fromResource(disk), disk);
    }
}
