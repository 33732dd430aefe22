package io.kubehv.operator.virtualswitch;

import io.fabric8.kubernetes.api.model.Node;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is watched for switches: the VMs on them, the nodes, and the switches among themselves. */
final class SwitchSources {
    private static final String BY_SWITCH = "switch";

    private final IndexerResourceCache<VirtualSwitch> switches;
    private final InformerEventSource<VirtualMachine, VirtualSwitch> machines;
    private final InformerEventSource<Node, VirtualSwitch> nodes;

    SwitchSources(EventSourceContext<VirtualSwitch> context) {
        switches = context.getPrimaryCache();
        machines = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(VirtualMachine.class, VirtualSwitch.class)
                        .withName("switch-machines")
                        // Of a VM that only tells how it is, switches need not hear.
                        .withOnUpdateFilter(
                                (after, before) -> !switchNames(after).equals(switchNames(before)))
                        .withSecondaryToPrimaryMapper(machine -> switchNames(machine).stream()
                                .map(ResourceID::new)
                                .collect(Collectors.toSet()))
                        .build(),
                context);
        machines.addIndexer(BY_SWITCH, machine -> List.copyOf(switchNames(machine)));
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
        return List.of(machines, nodes);
    }

    /** The VMs that have an adapter on the switch. */
    List<String> users(String switchName) {
        return machines.byIndex(BY_SWITCH, switchName).stream()
                .map(machine -> machine.getMetadata().getNamespace() + "/"
                        + machine.getMetadata().getName())
                .sorted()
                .toList();
    }

    Set<String> nodes() {
        return nodes.list().map(node -> node.getMetadata().getName()).collect(Collectors.toSet());
    }

    /** The network identifiers of all switches but this one. */
    Set<Integer> networkIdentifiers(String except) {
        return switches.list()
                .filter(virtualSwitch -> !virtualSwitch.getMetadata().getName().equals(except))
                .map(VirtualSwitch::getStatus)
                .filter(Objects::nonNull)
                .map(VirtualSwitchStatus::networkIdentifier)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private static Set<String> switchNames(VirtualMachine machine) {
        return Optional.ofNullable(machine.getSpec().networkAdapters()).stream()
                .flatMap(List::stream)
                .map(NetworkAdapter::switchName)
                .flatMap(name -> Stream.ofNullable(name))
                .collect(Collectors.toSet());
    }
}
