package io.kubehv.operator.checkpointschedule;

import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointSchedule;
import io.kubehv.api.v1alpha1.NamespaceRule;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.checkpoint.CheckpointLimit;
import io.kubehv.operator.virtualmachine.MachineIndex;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects what a decision about a schedule is made from. */
@ApplicationScoped
public class ScheduleObserver {
    private final MachineIndex machines;
    private final CheckpointLimit limit;
    private final Clock clock;

    public ScheduleObserver(MachineIndex machines, CheckpointLimit limit, Clock clock) {
        this.machines = machines;
        this.limit = limit;
        this.clock = clock;
    }

    ObservedSchedule observe(CheckpointSchedule schedule, InformerEventSource<Checkpoint, CheckpointSchedule> taken) {
        List<VirtualMachine> wanted = machines(schedule);
        Map<String, Long> counts = new HashMap<>();
        wanted.forEach(machine -> counts.put(machine.getMetadata().getName(), limit.count(machine)));
        return new ObservedSchedule(
                schedule,
                wanted,
                taken.list(schedule.getMetadata().getNamespace(), found -> ScheduledCheckpoint.isOf(schedule, found))
                        .toList(),
                counts,
                clock.instant());
    }

    private List<VirtualMachine> machines(CheckpointSchedule schedule) {
        String namespace = schedule.getMetadata().getNamespace();
        String name = schedule.getSpec().virtualMachine();
        if (name != null) {
            return machines.machine(namespace, name).stream()
                    .filter(ScheduleObserver::stays)
                    .toList();
        }
        NamespaceRule labels = new NamespaceRule(schedule.getSpec().selector());
        return machines.ofNamespace(namespace).stream()
                .filter(ScheduleObserver::stays)
                .filter(machine -> labels.lets(
                        machine.getMetadata().getLabels() == null
                                ? Map.of()
                                : machine.getMetadata().getLabels()))
                .toList();
    }

    private static boolean stays(VirtualMachine machine) {
        return machine.getMetadata().getDeletionTimestamp() == null;
    }
}
