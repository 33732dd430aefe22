package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.Clock;
import io.kubehv.api.v1alpha1.ComPort;
import io.kubehv.api.v1alpha1.Video;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.Watchdog;
import io.kubehv.api.v1alpha1.WatchdogAction;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The small devices that a spec asks for. */
final class DeviceSettings {
    private static final int WIDTH = 1024;
    private static final int HEIGHT = 768;
    private static final String UTC = "UTC";

    private DeviceSettings() {}

    static VirtualMachineDefinition.Devices devices(VirtualMachineSpec spec) {
        return new VirtualMachineDefinition.Devices(
                watchdog(spec.watchdog()),
                comPorts(spec.comPorts()),
                screen(spec.video()),
                Optional.ofNullable(spec.clock()).map(Clock::timeZone).orElse(UTC));
    }

    private static VirtualMachineDefinition.@Nullable WatchdogAction watchdog(@Nullable Watchdog watchdog) {
        if (watchdog == null) {
            return null;
        }
        return switch (watchdog.action() == null ? WatchdogAction.RESET : watchdog.action()) {
            case RESET -> VirtualMachineDefinition.WatchdogAction.RESET;
            case SHUT_DOWN -> VirtualMachineDefinition.WatchdogAction.SHUTDOWN;
            case TURN_OFF -> VirtualMachineDefinition.WatchdogAction.POWEROFF;
            case PAUSE -> VirtualMachineDefinition.WatchdogAction.PAUSE;
        };
    }

    private static List<VirtualMachineDefinition.ComPort> comPorts(@Nullable List<ComPort> comPorts) {
        return comPorts == null
                ? List.of()
                : comPorts.stream()
                        .map(port -> new VirtualMachineDefinition.ComPort(port.number(), port.port()))
                        .toList();
    }

    private static VirtualMachineDefinition.@Nullable Screen screen(@Nullable Video video) {
        if (video == null) {
            return new VirtualMachineDefinition.Screen(WIDTH, HEIGHT);
        }
        if (Boolean.FALSE.equals(video.enabled())) {
            return null;
        }
        return new VirtualMachineDefinition.Screen(
                video.horizontalResolution() == null ? WIDTH : video.horizontalResolution(),
                video.verticalResolution() == null ? HEIGHT : video.verticalResolution());
    }
}
