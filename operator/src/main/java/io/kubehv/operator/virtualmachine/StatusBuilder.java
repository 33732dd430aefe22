package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The operator's part of a VM's status, built once a pass from the facts. */
public final class StatusBuilder {
    private StatusBuilder() {}

    public static VirtualMachineStatus build(Observed observed, Plan plan, Identity identity) {
        ObjectMeta metadata = observed.machine().getMetadata();
        Optional<PodFacts> alive = observed.podFacts().filter(pod -> !pod.finished());
        boolean hasPod = plan.start().isPresent() || alive.isPresent();
        List<String> addresses = Lifecycle.of(observed) == Lifecycle.UP
                ? alive.map(pod -> addresses(observed, pod)).orElse(List.of())
                : List.of();
        return new VirtualMachineStatus(
                plan.state(),
                metadata.getGeneration(),
                alive.flatMap(PodFacts::nodeName).orElse(null),
                hasPod ? DerivedName.ofPod(metadata.getName()) : null,
                null,
                identity,
                addresses.isEmpty() ? null : addresses,
                null,
                null,
                conditions(observed, plan, metadata.getGeneration()),
                null,
                null,
                AutomaticStarts.status(observed).orElse(null),
                null,
                // Written under a name of its own.
                null,
                observed.origin().known());
    }

    private static List<Condition> conditions(Observed observed, Plan plan, Long generation) {
        Conditions before = observed.conditions();
        List<Condition> conditions = new ArrayList<>();
        conditions.add(before.next(ConditionTypes.READY, plan.ready(), generation, observed.now()));
        conditions.add(before.next(ConditionTypes.DISKS_READY, disks(observed), generation, observed.now()));
        MemoryResize.verdict(observed)
                .ifPresent(verdict ->
                        conditions.add(before.next(ConditionTypes.MEMORY_READY, verdict, generation, observed.now())));
        network(observed)
                .ifPresent(verdict ->
                        conditions.add(before.next(ConditionTypes.NETWORK_READY, verdict, generation, observed.now())));
        stalled(observed, plan)
                .ifPresent(verdict ->
                        conditions.add(before.next(ConditionTypes.STALLED, verdict, generation, observed.now())));
        restart(observed)
                .ifPresent(verdict -> conditions.add(
                        before.next(ConditionTypes.RESTART_REQUIRED, verdict, generation, observed.now())));
        return conditions;
    }

    /** The pod's where an adapter is behind them, then those on virtual switches. */
    private static List<String> addresses(Observed observed, PodFacts pod) {
        List<NetworkAdapter> adapters = observed.machine().getSpec().networkAdapters();
        boolean onSwitchesOnly = adapters != null
                && !adapters.isEmpty()
                && adapters.stream().allMatch(adapter -> adapter.switchName() != null);
        return Stream.concat(
                        onSwitchesOnly ? Stream.empty() : pod.addresses().stream(),
                        observed.network().ports().stream().flatMap(port -> port.addresses().stream()))
                .distinct()
                .toList();
    }

    /** Names each adapter that is not where the spec puts it; absent for a VM that is on the default switch alone. */
    static Optional<Verdict> network(Observed observed) {
        List<Verdict> problems = observed.network().problems();
        int ports = observed.network().ports().size();
        if (problems.isEmpty()) {
            return ports == 0
                    ? Optional.empty()
                    : Optional.of(Verdict.yes(
                            Reason.ALL_READY,
                            ports == 1
                                    ? "its adapter on a virtual switch has a place there"
                                    : "its " + ports + " adapters on virtual switches have a place there"));
        }
        return Optional.of(Verdict.no(
                problems.getFirst().reason(),
                problems.stream().map(Verdict::message).collect(Collectors.joining("; "))));
    }

    /** What only somebody else can change; absent where there is nothing. */
    static Optional<Verdict> stalled(Observed observed, Plan plan) {
        return Stream.concat(
                        Stream.of(plan.ready()),
                        Stream.concat(
                                observed.disks().stream()
                                        .map(ResolvedDisk::problem)
                                        .flatMap(Stream::ofNullable),
                                Stream.concat(
                                        observed.network().problems().stream(),
                                        Stream.ofNullable(observed.origin().problem()))))
                .map(Verdict::stalled)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Names each disk that is not ready, and what it waits for. */
    static Verdict disks(Observed observed) {
        List<Verdict> problems = observed.disks().stream()
                .map(ResolvedDisk::problem)
                .flatMap(problem -> Optional.ofNullable(problem).stream())
                .toList();
        Verdict origin = observed.origin().problem();
        if (origin != null) {
            problems = Stream.concat(Stream.of(origin), problems.stream()).toList();
        }
        problems = Stream.concat(problems.stream(), HotPlug.problems(observed).stream())
                .toList();
        if (problems.isEmpty()) {
            int count = observed.disks().size();
            return Verdict.yes(
                    Reason.ALL_READY,
                    switch (count) {
                        case 0 -> "it has no disks";
                        case 1 -> "its disk is ready";
                        default -> "its " + count + " disks are ready";
                    });
        }
        return Verdict.no(
                problems.getFirst().reason(),
                problems.stream().map(Verdict::message).collect(Collectors.joining("; ")));
    }

    /** Says which fields wait for the next start; absent when none does. */
    static Optional<Verdict> restart(Observed observed) {
        return observed.podFacts()
                .filter(pod -> !pod.finished() && !pod.deleting())
                .map(pod -> {
                    SortedSet<String> changes = SpecSnapshot.changes(observed.machine(), pod);
                    changes.addAll(HotPlug.changes(observed));
                    changes.addAll(AdapterPlug.changes(observed));
                    return changes;
                })
                .filter(changes -> !changes.isEmpty())
                .map(StatusBuilder::restart);
    }

    private static Verdict restart(SortedSet<String> changes) {
        return Verdict.yes(
                Reason.SPEC_CHANGED,
                "changed since the VM started, and holding from its next start on: " + String.join(", ", changes)
                        + "; to restart it, annotate it with " + KubeHV.RESTARTED_AT_ANNOTATION + "=<the time now>");
    }
}
