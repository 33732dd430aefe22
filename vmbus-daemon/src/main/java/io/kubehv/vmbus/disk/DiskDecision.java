package io.kubehv.vmbus.disk;

import io.kubehv.hv.hotplug.Origin;
import io.kubehv.hv.hotplug.PresentDisk;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * From what is wanted and what is there to what is done. Pure.
 *
 * <p>Which disk is which is told by its claim: under one name there may be another disk than before. A disk from the start
 * leaves only when its name leaves the spec; that its name means another claim holds from the next start, as a slip in the
 * name of the disk that the guest runs from would cost the guest.
 */
record DiskDecision(List<WantedDisk> wanted, List<OwnDisk> own, Collection<Attachment> attachments) {
    List<DiskStep> steps(List<PresentDisk> present) {
        List<DiskStep> steps = new ArrayList<>();
        present.stream().filter(this::leaves).map(DiskStep.Remove::new).forEach(steps::add);
        for (WantedDisk disk : wanted) {
            boolean there = present.stream().anyMatch(found -> isSame(disk.name(), disk.dvd(), found));
            if (!there && disk.pluggable()) {
                source(disk).ifPresent(steps::add);
            }
        }
        return steps;
    }

    private boolean leaves(PresentDisk disk) {
        Origin origin = disk.origin();
        Optional<OwnDisk> mine = mine(disk.name(), disk.dvd());
        boolean handed = origin != null || disk.path().startsWith("/dev/fdset/");
        if (!handed && mine.filter(OwnDisk::pluggable).isEmpty()) {
            return false;
        }
        if (!disk.plugged() || isLeaving(origin)) {
            return true;
        }
        Optional<WantedDisk> asked = wanted.stream()
                .filter(candidate -> isSame(candidate.name(), candidate.dvd(), disk))
                .findFirst();
        if (asked.isEmpty()) {
            // A drive that is to go goes at the next start, with what is in it.
            return !disk.dvd();
        }
        if (origin == null) {
            return disk.dvd()
                    && !same(asked.get().claim(), mine.map(OwnDisk::claim).orElse(null));
        }
        return asked.get().pluggable() && !same(asked.get().claim(), origin.claim());
    }

    private static boolean same(@Nullable String one, @Nullable String other) {
        return one != null && one.equals(other);
    }

    /** Its pod is to go. One that is not known may be one that nobody has told of yet. */
    private boolean isLeaving(@Nullable Origin origin) {
        return origin != null
                && attachments.stream()
                        .anyMatch(pod -> pod.leaving() && pod.podUid().equals(origin.podUid()));
    }

    private Optional<DiskStep> source(WantedDisk disk) {
        Optional<OwnDisk> mine = mine(disk.name(), disk.dvd());
        if (disk.claim() == null || (disk.dvd() && mine.isEmpty())) {
            return Optional.empty();
        }
        Optional<String> path = mine.filter(OwnDisk::pluggable)
                .filter(found -> same(disk.claim(), found.claim()))
                .map(OwnDisk::path);
        if (path.isPresent()) {
            return path.map(file -> new DiskStep.AddAgain(disk, file));
        }
        return attachments.stream()
                .filter(pod -> pod.usable() && pod.disk().equals(disk.name()) && same(disk.claim(), pod.claim()))
                .findFirst()
                .map(pod -> new DiskStep.Add(disk, pod));
    }

    private Optional<OwnDisk> mine(String name, boolean dvd) {
        return own.stream()
                .filter(disk -> disk.name().equals(name) && disk.dvd() == dvd)
                .findFirst();
    }

    private static boolean isSame(String name, boolean dvd, PresentDisk found) {
        return found.name().equals(name) && found.dvd() == dvd;
    }
}
