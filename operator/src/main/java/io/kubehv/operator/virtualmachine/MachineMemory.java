package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.Memory;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.math.BigDecimal;

/** The memory that a spec asks for. */
public final class MachineMemory {
    private static final Quantity DEFAULT = new Quantity("1Gi");
    private static final long GRAIN = 2L << 20;

    private MachineMemory() {}

    public static long bytes(VirtualMachineSpec spec) {
        return exact(spec).longValue();
    }

    /** QEMU and the guest's page tables take memory in pieces of 2 MiB. */
    public static boolean aligned(VirtualMachineSpec spec) {
        return exact(spec).remainder(BigDecimal.valueOf(GRAIN)).signum() == 0;
    }

    /** As the user wrote it. */
    public static String text(VirtualMachineSpec spec) {
        return startup(spec).toString();
    }

    private static BigDecimal exact(VirtualMachineSpec spec) {
        return Quantity.getAmountInBytes(startup(spec));
    }

    private static Quantity startup(VirtualMachineSpec spec) {
        Memory memory = spec.memory();
        Quantity startup = memory == null ? null : memory.startup();
        return startup == null ? DEFAULT : startup;
    }
}
