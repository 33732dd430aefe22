package io.kubehv.hv.machine;

import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.Devices.Screen;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Acceleration;
import io.kubehv.hv.definition.VirtualMachineDefinition.Bus;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.DvdDrive;
import io.kubehv.hv.definition.VirtualMachineDefinition.Firmware;
import io.kubehv.hv.definition.VirtualMachineDefinition.Memory;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Processor;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import io.kubehv.hv.definition.VirtualMachineDefinition.Security;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Definitions for tests: an ordinary machine, and one thing that is other. */
public final class Definitions {
    /** The ordinary machine's identity. */
    public static final String UUID = "6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11";

    private static final String GENERATION_ID = "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87";

    private int generation = 2;
    private long memory = 256L << 20;
    private long room;
    private Acceleration acceleration = Acceleration.PREFERRED;
    private String uuid = UUID;
    private @Nullable CloudInit cloudInit;
    private @Nullable String restorePath;
    private Processor processor = processor(1);
    private @Nullable Long hugePage;
    private Firmware firmware = new Firmware(SecureBoot.OFF, null);
    private Security security = new Security(false, false);
    private Devices devices = new Devices(null, List.of(), new Screen(1024, 768), "UTC");
    private final List<Disk> disks = new ArrayList<>();
    private final List<DvdDrive> drives = new ArrayList<>();
    private final List<NetworkAdapter> adapters = new ArrayList<>();

    /** A Generation 2 machine with one processor, 256 MiB and nothing else. */
    public static Definitions machine() {
        return new Definitions();
    }

    /** With another generation. */
    public Definitions generation(int value) {
        generation = value;
        return this;
    }

    /** With so many processors. */
    public Definitions processors(int value) {
        return processor(processor(value));
    }

    /** With these processors. */
    public Definitions processor(Processor value) {
        processor = value;
        return this;
    }

    private static Processor processor(int count) {
        return new Processor(count, count, 1, 1, 1, Processor.OF_THE_NODE, false);
    }

    /** Backed by huge pages of this size. */
    public Definitions hugePages(long bytes) {
        hugePage = bytes;
        return this;
    }

    /** With Secure Boot by a template. */
    public Definitions secureBoot(SecureBoot value) {
        return firmware(new Firmware(value, null));
    }

    /** With this firmware. */
    public Definitions firmware(Firmware value) {
        firmware = value;
        return this;
    }

    /** With a TPM, and shielded or not. */
    public Definitions tpm(boolean shielded) {
        security = new Security(true, shielded);
        return this;
    }

    /** With these small devices. */
    public Definitions devices(Devices value) {
        devices = value;
        return this;
    }

    /** With a DVD drive. */
    public Definitions dvdDrive(DvdDrive value) {
        drives.add(value);
        return this;
    }

    /** With room for so much more memory. */
    public Definitions room(long bytes) {
        room = bytes;
        return this;
    }

    /** With so much memory. */
    public Definitions memory(long bytes) {
        memory = bytes;
        return this;
    }

    /** With another wish for acceleration. */
    public Definitions acceleration(Acceleration value) {
        acceleration = value;
        return this;
    }

    /** With another identity. */
    public Definitions uuid(String value) {
        uuid = value;
        return this;
    }

    /** With a seed. */
    public Definitions cloudInit(CloudInit value) {
        cloudInit = value;
        return this;
    }

    /** Resuming from a saved state. */
    public Definitions restorePath(String value) {
        restorePath = value;
        return this;
    }

    /** With a disk that is there already, and boots. */
    public Definitions disk(String name, String path) {
        return disk(new Disk(name, Bus.VIRTIO, path, false, false, disks.size(), null, null));
    }

    /** With this disk. */
    public Definitions disk(Disk disk) {
        disks.add(disk);
        return this;
    }

    /** With an adapter that forwards these TCP ports. */
    public Definitions adapter(String name, String macAddress, int... ports) {
        List<Port> forwarded = new ArrayList<>();
        for (int port : ports) {
            forwarded.add(new Port("port-" + port, port, Protocol.TCP));
        }
        return adapter(new NetworkAdapter(name, macAddress, false, null, null, forwarded));
    }

    /** With this adapter. */
    public Definitions adapter(NetworkAdapter adapter) {
        adapters.add(adapter);
        return this;
    }

    /** The definition. */
    public VirtualMachineDefinition build() {
        return new VirtualMachineDefinition(
                "shop",
                "web",
                uuid,
                GENERATION_ID,
                generation,
                processor,
                new Memory(memory, memory + room, hugePage),
                firmware,
                security,
                disks,
                drives,
                adapters,
                devices,
                cloudInit,
                acceleration,
                restorePath);
    }
}
