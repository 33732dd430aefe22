package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.CriticalErrorAction;
import io.kubehv.api.v1alpha1.Firmware;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.Memory;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.Processor;
import io.kubehv.api.v1alpha1.Security;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a VM's object asks of the daemon.
 *
 * @param grace how long the guest may take to shut down; null: as long as its pod
 * @param reset the time of the reset that was asked for last
 * @param firmwareSpeaks the firmware says what it boots, where it can be heard
 * @param pauseAfterBootFailure the machine stands still when its firmware found nothing
 * @param processors how many processors the machine should have
 * @param memory how many bytes of memory the guest should have; 0: as many as it has
 * @param heard the operator knows of all that is wanted here
 * @param errorPatience how long a machine whose disk failed waits before it is turned off
 */
record Wish(
        PowerState powerState,
        @Nullable Duration grace,
        @Nullable String reset,
        boolean firmwareSpeaks,
        boolean pauseAfterBootFailure,
        int processors,
        long memory,
        boolean heard,
        Duration errorPatience) {
    private static final Duration DEFAULT_PATIENCE = Duration.ofMinutes(30);

    /** Nothing, while the object is not known: the machine is left as it is. */
    static final Wish NOTHING = new Wish(PowerState.OFF, null, null, false, false, 0, 0, false, DEFAULT_PATIENCE);

    static Wish of(VirtualMachine machine) {
        VirtualMachineSpec spec = machine.getSpec();
        boolean shielded = Optional.ofNullable(spec.security())
                .map(Security::shielded)
                .filter(Boolean.TRUE::equals)
                .isPresent();
        return new Wish(
                Optional.ofNullable(spec.powerState()).orElse(PowerState.RUNNING),
                GracePeriod.of(spec),
                machine.getMetadata().getAnnotations() == null
                        ? null
                        : machine.getMetadata().getAnnotations().get(KubeHV.RESET_AT_ANNOTATION),
                !shielded,
                Optional.ofNullable(spec.firmware())
                        .map(Firmware::pauseAfterBootFailure)
                        .filter(Boolean.TRUE::equals)
                        .isPresent(),
                Optional.ofNullable(spec.processor()).map(Processor::count).orElse(1),
                Optional.ofNullable(spec.memory())
                        .map(Memory::startup)
                        .map(startup -> startup.getNumericalAmount().longValue())
                        .orElse(0L),
                Optional.ofNullable(machine.getStatus())
                        .map(VirtualMachineStatus::observedGeneration)
                        .equals(Optional.ofNullable(machine.getMetadata().getGeneration())),
                errorPatience(spec.criticalErrorAction()));
    }

    private static Duration errorPatience(@Nullable CriticalErrorAction action) {
        if (action == null) {
            return DEFAULT_PATIENCE;
        }
        if (action.action() == CriticalErrorAction.Action.TURN_OFF) {
            return Duration.ZERO;
        }
        return action.timeout() == null
                ? DEFAULT_PATIENCE
                : Duration.parse("PT" + action.timeout().toUpperCase(Locale.ROOT));
    }
}
