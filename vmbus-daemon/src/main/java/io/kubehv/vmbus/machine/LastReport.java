package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.Guest;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.MachineReport.AgentReport;
import io.kubehv.vmbus.status.Trouble;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is told of a machine, of which each report goes on from the last one. For one thread: its session's. */
final class LastReport {
    private final MachineOutlet outlet;
    private MachineReport last = MachineReport.of(null);

    LastReport(MachineOutlet outlet) {
        this.outlet = outlet;
    }

    @Nullable
    VirtualMachineState state() {
        return last.state();
    }

    @Nullable
    AgentReport agent() {
        return last.agent();
    }

    /** A QEMU is connected; of one in which no guest has begun, what is known of a guest is not true. */
    void connected(
            Hypervisor qemu, MachineReport known, boolean fresh, @Nullable String resetAt, Stream<Trouble> troubles) {
        last = new MachineReport(
                known.state(),
                qemu.usesKvm() ? Accelerator.KVM : Accelerator.TCG,
                fresh ? null : known.guest(),
                resetAt,
                fresh || known.agent() == null ? AgentReport.NOT_CONNECTED : known.agent(),
                sorted(troubles));
    }

    /** For the next report. */
    void agentIs(AgentReport agent, @Nullable Guest guest) {
        last = new MachineReport(
                last.state(),
                last.accelerator(),
                guest == null ? last.guest() : guest,
                last.resetAt(),
                agent,
                last.troubles());
    }

    /** Tells the state; of a VM that is saved nothing else. */
    void tell(
            @Nullable VirtualMachineState state,
            @Nullable String resetAt,
            Stream<Trouble> troubles,
            @Nullable AssignedMemory memory) {
        tell(
                state == VirtualMachineState.SAVED
                        ? new MachineReport(state, null, null, resetAt, null)
                        : new MachineReport(
                                        state,
                                        last.accelerator(),
                                        last.guest(),
                                        resetAt,
                                        last.agent(),
                                        sorted(troubles))
                                .withMemory(memory));
    }

    /**
     * QEMU is gone: what remains to be said of it. The operator believes it, however QEMU's exit went: some die on their
     * way out of an end that was asked for.
     *
     * @param inOrder whether the guest shut down, or somebody ended QEMU
     */
    void ended(boolean inOrder, Stream<Trouble> troubles) {
        VirtualMachineState state = inOrder ? VirtualMachineState.STOPPING : VirtualMachineState.CRITICAL;
        boolean saved = last.state() == VirtualMachineState.SAVED;
        tell(new MachineReport(
                saved ? VirtualMachineState.SAVED : state, null, null, last.resetAt(), null, sorted(troubles)));
    }

    private static List<Trouble> sorted(Stream<Trouble> troubles) {
        return troubles.sorted(Comparator.comparing(Trouble::type)).toList();
    }

    private void tell(MachineReport next) {
        last = next;
        if (next.state() != null) {
            outlet.report(next);
        }
    }
}
