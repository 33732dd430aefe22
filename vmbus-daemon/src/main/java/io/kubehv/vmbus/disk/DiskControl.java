package io.kubehv.vmbus.disk;

import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import io.kubehv.hv.linux.fs.OpenFile;
import io.kubehv.hv.qemu.DiskNames;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Brings the disks of one running VM towards what its spec says, and tells of those that came while it ran. Each look
 * begins with what QEMU has. For one thread: its session's.
 */
public final class DiskControl {
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration SELDOM = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofSeconds(30);

    /** How long a guest may keep a drive locked whose medium is to go: then it is opened as with a paper clip. */
    private static final Duration LOCKED = Duration.ofSeconds(5);

    private final DiskFiles files;
    private final DiskGrowth growth;
    private final LongSupplier nanoTime;

    private List<WantedDisk> wanted = List.of();
    private boolean wantedIsKnown;
    private List<OwnDisk> own;
    private Collection<Attachment> attachments = List.of();
    /** By disk: since when it has been on its way out. */
    private final Map<String, Long> leavingSince = new HashMap<>();
    /** By disk: what went wrong last, and when. */
    private final Map<String, Failure> failures = new HashMap<>();

    private List<AttachedDisk> statuses = List.of();
    private boolean asAtStart = true;
    private long due;

    private record Failure(String podName, String why, long at) {}

    public DiskControl(DiskFiles files, String podUid, List<OwnDisk> own, LongSupplier nanoTime) {
        this.files = files;
        this.growth = new DiskGrowth(files, podUid);
        this.own = own;
        this.nanoTime = nanoTime;
        this.due = nanoTime.getAsLong();
    }

    /** The VM's object, as it is now. */
    public void wants(VirtualMachine machine) {
        wanted = WantedDisk.of(machine);
        wantedIsKnown = true;
        lookNow();
    }

    /** What the VM started with, as its pod says. */
    public void startedWith(List<OwnDisk> disks) {
        own = disks;
    }

    /** The pods on this node that mount volumes for the VM. */
    public void attachmentsAre(Collection<Attachment> pods) {
        attachments = List.copyOf(pods);
        failures.clear();
        lookNow();
    }

    private void lookNow() {
        due = nanoTime.getAsLong();
    }

    /** What the VM's status is to say of disks that came to it while it ran. */
    public List<AttachedDisk> statuses() {
        return statuses;
    }

    /** Whether the machine had, when it was looked at last, the disks and media that it was started with, and no others. */
    public boolean areAsAtStart() {
        return asAtStart;
    }

    private boolean isAsAtStart(List<PresentDisk> present) {
        Set<String> now = present.stream()
                .filter(PresentDisk::plugged)
                .map(disk ->
                        disk.origin() == null && !disk.came() && !disk.path().startsWith("/dev/fdset/")
                                ? key(disk.name(), disk.dvd())
                                : "")
                .collect(Collectors.toSet());
        Set<String> then = own.stream()
                .filter(disk -> disk.path() != null)
                .map(disk -> key(disk.name(), disk.dvd()))
                .collect(Collectors.toSet());
        return now.equals(then);
    }

    private static String key(String name, boolean dvd) {
        return (dvd ? "dvd " : "disk ") + name;
    }

    /** A QEMU is connected: what it has is known before anything is told of it. */
    public void connected(DiskDevices devices) {
        describe(devices.present());
        lookNow();
    }

    /**
     * Goes as far as it can at once, where it is time to.
     *
     * @return after what time to call again, if nothing happens before
     */
    public Duration step(DiskDevices devices) {
        long left = due - nanoTime.getAsLong();
        if (left > 0 || !wantedIsKnown) {
            return left > 0 ? Duration.ofNanos(left) : QUIET;
        }
        Duration next = QUIET;
        List<DiskStep> steps = new DiskDecision(wanted, own, attachments).steps(devices.present());
        leavingSince.keySet().retainAll(leaving(steps));
        for (DiskStep step : steps) {
            Duration wait = take(devices, step);
            next = wait.compareTo(next) < 0 ? wait : next;
        }
        List<PresentDisk> present = devices.present();
        describe(present);
        growth.look(devices, present, own);
        due = nanoTime.getAsLong() + next.toNanos();
        return next;
    }

