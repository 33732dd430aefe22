package io.kubehv.operator.virtualmachine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of a spec that holds from a start on, field by field in the user's own words: kept on the pod, so that it
 * can be said which fields have changed since.
 */
public final class SpecSnapshot {
    /** Settings that the running VM takes on. */
    private static final Set<String> LIVE = Set.of(
            "powerState",
            "onGuestShutdown",
            "terminationGracePeriod",
            "criticalErrorAction.action",
            "criticalErrorAction.timeout",
            "automaticStartAction.action",
            "automaticStartAction.delay",
            "automaticStartAction.order",
            "firmware.pauseAfterBootFailure");

    private static final Pattern DISK = Pattern.compile("^disks\\[[^\\]]*]\\.");
    private static final Pattern MEDIUM =
            Pattern.compile("(dvdDrives\\[[^\\]]*]\\.)(?:virtualHardDisk|persistentVolumeClaim)");
    private static final Pattern MINIMUM = Pattern.compile("disks\\[[^\\]]*]\\.qos\\.minimumIOPS");
    private static final String STOP_ACTION = "automaticStopAction";
    private static final String SAVE = "Save";
    /** What the switch's side of an adapter does, which the running VM's node changes; QEMU has no part in it. */
    private static final Pattern PORT =
            Pattern.compile("(networkAdapters\\[[^\\]]*]\\.)(?:switch|connected|macAddressSpoofing"
                    + "|dhcpGuard|routerGuard|portMirroring|stormLimit|(?:vlan|bandwidth)\\..*|accessControl\\[.*)");

    private static final String PROCESSORS = "processor.count";
    private static final String MAXIMUM = "processor.maximum";
    private static final String MEMORY = "memory.startup";
    private static final String MOST_MEMORY = "memory.maximum";
    private static final String SCSI = "SCSI";

    private static final int LONGEST_VALUE = 80;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private SpecSnapshot() {}

    /** The fields that have other values than the pod was started with, such as {@code memory.startup}. */
    public static SortedSet<String> changes(VirtualMachine machine, PodFacts pod) {
        String kept = pod.annotation(LauncherPod.STARTED_FROM_ANNOTATION);
        if (kept.isEmpty()) {
            return new TreeSet<>();
        }
        Map<String, String> then = read(kept);
        Map<String, String> now = flat(machine.getSpec());
        SortedSet<String> paths = new TreeSet<>(then.keySet());
        paths.addAll(now.keySet());
        paths.removeIf(path -> then.getOrDefault(path, "").equals(now.getOrDefault(path, "")));
        paths.removeIf(path -> isLive(path, then, now));
        // Lowered again: the processors that came meanwhile are still there.
        if (number(now.get(PROCESSORS), 1) < LauncherPod.processors(pod)) {
            paths.add(PROCESSORS);
        }
        return paths;
    }

    /**
     * Whether the running VM takes it on: a SCSI disk that came or left, what is in a DVD drive that stays, processors and
     * memory that there was room left for, network adapters that came or left, and what a virtual switch does with one.
     */
    private static boolean isLive(String path, Map<String, String> then, Map<String, String> now) {
        if (path.equals(PROCESSORS)) {
            int before = number(then.get(PROCESSORS), 1);
            int after = number(now.get(PROCESSORS), 1);
            return after > before && after <= number(then.get(MAXIMUM), before);
        }
        if (path.equals(STOP_ACTION)) {
            // To be saved, it needs a volume that its pod does not have.
            return !SAVE.equals(now.get(STOP_ACTION));
        }
        if (MINIMUM.matcher(path).matches()) {
            return true;
        }
        if (path.equals(MEMORY)) {
            BigDecimal before = amount(then.get(MEMORY));
            BigDecimal after = amount(now.get(MEMORY));
            BigDecimal most = then.containsKey(MOST_MEMORY) ? amount(then.get(MOST_MEMORY)) : before;
            return after.compareTo(before) >= 0 && after.compareTo(most) <= 0;
        }
        Matcher disk = DISK.matcher(path);
        if (disk.find()) {
            boolean was = then.containsKey(disk.group() + "name");
            boolean is = now.containsKey(disk.group() + "name");
            String bus = (was ? then : now).getOrDefault(disk.group() + "bus", SCSI);
            return was != is && bus.equals(SCSI);
        }
        if (AdapterPlug.isLive(path, then, now)) {
            return true;
        }
        Matcher port = PORT.matcher(path);
        if (port.matches()) {
            String onSwitch = port.group(1) + "switch";
            return then.containsKey(onSwitch) && now.containsKey(onSwitch);
        }
        Matcher medium = MEDIUM.matcher(path);
        return medium.matches()
                && then.containsKey(medium.group(1) + "name")
                && now.containsKey(medium.group(1) + "name");
    }

