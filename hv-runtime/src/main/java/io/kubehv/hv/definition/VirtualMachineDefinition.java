package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine as the hypervisor needs it, with everything resolved: paths instead of claims, identity instead of
 * defaults. The operator builds it; the launcher reads it.
 *
 * @param namespace the VM's namespace, for messages
 * @param name the VM's name, for messages and QEMU's process name
 * @param uuid the machine's SMBIOS UUID; stays for the VM's life
 * @param generationId the VM generation identifier that the guest sees; changes when the VM's time forks
 * @param generation 1 (BIOS) or 2 (UEFI)
 * @param processor the virtual processors
 * @param memory the guest's memory
 * @param firmware what runs before the guest's loader
 * @param security the virtual TPM, and shielding
 * @param disks in the order in which the guest sees them
 * @param dvdDrives in the order in which the guest sees them
 * @param networkAdapters in the order in which the guest sees them
 * @param devices the small devices
 * @param cloudInit what the NoCloud seed holds; null: no seed
 * @param acceleration which accelerator the VM may run with
 * @param restorePath a saved state to resume from; null: an ordinary start
 */
public record VirtualMachineDefinition(
        @JsonProperty(required = true) String namespace,
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String uuid,
        @JsonProperty(required = true) String generationId,
        @JsonProperty(required = true) int generation,
        @JsonProperty(required = true) Processor processor,
        @JsonProperty(required = true) Memory memory,
        @JsonProperty(required = true) Firmware firmware,
        @JsonProperty(required = true) Security security,
        List<Disk> disks,
        List<DvdDrive> dvdDrives,
        List<NetworkAdapter> networkAdapters,
        @JsonProperty(required = true) Devices devices,
        @Nullable CloudInit cloudInit,
        @JsonProperty(required = true) Acceleration acceleration,
        @Nullable String restorePath) {

    /** The environment variable of a VM's pod that carries the definition. */
    public static final String ENVIRONMENT_VARIABLE = "KUBEHV_DEFINITION";

    /** Refuses missing parts; lists are copied, and an absent list is empty. */
    public VirtualMachineDefinition {
        Required.text("namespace", namespace);
        Required.text("name", name);
        Required.text("uuid", uuid);
        Required.text("generationId", generationId);
        Required.value("processor", processor);
        Required.value("memory", memory);
        Required.value("firmware", firmware);
        Required.value("security", security);
        Required.value("devices", devices);
        Required.value("acceleration", acceleration);
        disks = Required.list(disks);
        dvdDrives = Required.list(dvdDrives);
        networkAdapters = Required.list(networkAdapters);
    }

    /** Reads what {@link #toJson()} wrote. */
    public static VirtualMachineDefinition fromJson(String json) {
        return DefinitionJson.read(Objects.requireNonNull(json), VirtualMachineDefinition.class);
    }

    /** One line of JSON; equal definitions give equal text. */
    public String toJson() {
        return DefinitionJson.write(this);
    }

    /** The same machine, resumed from a saved state. */
    public VirtualMachineDefinition resumedFrom(String path) {
        return new VirtualMachineDefinition(
                namespace,
                name,
                uuid,
                generationId,
                generation,
                processor,
                memory,
                firmware,
                security,
                disks,
                dvdDrives,
                networkAdapters,
                devices,
                cloudInit,
                acceleration,
                path);
    }

    /** The same machine after its time forked. */
    public VirtualMachineDefinition ofGeneration(String otherGenerationId) {
        return new VirtualMachineDefinition(
                namespace,
                name,
                uuid,
                otherGenerationId,
                generation,
                processor,
                memory,
                firmware,
                security,
                disks,
                dvdDrives,
                networkAdapters,
                devices,
                cloudInit,
                acceleration,
                restorePath);
    }

    /**
     * The parts in which another machine differs so that a memory of this one does not go on in it: what the guest has found out
     * about it has to stay true. Its name, and where its disks are on the node, are not among them.
     */
    public NavigableSet<String> differences(VirtualMachineDefinition other) {
        ObjectNode here = seenByGuest();
        ObjectNode there = other.seenByGuest();
        NavigableSet<String> parts = new TreeSet<>();
        here.fieldNames().forEachRemaining(parts::add);
        there.fieldNames().forEachRemaining(parts::add);
        parts.removeIf(part -> here.path(part).equals(there.path(part)));
        return parts;
    }

    private ObjectNode seenByGuest() {
        ObjectNode machine = DefinitionJson.tree(this);
        machine.remove(List.of("namespace", "name", "generationId", "acceleration", "restorePath"));
        for (JsonNode disk : machine.path("disks")) {
            ((ObjectNode) disk).remove(List.of("path", "blockDevice", "sizeBytes", "maximumIops"));
        }
        for (JsonNode drive : machine.path("dvdDrives")) {
            ((ObjectNode) drive).remove("blockDevice");
        }
        if (cloudInit != null) {
            machine.put("cloudInit", true);
        }
        return machine;
    }

    /** Which accelerator the VM may run with. */
    public enum Acceleration {
        /** KVM or not at all. */
        REQUIRED,
        /** KVM where the node has it, QEMU's own emulation elsewhere. */
        PREFERRED,
        /** Always QEMU's own emulation. */
        DISABLED
    }

    /** A port's transport protocol. */
    public enum Protocol {
        /** Transmission Control Protocol. */
        TCP,
        /** User Datagram Protocol. */
        UDP
    }

    /**
     * The virtual processors.
     *
     * @param count how many the guest has at start
     * @param maximum how many it can come to have
     * @param sockets how many sockets they are spread over
     * @param threadsPerCore how many of them are threads of one core
     * @param numaNodes over how many NUMA nodes they are spread, and the memory with them
     * @param model what the guest sees
     * @param virtualizationExtensions the guest sees vmx or svm
     */
    public record Processor(
            @JsonProperty(required = true) int count,
            @JsonProperty(required = true) int maximum,
            @JsonProperty(required = true) int sockets,
            @JsonProperty(required = true) int threadsPerCore,
            @JsonProperty(required = true) int numaNodes,
            @JsonProperty(required = true) String model,
            @JsonProperty(required = true) boolean virtualizationExtensions) {
        /** The model that is the node's own processor. */
        public static final String OF_THE_NODE = "None";

        /** The model that all nodes of a maker have. */
        public static final String MINIMUM_FEATURE_SET = "MinimumFeatureSet";

        /** Refuses missing parts. */
        public Processor {
            Required.text("model", model);
        }
    }

    /**
     * The guest's memory.
     *
     * @param startupBytes how much the guest starts with
     * @param maximumBytes how much it can come to have
     * @param hugePageBytes the size of the node's huge pages that back it; null: ordinary pages
     */
    public record Memory(
            @JsonProperty(required = true) long startupBytes,
            @JsonProperty(required = true) long maximumBytes,
            @Nullable Long hugePageBytes) {}

    /**
     * What runs before the guest's loader.
     *
     * @param secureBoot whose signatures the firmware trusts
     * @param customKeysDirectory for {@link SecureBoot#CUSTOM}: where a Secret or ConfigMap is mounted that has PK, KEK, db
     *     and perhaps dbx
     */
    public record Firmware(
            @JsonProperty(required = true) SecureBoot secureBoot,
            @Nullable String customKeysDirectory) {
        /** Refuses missing parts. */
        public Firmware {
            Required.value("secureBoot", secureBoot);
        }
    }

    /** Whose signatures the firmware trusts. */
    public enum SecureBoot {
        /** It asks for none. */
        OFF,
        /** What Microsoft signs for others. */
        MICROSOFT_UEFI_CERTIFICATE_AUTHORITY,
        /** Windows only. */
        MICROSOFT_WINDOWS,
        /** The user's own keys. */
        CUSTOM
    }

    /**
     * What protects the guest's secrets.
     *
     * @param tpm the guest has a TPM 2.0, which another container of the pod emulates
     * @param shielded no console, no screen, no way into the guest
     */
    public record Security(
            @JsonProperty(required = true) boolean tpm,
            @JsonProperty(required = true) boolean shielded) {}

    /** How a disk is attached. */
    public enum Bus {
        /** virtio-scsi. */
        SCSI,
        /** virtio-blk. */
        VIRTIO,
        /** IDE; generation 1 only. */
        IDE
    }

    /**
     * A disk.
     *
     * @param name unique in the VM; the guest sees it as the disk's serial number (20 characters of it)
     * @param bus how it is attached
     * @param path the raw image file, or the block device
     * @param readOnly the guest can't write
     * @param blockDevice the path is a block device
     * @param bootIndex the firmware tries lower ones first; null: never
     * @param sizeBytes when the file is missing or empty, the launcher makes a blank one of this size; null: it must exist
     * @param maximumIops how many requests of 8 KiB a second it gets at most; null: no limit
     */
    public record Disk(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) Bus bus,
            @JsonProperty(required = true) String path,
            @JsonProperty(required = true) boolean readOnly,
            @JsonProperty(required = true) boolean blockDevice,
            @Nullable Integer bootIndex,
            @Nullable Long sizeBytes,
            @Nullable Long maximumIops) {
        /** What counts as one request of {@link #maximumIops}; a larger one counts as several, as Hyper-V normalises them. */
        public static final int REQUEST_BYTES = 8192;

        /** Refuses missing parts. */
        public Disk {
            Required.text("name", name);
            Required.value("bus", bus);
            Required.text("path", path);
        }
    }

    /**
     * A DVD drive.
     *
     * @param name unique among the VM's disks and drives
     * @param path the ISO image file, or a block device; null: the drive is empty
     * @param blockDevice the path is a block device
     * @param bootIndex the firmware tries lower ones first; null: never
     */
    public record DvdDrive(
            @JsonProperty(required = true) String name,
            @Nullable String path,
            @JsonProperty(required = true) boolean blockDevice,
            @Nullable Integer bootIndex) {
        /** Refuses missing parts. */
        public DvdDrive {
            Required.text("name", name);
        }
    }

    /**
     * A network adapter.
     *
     * @param name unique in the VM
     * @param macAddress six pairs of hexadecimal digits with colons
     * @param legacy an Intel 8254x instead of virtio; generation 1 only
     * @param bootIndex the firmware tries lower ones first; null: never
     * @param bootUrl what DHCP offers to boot; null: nothing
     * @param ports what is reached from outside through the pod's addresses; on the default switch only
     * @param tap what connects it to a virtual switch; null: it is on the default switch
     * @param interfaceName what the guest is told to call it; null: as it likes
     */
    public record NetworkAdapter(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String macAddress,
            @JsonProperty(required = true) boolean legacy,
            @Nullable Integer bootIndex,
            @Nullable String bootUrl,
            List<Port> ports,
            @Nullable Tap tap,
            @Nullable String interfaceName) {
        /** Not of a URI: what firmware makes of the path is its own affair. */
        private static final Pattern BOOT_HOST = Pattern.compile("[a-z]+://([^:/]+)[:/]");

        /** One on the default switch. */
        public NetworkAdapter(
                String name,
                String macAddress,
                boolean legacy,
                @Nullable Integer bootIndex,
                @Nullable String bootUrl,
                List<Port> ports) {
            this(name, macAddress, legacy, bootIndex, bootUrl, ports, null, null);
        }

        /** Refuses missing parts; an absent list is empty. */
        public NetworkAdapter {
            Required.text("name", name);
            Required.text("macAddress", macAddress);
            ports = Required.list(ports);
        }

        /** The host in the URL that it boots from. */
        public Optional<String> bootHost() {
            return Optional.ofNullable(bootUrl)
                    .map(BOOT_HOST::matcher)
                    .filter(Matcher::lookingAt)
                    .map(url -> url.group(1));
        }
    }

    /**
     * A tap in the pod's network namespace, which the node's switch daemon makes.
     *
     * @param device its name, 1 to 15 bytes
     * @param queues how many pairs of queues the adapter has, 1 to 8
     * @param mtu its largest packet in bytes, of an adapter that comes to a running machine, which its guest is told; null:
     *     when the machine starts, the tap itself is asked, and else the guest is told nothing
     */
    public record Tap(
            @JsonProperty(required = true) String device,
            @JsonProperty(required = true) int queues,
            @Nullable Integer mtu) {
        /** One that is asked itself how large its packets may be. */
        public Tap(String device, int queues) {
            this(device, queues, null);
        }

        /** Refuses missing parts. */
        public Tap {
            Required.text("device", device);
        }

        /** A vector for each queue of each direction, one for changes of the configuration, one for control. */
        public int vectors() {
            return 2 * queues + 2;
        }
    }

    /**
     * A port of the guest that is reached at the same number of the pod's addresses.
     *
     * @param name unique in the adapter, for messages
     * @param port 1 to 65535
     * @param protocol TCP or UDP
     */
    public record Port(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) int port,
            @JsonProperty(required = true) Protocol protocol) {
        /** Refuses missing parts. */
        public Port {
            Required.text("name", name);
            Required.value("protocol", protocol);
        }
    }

    /**
     * What the NoCloud seed holds. Each of the two documents is given inline, or by the directory where a Secret is
     * mounted (a key as cloud-init spells it or as Kubernetes would: all lower-case, or camel case), or not at all.
     *
     * @param userData the user data itself
     * @param userDataDirectory where the Secret with the user data is mounted
     * @param networkData the network configuration itself
     * @param networkDataDirectory where the Secret with the network configuration is mounted
     */
    public record CloudInit(
            @Nullable String userData,
            @Nullable String userDataDirectory,
            @Nullable String networkData,
            @Nullable String networkDataDirectory) {}
}
