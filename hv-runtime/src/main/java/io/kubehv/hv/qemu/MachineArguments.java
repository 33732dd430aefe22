package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import io.kubehv.hv.machine.PodFiles;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Board, firmware, TPM, clock and identity. */
final class MachineArguments {
    private final VirtualMachineDefinition definition;
    private final PodFiles files;

    private final @Nullable String machineType;

    /** {@code machineType}: QEMU's name of the machine that a memory is of; null: the newest that there is. */
    MachineArguments(VirtualMachineDefinition definition, PodFiles files, @Nullable String machineType) {
        this.definition = definition;
        this.files = files;
        this.machineType = machineType;
    }

    void addTo(List<String> arguments) {
        board(arguments);
        trustedPlatformModule(arguments);
        identity(arguments);
        // Firmware asks nobody and boots only what has a boot index.
        add(arguments, "-boot", Options.of("menu", "off").with("strict", true));
        boolean utc = definition.devices().timeZone().equals("UTC");
        // Local time is that of the process: the launcher sets its time zone.
        add(arguments, "-rtc", Options.of("base", utc ? "utc" : "localtime").with("driftfix", "slew"));
    }

    static String type(VirtualMachineDefinition definition, @Nullable String machineType) {
        return machineType != null ? machineType : definition.generation() == 2 ? "q35" : "pc";
    }

    private boolean uefi() {
        return definition.generation() == 2;
    }

    private void board(List<String> arguments) {
        Options machine = Options.of(type(definition, machineType));
        if (definition.processor().numaNodes() == 1) {
            machine.with("memory-backend", "ram");
        }
        // A core dump would hold the guest's secrets.
        machine.with("dump-guest-core", false)
                // VMware's back door: nobody here speaks it.
                .with("vmport", false)
                .with("usb", false);
        if (uefi()) {
            firmware(arguments, machine);
        }
        add(arguments, "-machine", machine);
        // A guest asleep in S3 or S4 looks like one that hangs; Saved is our hibernation.
        String powerManagement = uefi() ? "ICH9-LPC" : "PIIX4_PM";
        add(arguments, "-global", powerManagement + ".disable_s3=1");
        add(arguments, "-global", powerManagement + ".disable_s4=1");
    }

    private void firmware(List<String> arguments, Options machine) {
        SecureBoot secureBoot = definition.firmware().secureBoot();
        boolean guarded = secureBoot != SecureBoot.OFF;
        // System management mode guards Secure Boot's variables; without Secure Boot it only costs.
        machine.with("smm", guarded).with("pflash0", "firmware-code").with("pflash1", "firmware-variables");
        if (guarded) {
            // The guest writes variables only by asking the firmware, which checks who signed what is written.
            add(arguments, "-global", "driver=cfi.pflash01,property=secure,value=on");
        }
        add(
                arguments,
                "-blockdev",
                Options.of("driver", "file")
                        .with("node-name", "firmware-code")
                        .with("filename", files.firmwareCode(secureBoot))
                        .with("read-only", true));
        add(
                arguments,
                "-blockdev",
                Options.of("driver", "file")
                        .with("node-name", "firmware-variables")
                        .with("filename", files.firmwareVariables()));
    }

    private void trustedPlatformModule(List<String> arguments) {
        if (!definition.security().tpm()) {
            return;
        }
        add(arguments, "-chardev", Options.of("socket").with("id", "tpm-socket").with("path", files.tpmSocket()));
        add(arguments, "-tpmdev", Options.of("emulator").with("id", "tpm").with("chardev", "tpm-socket"));
        add(arguments, "-device", Options.of("tpm-crb").with("id", "tpm-device").with("tpmdev", "tpm"));
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
