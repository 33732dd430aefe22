package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Clock;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Optional;

/** Whose time a VM's hardware clock shows. */
public final class MachineClock {
    private static final String UTC = "UTC";

    private MachineClock() {}

    public static String timeZone(VirtualMachineSpec spec) {
        return Optional.ofNullable(spec.clock()).map(Clock::timeZone).orElse(UTC);
    }

    /** Whether there is such a time zone: a schema can't list them, as they come and go with the world's laws. */
    public static boolean isKnown(String timeZone) {
        try {
            var _ = ZoneId.of(timeZone);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }
}
