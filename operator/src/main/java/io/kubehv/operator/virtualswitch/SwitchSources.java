package io.kubehv.operator.virtualswitch;

import io.fabric8.kubernetes.api.model.Node;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is watched for switches: the nodes, and the switches among themselves. The cache of VMs is kept once. */
final class SwitchSources {
    private final IndexerResourceCache<VirtualSwitch> switches;
    private final InformerEventSource<Node, VirtualSwitch> nodes;

    SwitchSources(EventSourceContext<VirtualSwitch> context) {
        switches = context.getPrimaryCache();
        nodes = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Node.class, VirtualSwitch.class)
                        .withName("switch-nodes")
                        .withOnUpdateFilter((after, before) -> false)
                        .withSecondaryToPrimaryMapper(node ->
                                switches.list().map(ResourceID::fromResource).collect(Collectors.toSet()))
                        .build(),
                context);
    }

    List<EventSource<?, VirtualSwitch>> all() {
        return List.of(nodes);
    }

    Set<String> nodes() {
        return nodes.list().map(node -> node.getMetadata().getName()).collect(Collectors.toSet());
    }

    /** All switches but this one. */
    List<VirtualSwitch> others(String except) {
        return switches.list()
                .filter(virtualSwitch -> !virtualSwitch.getMetadata().getName().equals(except))
                .toList();
    }
}
