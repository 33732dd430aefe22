package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.machine.DefinitionRules;
import io.kubehv.hv.machine.PodFiles;
import java.nio.file.Path;
import java.util.List;

/** What people and the node's daemon talk to: monitor, serial console, screen, guest agent; and small devices beside. */
final class ConsoleArguments {
    /** The port that VNC's display number 0 means. */
    private static final int FIRST_SCREEN_PORT = 5900;

    private final PodFiles files;

    ConsoleArguments(PodFiles files) {
        this.files = files;
    }

    void addTo(List<String> arguments) {
        add(arguments, "-chardev", server("monitor", files.monitorSocket()));
        add(arguments, "-mon", Options.of("chardev", "monitor").with("mode", "control"));
        serialConsole(arguments);
        screen(arguments);
        guestAgent(arguments);
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

    /** The pod's log shows the guest booting, and an attached terminal types into it: its keys are the guest's. */
    private static void serialConsole(List<String> arguments) {
        add(arguments, "-chardev", Options.of("stdio").with("id", "serial").with("signal", false));
        add(
                arguments,
                "-device",
                Options.of("isa-serial").with("id", "serial-device").with("chardev", "serial"));
    }

    /** On the pod's loopback: reached by port-forward, and by no other pod. */
    private static void screen(List<String> arguments) {
        add(arguments, "-display", "none");
        add(arguments, "-vnc", "127.0.0.1:" + (DefinitionRules.SCREEN_PORT - FIRST_SCREEN_PORT));
        add(
                arguments,
                "-device",
                PciSlots.place(Options.of("VGA").with("id", "screen").with("vgamem_mb", 8), PciSlots.SCREEN));
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
