package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import java.time.Duration;
import java.util.Locale;

/** How long a VM's guest may take to shut down. */
final class GracePeriod {
    private static final Duration DEFAULT = Duration.ofMinutes(3);

    private GracePeriod() {}

    /** The schema has checked the text: hours, minutes and seconds, in this order. */
    static Duration of(VirtualMachineSpec spec) {
        String text = spec.terminationGracePeriod();
        return text == null ? DEFAULT : Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    }
}
