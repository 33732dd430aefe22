package io.kubehv.launcher;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.linux.fs.DirectAccess;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.PodFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds out what the pod offers. */
final class PodInspection {
    private static final Pattern DOMAIN = Pattern.compile("[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_])?");
    /** In /proc/net/if_inet6: reachable from everywhere, not of one link or one host. */
    private static final Pattern GLOBAL_SCOPE = Pattern.compile("^\\S+ \\S+ \\S+ 00 ");

    private final Path root;
    private final Map<String, String> environment;

    /** The pod whose files are under {@code root}. */
    PodInspection(Path root, Map<String, String> environment) {
        this.root = root;
        this.environment = environment;
    }

    /** For a definition whose disks are in place. */
    PodFacts inspect(VirtualMachineDefinition definition) throws IOException {
        Set<String> direct = new HashSet<>();
        for (Disk disk : definition.disks()) {
            if (DirectAccess.isTaken(Path.of(disk.path()))) {
                direct.add(disk.name());
            }
        }
        return new PodFacts(
                accelerator(definition),
                direct,
                searchDomains(),
                hasIpv6(),
                opens("dev/vhost-net"),
                taps(definition),
                BootHosts.addresses(definition));
    }

    /** The taps of the definition that the pod has, by name: how many bytes their packets may have. */
    private Map<String, Integer> taps(VirtualMachineDefinition definition) throws IOException {
        Map<String, Integer> taps = new HashMap<>();
        for (NetworkAdapter adapter : definition.networkAdapters()) {
            Tap tap = adapter.tap();
            if (tap != null) {
                taps.put(tap.device(), mtu(adapter, tap));
            }
        }
        return taps;
    }

    /** The files of network interfaces are those of the pod's own namespace. */
    private int mtu(NetworkAdapter adapter, Tap tap) throws IOException {
        try {
            return Integer.parseInt(Files.readString(
                            root.resolve("sys/class/net").resolve(tap.device()).resolve("mtu"))
                    .strip());
        } catch (NoSuchFileException e) {
            throw new TapMissingException(adapter.name(), tap.device(), e);
        }
    }

    /** What the node gave; only where it is wanted, and really there. */
    Accelerator accelerator(VirtualMachineDefinition definition) {
        boolean offered =
                Accelerator.KVM.name().equals(environment.get(Accelerator.ENVIRONMENT_VARIABLE)) && opens("dev/kvm");
        boolean wanted = definition.acceleration() != VirtualMachineDefinition.Acceleration.DISABLED;
        return offered && wanted ? Accelerator.KVM : Accelerator.TCG;
    }

    private boolean opens(String device) {
        Path path = root.resolve(device);
        return Files.isReadable(path) && Files.isWritable(path);
    }

    private List<String> searchDomains() throws IOException {
        Path file = root.resolve("etc/resolv.conf");
        if (!Files.exists(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(line -> line.strip().split("\\s+"))
                    .filter(words -> words[0].equals("search"))
                    .reduce((_, last) -> last)
                    .map(words -> Stream.of(words)
                            .skip(1)
                            .filter(word -> DOMAIN.matcher(word).matches())
                            .toList())
                    .orElse(List.of());
        }
    }

    private boolean hasIpv6() throws IOException {
        Path file = root.resolve("proc/net/if_inet6");
        if (!Files.exists(file)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.anyMatch(line -> GLOBAL_SCOPE.matcher(line).find());
        }
    }
}