    private static Set<String> leaving(List<DiskStep> steps) {
        return steps.stream()
                .filter(DiskStep.Remove.class::isInstance)
                .map(step -> ((DiskStep.Remove) step).disk().name())
                .collect(Collectors.toSet());
    }

    private Duration take(DiskDevices devices, DiskStep step) {
        return switch (step) {
            case DiskStep.Remove(PresentDisk disk) -> remove(devices, disk);
            case DiskStep.Add(WantedDisk disk, Attachment from) ->
                attempt(disk.name(), from.podName(), () -> add(devices, disk, from));
            case DiskStep.AddAgain(WantedDisk disk, String path) ->
                attempt(disk.name(), "", () -> {
                    if (disk.dvd()) {
                        devices.insert(disk.name(), path);
                    } else {
                        devices.add(disk.name(), disk.settings(), path);
                    }
                });
        };
    }

    private Duration remove(DiskDevices devices, PresentDisk disk) {
        long since = leavingSince.computeIfAbsent(disk.name(), name -> nanoTime.getAsLong());
        boolean force = nanoTime.getAsLong() - since >= LOCKED.toNanos();
        boolean gone = disk.dvd() ? devices.eject(disk.name(), force) : devices.remove(disk.name());
        if (gone) {
            leavingSince.remove(disk.name());
        }
        return gone || !force ? SOON : SELDOM;
    }

    private interface Try {
        void run() throws IOException;
    }

    private Duration attempt(String disk, String podName, Try attempt) {
        Failure before = failures.get(disk);
        if (before != null && nanoTime.getAsLong() - before.at() < RETRY.toNanos()) {
            return RETRY;
        }
        try {
            attempt.run();
            failures.remove(disk);
            return SOON;
        } catch (IOException | HypervisorRefusedException e) {
            failures.put(disk, new Failure(podName, String.valueOf(e.getMessage()), nanoTime.getAsLong()));
            return RETRY;
        }
    }

    private void add(DiskDevices devices, WantedDisk disk, Attachment from) throws IOException {
        String node = disk.dvd() ? DiskNames.medium(disk.name()) : DiskNames.disk(disk.name());
        Origin origin = new Origin(node, from.podUid(), from.podName(), from.claim());
        try (OpenFile file = files.open(from, disk.settings().readOnly())) {
            if (disk.dvd()) {
                devices.insert(disk.name(), file, origin);
            } else {
                devices.add(disk.name(), disk.settings(), file, origin);
            }
        }
    }

    private void describe(List<PresentDisk> present) {
        asAtStart = isAsAtStart(present);
        List<AttachedDisk> said = new ArrayList<>();
        for (PresentDisk disk : present) {
            Origin origin = disk.origin();
            // One from the start that left and came back is told of, too: the guest has it in another place by now.
            if ((origin != null || disk.came()) && disk.plugged()) {
                boolean leaves = leavingSince.containsKey(disk.name());
                said.add(new AttachedDisk(
                        disk.name(),
                        true,
                        origin == null ? null : origin.podName(),
                        leaves ? "Detaching" : "Attached",
                        leaves ? "QEMU has not let go of it yet" : null));
            }
        }
        failures.entrySet()
                .removeIf(failed ->
                        wanted.stream().noneMatch(disk -> disk.name().equals(failed.getKey()) && disk.claim() != null));
        Set<String> there = said.stream().map(AttachedDisk::name).collect(Collectors.toSet());
        failures.forEach((name, failure) -> {
            if (!there.contains(name)) {
                String pod = failure.podName().isEmpty() ? null : failure.podName();
                said.add(new AttachedDisk(name, false, pod, "Failed", failure.why()));
            }
        });
        said.sort(Comparator.comparing(AttachedDisk::name));
        statuses = List.copyOf(said);
    }
}
