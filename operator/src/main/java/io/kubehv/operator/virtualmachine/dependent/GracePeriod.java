package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.time.Duration;
import java.util.Locale;

/** How long a VM's pod may take to end: the guest's time and some for QEMU. */
public final class GracePeriod {
    private static final String DEFAULT = "3m";
    private static final long FOR_QEMU = 10;

    private GracePeriod() {}

    public static long seconds(VirtualMachineSpec spec) {
        String text = spec.terminationGracePeriod() == null ? DEFAULT : spec.terminationGracePeriod();
        return Duration.parse("PT" + text.toUpperCase(Locale.ROOT)).toSeconds() + FOR_QEMU;
    }
}
