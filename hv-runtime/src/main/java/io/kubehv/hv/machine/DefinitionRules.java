package io.kubehv.hv.machine;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
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
    private static final long MINIMUM_MEMORY = 32L << 20;
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final Pattern MAC = Pattern.compile("[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}");

    private final List<Problem> problems = new ArrayList<>();

    private DefinitionRules() {}

    /** All problems; empty if the definition is in order. */
    public static List<Problem> check(VirtualMachineDefinition definition) {
        DefinitionRules rules = new DefinitionRules();
        rules.machine(definition);
        rules.disks(definition.disks());
        rules.adapters(definition.networkAdapters());
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
        int processors = definition.processor().count();
        if (processors < 1 || processors > MAXIMUM_PROCESSORS) {
            problem("processor.count", processors, "it must be 1 to " + MAXIMUM_PROCESSORS, "change it");
        }
        long memory = definition.memory().startupBytes();
        if (memory < MINIMUM_MEMORY) {
            problem("memory.startupBytes", memory, "a guest needs at least " + MINIMUM_MEMORY, "give it more");
        }
        String restorePath = definition.restorePath();
        if (restorePath != null) {
            absolute("restorePath", restorePath);
        }
    }

    private void identifier(String field, String value) {
        if (!UUID.matcher(value).matches()) {
            problem(field, quoted(value), "it must be a UUID", "write it as 6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11 is");
        }
    }

    private void disks(List<Disk> disks) {
        if (disks.size() > MAXIMUM_DISKS) {
            problem("disks", disks.size() + " disks", "a VM has at most " + MAXIMUM_DISKS, "remove some");
        }
        Set<String> names = new HashSet<>();
        Set<String> paths = new HashSet<>();
        Set<Integer> bootIndexes = new HashSet<>();
        for (int i = 0; i < disks.size(); i++) {
            Disk disk = disks.get(i);
            String field = "disks[" + i + "].";
            name(field + "name", disk.name(), names);
            absolute(field + "path", disk.path());
            unique(field + "path", disk.path(), paths);
            Integer bootIndex = disk.bootIndex();
            if (bootIndex != null) {
                if (bootIndex < 0) {
                    problem(field + "bootIndex", bootIndex, "it must not be negative", "count from 0");
                }
                unique(field + "bootIndex", bootIndex, bootIndexes);
            }
            size(field, disk);
        }
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

    private void adapters(List<NetworkAdapter> adapters) {
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
            for (int j = 0; j < adapter.ports().size(); j++) {
                port(field + "ports[" + j + "]", adapter.ports().get(j), ports);
            }
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
