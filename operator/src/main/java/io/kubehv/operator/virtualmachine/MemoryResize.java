package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.PodMemory;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * More and less memory for a running VM: the operator sees to the limit of its pod, the VM's daemon asks the guest. The
 * limit rises before the guest gets memory and falls after the guest gave it back, so the guest never has what the pod's
 * cgroup has not. Pure.
 */
final class MemoryResize {
    private MemoryResize() {}

    /** Adds what is to be done about the pod. It comes last: a node without room must not keep anything else from it. */
    static Plan plan(Observed observed, Lifecycle lifecycle, Plan plan) {
        Pod pod = observed.pod();
        if (lifecycle != Lifecycle.UP || pod == null || !HotPlug.takes(observed)) {
            return plan;
        }
        PodMemory memory = new PodMemory(pod);
        // What the guest keeps for itself of memory that it was asked back, its pod has to keep for it.
        long target = Math.max(wanted(observed, memory), Math.min(held(observed), memory.asked()));
        return memory.isResizable() && target != memory.asked()
                ? plan.and(List.of(new Action.ResizePod(pod, target)))
                : plan;
    }

    /** Whether the VM has the memory that its spec says, and why not; absent for one without room for more. */
    static Optional<Verdict> verdict(Observed observed) {
        Pod pod = observed.pod();
        boolean isUp = Lifecycle.of(observed) == Lifecycle.UP;
        return isUp && pod != null && new PodMemory(pod).isResizable()
                ? Optional.of(verdict(observed, new PodFacts(pod), new PodMemory(pod)))
                : Optional.empty();
    }

    private static Verdict verdict(Observed observed, PodFacts pod, PodMemory memory) {
        long wanted = wanted(observed, memory);
        long assigned = told(observed)
                .map(AssignedMemory::assigned)
                .map(MemoryResize::bytes)
                .orElse(0L);
        if (memory.given() < wanted) {
            return pod.resizeProblem()
                    .map(problem -> Verdict.no(
                            Reason.NO_ROOM_ON_NODE,
                            "its node does not give its pod room for a guest of " + text(wanted) + " ("
                                    + problem.message() + "); it runs on with what it has: lower memory.startup, make"
                                    + " room on the node, or restart the VM, which may then come to another node"))
                    .orElseGet(() ->
                            Verdict.no(Reason.RESIZING, "its pod is being given room for a guest of " + text(wanted)));
        }
        if (assigned < wanted) {
            return Verdict.no(
                    Reason.RESIZING,
                    "its guest has " + text(assigned) + " and may have " + text(wanted)
                            + "; it takes memory by its driver of virtio-mem, in its own time");
        }
        if (assigned > wanted) {
            return Verdict.no(
                    Reason.RESIZING,
                    "its guest has " + text(assigned) + " and was asked to give back all but " + text(wanted)
                            + "; it does so in its own time, and keeps what it uses and can't move");
        }
        if (MachineMemory.bytes(observed.machine().getSpec()) != wanted) {
            return Verdict.no(
                    Reason.SPEC_CHANGED,
                    "its guest has " + text(assigned) + "; while it runs it can have from " + text(memory.least())
                            + " to " + text(memory.most()) + ", and memory.startup holds from its next start on");
        }
        return Verdict.yes(Reason.MEMORY_ASSIGNED, "its guest has " + text(assigned));
    }

    /** What the spec says, as near as the running machine can come to it. */
    private static long wanted(Observed observed, PodMemory memory) {
        return Math.clamp(MachineMemory.bytes(observed.machine().getSpec()), memory.least(), memory.most());
    }

    /** What the guest has or may take yet; without a word of its daemon's, everything. */
    private static long held(Observed observed) {
        return told(observed).stream()
                .flatMap(memory -> Stream.of(memory.assigned(), memory.requested()))
                .filter(Objects::nonNull)
                .mapToLong(MemoryResize::bytes)
                .max()
                .orElse(Long.MAX_VALUE);
    }

    private static Optional<AssignedMemory> told(Observed observed) {
        return observed.status().map(VirtualMachineStatus::memory);
    }

    private static long bytes(Quantity quantity) {
        return quantity.getNumericalAmount().longValue();
    }

    private static String text(long bytes) {
        return String.valueOf(AssignedMemory.of(bytes, bytes).assigned());
    }
}
