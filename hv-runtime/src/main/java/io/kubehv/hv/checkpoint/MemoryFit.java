package io.kubehv.hv.checkpoint;

import io.kubehv.hv.machine.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a memory goes on in a machine. QEMU reads what an older one wrote, for a machine of the same versioned type, and
 * promises nothing of what a newer one wrote (docs/devel/migration/compatibility.rst). A maintenance release, the third number,
 * changes nothing of it. What the guest has found out about its processor has to stay true; and KVM and QEMU's own emulation
 * each keep states of devices that the other does not know.
 */
public final class MemoryFit {
    /** What each line of a refusal begins with: a pod's last words are told from other refusals by it. */
    public static final String REFUSAL = "The memory does not fit: its ";

    private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(\\..*)?");

    private MemoryFit() {}

    /** What stands in the way; empty: the memory fits. What is not known of one of them is not compared. */
    public static List<Problem> problems(MachineFacts memory, MachineFacts here) {
        List<Problem> problems = new ArrayList<>();
        if (differs(memory.accelerator(), here.accelerator())) {
            problems.add(new Problem(
                    "accelerator",
                    String.valueOf(memory.accelerator()),
                    "the node runs the VM by " + here.accelerator(),
                    "give the node the accelerator that the memory is of (label kubehv.io/accelerator)"));
        }
        version(memory.qemuVersion(), here.qemuVersion()).ifPresent(problems::add);
        if (differs(memory.machineType(), here.machineType())) {
            problems.add(new Problem(
                    "machineType",
                    String.valueOf(memory.machineType()),
                    "the hypervisor image makes a " + here.machineType(),
                    needsImage(memory)));
        }
        if (differs(memory.cpuModel(), here.cpuModel())) {
            problems.add(new Problem(
                    "cpuModel",
                    String.valueOf(memory.cpuModel()),
                    "the VM's processors would be " + here.cpuModel() + " on the node",
                    "use the hypervisor image and the node that the memory was taken with"));
        }
        return List.copyOf(problems);
    }

    private static Optional<Problem> version(@Nullable String memory, @Nullable String here) {
        if (memory == null || here == null) {
            return Optional.empty();
        }
        long needed = release(memory);
        return needed <= release(here)
                ? Optional.empty()
                : Optional.of(new Problem(
                        "qemuVersion",
                        memory,
                        "the hypervisor image on the node has QEMU " + here
                                + ", which does not read what a newer one wrote",
                        needsImage(new MachineFacts(memory, null, null, null))));
    }

    private static String needsImage(MachineFacts memory) {
        Matcher parts = RELEASE.matcher(String.valueOf(memory.qemuVersion()));
        String release = parts.matches() ? parts.group(1) + "." + parts.group(2) : memory.qemuVersion();
        return "give the node an image of that name with QEMU " + release + " or a newer one that knows "
                + (memory.machineType() == null ? "its machine type" : memory.machineType());
    }

    private static boolean differs(@Nullable Object memory, @Nullable Object here) {
        return memory != null && here != null && !memory.equals(here);
    }

    /** A number that grows from release to release; 0 for a text that is no version, which nothing is said of. */
    private static long release(String version) {
        Matcher parts = RELEASE.matcher(version);
        return parts.matches() ? Long.parseLong(parts.group(1)) * 10_000 + Long.parseLong(parts.group(2)) : 0;
    }
}
