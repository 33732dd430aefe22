package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.Devices.ComPort;
import io.kubehv.hv.definition.Devices.Screen;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.DefinitionRules;
import io.kubehv.hv.machine.PodFiles;
import java.nio.file.Path;
import java.util.List;

/** What people and the node's daemon talk to: monitor, serial console, screen, guest agent; and small devices beside. */
final class ConsoleArguments {
    /** The port that VNC's display number 0 means. */
    private static final int FIRST_SCREEN_PORT = 5900;

    private static final int BYTES_PER_PIXEL = 4;
    private static final long MIB = 1L << 20;
    private static final long SMALLEST_SCREEN_MEMORY = 8;

    /** The id of the buffer that keeps the last that the firmware said. */
    private static final String FIRMWARE_RING = "firmware-words";

    /** As much of it as is read back to see whether the firmware found something to boot. */
    private static final String RING_SIZE = "16K";

    /** Where SeaBIOS writes what it does; OVMF, as it is released, is silent there. */
    private static final String DEBUG_PORT = "0x402";

    private final VirtualMachineDefinition definition;
    private final PodFiles files;

    ConsoleArguments(VirtualMachineDefinition definition, PodFiles files) {
        this.definition = definition;
        this.files = files;
    }

    void addTo(List<String> arguments) {
        boolean shielded = definition.security().shielded();
        add(arguments, "-chardev", server("monitor", files.monitorSocket()));
        add(arguments, "-mon", Options.of("chardev", "monitor").with("mode", "control"));
        // The first is the daemon's for as long as it lives; a monitor serves one client at a time.
        add(arguments, "-chardev", server("descriptors", files.descriptorSocket()));
        add(arguments, "-mon", Options.of("chardev", "descriptors").with("mode", "control"));
        add(arguments, "-display", "none");
        if (!shielded) {
            serialConsole(arguments);
            comPorts(arguments);
            screen(arguments);
            guestAgent(arguments);
        }
        watchdog(arguments);
        add(arguments, "-object", Options.of("rng-random").with("id", "random").with("filename", "/dev/urandom"));
        add(
                arguments,
                "-device",
                PciSlots.place(
                        Options.of("virtio-rng-pci").with("id", "random-device").with("rng", "random"),
                        PciSlots.RANDOM));
        // Through it a guest's kernel says that it panicked.
        add(arguments, "-device", Options.of("pvpanic").with("id", "panic"));
    }

    private static Options server(String id, Path socket) {
        return Options.of("socket")
                .with("id", id)
                .with("path", socket)
                .with("server", true)
                .with("wait", false);
    }

    /**
     * The pod's log shows the guest booting, and an attached terminal types into it: its keys are the guest's. The last that
     * the firmware says is kept, where the node's daemon reads it: UEFI says it on the console, a BIOS on its debug port.
     */
    private void serialConsole(List<String> arguments) {
        boolean uefi = definition.generation() == 2;
        add(arguments, "-chardev", Options.of("stdio").with("id", "terminal").with("signal", false));
        add(
                arguments,
                "-chardev",
                Options.of("ringbuf").with("id", FIRMWARE_RING).with("size", RING_SIZE));
        if (uefi) {
            add(
                    arguments,
                    "-chardev",
                    Options.of("hub")
                            .with("id", "serial")
                            .with("chardevs.0", "terminal")
                            .with("chardevs.1", FIRMWARE_RING));
        } else {
            add(
                    arguments,
                    "-device",
                    Options.of("isa-debugcon")
                            .with("id", "debug-port")
                            .with("iobase", DEBUG_PORT)
                            .with("chardev", FIRMWARE_RING));
        }
        add(
                arguments,
                "-device",
                Options.of("isa-serial").with("id", "serial-device").with("chardev", uefi ? "serial" : "terminal"));
    }

    private void comPorts(List<String> arguments) {
        for (ComPort port : definition.devices().comPorts()) {
            String id = "com" + port.number();
            add(
                    arguments,
                    "-chardev",
                    Options.of("socket")
                            .with("id", id)
                            .with("host", "127.0.0.1")
                            .with("port", port.port())
                            .with("server", true)
                            .with("wait", false));
            add(
                    arguments,
                    "-device",
                    Options.of("isa-serial")
                            .with("id", id + "-device")
                            .with("chardev", id)
                            .with("index", port.number() - 1L));
        }
    }

    /** On the pod's loopback: reached by port-forward, and by no other pod. */
    private void screen(List<String> arguments) {
        Screen screen = definition.devices().screen();
        if (screen == null) {
            return;
        }
        add(arguments, "-vnc", "127.0.0.1:" + (DefinitionRules.SCREEN_PORT - FIRST_SCREEN_PORT));
        add(
                arguments,
                "-device",
                PciSlots.place(
                        Options.of("VGA")
                                .with("id", "screen")
                                .with("vgamem_mb", memoryFor(screen))
                                .with("xres", screen.width())
                                .with("yres", screen.height()),
                        PciSlots.SCREEN));
    }

    /** The screen's memory in MiB: four bytes a pixel, rounded up to a power of two. */
    private static long memoryFor(Screen screen) {
        long mebibytes = ((long) screen.width() * screen.height() * BYTES_PER_PIXEL + MIB - 1) / MIB;
        return Math.max(SMALLEST_SCREEN_MEMORY, Long.highestOneBit(2 * mebibytes - 1));
    }

    private void watchdog(List<String> arguments) {
        if (definition.devices().watchdog() != null) {
            add(arguments, "-device", PciSlots.place(Options.of("i6300esb").with("id", "watchdog"), PciSlots.WATCHDOG));
        }
    }

    private void guestAgent(List<String> arguments) {
        add(
                arguments,
                "-device",
                PciSlots.place(Options.of("virtio-serial-pci").with("id", "serial-bus"), PciSlots.SERIAL));
        add(arguments, "-chardev", server("guest-agent", files.guestAgentSocket()));
        add(
                arguments,
                "-device",
                Options.of("virtserialport")
                        .with("id", "guest-agent-port")
                        .with("bus", "serial-bus.0")
                        .with("chardev", "guest-agent")
                        .with("name", "org.qemu.guest_agent.0"));
    }
}
