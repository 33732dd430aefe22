package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.MemoryOverhead;
import io.kubehv.hv.machine.PodFiles;
import java.util.List;

/** Board, firmware, processors, memory and identity. */
final class MachineArguments {
    private static final int MIB_SHIFT = 20;

    private final VirtualMachineDefinition definition;
    private final PodFiles files;
    private final Accelerator accelerator;

    MachineArguments(VirtualMachineDefinition definition, PodFiles files, Accelerator accelerator) {
        this.definition = definition;
        this.files = files;
        this.accelerator = accelerator;
    }

    void addTo(List<String> arguments) {
        board(arguments);
        processors(arguments);
        memory(arguments);
        identity(arguments);
        // Firmware asks nobody and boots only what has a boot index.
        add(arguments, "-boot", Options.of("menu", "off").with("strict", true));
        add(arguments, "-rtc", Options.of("base", "utc").with("driftfix", "slew"));
    }

    private boolean uefi() {
        return definition.generation() == 2;
    }

    private void board(List<String> arguments) {
        Options machine = Options.of(uefi() ? "q35" : "pc")
                .with("memory-backend", "ram")
                // A core dump would hold the guest's secrets.
                .with("dump-guest-core", false)
                // VMware's back door: nobody here speaks it.
                .with("vmport", false)
                .with("usb", false);
        if (uefi()) {
            // System management mode guards Secure Boot's variables; without Secure Boot it only costs.
            machine.with("smm", false).with("pflash0", "firmware-code").with("pflash1", "firmware-variables");
            add(
                    arguments,
                    "-blockdev",
                    Options.of("driver", "file")
                            .with("node-name", "firmware-code")
                            .with("filename", files.firmwareCode())
                            .with("read-only", true));
            add(
                    arguments,
                    "-blockdev",
                    Options.of("driver", "file")
                            .with("node-name", "firmware-variables")
                            .with("filename", files.firmwareVariables()));
        }
        add(arguments, "-machine", machine);
        // A guest asleep in S3 or S4 looks like one that hangs; Saved is our hibernation.
        String powerManagement = uefi() ? "ICH9-LPC" : "PIIX4_PM";
        add(arguments, "-global", powerManagement + ".disable_s3=1");
        add(arguments, "-global", powerManagement + ".disable_s4=1");
    }

    private void processors(List<String> arguments) {
        switch (accelerator) {
            case KVM -> {
                add(arguments, "-accel", "kvm");
                add(arguments, "-cpu", "host");
            }
            case TCG -> {
                // Unbounded, translated code grows to 1 GiB, and the pod's memory limit would kill the VM.
                add(
                        arguments,
                        "-accel",
                        Options.of("tcg")
                                .with("thread", "multi")
                                .with("tb-size", MemoryOverhead.TRANSLATION_BUFFER_MIB));
                // Without cx16: emulating a 16-byte compare-and-swap stops all processors, and Linux does it often.
                add(arguments, "-cpu", Options.of("max").with("cx16", false));
            }
        }
        int count = definition.processor().count();
        add(
                arguments,
                "-smp",
                Options.of("cpus", Integer.toString(count))
                        .with("sockets", 1)
                        .with("cores", count)
                        .with("threads", 1));
    }

    private void memory(List<String> arguments) {
        long mebibytes = definition.memory().startupBytes() >> MIB_SHIFT;
        add(arguments, "-m", Options.of("size", mebibytes + "M"));
        add(
                arguments,
                "-object",
                Options.of("memory-backend-ram").with("id", "ram").with("size", mebibytes + "M"));
        // Pages that the guest has freed go back to the node.
        add(
                arguments,
                "-device",
                PciSlots.place(
                        Options.of("virtio-balloon-pci")
                                .with("id", "balloon")
                                .with("free-page-reporting", true)
                                .with("deflate-on-oom", true),
                        PciSlots.BALLOON));
    }

    private void identity(List<String> arguments) {
        add(arguments, "-uuid", definition.uuid());
        add(
                arguments,
                "-smbios",
                Options.of("type", "1")
                        .with("manufacturer", "KubeHV")
                        .with("product", "Virtual Machine")
                        .with("serial", definition.uuid())
                        .with("family", "Generation " + definition.generation()));
        add(
                arguments,
                "-device",
                Options.of("vmgenid").with("id", "generation-id").with("guid", definition.generationId()));
    }
}
