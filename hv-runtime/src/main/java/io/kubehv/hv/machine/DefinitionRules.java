package io.kubehv.hv.machine;

import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.Devices.ComPort;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Bus;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.DvdDrive;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Processor;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a definition must fulfil before a command line is made of it. The API's schema says most of it earlier; here it
 * holds whoever wrote the definition, so nothing odd ever reaches QEMU's command line.
 */
public final class DefinitionRules {
    /** Where the guest's screen is served on the pod's loopback. */
    public static final int SCREEN_PORT = 5900;

    static final int MAXIMUM_PROCESSORS = 64;
    static final int MAXIMUM_DISKS = 64;
    static final int MAXIMUM_ADAPTERS = 8;
    private static final int MAXIMUM_QUEUES = 8;
    private static final Pattern TAP = Pattern.compile("[A-Za-z0-9-]{1,15}");
    private static final long MINIMUM_MEMORY = 32L << 20;
    private static final long MEMORY_BLOCK = 2L << 20;
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final Pattern MAC = Pattern.compile("[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}");

    /** As long as the field of a DHCP answer, less the zero at its end. */
    private static final Pattern BOOT_URL =
            Pattern.compile("(?=.{1,127}$)(http|tftp)://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~/?=&%+-]+");

    private static final int MAXIMUM_IDE = 4;
    private static final int FIRST_COM_PORT = 2;
    private static final int LAST_COM_PORT = 4;
    private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][-A-Za-z0-9._]*");

    private final List<Problem> problems = new ArrayList<>();
    private final Set<Integer> bootIndexes = new HashSet<>();

    private DefinitionRules() {}

    /** All problems; empty if the definition is in order. */
    public static List<Problem> check(VirtualMachineDefinition definition) {
        DefinitionRules rules = new DefinitionRules();
        rules.machine(definition);
        rules.processor(definition.processor());
        rules.disks(definition);
        rules.adapters(definition);
        rules.security(definition);
        rules.devices(definition.devices());
        if (definition.cloudInit() != null) {
            rules.cloudInit(definition.cloudInit());
        }
        return List.copyOf(rules.problems);
    }

    private void machine(VirtualMachineDefinition definition) {
        if (definition.generation() != 1 && definition.generation() != 2) {
            problem("generation", definition.generation(), "it must be 1 (BIOS) or 2 (UEFI)", "choose one of them");
        }
        identifier("uuid", definition.uuid());
        identifier("generationId", definition.generationId());
        long memory = definition.memory().startupBytes();
        if (memory < MINIMUM_MEMORY) {
            problem("memory.startupBytes", memory, "a guest needs at least " + MINIMUM_MEMORY, "give it more");
        }
        Long hugePage = definition.memory().hugePageBytes();
        if (hugePage != null && (hugePage <= 0 || memory % hugePage != 0)) {
            problem("memory.startupBytes", memory, "it must be a multiple of its huge pages, " + hugePage, "round it");
        }
        room(definition);
        String restorePath = definition.restorePath();
        if (restorePath != null) {
            absolute("restorePath", restorePath);
        }
    }

    private void room(VirtualMachineDefinition definition) {
        String field = "memory.maximumBytes";
        long startup = definition.memory().startupBytes();
        long maximum = definition.memory().maximumBytes();
        if (maximum < startup || (maximum - startup) % MEMORY_BLOCK != 0) {
            problem(field, maximum, "it must be memory.startupBytes and a multiple of " + MEMORY_BLOCK, "round it");
        } else if (maximum > startup && definition.memory().hugePageBytes() != null) {
            problem(field, maximum, "a running pod gets no more huge pages", "leave one of them out");
        } else if (maximum > startup && definition.processor().virtualizationExtensions()) {
            problem(field, maximum, "memory can't be changed while a hypervisor runs in the guest", "leave it out");
        }
    }

    private void processor(Processor processor) {
        int maximum = processor.maximum();
        if (processor.count() < 1 || processor.count() > MAXIMUM_PROCESSORS) {
            problem("processor.count", processor.count(), "it must be 1 to " + MAXIMUM_PROCESSORS, "change it");
        }
        if (maximum < processor.count() || (maximum > MAXIMUM_PROCESSORS && maximum > processor.count())) {
            problem(
                    "processor.maximum",
                    maximum,
                    "it must be from processor.count to " + MAXIMUM_PROCESSORS,
                    "change it");
        }
        List<Integer> divisors = List.of(processor.sockets(), processor.threadsPerCore(), processor.numaNodes());
        if (divisors.stream().anyMatch(divisor -> divisor < 1)) {
            problem("processor", divisors, "sockets, threadsPerCore and numaNodes are at least 1", "raise them");
        } else if (maximum % (processor.sockets() * processor.threadsPerCore()) != 0
                || maximum % processor.numaNodes() != 0) {
            problem(
                    "processor.maximum",
                    maximum,
                    "sockets, threadsPerCore and numaNodes " + divisors + " must divide it",
                    "change one of them");
        }
        if (!MODEL.matcher(processor.model()).matches()) {
            problem("processor.model", quoted(processor.model()), "it must be a processor model's name", "correct it");
        }
    }

    private void security(VirtualMachineDefinition definition) {
        boolean secureBoot = definition.firmware().secureBoot() != SecureBoot.OFF;
        String keys = definition.firmware().customKeysDirectory();
        if (definition.generation() == 1 && (secureBoot || definition.security().tpm())) {
            problem("generation", 1, "it has neither Secure Boot nor a TPM", "use 2, or turn them off");
        }
        if ((definition.firmware().secureBoot() == SecureBoot.CUSTOM) != (keys != null)) {
            problem(
                    "firmware.customKeysDirectory",
                    keys == null ? "missing" : keys,
                    "it goes with Secure Boot's own keys, and with them only",
                    "give both or neither");
        }
        if (keys != null) {
            absolute("firmware.customKeysDirectory", keys);
        }
        if (definition.security().shielded()
                && !(secureBoot && definition.security().tpm())) {
            problem("security.shielded", true, "a shielded machine has Secure Boot and a TPM", "turn them on");
        }
    }

    private void devices(Devices devices) {
        Set<Integer> numbers = new HashSet<>();
        Set<Integer> ports = new HashSet<>(Set.of(SCREEN_PORT));
        for (int i = 0; i < devices.comPorts().size(); i++) {
            ComPort comPort = devices.comPorts().get(i);
            String field = "devices.comPorts[" + i + "].";
            if (comPort.number() < FIRST_COM_PORT || comPort.number() > LAST_COM_PORT) {
                problem(field + "number", comPort.number(), "it must be 2 to 4 (COM1 is the console)", "change it");
            }
            if (comPort.port() < 1024 || comPort.port() > 65535) {
                problem(field + "port", comPort.port(), "it must be 1024 to 65535", "change it");
            }
            unique(field + "number", comPort.number(), numbers);
            unique(field + "port", comPort.port(), ports);
        }
    }

    private void identifier(String field, String value) {
        if (!UUID.matcher(value).matches()) {
            problem(field, quoted(value), "it must be a UUID", "write it as 6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11 is");
        }
    }

    private void disks(VirtualMachineDefinition definition) {
        List<Disk> disks = definition.disks();
        if (disks.size() > MAXIMUM_DISKS) {
            problem("disks", disks.size() + " disks", "a VM has at most " + MAXIMUM_DISKS, "remove some");
        }
        Set<String> names = new HashSet<>();
        Set<String> paths = new HashSet<>();
        int ide = definition.generation() == 1 ? definition.dvdDrives().size() : 0;
        for (int i = 0; i < disks.size(); i++) {
            Disk disk = disks.get(i);
            String field = "disks[" + i + "].";
            name(field + "name", disk.name(), names);
            absolute(field + "path", disk.path());
            unique(field + "path", disk.path(), paths);
            bootIndex(field, disk.bootIndex());
            size(field, disk);
            Long maximum = disk.maximumIops();
            if (maximum != null && maximum <= 0) {
                problem(field + "maximumIops", maximum, "a limit is above 0", "leave it out for none");
            }
            if (disk.bus() == Bus.IDE) {
                ide++;
                if (definition.generation() != 1) {
                    problem(field + "bus", "IDE", "generation 2 has none", "use SCSI or VIRTIO");
                }
            }
        }
        for (int i = 0; i < definition.dvdDrives().size(); i++) {
            DvdDrive drive = definition.dvdDrives().get(i);
            String field = "dvdDrives[" + i + "].";
            name(field + "name", drive.name(), names);
            String path = drive.path();
            if (path != null) {
                absolute(field + "path", path);
            }
            bootIndex(field, drive.bootIndex());
        }
        if (ide > MAXIMUM_IDE) {
            problem("disks", ide + " on IDE", "it has room for " + MAXIMUM_IDE + " disks and DVD drives", "use SCSI");
        }
    }

    private void bootIndex(String field, @Nullable Integer bootIndex) {
        if (bootIndex == null) {
            return;
        }
        if (bootIndex < 0) {
            problem(field + "bootIndex", bootIndex, "it must not be negative", "count from 0");
        }
        unique(field + "bootIndex", bootIndex, bootIndexes);
    }

    private void size(String field, Disk disk) {
        Long size = disk.sizeBytes();
        if (size == null) {
            return;
        }
        if (size <= 0 || size % 512 != 0) {
            problem(field + "sizeBytes", size, "it must be a positive multiple of 512", "round it up");
        }
        if (disk.blockDevice()) {
            problem(field + "sizeBytes", size, "a block device has a size of its own", "leave it out");
        }
        if (disk.readOnly()) {
            problem(field + "sizeBytes", size, "a blank disk that can't be written is of no use", "drop readOnly");
        }
    }

    private void adapters(VirtualMachineDefinition definition) {
        List<NetworkAdapter> adapters = definition.networkAdapters();
        if (adapters.size() > MAXIMUM_ADAPTERS) {
            problem(
                    "networkAdapters",
                    adapters.size() + " adapters",
                    "a VM has at most " + MAXIMUM_ADAPTERS,
                    "remove some");
        }
        Set<String> names = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        Set<String> ports = new HashSet<>();
        Set<String> taps = new HashSet<>();
        for (int i = 0; i < adapters.size(); i++) {
            NetworkAdapter adapter = adapters.get(i);
            String field = "networkAdapters[" + i + "].";
            name(field + "name", adapter.name(), names);
            if (!MAC.matcher(adapter.macAddress()).matches()) {
                problem(
                        field + "macAddress",
                        quoted(adapter.macAddress()),
                        "it must be a unicast MAC address",
                        "write it as 00:15:5d:00:01:2a is");
            }
            unique(field + "macAddress", adapter.macAddress(), addresses);
            bootIndex(field, adapter.bootIndex());
            if (adapter.legacy() && definition.generation() != 1) {
                problem(field + "legacy", true, "generation 2 has no legacy adapter", "remove it");
            }
            bootUrl(field, adapter.bootUrl(), definition.generation());
            Tap tap = adapter.tap();
            if (tap != null) {
                tap(field, adapter, tap, taps);
            }
            for (int j = 0; j < adapter.ports().size(); j++) {
                port(field + "ports[" + j + "]", adapter.ports().get(j), ports);
            }
        }
    }

    private void tap(String field, NetworkAdapter adapter, Tap tap, Set<String> seen) {
        if (!TAP.matcher(tap.device()).matches()) {
            problem(
                    field + "tap.device",
                    quoted(tap.device()),
                    "it must be 1 to 15 letters, digits and hyphens",
                    "change it");
        }
        unique(field + "tap.device", tap.device(), seen);
        if (tap.queues() < 1 || tap.queues() > MAXIMUM_QUEUES) {
            problem(field + "tap.queues", tap.queues(), "it must be 1 to " + MAXIMUM_QUEUES, "change it");
        }
        if (adapter.legacy() && tap.queues() > 1) {
            problem(field + "tap.queues", tap.queues(), "a legacy adapter has one queue", "make it 1");
        }
        if (!adapter.ports().isEmpty()) {
            problem(
                    field + "ports",
                    adapter.ports().size(),
                    "ports are reached through the pod, on the default switch only",
                    "remove them");
        }
    }

    private void bootUrl(String field, @Nullable String url, int generation) {
        if (url == null) {
            return;
        }
        if (!BOOT_URL.matcher(url).matches()) {
            problem(
                    field + "bootUrl",
                    quoted(url),
                    "it must be an http:// or tftp:// URL of a file, of at most 127 characters",
                    "write it as http://boot.default.svc.cluster.local/shimx64.efi is");
        } else if (generation != 1 && !url.startsWith("http:")) {
            problem(field + "bootUrl", quoted(url), "generation 2 boots by HTTP", "use http://");
        }
    }

    private void port(String field, Port port, Set<String> seen) {
        if (port.port() < 1 || port.port() > 65535) {
            problem(field + ".port", port.port(), "it must be 1 to 65535", "change it");
        }
        if (port.port() == SCREEN_PORT && port.protocol() == Protocol.TCP) {
            problem(field + ".port", SCREEN_PORT, "the VM's own screen is served there", "use another port");
        }
        unique(field, port.protocol() + " " + port.port(), seen);
    }

    private void cloudInit(CloudInit cloudInit) {
        either("cloudInit.userData", cloudInit.userData(), cloudInit.userDataDirectory());
        either("cloudInit.networkData", cloudInit.networkData(), cloudInit.networkDataDirectory());
    }

    private void either(String field, @Nullable String inline, @Nullable String directory) {
        if (inline != null && directory != null) {
            problem(field, "given inline and as directory " + directory, "only one can hold", "remove one");
        }
        if (directory != null) {
            absolute(field + "Directory", directory);
        }
    }

    private void name(String field, String value, Set<String> seen) {
        if (!NAME.matcher(value).matches()) {
            problem(
                    field,
                    quoted(value),
                    "it must be lower-case letters, digits and hyphens, with a letter or digit at both ends",
                    "rename it");
        }
        unique(field, value, seen);
    }

    private void absolute(String field, String path) {
        boolean plain = path.startsWith("/") && path.chars().noneMatch(Character::isISOControl);
        if (!plain) {
            problem(field, quoted(path), "it must be an absolute path without control characters", "correct it");
        }
    }

    private <T> void unique(String field, T value, Set<T> seen) {
        if (!seen.add(value)) {
            problem(field, value, "another one has the same", "give each its own");
        }
    }

    private void problem(String field, Object value, String rule, String fix) {
        problems.add(new Problem(field, String.valueOf(value), rule, fix));
    }

    private static String quoted(String value) {
        return "\"" + value.replaceAll("\\p{Cntrl}", "?") + "\"";
    }
}
