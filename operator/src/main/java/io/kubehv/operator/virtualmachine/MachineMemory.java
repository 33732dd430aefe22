package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.HugePageSize;
import io.kubehv.api.v1alpha1.Memory;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The memory that a spec asks for. */
public final class MachineMemory {
    private static final Quantity DEFAULT = new Quantity("1Gi");
    private static final long GRAIN = 2L << 20;

    private MachineMemory() {}

    public static long bytes(VirtualMachineSpec spec) {
        return exact(spec).longValue();
    }

    /** How much the running guest may come to have: no more than it starts with, where the spec leaves no room. */
    public static long maximumBytes(VirtualMachineSpec spec) {
        Quantity maximum = spec.memory() == null ? null : spec.memory().maximum();
        if (maximum == null) {
            return bytes(spec);
        }
        long bytes = Quantity.getAmountInBytes(maximum).longValue();
        return Math.max(bytes(spec), bytes - bytes % GRAIN);
    }

    /** The size of the huge pages that back it; null: ordinary pages. */
    public static @Nullable Long hugePageBytes(VirtualMachineSpec spec) {
        HugePageSize size = spec.memory() == null ? null : spec.memory().hugePages();
        if (size == null) {
            return null;
        }
        return switch (size) {
            case TWO_MEBIBYTES -> 2L << 20;
            case ONE_GIBIBYTE -> 1L << 30;
        };
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
