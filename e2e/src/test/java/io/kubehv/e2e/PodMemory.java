package io.kubehv.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the kernel says that a pod's processes hold, mapping by mapping (Kind only: read on the node). */
public record PodMemory(List<Mapping> mappings) {
    private static final Pattern HEADER = Pattern.compile("[0-9a-f]+-[0-9a-f]+ (\\S+) \\S+ \\S+ \\d+\\s*(.*)");
    private static final Pattern FIELD = Pattern.compile("(\\w+):\\s+(\\d+) kB");

    /** QEMU may be given a little more than the guest's RAM in one piece; a guest's neighbours in size are far off. */
    private static final long ROUNDING = 4L << 20;

    /** A mapping of a process. The proportional size counts a page shared by n processes as an n-th. */
    public record Mapping(
            String process, String access, String name, long size, long resident, long proportional, long anonymous) {}

    public static PodMemory of(Cluster cluster, Pod pod) {
        return parse(cluster.onNode(pod.getSpec().getNodeName(), "sh", "-c", """
                for p in $(grep -l '%s' /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3); do
                  echo "process $(cat /proc/$p/comm)" && cat /proc/$p/smaps
                done 2>/dev/null || true""".formatted(
                        pod.getMetadata().getUid().replace("-", "[-_]"))));
    }

    /** Reads {@code /proc/PID/smaps} of processes, each after a line with its name. */
    static PodMemory parse(String text) {
        List<Mapping> mappings = new ArrayList<>();
        String process = "";
        for (String line : text.lines().toList()) {
            Matcher header = HEADER.matcher(line);
            Matcher field = FIELD.matcher(line);
            if (line.startsWith("process ")) {
                process = line.substring("process ".length());
            } else if (header.matches()) {
                mappings.add(new Mapping(process, header.group(1), header.group(2), 0, 0, 0, 0));
            } else if (field.matches() && !mappings.isEmpty()) {
                mappings.add(with(mappings.removeLast(), field.group(1), Long.parseLong(field.group(2)) << 10));
            }
        }
        return new PodMemory(List.copyOf(mappings));
    }

    private static Mapping with(Mapping old, String field, long bytes) {
        boolean size = field.equals("Size");
        boolean resident = field.equals("Rss");
        boolean proportional = field.equals("Pss");
        boolean anonymous = field.equals("Anonymous");
        return new Mapping(
                old.process,
                old.access,
                old.name,
                size ? bytes : old.size,
                resident ? bytes : old.resident,
                proportional ? bytes : old.proportional,
                anonymous ? bytes : old.anonymous);
    }

    public long proportional() {
        return mappings.stream().mapToLong(Mapping::proportional).sum();
    }

    public long resident() {
        return mappings.stream().mapToLong(Mapping::resident).sum();
    }

    /** The guest's RAM: the mapping of its size that holds most. */
    public Mapping guest(long ram) {
        return mappings.stream()
                .filter(mapping -> mapping.access.startsWith("rw"))
                .filter(mapping -> mapping.size >= ram && mapping.size <= ram + ROUNDING)
                .max(Comparator.comparingLong(Mapping::resident))
                .orElseThrow(() -> new AssertionError("no mapping of %d bytes for the guest among %s"
                        .formatted(
                                ram,
                                mappings.stream()
                                        .filter(mapping -> mapping.size > 16 << 20)
                                        .toList())));
    }

    /** What the pod holds beside the guest's RAM. */
    public long overhead(long ram) {
        return proportional() - guest(ram).proportional();
    }

    /** The part of the overhead that is nobody else's: what the pod's processes wrote themselves. */
    public long anonymousOverhead(long ram) {
        return mappings.stream().mapToLong(Mapping::anonymous).sum()
                - guest(ram).anonymous();
    }

    /** What the operator reserves for a VM's pod beside the guest's RAM. */
    public static long declaredOverhead(Pod pod, long ram) {
        return Stream.concat(pod.getSpec().getContainers().stream(), pod.getSpec().getInitContainers().stream())
                        .map(container -> container.getResources().getRequests().get("memory"))
                        .mapToLong(memory -> Quantity.getAmountInBytes(memory).longValueExact())
                        .sum()
                - ram;
    }
}
