package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.ComPort;
import io.kubehv.api.v1alpha1.Video;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.Watchdog;
import io.kubehv.api.v1alpha1.WatchdogAction;
import io.kubehv.hv.definition.Devices;
import io.kubehv.operator.virtualmachine.MachineClock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The small devices that a spec asks for. */
final class DeviceSettings {
    private static final int WIDTH = 1024;
    private static final int HEIGHT = 768;

    private DeviceSettings() {}

    static Devices devices(VirtualMachineSpec spec) {
        return new Devices(
                watchdog(spec.watchdog()),
                comPorts(spec.comPorts()),
                screen(spec.video()),
                MachineClock.timeZone(spec));
    }

    private static Devices.@Nullable WatchdogAction watchdog(@Nullable Watchdog watchdog) {
        if (watchdog == null) {
            return null;
        }
        return switch (watchdog.action() == null ? WatchdogAction.RESET : watchdog.action()) {
            case RESET -> Devices.WatchdogAction.RESET;
            case SHUT_DOWN -> Devices.WatchdogAction.SHUTDOWN;
            case TURN_OFF -> Devices.WatchdogAction.POWEROFF;
            case PAUSE -> Devices.WatchdogAction.PAUSE;
        };
    }

    private static List<Devices.ComPort> comPorts(@Nullable List<ComPort> comPorts) {
        return comPorts == null
                ? List.of()
                : comPorts.stream()
                        .map(port -> new Devices.ComPort(port.number(), port.port()))
                        .toList();
    }

    private static Devices.@Nullable Screen screen(@Nullable Video video) {
        if (video == null) {
            return new Devices.Screen(WIDTH, HEIGHT);
        }
        if (Boolean.FALSE.equals(video.enabled())) {
            return null;
        }
        return new Devices.Screen(
                video.horizontalResolution() == null ? WIDTH : video.horizontalResolution(),
                video.verticalResolution() == null ? HEIGHT : video.verticalResolution());
    }
}