    /** Whether the spec has other network adapters, by name, than the running VM was started with. */
    static boolean hasOtherAdapters(VirtualMachine machine, PodFacts pod) {
        String kept = pod.annotation(LauncherPod.STARTED_FROM_ANNOTATION);
        return !kept.isEmpty() && !AdapterPlug.names(read(kept)).equals(AdapterPlug.names(flat(machine.getSpec())));
    }

    /** Whether the running VM was started with an adapter of this name. */
    static boolean had(PodFacts pod, String adapter) {
        return startedFrom(pod).containsKey("networkAdapters[" + adapter + "].name");
    }

    /** Whether the running VM was started with an adapter of this name on the default switch. */
    static boolean hadOnDefaultSwitch(PodFacts pod, String adapter) {
        return had(pod, adapter) && !startedFrom(pod).containsKey("networkAdapters[" + adapter + "].switch");
    }

    private static Map<String, String> startedFrom(PodFacts pod) {
        String kept = pod.annotation(LauncherPod.STARTED_FROM_ANNOTATION);
        return kept.isEmpty() ? Map.of() : read(kept);
    }

    /** Whether the running VM has, or comes to have, more processors than it was started with. */
    public static boolean hasMoreProcessors(VirtualMachine machine, PodFacts pod) {
        Map<String, String> then = read(pod.annotation(LauncherPod.STARTED_FROM_ANNOTATION));
        return isLive(PROCESSORS, then, flat(machine.getSpec()))
                || LauncherPod.processors(pod) > LauncherPod.processorsAtStart(pod.pod());
    }

    /** How many processors the running machine comes to by its spec, if that are more than were noted. */
    static Optional<Integer> moreProcessors(VirtualMachine machine, PodFacts pod) {
        Map<String, String> then = read(pod.annotation(LauncherPod.STARTED_FROM_ANNOTATION));
        Map<String, String> now = flat(machine.getSpec());
        int wanted = number(now.get(PROCESSORS), 1);
        return isLive(PROCESSORS, then, now) && wanted > LauncherPod.processors(pod)
                ? Optional.of(wanted)
                : Optional.empty();
    }

    private static int number(@Nullable String text, int otherwise) {
        return text == null ? otherwise : Integer.parseInt(text);
    }

    private static BigDecimal amount(@Nullable String quantity) {
        return quantity == null ? BigDecimal.ZERO : new Quantity(quantity).getNumericalAmount();
    }

    /** The snapshot as one line. */
    public static String text(VirtualMachineSpec spec) {
        try {
            return JSON.writeValueAsString(flat(spec));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of strings is always JSON", e);
        }
    }

    private static Map<String, String> read(String kept) {
        try {
            return JSON.readValue(kept, new TypeReference<Map<String, String>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "the pod's annotation " + LauncherPod.STARTED_FROM_ANNOTATION
                            + " was changed by someone and is no JSON any more: " + kept,
                    e);
        }
    }

    private static SortedMap<String, String> flat(VirtualMachineSpec spec) {
        SortedMap<String, String> fields = new TreeMap<>();
        flatten("", JSON.valueToTree(spec), fields);
        fields.keySet().removeIf(path -> LIVE.contains(path));
        return fields;
    }

    private static void flatten(String path, JsonNode node, Map<String, String> fields) {
        switch (node.getNodeType()) {
            case OBJECT ->
                node.properties()
                        .forEach(property -> flatten(
                                path.isEmpty() ? property.getKey() : path + "." + property.getKey(),
                                property.getValue(),
                                fields));
            case ARRAY -> {
                for (int i = 0; i < node.size(); i++) {
                    JsonNode item = node.get(i);
                    String key = item.has("name") ? item.get("name").asText() : String.valueOf(i);
                    flatten(path + "[" + key + "]", item, fields);
                }
            }
            default -> {
                if (!node.isNull()) {
                    String value = node.asText();
                    fields.put(path, value.length() <= LONGEST_VALUE ? value : DerivedName.hash(value));
                }
            }
        }
    }
}
