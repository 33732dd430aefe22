package io.kubehv.hv.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Objects;
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
 * @param disks in the order in which the guest sees them
 * @param networkAdapters in the order in which the guest sees them
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
        List<Disk> disks,
        List<NetworkAdapter> networkAdapters,
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
        Required.value("acceleration", acceleration);
        disks = Required.list(disks);
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
     * @param count how many the guest sees
     */
    public record Processor(@JsonProperty(required = true) int count) {}

    /**
     * The guest's memory.
     *
     * @param startupBytes how much the guest starts with
     */
    public record Memory(@JsonProperty(required = true) long startupBytes) {}

    /**
     * A disk.
     *
     * @param name unique in the VM; the guest sees it as the disk's serial number (20 characters of it)
     * @param path the raw image file, or the block device
     * @param readOnly the guest can't write
     * @param blockDevice the path is a block device
     * @param bootIndex the firmware tries lower ones first; null: never
     * @param sizeBytes when the file is missing or empty, the launcher makes a blank one of this size; null: it must exist
     */
    public record Disk(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String path,
            @JsonProperty(required = true) boolean readOnly,
            @JsonProperty(required = true) boolean blockDevice,
            @Nullable Integer bootIndex,
            @Nullable Long sizeBytes) {
        /** Refuses missing parts. */
        public Disk {
            Required.text("name", name);
            Required.text("path", path);
        }
    }

    /**
     * A network adapter on the default switch.
     *
     * @param name unique in the VM
     * @param macAddress six pairs of hexadecimal digits with colons
     * @param ports what is reached from outside through the pod's addresses
     */
    public record NetworkAdapter(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) String macAddress,
            List<Port> ports) {
        /** Refuses missing parts; an absent list is empty. */
        public NetworkAdapter {
            Required.text("name", name);
            Required.text("macAddress", macAddress);
            ports = Required.list(ports);
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
