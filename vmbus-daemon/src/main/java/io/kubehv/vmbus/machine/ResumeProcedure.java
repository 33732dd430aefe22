package io.kubehv.vmbus.machine;

import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.fault.SaveException;

/**
 * Going on from a saved memory, once. The file is removed after QEMU has read it and before the guest runs an
 * instruction: from then on the disks go on, and the same memory beside them would ruin them. A power cut in between
 * costs the memory, as it would a moment later.
 */
final class ResumeProcedure {
    /** Where QEMU sees the file. */
    private static final String FILE_IN_POD = PodFacts.SAVED_STATE_DIRECTORY + "/memory";

    private final MachineFiles files;
    private final MachineOutlet outlet;
    private boolean failed;

    ResumeProcedure(MachineFiles files, MachineOutlet outlet) {
        this.files = files;
        this.outlet = outlet;
    }

    /** Starts to read the memory; a failure is told once and stays, as the hypervisor has to be started anew. */
    void begin(Hypervisor qemu) {
        try {
            if (files.toResumeFrom().isEmpty()) {
                throw new SaveException("there is no saved memory on the VM's volumes");
            }
            qemu.readMemory(FILE_IN_POD);
        } catch (SaveException | HypervisorRefusedException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    private Phase fail(String why) {
        failed = true;
        outlet.happened(MachineEvent.RESUME_FAILED, "", why);
        return Phase.FAILED;
    }

    Phase observe(Hypervisor qemu, Phase phase) {
        if (phase != Phase.AWAITING_MEMORY) {
            return phase;
        }
        if (failed) {
            return Phase.FAILED;
        }
        return switch (qemu.transfer()) {
            case NONE -> phase;
            case ACTIVE, COMPLETED -> Phase.LOADING;
            case FAILED -> fail("The hypervisor could not read it.");
        };
    }

    /**
     * Sees to it that the memory is never used again. Before the guest goes on; also by a daemon that did not load it.
     *
     * @throws SaveException when that is impossible: the guest must not go on then
     */
    void consume() {
        files.toResumeFrom().ifPresent(memory -> {
            memory.remove();
            outlet.happened(MachineEvent.RESUMED, "", "");
        });
    }
}
