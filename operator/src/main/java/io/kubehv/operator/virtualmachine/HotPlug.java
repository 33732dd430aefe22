package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskBus;
import io.kubehv.api.v1alpha1.DvdDrive;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.AttachmentPod;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Disks and media that come to a running VM and leave it: the operator sees to the pods that mount their claims on the
 * VM's node, the VM's daemon does the rest. Pure.
 *
 * <p>The claim of a disk that was there at the start stays in the VM's own pod when the disk leaves, so it is released for
 * other VMs only when that pod is gone: at the VM's next start or end.
 */
public final class HotPlug {
    private HotPlug() {}

    /** Adds what is to be done about them. */
    static Plan plan(Observed observed, Lifecycle lifecycle, Plan plan) {
        List<Action> actions = new ArrayList<>();
        List<ResolvedDisk> wanted = lifecycle == Lifecycle.UP && takes(observed) ? wanted(observed) : List.of();
        Set<String> names = wanted.stream().map(disk -> name(observed, disk)).collect(Collectors.toSet());
        if (lifecycle == Lifecycle.UP ? takes(observed) : !holdsDisks(observed)) {
            observed.attachments().stream()
                    .filter(pod -> !names.contains(pod.getMetadata().getName()) || new PodFacts(pod).finished())
                    .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                    .filter(pod -> !holdsDisks(observed) || !isAttached(observed, pod))
                    .forEach(pod -> actions.add(new Action.DeletePod(pod)));
        }
        // One a pass: the lock on disks is asked for one pod at a time, and the pod's coming leads to the next pass.
        missing(observed, wanted)
                .findFirst()
                .flatMap(disk -> node(observed).map(node -> new Action.CreateAttachment(disk, node)))
                .ifPresent(actions::add);
        return plan.and(actions);
    }

    private static Stream<ResolvedDisk> missing(Observed observed, List<ResolvedDisk> wanted) {
        Set<String> present = observed.attachments().stream()
                .map(pod -> pod.getMetadata().getName())
                .collect(Collectors.toSet());
        return wanted.stream()
                .filter(disk -> disk.problem() == null && !disk.block())
                .filter(disk -> !present.contains(name(observed, disk)));
    }

    /** The plan without the disk that can't come now. */
    static Plan without(Plan plan, Verdict why) {
        List<Action> others = plan.actions().stream()
                .filter(action -> !(action instanceof Action.CreateAttachment))
                .toList();
        return new Plan(plan.state(), why, others, plan.again());
    }

    /** What keeps disks from being in the VM that its spec gives to it while it runs. */
    static List<Verdict> problems(Observed observed) {
        boolean up = Lifecycle.of(observed) == Lifecycle.UP && takes(observed);
        return up
                ? wanted(observed).stream()
                        .filter(disk -> disk.problem() == null)
                        .flatMap(disk -> problem(observed, disk).stream())
                        .toList()
                : List.of();
    }

    /** The fields of disks that came while the VM runs, and keep the settings with which they came. */
    static List<String> changes(Observed observed) {
        Map<String, Disk> disks = observed.disks().stream()
                .collect(Collectors.toMap(disk -> name(observed, disk), ResolvedDisk::disk, (one, other) -> one));
        return observed.attachments().stream()
                .filter(pod -> disks.containsKey(pod.getMetadata().getName()))
                .flatMap(pod -> {
                    Disk disk =
                            Objects.requireNonNull(disks.get(pod.getMetadata().getName()));
                    return drives(observed).contains(disk.name())
                            ? Stream.<String>empty()
                            : AttachmentPod.changes(disk, pod).stream()
                                    .map(setting -> "disks[" + disk.name() + "]." + setting);
                })
                .toList();
    }

    private static Optional<Verdict> problem(Observed observed, ResolvedDisk disk) {
        String subject = "disk \"" + disk.disk().name() + "\": ";
        if (disk.block()) {
            return Optional.of(Verdict.no(
                    Reason.DISK_NOT_READY,
                    subject + "its claim is a Block volume, which only a VM that starts can have; restart the VM"));
        }
        Optional<AttachedDisk> told = told(observed)
                .filter(found -> found.name().equals(disk.disk().name())
                        && name(observed, disk).equals(found.podName()))
                .findFirst();
        if (told.filter(AttachedDisk::attached).isPresent()) {
            return Optional.empty();
        }
        Optional<String> waits = observed.attachments().stream()
                .filter(pod -> pod.getMetadata().getName().equals(name(observed, disk)))
                .flatMap(pod -> new PodFacts(pod).problem().stream())
                .map(problem -> problem.message())
                .findFirst();
        String why = told.map(AttachedDisk::message).or(() -> waits).orElse("it is being attached");
        return Optional.of(Verdict.no(Reason.DISK_NOT_READY, subject + why));
    }

    /**
     * Whether the machine consists of other disks or media than it was started with, or is about to: its memory could not
     * go on in a pod like the one that it is saved from.
     */
    public static boolean hasChanged(Observed observed) {
        Pod pod = observed.pod();
        if (pod == null) {
            return false;
        }
        Map<String, String> now = new HashMap<>();
        observed.disks().forEach(disk -> now.put(disk.disk().name(), disk.claim()));
        return !observed.attachments().isEmpty()
                || told(observed).findAny().isPresent()
                || !LauncherPod.disks(pod).equals(now);
    }

    /** The disks and media that the spec has and the VM's own pod has not. */
    private static List<ResolvedDisk> wanted(Observed observed) {
        Map<String, String> own = LauncherPod.disks(Objects.requireNonNull(observed.pod()));
        Set<String> drives = drives(observed);
        return observed.disks().stream()
                .filter(disk -> {
                    String name = disk.disk().name();
                    // Another claim under the name of a disk that was there at the start holds from the next start on.
                    return drives.contains(name)
                            ? !disk.claim().equals(own.get(name))
                            : isScsi(disk.disk()) && !own.containsKey(name);
                })
                .toList();
    }

    private static boolean isScsi(Disk disk) {
        return disk.bus() == null || disk.bus() == DiskBus.SCSI;
    }

    private static Set<String> drives(Observed observed) {
        List<DvdDrive> drives = observed.machine().getSpec().dvdDrives();
        return drives == null ? Set.of() : drives.stream().map(DvdDrive::name).collect(Collectors.toSet());
    }

    /** Whether the machine may change: its pod is there to stay, and nobody writes down what it consists of. */
    static boolean takes(Observed observed) {
        boolean stays = observed.podFacts()
                .filter(pod -> !pod.finished() && !pod.deleting() && !pod.nodeLost())
                .isPresent();
        return stays && (observed.wanted() == PowerState.RUNNING || observed.wanted() == PowerState.PAUSED);
    }

    /** Whether there may be a QEMU that has what the pods mount. */
    private static boolean holdsDisks(Observed observed) {
        return observed.podFacts().filter(pod -> !pod.finished()).isPresent();
    }

    private static boolean isAttached(Observed observed, Pod pod) {
        return told(observed)
                .anyMatch(disk -> Boolean.TRUE.equals(disk.attached())
                        && pod.getMetadata().getName().equals(disk.podName()));
    }

    private static Stream<AttachedDisk> told(Observed observed) {
        return observed.status().map(VirtualMachineStatus::disks).stream().flatMap(List::stream);
    }

    private static Optional<String> node(Observed observed) {
        return observed.podFacts().flatMap(PodFacts::nodeName);
    }

    private static String name(Observed observed, ResolvedDisk disk) {
        return AttachmentPod.name(observed.machine(), disk);
    }
}
